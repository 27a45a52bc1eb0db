// What needs_*.h say of securables as messages of the access services name them: by a name of any
// depth, by an id, or the metastore.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "access/privilege.h"
#include "base/position.h"
#include "base/status_macros.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/as_of.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// A privilege on it.
absl::Status NeedOnSecurable(Call& call, access::Privilege privilege,
                             const v1::Securable& securable);
// To see what the name meant then.
absl::Status NeedToSeeSecurable(Call& call, Position as_of, const v1::Securable& securable);
// To ask what others may do with what the name meant then: those who manage it, and those who may
// look at everything.
absl::Status NeedToAskAboutOthers(Call& call, Position as_of, const v1::Securable& securable);
// To ask that about oneself, whoever sees it; about anybody else as above. Who names groups that it
// is not in asks about somebody else, whatever the principal.
absl::Status NeedToAskAbout(Call& call, Position as_of, const std::string& principal,
                            const google::protobuf::RepeatedPtrField<std::string>& extra_groups,
                            const v1::Securable& securable);

// The same of a request with a point in history, a principal and a securable; it may name groups.
template <class Request>
absl::Status NeedToAskAbout(Call& call, const Request& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  if constexpr (requires { request.extra_groups(); }) {
    return NeedToAskAbout(call, as_of, request.principal(), request.extra_groups(),
                          request.securable());
  } else {
    return NeedToAskAbout(call, as_of, request.principal(), {}, request.securable());
  }
}

}  // namespace whence::service
