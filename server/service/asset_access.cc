#include "service/asset_access.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "access/mask.h"
#include "access/policy_set.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::service {
namespace {

using access::Privilege;
using access::PrivilegeSet;

// The item of that privilege, which is the last one where there is one: reasons come together.
template <class Items>
v1::EffectivePrivilege* ItemOf(Privilege privilege, Items* items) {
  const std::string name(access::PrivilegeName(privilege));
  if (!items->empty() && items->rbegin()->privilege() == name) return &*items->rbegin();
  v1::EffectivePrivilege* const item = items->Add();
  item->set_privilege(name);
  return item;
}

// Whether it is a gate on the way that a policy shuts.
bool ShutsGate(const access::Explanation& why, Privilege privilege) {
  return std::any_of(why.against.begin(), why.against.end(),
                     [&](const access::Reason& reason) { return reason.gives != privilege; });
}

}  // namespace

absl::Status AssetAccessTeller::Open(const access::Chain& chain) {
  chain_ = chain;
  bound_ = nullptr;
  if (access_.policies()->empty()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(bound_, BoundAt(connection_, access_, as_of_, chain, chain.depth));
  return absl::OkStatus();
}

absl::StatusOr<PrivilegeSet> AssetAccessTeller::Judge(const access::Identity& who,
                                                      v1::AssetAccess* told) {
  PrivilegeSet allowed;
  const access::Asker asker(access_, who);
  const PrivilegeSet has =
      access_.Effective(who, chain_) & access::ApplicablePrivileges(chain_.kind);
  for (const Privilege privilege : access::ToList(has)) {
    // A way to the others, and nothing that anybody can do.
    if (privilege == Privilege::kAllPrivileges) continue;
    WHENCE_ASSIGN_OR_RETURN(const Verdict verdict, authority_.Decide(who, privilege, chain_));
    if (verdict.allowed()) allowed |= privilege;
    if (verdict.outcome != access::Outcome::kDeniedByPolicy) continue;
    WHENCE_ASSIGN_OR_RETURN(const access::Explanation why,
                            authority_.Explain(who, privilege, chain_));
    v1::EffectivePrivilege* const denied = ItemOf(privilege, told->mutable_denied());
    for (const access::Reason& reason : why.against) {
      WHENCE_ASSIGN_OR_RETURN(*denied->add_reasons(), names_.Convert(reason));
    }
    if (!ShutsGate(why, privilege) && LeavesColumns(privilege, asker, told)) allowed |= privilege;
  }
  return allowed;
}

bool AssetAccessTeller::LeavesColumns(Privilege privilege, const access::Asker& asker,
                                      v1::AssetAccess* told) const {
  if (bound_ == nullptr) return false;
  // A question names columns: those that differ in case alone are asked for together.
  std::vector<bool> denied(bound_->in_force.column_count(), false);
  bool some_left = false;
  for (const auto& [name, places] : bound_->places) {
    const bool is_denied = bound_->in_force.FindDeny(asker, privilege, places) != nullptr;
    for (const uint32_t place : places) denied[place] = is_denied;
    some_left = some_left || !is_denied;
  }
  if (!some_left) return false;
  if (privilege == access::ReadPrivilege(chain_.kind)) {
    for (size_t place = 0; place < denied.size(); ++place) {
      if (denied[place]) told->add_denied_columns(bound_->columns->columns[place].name);
    }
  }
  return true;
}

absl::Status AssetAccessTeller::PutWays(const access::Identity& who, PrivilegeSet allowed,
                                        v1::AssetAccess* told) {
  for (const access::Reason& reason : access_.WaysTo(who, allowed, chain_)) {
    const bool gate = !allowed.Has(reason.gives);
    v1::EffectivePrivilege* const item =
        ItemOf(reason.gives, gate ? told->mutable_gates() : told->mutable_privileges());
    WHENCE_ASSIGN_OR_RETURN(*item->add_reasons(), names_.Convert(reason));
  }
  return absl::OkStatus();
}

void AssetAccessTeller::PutSight(const access::Asker& asker, v1::AssetAccess* told) const {
  if (bound_ == nullptr || bound_->in_force.empty()) return;
  bound_->in_force.EachFilter(
      asker, [told](const access::Policy& policy) { told->add_row_filters(policy.name); });
  std::vector<const access::Policy*> masks(bound_->in_force.column_count());
  const access::MaskConflict conflict =
      bound_->in_force.FindMasks(asker, {masks.data(), masks.size()});
  const std::vector<access::TaggedColumn>& columns = bound_->columns->columns;
  if (conflict.first != nullptr) {
    const absl::Status error = access::ConflictError(columns[conflict.column].name, conflict);
    told->set_mask_conflict(std::string(error.message()));
    return;
  }
  for (size_t place = 0; place < masks.size(); ++place) {
    if (masks[place] == nullptr) continue;
    const auto same = [&](const v1::AppliedMask& mask) {
      return mask.policy() == masks[place]->name;
    };
    auto* const all = told->mutable_masks();
    const auto found = std::find_if(all->begin(), all->end(), same);
    v1::AppliedMask* const mask = found != all->end() ? &*found : all->Add();
    mask->set_policy(masks[place]->name);
    mask->set_mask(access::DescribeMask(masks[place]->definition.mask));
    mask->add_columns(columns[place].name);
  }
}

absl::StatusOr<std::optional<v1::AssetAccess>> AssetAccessTeller::Tell(
    const access::Identity& who) {
  v1::AssetAccess told;
  WHENCE_ASSIGN_OR_RETURN(const PrivilegeSet allowed, Judge(who, &told));
  if (allowed.empty() && told.denied().empty()) return std::nullopt;
  const int64_t id = chain_.links[static_cast<size_t>(chain_.depth) - 1].id;
  WHENCE_ASSIGN_OR_RETURN(*told.mutable_securable(), names_.Securable(id));
  told.set_principal(who.name);
  told.set_reads(
      allowed.HasAny(PrivilegeSet(access::ReadPrivilege(chain_.kind)) | Privilege::kSelect));
  told.set_changes(allowed.Has(access::WritePrivilege(chain_.kind)));
  WHENCE_RETURN_IF_ERROR(PutWays(who, allowed, &told));
  if (told.reads()) PutSight(access::Asker(access_, who), &told);
  return told;
}

}  // namespace whence::service
