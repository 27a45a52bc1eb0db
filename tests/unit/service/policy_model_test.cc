// Policies through everything that answers, against facts and rules: random worlds, and every
// decision, list, explanation and redaction the same.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "ask.h"
#include "naive_world.h"
#include "service/access_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "support/sanitizer.h"

namespace whence::service {
namespace {

using test::NaiveDecision;
using test::NaivePolicy;
using test::NaiveWorld;
using whence::test::Fewer;

const std::vector<std::string> kPrivileges = {"BROWSE", "SELECT", "MODIFY", "MANAGE"};

// Purpose: the server and the facts, changed together. Thread-safety: one thread.
class Model : public test::Asked {
 public:
  explicit Model(uint64_t seed) : random_(seed) {
    naive.columns = {"a", "b", "c"};
    for (const char* schema : {"x.s", "x.t", "y.s"}) {
      for (const char* table : {"p", "q"}) AddTable(absl::StrCat(schema, ".", table));
    }
    for (size_t i = 0; i + 1 < naive.tables.size(); ++i) {
      Ask(kRecordEdges, absl::StrCat("edges { source: '", naive.tables[i], "' target: '",
                                     naive.tables[i + 1], "' }"));
    }
    for (const std::string& name : principals) {
      Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
      if (name.starts_with("user:")) {
        const auto token = Ask(kCreateToken, absl::StrCat("token { principal: '", name, "' }"));
        callers[name] = {.bearer = token.secret(), .via = "test"};
      }
    }
  }

  const std::string& Any(const std::vector<std::string>& list) { return list[Number(list.size())]; }
  size_t Number(size_t below) { return random_() % below; }
  bool Once(size_t in) { return Number(in) == 0; }

  void Step() {
    switch (Number(6)) {
      case 0:
        return StepMember();
      case 1:
      case 2:
        return StepGrant();
      case 3:
        return StepTag();
      default:
        return StepPolicy();
    }
  }

  NaiveWorld naive;
  const std::vector<std::string> principals = {"user:u0", "user:u1", "user:u2", "group:g0",
                                               "group:g1"};
  const std::vector<std::string> users = {"user:u0", "user:u1", "user:u2"};
  std::map<std::string, CallInfo> callers;

  static std::string Where(const std::string& path) {
    return path.empty() ? "securable { type: SECURABLE_TYPE_METASTORE }"
                        : absl::StrCat("securable { name: '", path, "' }");
  }

 private:
  void AddTable(const std::string& name) {
    Asset(name, v1::KIND_TABLE);
    std::string columns;
    for (const std::string& column : naive.columns) {
      absl::StrAppend(&columns, "columns { name: '", column, "' type: 'varchar' } ");
    }
    Ask(kUpdateAsset,
        absl::StrCat("asset { name: '", name, "' detail { table { ", columns, " } } }"));
    naive.tables.push_back(name);
  }

  std::string AnyPlace() {
    const std::string& table = Any(naive.tables);
    const size_t parts = Number(4);
    if (parts == 0) return "";
    if (parts == 1) return table.substr(0, 1);
    return parts == 2 ? table.substr(0, 3) : table;
  }

  void StepMember() {
    const std::string group = "group:g0";
    const std::string member = Once(3) ? "group:g1" : Any(users);
    const std::string into = member == "group:g1" || Once(2) ? group : "group:g1";
    const std::string text = absl::StrCat("group: '", into, "' member: '", member, "'");
    if (Once(3)) {
      Ask(kRemoveMember, text);
      naive.members.erase({member, into});
    } else {
      Ask(kAddMember, text);
      naive.members.insert({member, into});
    }
  }

  void StepGrant() {
    static const std::vector<std::string> kAll = {"USE CATALOG", "USE SCHEMA", "BROWSE",
                                                  "SELECT",      "MODIFY",     "MANAGE"};
    std::string privilege = Any(kAll);
    std::string on = AnyPlace();
    if (privilege == "USE CATALOG") on = on.substr(0, 1);
    if (privilege == "USE SCHEMA") on = on.substr(0, 3);
    const std::string& to = Any(principals);
    const bool remove = Once(4);
    Ask(kChangeGrants, absl::StrCat(Where(on), " principal: '", to, "' ",
                                    remove ? "remove: '" : "add: '", privilege, "'"));
    if (remove) {
      naive.grants.erase({on, to, privilege});
    } else {
      naive.grants.insert({on, to, privilege});
    }
  }

