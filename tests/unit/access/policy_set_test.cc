// Compiled policies: the rules of docs/policies.md one by one, and random worlds against the naive
// form.
#include "access/policy_set.h"

#include <algorithm>
#include <bitset>
#include <random>

#include <catch2/catch.hpp>

#include "access/naive_policy.h"
#include "base/error.h"
#include "support/scratch_database.h"

namespace whence::access::test {
namespace {

using whence::test::ReasonOf;
using Bits = std::bitset<16>;

// Who is nobody that any policy names.
bool Nobody(std::span<const PrincipalId>) { return false; }

PolicyAnswer CompiledAnswer(const BoundPolicies& bound, const PolicyQuestion& question) {
  PolicyAnswer answer;
  const auto is_any = [&question](std::span<const PrincipalId> all) {
    return std::any_of(all.begin(), all.end(), question.is_caller);
  };
  const Policy* deny = bound.FindDeny(is_any, question.privilege, question.asked);
  answer.denied_by = deny == nullptr ? 0 : deny->id;
  bound.EachAudit(is_any, question.privilege, question.asked,
                  [&](const Policy& policy) { answer.audits.push_back(policy.id); });
  bound.EachFilter(is_any, [&](const Policy& policy) { answer.filters.push_back(policy.id); });
  std::vector<const Policy*> masks(question.asked.empty() ? question.columns.size()
                                                          : question.asked.size());
  const MaskConflict conflict = bound.FindMasks(is_any, masks, question.asked);
  if (conflict.first != nullptr) {
    answer.conflict = conflict.column;
    answer.first = conflict.first->id;
    answer.second = conflict.second->id;
    return answer;
  }
  for (const Policy* mask : masks) answer.masks.push_back(mask == nullptr ? 0 : mask->id);
  return answer;
}

Chain ChainOf(const std::vector<int64_t>& securables) {
  Chain chain;
  chain.kind = catalog::Kind::kTable;
  for (size_t i = 1; i < securables.size(); ++i) {
    chain.links[static_cast<size_t>(chain.depth++)].id = securables[i];
  }
  return chain;
}

PolicyAnswer Compiled(const PolicySet& set, const PolicyQuestion& question) {
  return CompiledAnswer(set.Bind(ChainOf(question.chain), question.asset_tags, question.columns,
                                 question.enforcement),
                        question);
}

// Everything random, from few values, so that things meet.
class RandomWorld {
 public:
  explicit RandomWorld(uint32_t seed) : random_(seed) {
    const size_t count = Below(14);
    for (size_t i = 0; i < count; ++i) policies.push_back(NewPolicy(static_cast<int64_t>(i) + 1));
    std::shuffle(policies.begin(), policies.end(), random_);
  }

  Policy NewPolicy(int64_t id) {
    Policy policy;
    policy.id = id;
    policy.name = "p" + std::to_string(id);
    policy.securable =
        Below(2) == 0 ? 0
                      : static_cast<int64_t>(Below(7));  // the metastore, or one that may be asked
    policy.state = Below(6) == 0   ? PolicyState::kDisabled
                   : Below(5) == 0 ? PolicyState::kDryRun
                                   : PolicyState::kEnabled;
    policy.deleted = Below(12) == 0;
    PolicyDefinition& definition = policy.definition;
    definition.kind = static_cast<PolicyKind>(1 + std::min<size_t>(Below(5), 2));
    if (definition.kind == PolicyKind::kDeny && Below(2) == 0) {
      definition.kind = Below(5) == 0 ? PolicyKind::kAudit : PolicyKind::kColumnMask;
    }
    for (size_t n = Below(3); n > 0; --n) definition.to.push_back(Principal());
    for (size_t n = Below(2); n > 0; --n) definition.except.push_back(Principal());
    if (Below(3) == 0) definition.asset_tags = Condition();
    if (definition.kind == PolicyKind::kRowFilter) return policy;
    if (Below(2) == 0) definition.column_tags = Condition();
    if (Below(2) == 0) {
      for (size_t n = Below(3); n > 0; --n) definition.columns.push_back(ColumnName());
    }
    if (definition.kind == PolicyKind::kColumnMask) {
      definition.mask.type = static_cast<MaskType>(Below(3));
      if (definition.mask.type == MaskType::kHash && Below(2) == 0) definition.mask.salt = "s";
      definition.priority = static_cast<int64_t>(Below(3)) - 1;
    } else if (Below(2) == 0) {
      definition.privileges |= Below(2) == 0 ? Privilege::kSelect : Privilege::kModify;
    }
    return policy;
  }

