// Operations that make, show, change and drop policies.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateCreatePolicy(const v1::CreatePolicyRequest& request);
absl::StatusOr<v1::Policy> CreatePolicy(Call& call, const v1::CreatePolicyRequest& request);
absl::StatusOr<v1::Policy> GetPolicy(Call& call, const v1::GetPolicyRequest& request);
absl::StatusOr<v1::ListPoliciesResponse> ListPolicies(Call& call,
                                                      const v1::ListPoliciesRequest& request);
absl::Status ValidateUpdatePolicy(const v1::UpdatePolicyRequest& request);
absl::StatusOr<v1::Policy> UpdatePolicy(Call& call, const v1::UpdatePolicyRequest& request);
absl::Status ValidateDeletePolicy(const v1::DeletePolicyRequest& request);
absl::StatusOr<v1::DeletePolicyResponse> DeletePolicy(Call& call,
                                                      const v1::DeletePolicyRequest& request);

}  // namespace whence::service
