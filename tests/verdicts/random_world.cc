#include "random_world.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <memory>

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/sql_mask.h"
#include "google/protobuf/text_format.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/tag_operations.h"

namespace whence::verdicts {
namespace {

namespace v1 = ::whence::v1;

const std::vector<std::string> kColumns = {"a", "b", "c", "d"};
const std::vector<std::string> kKeys = {"pii", "geo", "tier"};
const std::vector<std::string> kValues = {"x", "y", "z"};
// As many as a policy can differ in, and few enough that two are often the same.
const std::vector<std::string> kMasks = {"nullify", "constant k0", "constant k1",
                                         "hash s0", "hash s1",     "custom upper"};

std::string Where(const std::string& path) {
  if (path.empty()) return "securable { type: SECURABLE_TYPE_METASTORE }";
  return absl::StrCat("securable { name: '", path, "' }");
}

std::string Repeated(const std::string& field, const Texts& values) {
  std::string text;
  for (const std::string& value : values) absl::StrAppend(&text, field, ": '", value, "' ");
  return text;
}

std::string ConditionText(const std::string& field, const NaiveCondition& condition) {
  if (condition.empty()) return "";
  const auto list = [](const char* name, const std::vector<std::string>& terms) {
    return Repeated(name, {terms.begin(), terms.end()});
  };
  return absl::StrCat(field, " { ", list("all", condition.all), list("any", condition.any),
                      list("none", condition.none), "} ");
}

// `a = caller AND b IN ('x', 'y')`.
std::string RowsText(const NaivePolicy& policy) {
  return absl::StrJoin(policy.rows, " AND ", [](std::string* out, const auto& condition) {
    if (condition.second.count("<caller>") > 0) {
      absl::StrAppend(out, condition.first, " = caller");
    } else {
      absl::StrAppend(out, condition.first, " IN (\\'", absl::StrJoin(condition.second, "\\', \\'"),
                      "\\')");
    }
  });
}

access::Mask MaskOf(const std::string& mask) {
  const std::string argument = mask.substr(mask.find(' ') + 1);
  if (mask.starts_with("constant")) {
    return {.type = access::MaskType::kConstant, .constant = argument};
  }
  if (mask.starts_with("hash")) return {.type = access::MaskType::kHash, .salt = argument};
  if (mask.starts_with("custom")) {
    return {.type = access::MaskType::kCustom,
            .custom = {{access::SqlDialect::kTrino, argument + "({col})"}}};
  }
  return {};
}

std::string MaskText(const std::string& mask) {
  const std::string argument = mask.substr(mask.find(' ') + 1);
  if (mask.starts_with("constant")) {
    return absl::StrCat("mask { type: 'constant' constant: '", argument, "' }");
  }
  if (mask.starts_with("hash")) {
    return absl::StrCat("mask { type: 'hash' salt: '", argument, "' }");
  }
  if (mask.starts_with("custom")) {
    return absl::StrCat("mask { type: 'custom' custom { key: 'trino' value: '", argument,
                        "({col})' } }");
  }
  return "mask { type: 'nullify' }";
}

std::string PolicyText(const NaivePolicy& policy) {
  std::string text = absl::StrCat(
      "policy { name: '", policy.name, "' ", Where(policy.on), " ", Repeated("to", policy.to),
      Repeated("except", policy.except), Repeated("columns", policy.columns),
      Repeated("privileges", policy.privileges), ConditionText("asset_tags", policy.asset_tags),
      ConditionText("column_tags", policy.column_tags));
  if (policy.state == "dry run") text += "state: POLICY_STATE_DRY_RUN ";
  if (policy.state == "disabled") text += "state: POLICY_STATE_DISABLED ";
  if (policy.kind == "deny") {
    text += "kind: POLICY_KIND_DENY";
  } else if (policy.kind == "mask") {
    absl::StrAppend(&text, "kind: POLICY_KIND_MASK priority: ", policy.priority, " ",
                    MaskText(policy.mask));
  } else {
    absl::StrAppend(&text, "kind: POLICY_KIND_FILTER filter { conditions: '", RowsText(policy),
                    "' sql { key: 'trino' value: 'a = \\'", policy.name, "\\'' } }");
  }
  return text + " }";
}

std::string KindWord(const std::string& kind) {
  std::string word = kind;
  for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "KIND_" + word;
}

}  // namespace

template <class Request, class Response>
void RandomWorld::Send(const service::MutationOperation<Request, Response>& operation,
                       const std::string& text) {
  story_.push_back(absl::StrCat(std::string(operation.name), " ", text));
  auto kept = std::make_shared<std::pair<Request, whence::test::Pending<Response>>>();
  INFO(story_.back());
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &kept->first));
  house.Begin(house.caller, operation, kept->first, &kept->second);
  waits_.emplace_back([this, kept, line = story_.size() - 1] {
    const auto answer = kept->second.Wait();
    INFO(story_[line]);
    INFO(answer.status().ToString());
    REQUIRE(answer.ok());
  });
}

