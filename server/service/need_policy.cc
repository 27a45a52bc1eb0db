#include "service/need_policy.h"

#include "access/policy.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "service/access_chain.h"
#include "service/need.h"

namespace whence::service {
namespace {

absl::StatusOr<access::Chain> ChainAt(Call& call, int64_t securable) {
  return ChainOfId(call.connection(), call.access(), call.position(), securable);
}

absl::Status DeniedOrNone(Call& call, const std::string& name) {
  return Denied(call, StrCat("see policy ", QuoteForMessage(name), ", or there is none"));
}

}  // namespace

absl::StatusOr<bool> PolicySight::At(int64_t securable) {
  if (const auto known = known_.find(securable); known != known_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(const access::Chain chain, ChainAt(call_, securable));
  const access::Identity& who = call_.identity();
  Authority& authority = call_.authority();
  bool sees = false;
  if (chain.depth > 0) {
    WHENCE_ASSIGN_OR_RETURN(sees, authority.Sees(who, chain));
  } else {
    WHENCE_ASSIGN_OR_RETURN(const Verdict browse,
                            authority.Decide(who, access::Privilege::kBrowse, chain));
    sees = browse.allowed();
  }
  if (!sees) {
    WHENCE_ASSIGN_OR_RETURN(const Verdict manages, authority.DecideOnPolicies(who, chain));
    sees = manages.allowed();
  }
  known_.emplace(securable, sees);
  return sees;
}

absl::Status NeedToSeePolicy(Call& call, Position as_of, const std::string& name) {
  const absl::StatusOr<access::Policy> policy = access::GetPolicy(call.connection(), as_of, name);
  if (absl::IsNotFound(policy.status())) {
    return call.access().SeesAll(call.identity()) ? absl::OkStatus() : DeniedOrNone(call, name);
  }
  WHENCE_RETURN_IF_ERROR(policy.status());
  WHENCE_ASSIGN_OR_RETURN(const bool sees, PolicySight(call).At(policy->securable));
  return sees ? absl::OkStatus() : DeniedOrNone(call, name);
}

absl::Status NeedToManagePolicy(Call& call, const std::string& name) {
  WHENCE_RETURN_IF_ERROR(NeedToSeePolicy(call, call.position(), name));
  const absl::StatusOr<access::Policy> policy =
      access::GetPolicy(call.connection(), call.position(), name);
  if (absl::IsNotFound(policy.status())) return absl::OkStatus();  // the operation says so
  WHENCE_RETURN_IF_ERROR(policy.status());
  WHENCE_ASSIGN_OR_RETURN(const access::Chain chain, ChainAt(call, policy->securable));
  return NeedToManagePolicies(call, chain, name);
}

}  // namespace whence::service
