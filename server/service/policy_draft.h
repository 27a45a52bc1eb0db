// Policies as requests have them: from a message to what can be stored.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/policy.h"
#include "base/position.h"
#include "google/protobuf/field_mask.pb.h"
#include "service/access_securable.h"
#include "service/call.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Whether the message can be a policy, by itself: name, place, and everything that it says. Errors
// name the field below `policy.`: those of access::ValidateDefinition, ValidatePolicyName,
// CheckSecurable and ParsePrincipalName.
absl::Status CheckPolicy(const v1::Policy& policy);
// The same of an update, whose name is all that must be there: the fields that it changes are
// checked with the policy that it changes.
absl::Status CheckPolicyUpdate(const v1::UpdatePolicyRequest& request);

// What the message says, its principals found by their names as of the position.
// PRINCIPAL_NOT_FOUND and the errors of CheckPolicy.
absl::StatusOr<access::PolicyDefinition> ResolveDefinition(sql::Connection& connection,
                                                           Position as_of,
                                                           const v1::Policy& policy);

// `current` with what the mask names (or, without one, what the message sets). A salt that is left
// out stays as it was. POLICY_ARGUMENT when place or kind would be another.
absl::StatusOr<access::Policy> ApplyUpdate(Call& call, Position as_of,
                                           const access::Policy& current, const v1::Policy& wanted,
                                           const google::protobuf::FieldMask& mask);

// OK when `etag` is empty or the policy's. Else Aborted ETAG_MISMATCH.
absl::Status CheckPolicyEtag(const access::Policy& current, std::string_view etag);

}  // namespace whence::service