void RandomWorld::Settle() {
  for (const auto& wait : waits_) wait();
  waits_.clear();
}

RandomWorld::RandomWorld(uint64_t seed) : random_(seed), seed_(seed) {
  naive.securables[""] = {.kind = "metastore", .owner = "group:admins", .columns = {}, .tags = {}};
  MakePrincipals();
  MakeSecurables();
  // So that something is allowed to begin with, and the rest makes a difference.
  for (const std::string& user : users) {
    if (!Once(4)) AddMember("group:g0", user);
    AddMember(Any(groups_), user);
  }
  for (const std::string& path : paths) {
    const auto depth = std::count(path.begin(), path.end(), '.');
    if (depth == 0) Grant(path, "group:g0", "USE CATALOG");
    if (depth == 1) Grant(path, "group:g0", "USE SCHEMA");
    if (depth < 2) Grant(path, Any(groups_), "SELECT");
  }
  for (int i = 0; i < 16; ++i) StepGrant();
  for (int i = 0; i < 6; ++i) StepMember();
  for (int i = 0; i < 3; ++i) StepActive();
  for (int i = 0; i < 16; ++i) StepTag();
  for (int i = 0; i < 12; ++i) StepColumn();
  for (int i = 0; i < 12; ++i) StepPolicy();
  Settle();
  history.emplace_back(house.position(), naive);
}

void RandomWorld::MakePrincipals() {
  users = {"user:u0", "user:u1", "user:u2", "user:u3", "svc:s0"};
  groups_ = {"group:g0", "group:g1", "group:g2", "group:g3"};
  naive.principals = {{"user:ana", true}};
  for (const std::string& user : users) {
    naive.principals[user] = true;
    const std::string id = user.substr(user.find(':') + 1);
    Send(service::kCreatePrincipal,
         absl::StrCat("principal { name: '", user, "' external_id: 'external-", id, "' }"));
  }
  std::vector<std::string> others = groups_;
  others.insert(others.end(), {"group:admins", "svc:engine"});
  for (const std::string& other : others) {
    naive.principals[other] = true;
    Send(service::kCreatePrincipal, absl::StrCat("principal { name: '", other, "' }"));
  }
  AddMember("group:admins", "user:ana");
  Send(service::kTransferMetastore, "owner: 'group:admins'");
  Grant("", "svc:engine", "BROWSE");
  Settle();
  const auto token = [this](const std::string& principal) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal(principal);
    return house.Run(service::kCreateToken, request).value().secret();
  };
  for (const std::string& user : users) callers[user] = {.bearer = token(user), .via = "test"};
  engine = token("svc:engine");
}

void RandomWorld::MakeSecurable(const std::string& path, const std::string& kind) {
  NaiveSecurable made{.kind = kind, .owner = "user:ana", .columns = {}, .tags = {}};
  paths.push_back(path);
  if (kind == "catalog") {
    Send(service::kCreateCatalog, absl::StrCat("catalog { name: '", path, "' }"));
  } else if (kind == "schema") {
    Send(service::kCreateSchema, absl::StrCat("schema { name: '", path, "' }"));
  } else {
    std::string detail;
    const bool has_columns = (kind == "table" || kind == "view") && !path.ends_with(".bare");
    if (has_columns) made.columns = kColumns;
    for (const std::string& column : made.columns) {
      absl::StrAppend(&detail, "columns { name: '", column, "' type: 'varchar' } ");
    }
    if (has_columns) detail = absl::StrCat("detail { table { ", detail, "} }");
    if (kind == "table" || kind == "view") tables.push_back(path);
    Send(service::kCreateAsset,
         absl::StrCat("asset { name: '", path, "' kind: ", KindWord(kind), " ", detail, " }"));
  }
  naive.securables[path] = std::move(made);
}

