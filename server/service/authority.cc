#include "service/authority.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "access/asker.h"
#include "access/grant.h"
#include "access/policy_set.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/policy_tags.h"

namespace whence::service {
namespace {

using access::Chain;
using access::Identity;
using access::Outcome;
using access::Policy;
using access::Privilege;
using access::PrivilegeSet;

constexpr int kAssetDepth = 3;

int64_t IdAt(const Chain& chain, int level) {
  return level == 0 ? access::kMetastore : chain.links[static_cast<size_t>(level) - 1].id;
}

// What a question needs on the link at `level`, by its rule of gates.
PrivilegeSet NeededAt(Privilege privilege, const Chain& chain, int level) {
  PrivilegeSet needed;
  if (level == 1 && privilege != Privilege::kBrowse) needed |= Privilege::kUseCatalog;
  if (level == 2 && privilege != Privilege::kBrowse) needed |= Privilege::kUseSchema;
  if (level == chain.depth) needed |= privilege;
  return needed;
}

}  // namespace

absl::StatusOr<bool> Authority::HoldsOnColumns(const access::PolicyDefinition& definition,
                                               int64_t asset, const Asked& asked) {
  if (!asked.all && asked.names.empty()) return false;
  WHENCE_ASSIGN_OR_RETURN(const std::shared_ptr<const PolicyColumns> known,
                          ColumnsForPolicies(connection_, as_of_, asset));
  const auto selected = [&definition](const access::TaggedColumn& column) {
    return access::SelectsColumn(definition, column);
  };
  if (asked.all) return std::any_of(known->columns.begin(), known->columns.end(), selected);
  return std::any_of(asked.names.begin(), asked.names.end(), [&](const std::string& name) {
    bool there = false;
    for (const access::TaggedColumn& column : known->columns) {
      if (!absl::EqualsIgnoreCase(ToAbsl(column.name), ToAbsl(name))) continue;
      if (selected(column)) return true;
      there = true;
    }
    // One that is not known has a name, and no tags.
    return !there && selected({.name = name, .tags = {}});
  });
}

absl::StatusOr<bool> Authority::HoldsOn(const access::PolicyDefinition& definition,
                                        const Chain& chain, int level, const Asked& asked,
                                        std::optional<std::vector<catalog::Tag>>& tags) {
  if (definition.selects_columns() && level < kAssetDepth) return false;
  if (!definition.asset_tags.empty()) {
    if (!tags.has_value()) {
      WHENCE_ASSIGN_OR_RETURN(tags, TagsForPolicies(connection_, as_of_, chain, level));
    }
    if (!definition.asset_tags.Holds(*tags)) return false;
  }
  if (!definition.selects_columns()) return true;
  return HoldsOnColumns(definition, IdAt(chain, level), asked);
}

absl::Status Authority::EachDeny(const Identity& who, const Chain& chain, int level, int standing,
                                 PrivilegeSet wanted, const Asked& asked, Visit visit) {
  const auto takes = [wanted](const access::PolicyDefinition& definition) {
    return definition.denied().HasAny(wanted);
  };
  return EachThatHolds(&access::PolicySet::EachDenyAt, takes, who, chain, level, standing, asked,
                       visit);
}

absl::Status Authority::EachAudit(const Identity& who, Privilege privilege, const Chain& chain,
                                  std::span<const std::string> columns, Visit visit) {
  if (!access_.HasAudits()) return absl::OkStatus();
  const auto records = [privilege](const access::PolicyDefinition& definition) {
    return definition.audited().Has(privilege);
  };
  return EachThatHolds(&access::PolicySet::EachAuditAt, records, who, chain, chain.depth,
                       chain.depth, Asked{.all = columns.empty(), .names = columns}, visit);
}

absl::Status Authority::EachThatHolds(
    StandingAt standing_at, absl::FunctionRef<bool(const access::PolicyDefinition&)> concerns,
    const Identity& who, const Chain& chain, int level, int standing, const Asked& asked,
    Visit visit) {
  absl::Status status;
  std::optional<std::vector<catalog::Tag>> tags;
  const auto is_any = [&](std::span<const access::PrincipalId> all) {
    return access_.IsInAny(who, all);
  };
  const std::shared_ptr<const access::PolicySet> policies = access_.policies();
  for (int at = 0; at <= std::min(level, standing); ++at) {
    (policies.get()->*standing_at)(IdAt(chain, at), [&](const Policy& policy) {
      if (!status.ok() || !concerns(policy.definition)) return;
      if (!access::IsFor(policy.definition, is_any)) return;
      const absl::StatusOr<bool> holds = HoldsOn(policy.definition, chain, level, asked, tags);
      if (!holds.ok()) {
        status = holds.status();
      } else if (*holds) {
        visit(policy);
      }
    });
  }
  return status;
}

absl::StatusOr<BoundRef> Authority::FindBound(const Chain& chain, int level) {
  // The metastore is one for all, and part of many questions: binding it pays. Of others there may
  // be a million, each asked for once.
  if (level == 0 && connection_.Attached<BoundCache>() != nullptr) {
    return BoundAt(connection_, access_, as_of_, chain, level);
  }
  return KnownBoundAt(connection_, access_, as_of_, chain, level);
}

absl::StatusOr<const Policy*> Authority::FirstDeny(const Identity& who, const Chain& chain,
                                                   int level, int standing, PrivilegeSet wanted,
                                                   const Asked& asked) {
  // What is bound is about all that stands at the link or above it, and about all columns.
  if (standing >= level && (asked.all || level < kAssetDepth)) {
    WHENCE_ASSIGN_OR_RETURN(const BoundRef bound, FindBound(chain, level));
    if (bound != nullptr) return bound->in_force.FindDeny(access::Asker(access_, who), wanted);
  }
  const Policy* first = nullptr;
  WHENCE_RETURN_IF_ERROR(
      EachDeny(who, chain, level, standing, wanted, asked, [&first](const Policy& policy) {
        if (first == nullptr || policy.id < first->id) first = &policy;
      }));
  return first;
}

absl::StatusOr<Verdict> Authority::DecideWith(const Identity& who, Privilege privilege,
                                              const Chain& chain, int standing,
                                              const Asked& asked) {
  Verdict verdict{.outcome = access_.Decide(who, privilege, chain), .policy = nullptr};
  if (!verdict.allowed() || !access_.HasDenies()) return verdict;
  for (int level = 0; level <= chain.depth; ++level) {
    const PrivilegeSet needed = NeededAt(privilege, chain, level);
    if (needed.empty()) continue;
    WHENCE_ASSIGN_OR_RETURN(const Policy* const deny,
                            FirstDeny(who, chain, level, standing, needed, asked));
    if (deny == nullptr) continue;
    verdict.outcome = Outcome::kDeniedByPolicy;
    if (verdict.policy == nullptr || deny->id < verdict.policy->id) verdict.policy = deny;
  }
  return verdict;
}

absl::StatusOr<Verdict> Authority::Decide(const Identity& who, Privilege privilege,
                                          const Chain& chain,
                                          std::span<const std::string> columns) {
  return DecideWith(who, privilege, chain, chain.depth,
                    Asked{.all = columns.empty(), .names = columns});
}

absl::StatusOr<Verdict> Authority::DecideOnPolicies(const Identity& who, const Chain& chain) {
  return DecideWith(who, Privilege::kManage, chain, chain.depth - 1, Asked{.all = true});
}

absl::StatusOr<access::Taken> Authority::TakenFrom(const Identity& who, const Chain& chain,
                                                   const Asked& asked) {
  access::Taken taken;
  for (int level = 0; level <= chain.depth; ++level) {
    PrivilegeSet& here = taken[static_cast<size_t>(level)];
    WHENCE_RETURN_IF_ERROR(
        EachDeny(who, chain, level, level, PrivilegeSet::Everything(), asked,
                 [&here](const Policy& policy) { here |= policy.definition.denied(); }));
  }
  return taken;
}

absl::StatusOr<bool> Authority::Sees(const Identity& who, const Chain& chain) {
  if (!access_.Sees(who, chain)) return false;
  if (!access_.HasDenies()) return true;
  WHENCE_ASSIGN_OR_RETURN(const access::Taken taken, TakenFrom(who, chain, Asked{}));
  return access_.Sees(who, chain, taken);
}

absl::StatusOr<PrivilegeSet> Authority::Effective(const Identity& who, const Chain& chain) {
  if (!access_.HasDenies()) return access_.Effective(who, chain);
  WHENCE_ASSIGN_OR_RETURN(const access::Taken taken, TakenFrom(who, chain, Asked{.all = true}));
  return access_.Effective(who, chain, taken);
}

absl::StatusOr<PrivilegeSet> Authority::Denied(const Identity& who, const Chain& chain) {
  PrivilegeSet denied;
  if (!access_.HasDenies()) return denied;
  WHENCE_RETURN_IF_ERROR(
      EachDeny(who, chain, chain.depth, chain.depth, PrivilegeSet::Everything(), Asked{.all = true},
               [&denied](const Policy& policy) { denied |= policy.definition.denied(); }));
  return denied;
}

absl::StatusOr<access::Explanation> Authority::Explain(const Identity& who, Privilege privilege,
                                                       const Chain& chain) {
  if (!access_.HasDenies()) return access_.Explain(who, privilege, chain);
  access::Taken taken;
  std::vector<access::Reason> against;
  for (int level = 0; level <= chain.depth; ++level) {
    PrivilegeSet& here = taken[static_cast<size_t>(level)];
    const PrivilegeSet needed = NeededAt(privilege, chain, level);
    if (needed.empty()) continue;
    const auto note = [&](const Policy& policy) {
      const PrivilegeSet denied = policy.definition.denied() & needed;
      here |= denied;
      for (const Privilege one : access::ToList(denied)) {
        against.push_back({.kind = access::Reason::Kind::kPolicy,
                           .privilege = one,
                           .securable = policy.securable,
                           .through = {},
                           .policy = policy.id,
                           .gives = one});
      }
    };
    WHENCE_RETURN_IF_ERROR(EachDeny(who, chain, level, level, needed, Asked{.all = true}, note));
  }
  access::Explanation explanation = access_.Explain(who, privilege, chain, taken);
  explanation.against = std::move(against);
  return explanation;
}

}  // namespace whence::service