  PolicyQuestion NewQuestion() {
    PolicyQuestion question;
    question.chain = {0};
    const size_t depth = Below(4);
    for (size_t i = 0; i < depth; ++i) {
      question.chain.push_back(static_cast<int64_t>(1 + 2 * i + Below(2)));
    }
    question.asset_tags = Tags();
    for (size_t n = Below(7); n > 0; --n) question.columns.push_back({ColumnName(), Tags()});
    if (Below(2) == 0 && !question.columns.empty()) {
      for (size_t n = 1 + Below(3); n > 0; --n) {
        question.asked.push_back(static_cast<uint32_t>(Below(question.columns.size())));
      }
    }
    question.privilege = Below(3) == 0 ? Privilege::kModify : Privilege::kSelect;
    question.enforcement = Below(4) == 0 ? Enforcement::kWithDryRun : Enforcement::kEnabled;
    const Bits is(random_());
    question.is_caller = [is](PrincipalId id) { return is[static_cast<size_t>(id)]; };
    return question;
  }

  size_t Below(size_t n) { return random_() % n; }
  std::mt19937& random() { return random_; }

  std::vector<Policy> policies;

 private:
  PrincipalId Principal() { return static_cast<PrincipalId>(1 + Below(8)); }
  std::string ColumnName() { return std::string(1, "abcAB"[Below(5)]); }
  std::vector<catalog::Tag> Tags() {
    std::vector<catalog::Tag> tags;
    if (Below(2) == 0) tags.push_back({"pii", Below(2) == 0 ? "email" : ""});
    if (Below(3) == 0) tags.push_back({"tier", "1"});
    return tags;
  }
  TagCondition Condition() {
    TagCondition condition;
    for (auto* terms : {&condition.all, &condition.any, &condition.none}) {
      if (Below(3) != 0) continue;
      terms->push_back(Below(2) == 0   ? TagTerm{"pii", std::nullopt}
                       : Below(2) == 0 ? TagTerm{"pii", "email"}
                                       : TagTerm{"tier", "1"});
      if (Below(4) == 0) terms->push_back({"tier", std::nullopt});
    }
    return condition;
  }