void RandomWorld::MakeSecurables() {
  for (const std::string catalog : {"c0", "c1"}) {
    MakeSecurable(catalog, "catalog");
    for (const std::string schema : {".s0", ".s1"}) {
      if (catalog + schema == "c1.s1") continue;
      MakeSecurable(catalog + schema, "schema");
      for (const std::string table : {".t0", ".t1", ".t2"}) {
        MakeSecurable(catalog + schema + table, "table");
      }
      MakeSecurable(catalog + schema + ".v0", "view");
      MakeSecurable(catalog + schema + ".f0", "function");
    }
  }
  MakeSecurable("c0.s0.bare", "table");
  MakeSecurable("c0.s0.j0", "job");
  MakeSecurable("c1.s0.m0", "model");
  MakeSecurable("c1.s0.o0", "volume");
  for (size_t i = 0; i + 1 < tables.size(); ++i) {
    const std::string& source = tables[i];
    const std::string& target = tables[i + 1];
    if (i % 3 == 0) {
      Send(service::kRecordRun,
           absl::StrCat("run { ", i % 2 == 0 ? "job: 'c0.s0.j0' " : "", "reads { reference: '",
                        source, "' } writes { reference: '", target, "' } }"));
    } else {
      Send(service::kRecordEdges,
           absl::StrCat("edges { source: '", source, "' target: '", target, "' }"));
    }
  }
  for (const char* const key : {"pii", "geo"}) {
    Send(service::kCreateTagDefinition,
         absl::StrCat("definition { key: '", key,
                      "' propagates: ", std::string(key) == "pii" ? "true" : "false", " }"));
  }
  naive.flowing = {"pii"};
}

void RandomWorld::Step() {
  for (size_t left = 1 + Number(3); left > 0; --left) {
    switch (Number(12)) {
      case 0:
        StepMember();
        break;
      case 1:
        Once(2) ? StepActive() : StepOwner();
        break;
      case 2:
      case 3:
      case 4:
        StepGrant();
        break;
      case 5:
      case 6:
        StepTag();
        break;
      case 7:
      case 8:
        StepColumn();
        break;
      default:
        StepPolicy();
    }
  }
  Settle();
  history.emplace_back(house.position(), naive);
}

void RandomWorld::AddMember(const std::string& group, const std::string& member) {
  Send(service::kAddMember, absl::StrCat("group: '", group, "' member: '", member, "'"));
  naive.members.emplace(member, group);
}

void RandomWorld::StepMember() {
  // A group is only ever in those before it: no cycles.
  const size_t into = Number(groups_.size());
  const size_t inner = into + 1 + Number(groups_.size());
  const bool nest = Once(2) && inner < groups_.size();
  const std::string group = Once(25) ? "group:admins" : groups_[into];
  const std::string member = nest ? groups_[inner] : Any(users);
  if (Once(3)) {
    Send(service::kRemoveMember, absl::StrCat("group: '", group, "' member: '", member, "'"));
    naive.members.erase({member, group});
  } else {
    AddMember(group, member);
  }
}

void RandomWorld::StepActive() {
  const std::string name = AnyPrincipal();
  const bool active = !naive.principals.at(name) || Once(2);
  Send(service::kUpdatePrincipal,
       absl::StrCat("principal { name: '", name, "' active: ", active ? "true" : "false",
                    " } update_mask { paths: 'active' }"));
  naive.principals[name] = active;
}

void RandomWorld::StepOwner() {
  const std::string path = Any(paths);
  const std::string owner = Once(3) ? "user:ana" : AnyPrincipal();
  const auto depth = std::count(path.begin(), path.end(), '.');
  const std::string text =
      absl::StrCat(" { name: '", path, "' owner: '", owner, "' } update_mask { paths: 'owner' }");
  if (depth == 0) Send(service::kUpdateCatalog, "catalog" + text);
  if (depth == 1) Send(service::kUpdateSchema, "schema" + text);
  if (depth == 2) Send(service::kUpdateAsset, "asset" + text);
  naive.securables[path].owner = owner;
}

void RandomWorld::Grant(const std::string& on, const std::string& to,
                        const std::string& privilege) {
  Send(service::kChangeGrants,
       absl::StrCat(Where(on), " principal: '", to, "' add: '", privilege, "'"));
  naive.grants.emplace(on, to, privilege);
}

