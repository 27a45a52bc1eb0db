// What needs_*.h say of securables as messages of the access services name them: by a name of any
// depth, by an id, or the metastore.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "access/privilege.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// A privilege on it.
absl::Status NeedOnSecurable(Call& call, access::Privilege privilege,
                             const v1::Securable& securable);
// To see it.
absl::Status NeedToSeeSecurable(Call& call, const v1::Securable& securable);
// To ask what somebody may do with it: about oneself whoever sees it, about others those who manage
// it and those who may look at everything.
absl::Status NeedToAskAbout(Call& call, const std::string& principal,
                            const v1::Securable& securable);

}  // namespace whence::service
