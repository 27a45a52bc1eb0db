#include "access/policy_set.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "access/grant.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"

namespace whence::access {
namespace {

// Engines fold the case of names; a policy must not miss a column for it.
std::string Folded(std::string_view name) { return absl::AsciiStrToLower(ToAbsl(name)); }

// A text that two masks share when they are equal.
std::string KeyOf(const Mask& mask) {
  PolicyDefinition definition{.kind = PolicyKind::kColumnMask};
  definition.mask = mask;
  return FormatDefinition(definition);
}

bool IsDenyInForce(const Policy& policy) {
  return policy.state == PolicyState::kEnabled && policy.definition.kind == PolicyKind::kDeny;
}

bool IsAuditInForce(const Policy& policy) {
  return policy.state == PolicyState::kEnabled && policy.definition.kind == PolicyKind::kAudit;
}

// Whether it takes BROWSE on a whole thing.
bool CanHide(const Policy& policy) {
  return IsDenyInForce(policy) && !policy.definition.selects_columns() &&
         policy.definition.denied().Has(Privilege::kBrowse);
}

bool IsForThese(std::span<const PrincipalId> to, std::span<const PrincipalId> except,
                IsAnyOf is_any) {
  return (to.empty() || is_any(to)) && (except.empty() || !is_any(except));
}

// What IsMaskFor knows already of a policy.
enum Known : uint8_t { kUnknown = 0, kNo = 1, kYes = 2 };

}  // namespace

bool IsFor(const PolicyDefinition& definition, IsAnyOf is_any) {
  return IsForThese(definition.to, definition.except, is_any);
}

bool SelectsColumn(const PolicyDefinition& definition, const TaggedColumn& column) {
  const auto named = [&column](const std::string& name) {
    return absl::EqualsIgnoreCase(ToAbsl(name), ToAbsl(column.name));
  };
  return (definition.columns.empty() ||
          std::any_of(definition.columns.begin(), definition.columns.end(), named)) &&
         definition.column_tags.Holds(column.tags);
}

absl::Status ConflictError(std::string_view column, const MaskConflict& conflict) {
  const Policy& first = *conflict.first;
  const Policy& second = *conflict.second;
  return FailedPrecondition(
      "MASK_CONFLICT",
      StrCat("policies ", first.name, " (", DescribeMask(first.definition.mask), ") and ",
             second.name, " (", DescribeMask(second.definition.mask),
             ") put different masks on column ", column),
      StrCat("give ", first.name, " or ", second.name,
             " a higher priority, or except those whom both are for"));
}

// Purpose: builds BoundPolicies. One thread, one use.
class PolicyBinder {
 public:
  PolicyBinder(std::span<const catalog::Tag> asset_tags, std::span<const TaggedColumn> columns,
               Enforcement enforcement)
      : asset_tags_(asset_tags), columns_(columns), enforcement_(enforcement) {
    // Columns with the same tags are one case; a table of a hundred columns has a few.
    std::map<std::vector<std::pair<std::string, std::string>>, size_t> known;
    for (uint32_t i = 0; i < columns.size(); ++i) {
      std::vector<std::pair<std::string, std::string>> tags;
      for (const catalog::Tag& tag : columns[i].tags) tags.emplace_back(tag.key, tag.value);
      std::sort(tags.begin(), tags.end());
      const size_t at = known.emplace(std::move(tags), cases_.size()).first->second;
      if (at == cases_.size()) cases_.emplace_back();
      cases_[at].push_back(i);
      by_name_[Folded(columns[i].name)].push_back(i);
    }
  }

  void Add(const std::shared_ptr<const Policy>& policy) {
    const PolicyDefinition& definition = policy->definition;
    if (policy->state == PolicyState::kDryRun && enforcement_ != Enforcement::kWithDryRun) return;
    if (!definition.asset_tags.Holds(asset_tags_)) return;
    std::vector<uint32_t> selected;
    if (definition.kind == PolicyKind::kColumnMask || definition.selects_columns()) {
      selected = Select(definition);
      if (selected.empty()) return;
    }
    switch (definition.kind) {
      case PolicyKind::kDeny:
        return AddRule(policy, selected, bound_.denies_);
      case PolicyKind::kAudit:
        return AddRule(policy, selected, bound_.audits_);
      case PolicyKind::kRowFilter:
        return bound_.filters_.push_back(policy);
      case PolicyKind::kColumnMask:
        masks_.push_back({policy, std::move(selected)});
    }
  }