bool RandomWorld::RemoveGrant() {
  if (naive.grants.size() < 2) return false;
  auto gone =
      std::next(naive.grants.begin(), static_cast<std::ptrdiff_t>(Number(naive.grants.size())));
  if (std::get<1>(*gone) == "svc:engine") gone = naive.grants.begin();
  if (std::get<1>(*gone) == "svc:engine") ++gone;
  const auto [on, to, privilege] = *gone;
  Send(service::kChangeGrants,
       absl::StrCat(Where(on), " principal: '", to, "' remove: '", privilege, "'"));
  naive.grants.erase(gone);
  Settle();
  return true;
}

void RandomWorld::StepGrant() {
  static const std::vector<std::string> kOften = {
      "USE CATALOG", "USE SCHEMA",  "BROWSE",    "SELECT",       "SELECT", "MODIFY",
      "EXECUTE",     "READ VOLUME", "APPLY TAG", "CREATE TABLE", "MANAGE", "ALL PRIVILEGES"};
  if (naive.grants.size() > 45 || (naive.grants.size() > 25 && Once(3))) {
    RemoveGrant();
    return;
  }
  const std::string on = AnyPlace();
  std::string privilege = Any(kOften);
  while (!NaiveWorld::Applies(privilege, naive.securables.at(on).kind)) privilege = Any(kOften);
  Grant(on, AnyPrincipal(), privilege);
}

void RandomWorld::StepTag() {
  const bool column = Once(2);
  const std::string target = column ? AnyColumn() : Any(paths);
  Tags& tags = column ? naive.column_tags[target] : naive.securables.at(target).tags;
  const std::string& key = Any(kKeys);
  if (Once(3)) {
    Send(service::kSetTags, absl::StrCat("reference: '", target, "' remove: '", key, "'"));
    tags.erase(key);
  } else {
    const std::string value = Once(4) ? "" : Any(kValues);
    Send(service::kSetTags,
         absl::StrCat("reference: '", target, "' set { key: '", key, "' value: '", value, "' }"));
    tags[key] = value;
  }
}

// What columns are by lineage: an edge, a declassification or its end, and which keys flow.
void RandomWorld::StepColumn() {
  const std::string target = AnyColumn();
  const std::string key = Once(2) ? "pii" : "geo";  // those that have a definition
  switch (Number(8)) {
    case 0:
      Send(service::kDeclassify, absl::StrCat("reference: '", target, "' key: '", key,
                                              "' comment: 'none of it is in there'"));
      naive.declassified.emplace(target, key);
      return;
    case 1:
      Send(service::kReclassify, absl::StrCat("reference: '", target, "' key: '", key, "'"));
      naive.declassified.erase({target, key});
      return;
    case 2: {
      const bool flows = !Once(3);
      Send(service::kUpdateTagDefinition,
           absl::StrCat("definition { key: '", key, "' propagates: ", flows ? "true" : "false",
                        " } update_mask { paths: 'propagates' }"));
      flows ? (void)naive.flowing.insert(key) : (void)naive.flowing.erase(key);
      return;
    }
    default: {
      const std::string source = AnyColumn();
      const bool masking = Once(4);
      Send(service::kRecordEdges, absl::StrCat("edges { source: '", source, "' target: '", target,
                                               "' masking: ", masking ? "true" : "false", " }"));
      if (!masking) naive.edges.emplace(source, target);
    }
  }
}

