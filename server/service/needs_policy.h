// What the operations of PolicyService need of their callers: see needs_catalog.h.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::CreatePolicyRequest& request);
absl::Status Needs(Call& call, const v1::GetPolicyRequest& request);
absl::Status Needs(Call& call, const v1::ListPoliciesRequest& request);
absl::Status Needs(Call& call, const v1::UpdatePolicyRequest& request);
absl::Status Needs(Call& call, const v1::DeletePolicyRequest& request);
absl::Status Needs(Call& call, const v1::PreviewPolicyRequest& request);
absl::Status Needs(Call& call, const v1::DecideRequest& request);
absl::Status Needs(Call& call, const v1::DecideBatchRequest& request);
absl::Status Needs(Call& call, const v1::CompileViewRequest& request);

}  // namespace whence::service
