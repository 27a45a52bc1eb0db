#include "service/policy_difference.h"

#include <string>
#include <utility>

#include "access/asker.h"
#include "access/index_state.h"
#include "access/mask.h"
#include "access/row_filter.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/access_convert.h"

namespace whence::service {
namespace {

using access::Policy;
using access::Privilege;
using access::PrivilegeSet;

std::string Describe(const Policy* policy) {
  if (policy == nullptr) return "";
  return StrCat(access::DescribeMask(policy->definition.mask), " by ", policy->name);
}

// Whichever policy puts it on.
bool SameMask(const Policy* a, const Policy* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->definition.mask == b->definition.mask;
}

// Equal texts are equal filters.
std::string TextOf(const access::RowFilter& filter) {
  std::string text = access::FormatRowConditions(filter.conditions);
  for (const auto& [dialect, sql] : filter.sql) {
    StrAppend(&text, "\n", access::DialectName(dialect), ": ", sql);
  }
  return text;
}

}  // namespace

access::Snapshot WithPolicies(const access::Snapshot& access,
                              std::shared_ptr<const access::PolicySet> policies) {
  auto state = std::make_shared<access::State>(access.state());
  state->policies = std::move(policies);
  return access::Snapshot(std::move(state));
}

absl::Status PolicyDifference::Open(const access::Chain& chain) {
  chain_ = chain;
  for (Side* const side : {&before_, &after_}) {
    // Not through the cache, which keeps what is in force.
    WHENCE_ASSIGN_OR_RETURN(side->bound,
                            BoundWith(side->connection, side->access, side->as_of, chain, {}));
  }
  return absl::OkStatus();
}

absl::StatusOr<PolicyDifference::Sight> PolicyDifference::Side::Look(const access::Identity& who,
                                                                     const access::Chain& chain) {
  Sight sight;
  for (const Privilege privilege : access::ToList(access::ApplicablePrivileges(chain.kind))) {
    // A way to the others, and nothing that anybody can do.
    if (privilege == Privilege::kAllPrivileges) continue;
    WHENCE_ASSIGN_OR_RETURN(const Verdict verdict, authority.Decide(who, privilege, chain));
    if (verdict.allowed()) sight.privileges |= privilege;
  }
  const access::Asker asker(access, who);
  bound->in_force.EachFilter(asker, [&sight](const Policy& policy) {
    sight.filters.push_back(TextOf(policy.definition.filter));
  });
  std::vector<const Policy*> masks(bound->in_force.column_count());
  const access::MaskConflict conflict =
      bound->in_force.FindMasks(asker, {masks.data(), masks.size()});
  if (conflict.first != nullptr) {
    const std::string& column = bound->columns->columns[conflict.column].name;
    sight.conflict = ToStd(access::ConflictError(column, conflict).message());
  }
  sight.masks = std::move(masks);
  return sight;
}

absl::StatusOr<std::optional<v1::PolicyEffect>> PolicyDifference::EffectOn(
    const access::Identity& who) {
  WHENCE_ASSIGN_OR_RETURN(const Sight before, before_.Look(who, chain_));
  WHENCE_ASSIGN_OR_RETURN(const Sight after, after_.Look(who, chain_));
  v1::PolicyEffect effect;
  PutPrivileges(before.privileges - after.privileges, effect.mutable_lost());
  PutPrivileges(after.privileges - before.privileges, effect.mutable_gained());
  bool different = effect.lost_size() > 0 || effect.gained_size() > 0;
  // Of data one sees what one may read.
  const Privilege read = access::ReadPrivilege(chain_.kind);
  if (before.privileges.Has(read) && after.privileges.Has(read)) {
    for (size_t i = 0; i < before.masks.size(); ++i) {
      if (SameMask(before.masks[i], after.masks[i])) continue;
      v1::ColumnEffect* const column = effect.add_columns();
      column->set_column(before_.bound->columns->columns[i].name);
      column->set_before(Describe(before.masks[i]));
      column->set_after(Describe(after.masks[i]));
    }
    effect.set_rows_change(before.filters != after.filters);
    if (after.conflict != before.conflict) effect.set_conflict(after.conflict);
    different = different || effect.columns_size() > 0 || effect.rows_change() ||
                after.conflict != before.conflict;
  }
  if (!different) return std::nullopt;
  return effect;
}

}  // namespace whence::service