void RandomWorld::StepPolicy() {
  std::vector<NaivePolicy>& policies = naive.policies;
  if (policies.size() < 10 || (policies.size() < 20 && Once(2))) {
    MakePolicy(AnyPolicy());
    return;
  }
  const size_t at = Number(policies.size());
  NaivePolicy& policy = policies[at];
  if (Once(2)) {
    Send(service::kDeletePolicy, absl::StrCat("name: '", policy.name, "'"));
    policies.erase(policies.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (policy.kind == "mask" && Once(2)) {
    policy.priority = static_cast<int>(Number(3));
    Send(service::kUpdatePolicy,
         absl::StrCat("policy { name: '", policy.name, "' priority: ", policy.priority,
                      " } update_mask { paths: 'priority' }"));
  } else {
    policy.state = Once(2) ? "enabled" : Once(2) ? "dry run" : "disabled";
    const std::string word = policy.state == "enabled"   ? "ENABLED"
                             : policy.state == "dry run" ? "DRY_RUN"
                                                         : "DISABLED";
    Send(service::kUpdatePolicy,
         absl::StrCat("policy { name: '", policy.name, "' state: POLICY_STATE_", word, " }"));
  }
}

NaivePolicy RandomWorld::AnyPolicy() {
  static const std::vector<std::string> kDenied = {"USE CATALOG", "USE SCHEMA", "BROWSE",
                                                   "SELECT",      "SELECT",     "MODIFY",
                                                   "EXECUTE",     "MANAGE",     "CREATE TABLE"};
  NaivePolicy policy;
  policy.name = absl::StrCat("p", names_++);
  policy.on = AnyPlace();
  const size_t kind = Number(8);
  policy.kind = kind < 2 ? "deny" : kind < 4 ? "filter" : "mask";
  policy.state = Once(7) ? "dry run" : Once(8) ? "disabled" : "enabled";
  // Who makes them, and who asks for others, is left out.
  policy.except = {"user:ana", "svc:engine"};
  if (Once(2) || policy.kind == "deny") policy.to.insert(AnyPrincipal());
  if (Once(4)) policy.to.insert(AnyPrincipal());
  if (Once(3)) policy.except.insert(AnyPrincipal());
  if (Once(5)) policy.asset_tags = AnyCondition();
  if (policy.kind != "filter" && Once(2)) {
    policy.columns.insert(Once(5) ? "B" : Once(6) ? "unknown" : Any(kColumns));
    if (Once(2)) policy.columns.insert(Any(kColumns));
  }
  if (policy.kind != "filter" && Once(3)) policy.column_tags = AnyCondition();
  if (policy.kind == "deny") {
    if (!Once(4)) policy.privileges.insert(Any(kDenied));
    if (Once(3)) policy.privileges.insert(Any(kDenied));
  } else if (policy.kind == "mask") {
    policy.mask = Any(kMasks);
    policy.priority = static_cast<int>(Number(2));
  } else {
    policy.rows.emplace_back(Any(kColumns),
                             Once(2) ? Texts{"<caller>"} : Texts{Any(kValues), Any(kValues)});
    if (Once(3)) policy.rows.emplace_back(Any(kColumns), Texts{Any(kValues), Any(kValues)});
  }
  return policy;
}

void RandomWorld::MakePolicy(const NaivePolicy& policy) {
  Send(service::kCreatePolicy, PolicyText(policy));
  if (policy.kind == "mask") masks_[policy.name] = MaskOf(policy.mask);
  naive.policies.push_back(policy);
}

void RandomWorld::AddDeny() {
  NaivePolicy policy = AnyPolicy();
  while (policy.kind != "deny") policy = AnyPolicy();
  policy.state = "enabled";
  MakePolicy(policy);
  Settle();
}

int RandomWorld::RemakePolicies() {
  const std::vector<NaivePolicy> before = std::exchange(naive.policies, {});
  for (const NaivePolicy& policy : before) {
    Send(service::kDeletePolicy, absl::StrCat("name: '", policy.name, "'"));
  }
  std::vector<NaivePolicy> shuffled = before;
  std::shuffle(shuffled.begin(), shuffled.end(), random_);
  int moved = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    MakePolicy(shuffled[i]);
    if (shuffled[i].name != before[i].name) ++moved;
  }
  Settle();
  return moved;
}

// Rather further up, where it says more.
std::string RandomWorld::AnyPlace() {
  if (Once(10)) return "";
  std::string place = Any(paths);
  if (place.find('.') != place.rfind('.') && Once(2)) place = place.substr(0, place.rfind('.'));
  if (place.find('.') != std::string::npos && Once(3)) place = place.substr(0, place.find('.'));
  return place;
}

std::string RandomWorld::AnyPrincipal() { return Once(2) ? Any(users) : Any(groups_); }

std::string RandomWorld::AnyColumn() { return absl::StrCat(Any(tables), "#", Any(kColumns)); }

NaiveCondition RandomWorld::AnyCondition() {
  const auto term = [this] {
    const std::string& key = Any(kKeys);
    return Once(2) ? key : absl::StrCat(key, "=", Any(kValues));
  };
  NaiveCondition condition;
  if (Once(3)) condition.all.push_back(term());
  if (Once(3)) condition.none.push_back(term());
  if (condition.empty() || Once(3)) condition.any = {term(), term()};
  return condition;
}

NaiveCaller RandomWorld::AnyCaller() {
  NaiveCaller caller{.name = AnyPrincipal()};
  if (Once(5)) caller.extra_groups.insert(Any(groups_));
  if (Once(10)) caller.extra_groups.insert(Any(groups_));
  return caller;
}

std::string RandomWorld::AnyPrivilege(const std::string& path) {
  static const std::vector<std::string> kAll = {
      "SELECT",     "SELECT",       "EXECUTE",       "READ VOLUME",  "BROWSE",
      "MODIFY",     "MANAGE",       "APPLY TAG",     "WRITE VOLUME", "ALL PRIVILEGES",
      "USE SCHEMA", "CREATE TABLE", "CREATE SCHEMA", "USE CATALOG",  "CREATE CATALOG"};
  const std::string& kind = naive.securables.at(path).kind;
  if (Once(2) && NaiveWorld::Applies("SELECT", kind)) return "SELECT";
  std::string privilege = Any(kAll);
  while (!NaiveWorld::Applies(privilege, kind)) privilege = Any(kAll);
  return privilege;
}

std::vector<std::string> RandomWorld::AnyColumns() {
  std::vector<std::string> columns;
  if (Once(3)) return columns;
  for (const std::string column : {"a", "b", "c", "d", "unknown"}) {
    if (Once(2)) columns.push_back(column == "b" && Once(3) ? "B" : column);
  }
  return columns;
}

const NaivePolicy& RandomWorld::PolicyNamed(const std::string& name) const {
  const auto is = [&](const NaivePolicy& policy) { return policy.name == name; };
  return *std::find_if(naive.policies.begin(), naive.policies.end(), is);
}

std::string RandomWorld::MaskSql(const std::string& policy, const std::string& column,
                                 const std::string& told) const {
  const auto sql = [&](std::string name, std::string type) {
    return access::MaskSql(access::SqlDialect::kTrino, masks_.at(policy),
                           {.name = std::move(name), .type = std::move(type)})
        .value();
  };
  // Columns that are declared are texts, of others nothing is known.
  const size_t hash = column.find('#');
  std::string name = column.substr(hash + 1);
  if (!told.empty()) return sql(std::move(name), told);
  const std::vector<std::string>& declared = naive.securables.at(column.substr(0, hash)).columns;
  const bool known = std::any_of(declared.begin(), declared.end(), [&](const std::string& one) {
    return absl::EqualsIgnoreCase(one, name);
  });
  return sql(std::move(name), known ? "varchar" : "");
}

std::string RandomWorld::FilterSql(const std::string& policy) {
  return absl::StrCat("(a = '", policy, "')");
}

std::string RandomWorld::Story() const {
  std::string story = absl::StrCat("WHENCE_MODEL_SEED=", seed_, ", as user:ana\n");
  for (const std::string& line : story_) absl::StrAppend(&story, "  ", line, "\n");
  absl::StrAppend(&story, "inactive:");
  for (const auto& [name, active] : naive.principals) {
    if (!active) absl::StrAppend(&story, " ", name);
  }
  for (const auto& [member, group] : naive.members) {
    absl::StrAppend(&story, "\n", member, " is in ", group);
  }
  for (const auto& [path, securable] : naive.securables) {
    if (securable.owner != "user:ana") {
      absl::StrAppend(&story, "\n", securable.owner, " owns ", securable.kind, " ", path);
    }
    for (const auto& [key, value] : securable.tags) {
      absl::StrAppend(&story, "\n", path, " is ", key, "=", value);
    }
  }
  for (const auto& [on, to, privilege] : naive.grants) {
    absl::StrAppend(&story, "\n", to, " has ", privilege, " on ", on.empty() ? "metastore" : on);
  }
  for (const std::string& table : tables) {
    for (const std::string& column : kColumns) {
      for (const auto& [key, value] : naive.TagsOfColumn(table + "#" + column)) {
        absl::StrAppend(&story, "\n", table, "#", column, " is ", key, "=", value);
      }
    }
  }
  for (const NaivePolicy& policy : naive.policies) {
    absl::StrAppend(&story, "\n", policy.state, " ", PolicyText(policy));
  }
  return story + "\n";
}

}  // namespace whence::verdicts