  void StepTag() {
    std::string target = AnyPlace();
    if (target.empty()) target = Any(naive.tables);
    if (std::count(target.begin(), target.end(), '.') == 2 && !Once(3)) {
      target += "#" + Any(naive.columns);
    }
    const std::string key = Once(2) ? "k" : "l";
    if (Once(3)) {
      Ask(kSetTags, absl::StrCat("reference: '", target, "' remove: '", key, "'"));
      naive.tags[target].erase(key);
    } else {
      Ask(kSetTags, absl::StrCat("reference: '", target, "' set { key: '", key, "' }"));
      naive.tags[target][key] = "";
    }
  }

  void StepPolicy() {
    if (naive.policies.size() > 8 || (!naive.policies.empty() && Once(3))) {
      const auto found = std::next(naive.policies.begin(),
                                   static_cast<std::ptrdiff_t>(Number(naive.policies.size())));
      if (Once(2)) {
        Ask(kDeletePolicy, absl::StrCat("name: '", found->first, "'"));
        naive.policies.erase(found);
        return;
      }
      found->second.in_force = !found->second.in_force;
      Ask(kUpdatePolicy,
          absl::StrCat("policy { name: '", found->first, "' state: POLICY_STATE_",
                       found->second.in_force ? "ENABLED" : (Once(2) ? "DRY_RUN" : "DISABLED"),
                       " }"));
      return;
    }
    CreatePolicy();
  }

  void CreatePolicy() {
    NaivePolicy policy;
    policy.on = AnyPlace();
    const size_t kind = Number(5);
    policy.kind = kind < 2 ? "deny" : (kind < 4 ? "mask" : "filter");
    std::string text;
    const auto repeat = [&](const char* field, std::set<std::string>& into) {
      const std::string& name = Any(principals);
      into.insert(name);
      absl::StrAppend(&text, field, ": '", name, "' ");
    };
    // Who makes and drops them must not be kept from it by one that stands further up.
    policy.except.insert("user:ana");
    text = "except: 'user:ana' ";
    if (Once(2)) repeat("to", policy.to);
    if (Once(3)) repeat("except", policy.except);
    if (Once(3)) {
      policy.asset_tag = Once(2) ? "k" : "l";
      absl::StrAppend(&text, "asset_tags { all: '", *policy.asset_tag, "' } ");
    }
    if (policy.kind != "filter" && Once(3)) {
      policy.column = Any(naive.columns);
      absl::StrAppend(&text, "columns: '", *policy.column, "' ");
    }
    if (policy.kind != "filter" && Once(3)) {
      policy.column_tag = Once(2) ? "k" : "l";
      absl::StrAppend(&text, "column_tags { any: '", *policy.column_tag, "' } ");
    }
    if (policy.kind == "deny") {
      static const std::vector<std::string> kDenied = {"USE CATALOG", "USE SCHEMA", "BROWSE",
                                                       "SELECT", "MODIFY"};
      if (!Once(4)) policy.privileges.insert(Any(kDenied));
      for (const std::string& one : policy.privileges) {
        absl::StrAppend(&text, "privileges: '", one, "' ");
      }
      text += "kind: POLICY_KIND_DENY";
    } else if (policy.kind == "mask") {
      policy.mask = Once(2) ? "redact" : "nullify";
      policy.priority = static_cast<int>(Number(2));
      absl::StrAppend(&text, "kind: POLICY_KIND_MASK priority: ", policy.priority,
                      " mask { type: '", policy.mask, "' }");
    } else {
      text += "kind: POLICY_KIND_FILTER filter { conditions: 'a = caller' }";
    }
    const std::string name = absl::StrCat("p", names_++);
    Ask(kCreatePolicy,
        absl::StrCat("policy { name: '", name, "' ", Where(policy.on), " ", text, " }"));
    naive.policies[name] = policy;
  }