  BoundPolicies Finish() {
    const auto by_id = [](const auto& a, const auto& b) { return a->id < b->id; };
    std::sort(bound_.filters_.begin(), bound_.filters_.end(), by_id);
    for (auto* const rules : {&bound_.denies_, &bound_.audits_}) {
      std::sort(rules->begin(), rules->end(),
                [&](const auto& a, const auto& b) { return by_id(a.policy, b.policy); });
    }
    std::sort(masks_.begin(), masks_.end(), [&](const Selected& a, const Selected& b) {
      const int64_t priority_a = a.policy->definition.priority;
      const int64_t priority_b = b.policy->definition.priority;
      return priority_a != priority_b ? priority_a > priority_b : by_id(a.policy, b.policy);
    });
    FinishMasks();
    return std::move(bound_);
  }

 private:
  struct Selected {
    std::shared_ptr<const Policy> policy;
    std::vector<uint32_t> columns;
  };

  std::vector<uint32_t> Select(const PolicyDefinition& definition) const {
    std::vector<uint32_t> selected;
    if (definition.columns.empty()) {
      for (const std::vector<uint32_t>& alike : cases_) {
        if (!definition.column_tags.Holds(columns_[alike.front()].tags)) continue;
        selected.insert(selected.end(), alike.begin(), alike.end());
      }
      return selected;
    }
    for (const std::string& name : definition.columns) {
      const auto found = by_name_.find(Folded(name));
      if (found == by_name_.end()) continue;
      for (const uint32_t column : found->second) {
        if (definition.column_tags.Holds(columns_[column].tags)) selected.push_back(column);
      }
    }
    // Names may differ in case alone.
    std::sort(selected.begin(), selected.end());
    selected.erase(std::unique(selected.begin(), selected.end()), selected.end());
    return selected;
  }

  void AddRule(const std::shared_ptr<const Policy>& policy, const std::vector<uint32_t>& selected,
               std::vector<BoundPolicies::Rule>& rules) const {
    BoundPolicies::Rule rule;
    rule.policy = policy;
    rule.by_column = policy->definition.selects_columns();
    if (rule.by_column) rule.columns.resize((columns_.size() + 63) / 64);
    for (const uint32_t column : selected) rule.columns[column / 64] |= uint64_t{1} << column % 64;
    rules.push_back(std::move(rule));
  }

  void FinishMasks() {
    std::vector<std::vector<uint32_t>> by_column(columns_.size());
    for (uint32_t i = 0; i < masks_.size(); ++i) {
      for (const uint32_t column : masks_[i].columns) by_column[column].push_back(i);
    }
    std::vector<uint32_t> places(masks_.size(), kNowhere);
    for (const std::vector<uint32_t>& masks : by_column) {
      for (const uint32_t mask : masks) {
        if (places[mask] == kNowhere) places[mask] = AddMask(masks_[mask].policy);
        bound_.column_masks_.push_back(places[mask]);
      }
      bound_.first_mask_.push_back(static_cast<uint32_t>(bound_.column_masks_.size()));
    }
    bound_.mask_rules_.push_back({.to = Count(bound_.mask_principals_)});
  }

  // Returns its place.
  uint32_t AddMask(const std::shared_ptr<const Policy>& policy) {
    const PolicyDefinition& definition = policy->definition;
    std::vector<PrincipalId>& principals = bound_.mask_principals_;
    BoundPolicies::MaskRule rule{.policy = policy.get(),
                                 .rank = NumberOf(definition.priority, ranks_),
                                 .mask = NumberOf(KeyOf(definition.mask), numbers_)};
    rule.to = Count(principals);
    principals.insert(principals.end(), definition.to.begin(), definition.to.end());
    rule.except = Count(principals);
    principals.insert(principals.end(), definition.except.begin(), definition.except.end());
    bound_.mask_rules_.push_back(rule);
    bound_.masks_.push_back(policy);
    return Count(bound_.masks_) - 1;
  }

  // Numbers things in the order in which they come.
  template <class Key>
  static uint32_t NumberOf(const Key& key, absl::flat_hash_map<Key, uint32_t>& numbers) {
    return numbers.emplace(key, static_cast<uint32_t>(numbers.size())).first->second;
  }
  template <class T>
  static uint32_t Count(const std::vector<T>& all) {
    return static_cast<uint32_t>(all.size());
  }

  static constexpr uint32_t kNowhere = 0xFFFF'FFFF;

