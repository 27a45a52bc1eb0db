#include "service/needs_policy.h"

#include "access/policy.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/access_securable.h"
#include "service/as_of.h"
#include "service/authority.h"
#include "service/need.h"
#include "service/need_policy.h"
#include "service/need_securable.h"

namespace whence::service {
namespace {

// To make policies that stand there. What it is called besides its name is left to the operation.
absl::Status NeedToManagePoliciesOn(Call& call, v1::Securable securable) {
  if (securable.type() != v1::SECURABLE_TYPE_METASTORE) securable.clear_type();
  const absl::StatusOr<AccessTarget> target =
      FindTarget(call.connection(), call.access(), call.position(), securable, "securable");
  if (target.ok()) return NeedToManagePolicies(call, target->chain, securable.name());
  if (absl::IsInvalidArgument(target.status())) return absl::OkStatus();
  if (!absl::IsNotFound(target.status())) return target.status();
  return NeedOnSecurable(call, access::Privilege::kManage, securable);
}

// Where a mask stands makes it no stronger, so one with a higher priority takes the place of those
// that stand above it, also of what is to hold for who made it. Those have 0, unless who manages
// all of them says otherwise.
absl::Status NeedToOutrank(Call& call, int64_t priority) {
  if (priority <= 0) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const Verdict verdict,
                          call.authority().DecideOnPolicies(call.identity(), access::Chain()));
  if (verdict.allowed()) return absl::OkStatus();
  return PermissionDenied(
      "PERMISSION_DENIED",
      StrCat(call.info().principal,
             " may not make or change a mask with a priority above 0, which beats masks that stand "
             "above it"),
      "take 0 or less, or ask who manages the metastore");
}

}  // namespace

absl::Status Needs(Call& call, const v1::CreatePolicyRequest& request) {
  WHENCE_RETURN_IF_ERROR(NeedToManagePoliciesOn(call, request.policy().securable()));
  return NeedToOutrank(call, request.policy().priority());
}
absl::Status Needs(Call& call, const v1::GetPolicyRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSeePolicy(call, as_of, request.name());
}
// What the caller may not see is left out.
absl::Status Needs(Call& call, const v1::ListPoliciesRequest& request) {
  if (!request.has_securable()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSeeSecurable(call, as_of, request.securable());
}
absl::Status Needs(Call& call, const v1::UpdatePolicyRequest& request) {
  const std::string& name = request.policy().name();
  WHENCE_RETURN_IF_ERROR(NeedToManagePolicy(call, name));
  WHENCE_RETURN_IF_ERROR(NeedToOutrank(call, request.policy().priority()));
  const absl::StatusOr<access::Policy> current =
      access::GetPolicy(call.connection(), call.position(), name);
  if (absl::IsNotFound(current.status())) return absl::OkStatus();  // the operation says so
  WHENCE_RETURN_IF_ERROR(current.status());
  return NeedToOutrank(call, current->definition.priority);
}
absl::Status Needs(Call& call, const v1::DeletePolicyRequest& request) {
  return NeedToManagePolicy(call, request.name());
}
// As for making or changing it: the answer tells what others may.
absl::Status Needs(Call& call, const v1::PreviewPolicyRequest& request) {
  const std::string& name = request.policy().name();
  const absl::Status there = access::GetPolicy(call.connection(), call.position(), name).status();
  if (absl::IsNotFound(there)) return NeedToManagePoliciesOn(call, request.policy().securable());
  return there.ok() ? NeedToManagePolicy(call, name) : there;
}
absl::Status Needs(Call& call, const v1::DecideRequest& request) {
  return NeedToAskAbout(call, request);
}
// Each question by itself: DecideBatch asks.
absl::Status Needs(Call&, const v1::DecideBatchRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call& call, const v1::CompileViewRequest& request) {
  return NeedToAskAbout(call, request);
}

}  // namespace whence::service