  std::mt19937_64 random_;
  int names_ = 0;
};

NaiveDecision Decided(Model& model, const std::string& who, const std::string& privilege,
                      const std::string& table, const std::set<std::string>& asked) {
  std::string text =
      absl::StrCat("principal: '", who, "' privilege: '", privilege, "' ", Model::Where(table));
  for (const std::string& column : asked) absl::StrAppend(&text, " columns: '", column, "'");
  const absl::StatusOr<v1::Decision> answer =
      model.Run(kDecide, test::Parse<v1::DecideRequest>(text));
  NaiveDecision decision;
  if (!answer.ok()) {
    REQUIRE(test::ReasonOf(answer.status()) == "MASK_CONFLICT");
    decision.allowed = decision.conflict = true;
    return decision;
  }
  decision.allowed = answer->allowed();
  decision.by_policy = answer->outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY;
  for (const auto& filter : answer->filters()) decision.filters.insert(filter.policy());
  for (const auto& mask : answer->masks()) decision.masks[mask.column()] = mask.mask().type();
  return decision;
}

void CheckDecision(Model& model) {
  const std::string who = model.Any(model.users);
  const std::string table = model.Any(model.naive.tables);
  const std::string privilege = model.Any(kPrivileges);
  std::set<std::string> asked;
  if (!model.Once(3)) asked.insert(model.Any(model.naive.columns));
  NaiveDecision expected = model.naive.Decide(who, privilege, table, asked);
  if (expected.conflict) {
    expected.filters.clear();
    expected.masks.clear();
  }
  INFO(who << " " << privilege << " " << table << " " << (asked.empty() ? "" : *asked.begin()));
  const NaiveDecision got = Decided(model, who, privilege, table, asked);
  REQUIRE(got.allowed == expected.allowed);
  REQUIRE(got.by_policy == expected.by_policy);
  REQUIRE(got.conflict == expected.conflict);
  REQUIRE(got.filters == expected.filters);
  REQUIRE(got.masks == expected.masks);

  const std::string on = absl::StrCat("principal: '", who, "' ", Model::Where(table));
  const auto effective = model.Ask(kGetEffectivePrivileges, on);
  std::set<std::string> privileges;
  for (const auto& one : effective.privileges()) privileges.insert(one.privilege());
  REQUIRE(privileges == model.naive.Effective(who, table));
  if (!asked.empty()) return;
  const auto explained =
      model.Ask(kExplainAccess, absl::StrCat(on, " privilege: '", privilege, "'"));
  REQUIRE(explained.allowed() == expected.allowed);
  const bool by_policy = explained.outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY;
  REQUIRE(by_policy == expected.by_policy);
}

void CheckSight(Model& model) {
  const std::string who = model.Any(model.users);
  const CallInfo& caller = model.callers.at(who);
  std::set<std::string> seen;
  for (const std::string& table : model.naive.tables) {
    if (model.naive.Sees(who, table)) seen.insert(table);
  }
  std::set<std::string> listed;
  const auto list = model.RunAs(caller, kListAssets, v1::ListAssetsRequest());
  REQUIRE(list.ok());
  for (const v1::Asset& asset : list->assets()) listed.insert(asset.name());
  REQUIRE(listed == seen);

  const std::string& last = model.naive.tables.back();
  v1::GetLineageRequest request;
  request.set_reference(last);
  request.set_direction(v1::DIRECTION_UPSTREAM);
  request.set_depth(20);
  const auto lineage = model.RunAs(caller, kGetLineage, request);
  REQUIRE(lineage.ok() == (seen.count(last) > 0));
  if (!lineage.ok()) return;
  std::set<std::string> named;
  for (const v1::LineageNode& node : lineage->nodes()) {
    if (node.has_dataset() && !node.reference().starts_with("redacted:")) {
      named.insert(node.reference());
    }
  }
  REQUIRE(named == seen);
}

// What somebody may do with each table.
std::set<std::string> AllAllowed(Model& model) {
  std::set<std::string> allowed;
  for (const std::string& who : model.users) {
    for (const std::string& table : model.naive.tables) {
      if (Decided(model, who, "SELECT", table, {}).allowed) allowed.insert(who + table);
    }
  }
  return allowed;
}

TEST_CASE("policy_model: every answer is that of the facts and the rules") {
  for (int seed = 1; seed <= std::max(1, Fewer(6)); ++seed) {
    CAPTURE(seed);
    Model model(static_cast<uint64_t>(seed));
    for (int step = 0; step < 150; ++step) {
      model.Step();
      for (int i = 0; i < 6; ++i) CheckDecision(model);
      CheckSight(model);
    }
  }
}

TEST_CASE("policy_model: a deny more takes, and never gives") {
  Model model(99);
  for (int step = 0; step < 60; ++step) model.Step();
  for (int i = 0; i < 12; ++i) {
    const std::set<std::string> before = AllAllowed(model);
    const std::string on = model.Once(2) ? "" : model.Any(model.naive.tables);
    model.Ask(kCreatePolicy,
              absl::StrCat("policy { name: 'more", i, "' kind: POLICY_KIND_DENY privileges: '",
                           model.Any(kPrivileges), "' to: '", model.Any(model.principals), "' ",
                           Model::Where(on), " }"));
    const std::set<std::string> after = AllAllowed(model);
    CHECK(std::includes(before.begin(), before.end(), after.begin(), after.end()));
  }
}

}  // namespace
}  // namespace whence::service