  std::span<const catalog::Tag> asset_tags_;
  std::span<const TaggedColumn> columns_;
  Enforcement enforcement_;
  std::vector<std::vector<uint32_t>> cases_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> by_name_;
  std::vector<Selected> masks_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // of masks
  absl::flat_hash_map<int64_t, uint32_t> ranks_;        // of priorities
  BoundPolicies bound_;
};

bool BoundPolicies::IsAbout(const Rule& rule, std::span<const uint32_t> columns) const {
  return !rule.by_column || columns.empty() ||
         std::any_of(columns.begin(), columns.end(), [&](uint32_t column) {
           WHENCE_ASSERT(column < column_count());
           return (rule.columns[column / 64] >> column % 64 & 1U) != 0;
         });
}

const Policy* BoundPolicies::FindDeny(IsAnyOf is_any, PrivilegeSet privileges,
                                      std::span<const uint32_t> columns) const {
  for (const Rule& deny : denies_) {
    const PolicyDefinition& definition = deny.policy->definition;
    if (!definition.denied().HasAny(privileges)) continue;
    if (IsAbout(deny, columns) && IsFor(definition, is_any)) return deny.policy.get();
  }
  return nullptr;
}

void BoundPolicies::EachAudit(IsAnyOf is_any, PrivilegeSet privileges,
                              std::span<const uint32_t> columns,
                              absl::FunctionRef<void(const Policy&)> visit) const {
  for (const Rule& audit : audits_) {
    const PolicyDefinition& definition = audit.policy->definition;
    if (!definition.audited().HasAny(privileges)) continue;
    if (IsAbout(audit, columns) && IsFor(definition, is_any)) visit(*audit.policy);
  }
}

void BoundPolicies::EachFilter(IsAnyOf is_any, absl::FunctionRef<void(const Policy&)> visit) const {
  for (const PolicyRef& policy : filters_) {
    if (IsFor(policy->definition, is_any)) visit(*policy);
  }
}

MaskConflict BoundPolicies::FindMasks(IsAnyOf is_any, std::span<const Policy*> masks,
                                      std::span<const uint32_t> columns) const {
  const size_t count = columns.empty() ? column_count() : columns.size();
  WHENCE_ASSERT(masks.size() == count);
  std::fill(masks.begin(), masks.end(), nullptr);
  if (masks_.empty()) return {};
  absl::InlinedVector<uint8_t, kFewMasks> known(masks_.size(), kUnknown);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t column = columns.empty() ? static_cast<uint32_t>(i) : columns[i];
    WHENCE_ASSERT(column < column_count());
    const MaskConflict conflict = Choose(column, {known.data(), known.size()}, is_any, masks[i]);
    if (conflict.first != nullptr) return conflict;
  }
  return {};
}

MaskConflict BoundPolicies::Choose(uint32_t column, std::span<uint8_t> known, IsAnyOf is_any,
                                   const Policy*& chosen) const {
  const MaskRule* first = nullptr;
  for (uint32_t at = first_mask_[column]; at < first_mask_[column + 1]; ++at) {
    const uint32_t place = column_masks_[at];
    const MaskRule& candidate = mask_rules_[place];
    // Behind the first that holds, only those of the same priority can disagree.
    if (first != nullptr && candidate.rank != first->rank) break;
    if (!IsMaskFor(place, known, is_any)) continue;
    if (first == nullptr) {
      first = &candidate;
      chosen = candidate.policy;
    } else if (candidate.mask != first->mask) {
      return {column, chosen, candidate.policy};
    }
  }
  return {};
}

bool BoundPolicies::IsMaskFor(uint32_t place, std::span<uint8_t> known, IsAnyOf is_any) const {
  uint8_t& answer = known[place];
  if (answer == kUnknown) {
    const MaskRule& rule = mask_rules_[place];
    const std::span<const PrincipalId> all(mask_principals_);
    answer = IsForThese(all.subspan(rule.to, rule.except - rule.to),
                        all.subspan(rule.except, mask_rules_[place + 1].to - rule.except), is_any)
                 ? kYes
                 : kNo;
  }
  return answer == kYes;
}

size_t BoundPolicies::ByteSize() const {
  size_t bytes = sizeof(BoundPolicies) + filters_.size() * sizeof(PolicyRef) +
                 masks_.size() * (sizeof(PolicyRef) + sizeof(MaskRule)) +
                 mask_principals_.size() * sizeof(PrincipalId) +
                 (first_mask_.size() + column_masks_.size()) * sizeof(uint32_t);
  for (const auto* const rules : {&denies_, &audits_}) {
    for (const Rule& rule : *rules) bytes += sizeof(Rule) + rule.columns.size() * sizeof(uint64_t);
  }
  return bytes;
}

