#include "access/naive_policy.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"

namespace whence::access::test {
namespace {

bool HasTerm(const std::vector<catalog::Tag>& tags, const TagTerm& term) {
  for (const catalog::Tag& tag : tags) {
    if (tag.key == term.key && (!term.value || tag.value == *term.value)) return true;
  }
  return false;
}

bool Holds(const TagCondition& condition, const std::vector<catalog::Tag>& tags) {
  for (const TagTerm& term : condition.all) {
    if (!HasTerm(tags, term)) return false;
  }
  for (const TagTerm& term : condition.none) {
    if (HasTerm(tags, term)) return false;
  }
  bool one = condition.any.empty();
  for (const TagTerm& term : condition.any) one = one || HasTerm(tags, term);
  return one;
}

bool InForce(const Policy& policy, const PolicyQuestion& question) {
  if (policy.deleted || policy.state == PolicyState::kDisabled) return false;
  if (policy.state == PolicyState::kDryRun && question.enforcement == Enforcement::kEnabled) {
    return false;
  }
  const auto& chain = question.chain;
  if (std::find(chain.begin(), chain.end(), policy.securable) == chain.end()) return false;
  if (!Holds(policy.definition.asset_tags, question.asset_tags)) return false;
  bool to = policy.definition.to.empty();
  for (const PrincipalId id : policy.definition.to) to = to || question.is_caller(id);
  bool excepted = false;
  for (const PrincipalId id : policy.definition.except) {
    excepted = excepted || question.is_caller(id);
  }
  return to && !excepted;
}

bool Selects(const Policy& policy, const TaggedColumn& column) {
  bool named = policy.definition.columns.empty();
  for (const std::string& name : policy.definition.columns) {
    named = named || absl::EqualsIgnoreCase(name, column.name);
  }
  return named && Holds(policy.definition.column_tags, column.tags);
}

// Whether a deny or an audit, as `kind` says, is about what is asked.
bool IsAbout(PolicyKind kind, const Policy& policy, const PolicyQuestion& question,
             const std::vector<uint32_t>& asked) {
  const PolicyDefinition& definition = policy.definition;
  if (definition.kind != kind || !InForce(policy, question)) return false;
  if (!definition.privileges.empty() && !definition.privileges.Has(question.privilege)) {
    return false;
  }
  if (definition.columns.empty() && definition.column_tags.empty()) return true;
  for (const uint32_t column : asked) {
    if (Selects(policy, question.columns[column])) return true;
  }
  return false;
}

// The masks of the highest priority on one column, by id; two different ones are a conflict.
void Mask(std::span<const Policy> policies, const PolicyQuestion& question, uint32_t column,
          PolicyAnswer& answer) {
  std::vector<const Policy*> masks;
  for (const Policy& policy : policies) {
    if (policy.definition.kind == PolicyKind::kColumnMask && InForce(policy, question) &&
        Selects(policy, question.columns[column])) {
      masks.push_back(&policy);
    }
  }
  std::sort(masks.begin(), masks.end(), [](auto* a, auto* b) { return a->id < b->id; });
  const Policy* best = nullptr;
  for (const Policy* policy : masks) {
    if (best == nullptr || policy->definition.priority > best->definition.priority) best = policy;
  }
  answer.masks.push_back(best == nullptr ? 0 : best->id);
  for (const Policy* policy : masks) {
    if (policy->definition.priority == best->definition.priority &&
        policy->definition.mask != best->definition.mask) {
      answer.conflict = column;
      answer.first = best->id;
      answer.second = policy->id;
      return;
    }
  }
}

}  // namespace

PolicyAnswer NaiveAnswer(std::span<const Policy> policies, const PolicyQuestion& question) {
  PolicyAnswer answer;
  std::vector<uint32_t> asked = question.asked;
  for (uint32_t i = 0; question.asked.empty() && i < question.columns.size(); ++i) {
    asked.push_back(i);
  }
  std::set<int64_t> denies;
  std::set<int64_t> audits;
  std::set<int64_t> filters;
  for (const Policy& policy : policies) {
    if (IsAbout(PolicyKind::kDeny, policy, question, asked)) denies.insert(policy.id);
    if (IsAbout(PolicyKind::kAudit, policy, question, asked)) audits.insert(policy.id);
    if (policy.definition.kind == PolicyKind::kRowFilter && InForce(policy, question)) {
      filters.insert(policy.id);
    }
  }
  answer.denied_by = denies.empty() ? 0 : *denies.begin();
  answer.audits.assign(audits.begin(), audits.end());
  answer.filters.assign(filters.begin(), filters.end());
  for (const uint32_t column : asked) {
    Mask(policies, question, column, answer);
    if (!answer.conflict) continue;
    answer.masks.clear();
    break;
  }
  return answer;
}

}  // namespace whence::access::test