  std::mt19937 random_;
};

std::string Show(const PolicyAnswer& answer) {
  std::string text = "denied by " + std::to_string(answer.denied_by) + ", audits";
  for (const int64_t id : answer.audits) text += " " + std::to_string(id);
  text += ", filters";
  for (const int64_t id : answer.filters) text += " " + std::to_string(id);
  text += ", masks";
  for (const int64_t id : answer.masks) text += " " + std::to_string(id);
  if (answer.conflict) {
    text += ", conflict on " + std::to_string(*answer.conflict) + ": " +
            std::to_string(answer.first) + " and " + std::to_string(answer.second);
  }
  return text;
}

TEST_CASE("compiled policies agree with the naive form on random worlds") {
  size_t asked = 0, denied = 0, audited = 0, filtered = 0, masked = 0, conflicts = 0;
  for (uint32_t seed = 0; seed < 8000; ++seed) {
    RandomWorld world(seed);
    const PolicySet set(world.policies);
    for (int i = 0; i < 40; ++i) {
      const PolicyQuestion question = world.NewQuestion();
      const PolicyAnswer naive = NaiveAnswer(world.policies, question);
      const PolicyAnswer compiled = Compiled(set, question);
      if (naive != compiled) {
        FAIL("seed " << seed << ", question " << i << ": naive: " << Show(naive)
                     << "; compiled: " << Show(compiled));
      }
      ++asked;
      if (naive.denied_by != 0) ++denied;
      if (!naive.audits.empty()) ++audited;
      if (!naive.filters.empty()) ++filtered;
      if (std::count(naive.masks.begin(), naive.masks.end(), 0) != std::ssize(naive.masks)) {
        ++masked;
      }
      if (naive.conflict) ++conflicts;
    }
  }
  CHECK(asked >= 300'000);
  CHECK(denied > 20'000);
  CHECK(audited > 3'000);
  CHECK(filtered > 20'000);
  CHECK(masked > 20'000);
  CHECK(conflicts > 5'000);
}

TEST_CASE("the order of policies, and how they came to be, make no difference") {
  for (uint32_t seed = 0; seed < 400; ++seed) {
    RandomWorld world(seed);
    const PolicySet whole(world.policies);
    std::vector<Policy> shuffled = world.policies;
    std::shuffle(shuffled.begin(), shuffled.end(), world.random());
    auto grown = std::make_shared<const PolicySet>();
    for (const Policy& policy : shuffled) {
      // Once as another policy of its id, which the second takes the place of.
      Policy before = world.NewPolicy(policy.id);
      before.securable = policy.securable;
      grown = grown->With(before)->With(policy);
    }
    const PolicySet other(shuffled);
    for (int i = 0; i < 20; ++i) {
      const PolicyQuestion question = world.NewQuestion();
      const PolicyAnswer answer = Compiled(whole, question);
      REQUIRE(Compiled(other, question) == answer);
      REQUIRE(Compiled(*grown, question) == answer);
    }
  }
}

// What a set says of its denies and audits without binding: where they stand, and whether there are
// any.
std::string Standing(const PolicySet& set) {
  std::string text = set.empty() ? "empty" : set.has_dry_run() ? "dry run" : "some";
  for (int64_t securable = 0; securable < 7; ++securable) {
    set.EachDenyAt(securable, [&](const Policy& policy) { text += " " + policy.name; });
    set.EachAuditAt(securable, [&](const Policy& policy) { text += " audit " + policy.name; });
  }
  return text + (set.has_denies() ? "!" : "") + (set.has_audits() ? "?" : "");
}

TEST_CASE("which denies and audits stand where is known whichever way the set came to be") {
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    RandomWorld world(seed);
    const PolicySet whole(world.policies);
    auto grown = std::make_shared<const PolicySet>();
    for (const Policy& policy : world.policies) {
      // By way of another state of the same policy.
      Policy before = world.NewPolicy(policy.id);
      before.securable = policy.securable;
      grown = grown->With(before)->With(policy);
    }
    REQUIRE(Standing(*grown) == Standing(whole));
    bool hides = false;
    for (const Policy& policy : world.policies) {
      const bool deny = !policy.deleted && policy.state == PolicyState::kEnabled &&
                        policy.definition.kind == PolicyKind::kDeny;
      hides =
          hides || (deny && !policy.definition.selects_columns() && policy.definition.to.empty() &&
                    policy.definition.denied().Has(Privilege::kBrowse));
    }
    REQUIRE(whole.MayHide(Nobody) == hides);
    REQUIRE(grown->MayHide(Nobody) == hides);
    for (const Policy& policy : world.policies) {
      Policy gone = policy;
      gone.deleted = true;
      grown = grown->With(gone);
    }
    REQUIRE(Standing(*grown) == "empty");
  }
}

TEST_CASE("a deny more never widens access; a filter more never shows more") {
  size_t newly_denied = 0;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    RandomWorld world(seed);
    const PolicySet before(world.policies);
    Policy more = world.NewPolicy(100);
    more.definition.kind = seed % 2 == 0 ? PolicyKind::kDeny : PolicyKind::kRowFilter;
    const auto after = before.With(more);
    for (int i = 0; i < 20; ++i) {
      const PolicyQuestion question = world.NewQuestion();
      const PolicyAnswer old = Compiled(before, question);
      const PolicyAnswer now = Compiled(*after, question);
      if (old.denied_by != 0) REQUIRE(now.denied_by != 0);
      if (old.denied_by == 0 && now.denied_by != 0) ++newly_denied;
      REQUIRE(std::includes(now.filters.begin(), now.filters.end(), old.filters.begin(),
                            old.filters.end()));
      REQUIRE(now.masks == old.masks);
    }
  }
  CHECK(newly_denied > 500);
}

TEST_CASE("dry run decides what enabling would decide") {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    RandomWorld world(seed);
    std::vector<Policy> enabled = world.policies;
    for (Policy& policy : enabled) {
      if (policy.state == PolicyState::kDryRun) policy.state = PolicyState::kEnabled;
    }
    const PolicySet dry(world.policies);
    const PolicySet real(enabled);
    for (int i = 0; i < 20; ++i) {
      PolicyQuestion question = world.NewQuestion();
      question.enforcement = Enforcement::kWithDryRun;
      const PolicyAnswer would_be = Compiled(dry, question);
      question.enforcement = Enforcement::kEnabled;
      REQUIRE(Compiled(real, question) == would_be);
    }
  }
}

Policy MaskPolicy(int64_t id, std::string_view name, MaskType type, int64_t priority = 0) {
  Policy policy;
  policy.id = id;
  policy.name = std::string(name);
  policy.definition = {.kind = PolicyKind::kColumnMask};
  policy.definition.mask.type = type;
  policy.definition.priority = priority;
  return policy;
}

TEST_CASE("two different masks on one column are an error that names both") {
  const std::vector<TaggedColumn> columns = {{"id", {}}, {"Email", {{"pii", "email"}}}};
  Policy hash = MaskPolicy(1, "hash-mail", MaskType::kHash);
  Policy redact = MaskPolicy(2, "redact-pii", MaskType::kRedact);
  hash.definition.columns = {"email"};  // in another case of letters
  redact.definition.column_tags.all = {{"pii", std::nullopt}};
  std::vector<const Policy*> masks(2);
  const auto find = [&](const std::vector<Policy>& policies) {
    const BoundPolicies bound =
        PolicySet(policies).Bind(ChainOf({0, 1, 2, 3}), {}, columns, Enforcement::kEnabled);
    const MaskConflict conflict = bound.FindMasks(Nobody, masks);
    if (conflict.first == nullptr) return std::string(masks[1]->name);
    const absl::Status status = ConflictError(columns[conflict.column].name, conflict);
    CHECK(ReasonOf(status) == "MASK_CONFLICT");
    return std::string(status.message());
  };
  CHECK(find({hash, redact}) ==
        "policies hash-mail (hash) and redact-pii (redact) put different masks on column Email");
  redact.definition.priority = 1;
  CHECK(find({hash, redact}) == "redact-pii");
  redact.definition.priority = -1;
  CHECK(find({hash, redact}) == "hash-mail");
  redact.definition = {.kind = PolicyKind::kColumnMask};
  redact.definition.mask = hash.definition.mask;  // equal masks agree
  CHECK(find({hash, redact}) == "hash-mail");
}

TEST_CASE("a column that is not asked for neither conflicts nor is denied") {
  const std::vector<TaggedColumn> columns = {{"id", {}}, {"mail", {{"pii", "email"}}}};
  Policy deny;
  deny.id = 1;
  deny.name = "no-pii";
  deny.definition.column_tags.any = {{"pii", "email"}};
  const BoundPolicies bound =
      PolicySet({deny, MaskPolicy(2, "a", MaskType::kHash), MaskPolicy(3, "b", MaskType::kRedact)})
          .Bind(ChainOf({0, 1, 2, 3}), {}, columns, Enforcement::kEnabled);
  const std::vector<uint32_t> id = {0};
  CHECK(bound.FindDeny(Nobody, Privilege::kSelect, id) == nullptr);
  CHECK(bound.FindDeny(Nobody, Privilege::kSelect)->name == "no-pii");
  CHECK_FALSE(bound.empty());
  CHECK(PolicySet().Bind(ChainOf({0}), {}, columns, Enforcement::kEnabled).empty());
}

}  // namespace
}  // namespace whence::access::test