PolicySet::PolicySet(const std::vector<Policy>& policies) {
  std::map<int64_t, PolicyList> at;
  std::map<int64_t, PolicyList> denies_at;
  std::map<int64_t, PolicyList> audits_at;
  std::map<int64_t, PolicyList> hiding;
  for (const Policy& policy : policies) {
    if (policy.deleted || policy.state == PolicyState::kDisabled) continue;
    auto shared = std::make_shared<const Policy>(policy);
    by_id_.Edit(policy.id) = shared;
    Count(policy, 1);
    if (IsDenyInForce(policy)) denies_at[policy.securable].push_back(shared);
    if (IsAuditInForce(policy)) audits_at[policy.securable].push_back(shared);
    if (CanHide(policy)) hiding[kMetastore].push_back(shared);
    at[policy.securable].push_back(std::move(shared));
  }
  const auto fill = [](std::map<int64_t, PolicyList>& from, PoliciesAt& into) {
    for (auto& [securable, list] : from) {
      std::sort(list.begin(), list.end(),
                [](const auto& a, const auto& b) { return a->id < b->id; });
      into.Edit(securable) = std::make_shared<const PolicyList>(std::move(list));
    }
  };
  fill(at, at_);
  fill(denies_at, denies_at_);
  fill(audits_at, audits_at_);
  fill(hiding, hiding_);
}

std::shared_ptr<const PolicySet> PolicySet::With(const Policy& policy) const {
  auto changed = std::make_shared<PolicySet>(*this);
  changed->Set(policy);
  return changed;
}

void PolicySet::SetIn(PoliciesAt& at, int64_t securable, int64_t id, const PolicyRef& policy) {
  const auto* const found = at.Find(securable);
  if (found == nullptr && policy == nullptr) return;
  PolicyList list;
  if (found != nullptr) list = **found;
  const auto place = std::lower_bound(list.begin(), list.end(), id,
                                      [](const auto& a, int64_t wanted) { return a->id < wanted; });
  const bool there = place != list.end() && (*place)->id == id;
  if (policy == nullptr) {
    if (there) list.erase(place);
  } else if (there) {
    *place = policy;
  } else {
    list.insert(place, policy);
  }
  if (list.empty()) return at.Erase(securable);
  at.Edit(securable) = std::make_shared<const PolicyList>(std::move(list));
}

void PolicySet::Count(const Policy& policy, int by) {
  count_ += by;
  if (IsDenyInForce(policy)) deny_count_ += by;
  if (IsAuditInForce(policy)) audit_count_ += by;
  if (policy.state == PolicyState::kDryRun) dry_run_count_ += by;
}

void PolicySet::Set(const Policy& policy) {
  if (const Policy* const before = Find(policy.id); before != nullptr) Count(*before, -1);
  const bool gone = policy.deleted || policy.state == PolicyState::kDisabled;
  const PolicyRef shared = gone ? nullptr : std::make_shared<const Policy>(policy);
  if (gone) {
    by_id_.Erase(policy.id);
  } else {
    by_id_.Edit(policy.id) = shared;
    Count(policy, 1);
  }
  SetIn(at_, policy.securable, policy.id, shared);
  SetIn(denies_at_, policy.securable, policy.id, !gone && IsDenyInForce(policy) ? shared : nullptr);
  SetIn(audits_at_, policy.securable, policy.id,
        !gone && IsAuditInForce(policy) ? shared : nullptr);
  SetIn(hiding_, kMetastore, policy.id, !gone && CanHide(policy) ? shared : nullptr);
}

void PolicySet::EachAt(const PoliciesAt& at, int64_t securable,
                       absl::FunctionRef<void(const Policy&)> visit) {
  const auto* const list = at.Find(securable);
  if (list == nullptr) return;
  for (const PolicyRef& policy : **list) visit(*policy);
}

void PolicySet::EachDenyAt(int64_t securable, absl::FunctionRef<void(const Policy&)> visit) const {
  EachAt(denies_at_, securable, visit);
}

void PolicySet::EachAuditAt(int64_t securable, absl::FunctionRef<void(const Policy&)> visit) const {
  EachAt(audits_at_, securable, visit);
}

bool PolicySet::MayHide(IsAnyOf is_any) const {
  const auto* const list = hiding_.Find(kMetastore);
  if (list == nullptr) return false;
  return std::any_of((*list)->begin(), (*list)->end(),
                     [&](const PolicyRef& policy) { return IsFor(policy->definition, is_any); });
}

const Policy* PolicySet::Find(int64_t id) const {
  const PolicyRef* const found = by_id_.Find(id);
  return found == nullptr ? nullptr : found->get();
}

BoundPolicies PolicySet::Bind(const Chain& chain, std::span<const catalog::Tag> asset_tags,
                              std::span<const TaggedColumn> columns,
                              Enforcement enforcement) const {
  PolicyBinder binder(asset_tags, columns, enforcement);
  const auto add = [&](int64_t securable) {
    const auto* const list = at_.Find(securable);
    if (list == nullptr) return;
    for (const PolicyRef& policy : **list) binder.Add(policy);
  };
  add(kMetastore);
  for (int i = 0; i < chain.depth; ++i) add(chain.links[static_cast<size_t>(i)].id);
  return binder.Finish();
}

}  // namespace whence::access
