// Questions about what somebody may do, with the reasons.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::StatusOr<v1::GetEffectivePrivilegesResponse> GetEffectivePrivileges(
    Call& call, const v1::GetEffectivePrivilegesRequest& request);
absl::StatusOr<v1::ExplainAccessResponse> ExplainAccess(Call& call,
                                                        const v1::ExplainAccessRequest& request);

}  // namespace whence::service
