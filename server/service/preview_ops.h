// What a policy would change, before it is in force.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::StatusOr<v1::PreviewPolicyResponse> PreviewPolicy(Call& call,
                                                        const v1::PreviewPolicyRequest& request);

}  // namespace whence::service
