// Whatever grants and policies there are: AuthZEN's and Trino's answers are Decide's.
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/name.h"
#include "doors_fixture.h"

namespace whence::http::test {
namespace {

const std::vector<std::string> kUsers = {"u0", "u1", "u2", "u3"};
const std::vector<std::string> kGroups = {"g0", "g1", "g2"};
const std::vector<std::string> kTables = {"c.s.t0", "c.s.t1", "c.r.t2"};
const std::vector<std::string> kColumns = {"a", "b", "d"};
const std::vector<std::string> kPrivileges = {
    "USE CATALOG", "USE SCHEMA", "BROWSE", "SELECT", "MODIFY", "MANAGE", "ALL PRIVILEGES"};

// Purpose: a random world, and random questions about it. Ownership: owns all. Thread-safety: none.
class World : public DoorsFixture {
 public:
  explicit World(uint32_t seed) : random_(seed) {
    for (const std::string& table : kTables) Table(table, kColumns);
    for (const std::string& user : kUsers) Principal("user:" + user, "external-" + user);
    for (const std::string& group : kGroups) Principal("group:" + group);
    for (int i = 0; i < 4; ++i) Member("group:" + Any(kGroups), "user:" + Any(kUsers));
    Member("group:g0", "group:g2");
    for (int i = 0; i < 14; ++i) {
      static const std::vector<std::string> kPlaces = {"", "c", "c", "c.s", "c.r", "c.s.t0"};
      std::string place = Any(kPlaces);
      std::string privilege = Any(kPrivileges);
      if (place == "c.s.t0" && privilege.starts_with("USE")) privilege = "SELECT";
      if (place.starts_with("c.") && privilege == "USE CATALOG") place = "c";
      Grant(place, Anybody(), {privilege.c_str()});
    }
    for (int i = 0; i < 7; ++i) MakePolicy(StrCat("p", i));
    if (Chance(3)) Deactivate("user:u3");
  }

  template <class T>
  const T& Any(const std::vector<T>& list) {
    return list[std::uniform_int_distribution<size_t>(0, list.size() - 1)(random_)];
  }
  bool Chance(int of) { return std::uniform_int_distribution<int>(1, of)(random_) == 1; }
  std::string Anybody() { return Chance(2) ? "user:" + Any(kUsers) : "group:" + Any(kGroups); }
  // Some of the columns, in their order; at least one.
  std::vector<std::string> SomeColumns() {
    std::vector<std::string> some;
    for (const std::string& column : kColumns) {
      if (Chance(2)) some.push_back(column);
    }
    if (some.empty()) some.push_back(Any(kColumns));
    return some;
  }

 private:
  void MakePolicy(const std::string& name) {
    static const std::vector<std::string> kPlaces = {"", "c", "c.s", "c.s.t0", "c.r.t2"};
    v1::Policy policy;
    policy.set_name(name);
    const std::string place = Any(kPlaces);
    policy.mutable_securable()->set_name(place);
    if (place.empty()) policy.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
    if (Chance(2)) policy.add_to(Anybody());
    if (Chance(3)) policy.add_except(Anybody());
    switch (std::uniform_int_distribution<int>(0, 2)(random_)) {
      case 0:
        policy.set_kind(v1::POLICY_KIND_FILTER);
        policy.mutable_filter()->set_conditions(StrCat(Any(kColumns), Chance(3) ? " = caller"
                                                                      : Chance(2)
                                                                          ? " = 'x'"
                                                                          : " IN ('x', 'y')"));
        break;
      case 1:
        policy.set_kind(v1::POLICY_KIND_MASK);
        policy.mutable_mask()->set_type(Chance(2) ? "nullify" : "redact");
        policy.add_columns(Any(kColumns));
        policy.set_priority(std::uniform_int_distribution<int>(0, 2)(random_));
        break;
      default:
        policy.set_kind(v1::POLICY_KIND_DENY);
        if (Chance(2)) policy.add_privileges(Chance(2) ? "SELECT" : "MODIFY");
        if (Chance(2)) policy.add_columns(Any(kColumns));
        // One of a whole catalog for everybody would leave nothing to ask about.
        if (policy.to().empty()) policy.add_to(Anybody());
    }
    Policy(policy);
  }

  std::mt19937 random_;
};

// What Decide says; a question that cannot be answered is a no.
v1::Decision DecideIn(World& world, const std::string& user, const std::string& privilege,
                      const std::string& table, const std::vector<std::string>& columns,
                      const std::vector<std::string>& groups = {}) {
  v1::DecideBatchRequest batch;
  v1::DecideRequest* const question = batch.add_questions();
  question->set_principal("user:" + user);
  question->set_privilege(privilege);
  question->mutable_securable()->set_name(table);
  for (const std::string& column : columns) question->add_columns(column);
  for (const std::string& group : groups) question->add_extra_groups("group:" + group);
  question->set_dialect(v1::SQL_DIALECT_TRINO);
  return world.Do(service::kDecideBatch, batch).decisions(0);
}

std::string List(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) StrAppend(&list, list.empty() ? "\"" : ",\"", text, "\"");
  return StrCat("[", list, "]");
}

std::string TrinoTableOf(const std::string& table) {
  const auto parts = *ParseName(table, "table");
  return StrCat(R"("catalogName":")", parts[0], R"(","schemaName":")", parts[1],
                R"(","tableName":")", parts[2], "\"");
}
std::string TrinoInput(const std::string& user, const std::vector<std::string>& groups,
                       const std::string& action) {
  return StrCat(R"({"input":{"context":{"identity":{"user":")", user, R"(","groups":)",
                List(groups), R"(}},"action":)", action, "}}");
}

TEST_CASE("AuthZEN's evaluations are Decide's decisions") {
  for (const uint32_t seed : {11U, 12U, 13U, 14U}) {
    World world(seed);
    size_t yes = 0;
    for (int i = 0; i < 150; ++i) {
      const std::string user = world.Any(kUsers);
      static const std::vector<std::string> kAsked = {"SELECT", "MODIFY", "BROWSE", "MANAGE"};
      const std::string privilege = world.Any(kAsked);
      const std::string table = world.Any(kTables);
      const auto columns = world.Chance(2) ? world.SomeColumns() : std::vector<std::string>();
      std::map<std::string, std::string> row;
      for (const std::string& column : kColumns) {
        static const std::vector<std::string> kValues = {"x", "x", "y", "u0", "u1"};
        if (!world.Chance(6)) row[column] = world.Any(kValues);
      }
      json::object properties;
      if (!columns.empty()) properties["columns"] = json::parse(List(columns));
      const bool with_row = world.Chance(2);
      if (with_row) {
        json::object& object = properties["row"].emplace_object();
        for (const auto& [column, value] : row) object[column] = value;
      }
      const v1::Decision expected = DecideIn(world, user, privilege, table, columns);
      // Row filters are for reading; of a row nothing else is said.
      bool allowed = expected.allowed() && (!with_row || privilege == "SELECT");
      for (const v1::DecidedFilter& filter : expected.filters()) {
        const std::string& conditions = filter.filter().conditions();
        const std::string column = conditions.substr(0, 1);
        const bool in_list = conditions.find(" IN ") != std::string::npos;
        const bool caller = conditions.find("caller") != std::string::npos;
        const auto value = row.find(column);
        const bool shown =
            value != row.end() && (caller    ? value->second == user
                                   : in_list ? value->second == "x" || value->second == "y"
                                             : value->second == "x");
        if (with_row && !shown) allowed = false;
      }
      const std::string body =
          StrCat(R"({"subject":{"type":"user","id":")", world.Chance(2) ? "external-" : "", user,
                 R"("},"action":{"name":")", privilege, R"("},"resource":{"type":"table","id":")",
                 table, R"(","properties":)", json::serialize(properties), "}}");
      const json::value answer = world.PostJson("/access/v1/evaluation", body);
      CAPTURE(seed, body, json::serialize(answer), expected.DebugString());
      CHECK(answer.at("decision").as_bool() == allowed);
      yes += allowed ? 1 : 0;
    }
    CAPTURE(seed);
    CHECK(yes > 0);
    CHECK(yes < 150);
  }
}

TEST_CASE("Trino's answers are Decide's decisions") {
  size_t yes = 0;
  size_t masked = 0;
  size_t filtered = 0;
  for (const uint32_t seed : {21U, 22U, 23U, 24U}) {
    World world(seed);
    for (int i = 0; i < 100; ++i) {
      const std::string user = world.Any(kUsers);
      const std::string table = world.Any(kTables);
      const auto columns = world.SomeColumns();
      std::vector<std::string> groups;
      if (world.Chance(3)) groups.push_back(world.Any(kGroups));
      CAPTURE(seed, user, table, List(columns), List(groups));
      const auto decide = [&](const char* privilege, const std::vector<std::string>& asked) {
        return DecideIn(world, user, privilege, table, asked, groups);
      };
      const auto ask = [&](const std::string& path, const std::string& action) {
        return world.PostJson("/v1/trino/" + path, TrinoInput(user, groups, action)).at("result");
      };
      const auto on_table = [&](const char* operation, const std::string& more) {
        return StrCat(R"({"operation":")", operation, R"(","resource":{"table":{)",
                      TrinoTableOf(table), more, "}}}");
      };
      const v1::Decision select = decide("SELECT", columns);
      CHECK(ask("allow", on_table("SelectFromColumns", StrCat(R"(,"columns":)", List(columns)))) ==
            select.allowed());
      CHECK(ask("allow", on_table("InsertIntoTable", "")) == decide("MODIFY", {}).allowed());
      CHECK(ask("allow", on_table("DropTable", "")) == decide("MANAGE", {}).allowed());
      bool sees = false;
      for (const char* any : {"SELECT", "BROWSE", "MODIFY", "APPLY TAG", "MANAGE"}) {
        sees = sees || decide(any, {}).allowed();
      }
      CHECK(ask("batch", StrCat(R"({"operation":"FilterTables","filterResources":[{"table":{)",
                                TrinoTableOf(table), "}}]}"))
                .as_array()
                .size() == (sees ? 1U : 0U));
      if (!select.allowed()) continue;
      ++yes;
      // Masks of the columns that may be read: index for index, expression for expression.
      std::string list;
      for (const std::string& column : columns) {
        StrAppend(&list, list.empty() ? "" : ",", R"({"column":{)", TrinoTableOf(table),
                  R"(,"columnName":")", column, R"("}})");
      }
      const json::value masks =
          ask("batch-column-masking",
              StrCat(R"({"operation":"GetColumnMask","filterResources":[)", list, "]}"));
      std::map<std::string, std::string> expected;
      for (const v1::ColumnMask& mask : select.masks()) expected[mask.column()] = mask.sql();
      CHECK(masks.as_array().size() == expected.size());
      for (const json::value& mask : masks.as_array()) {
        const std::string& column = columns.at(static_cast<size_t>(mask.at("index").as_int64()));
        CHECK(mask.at("viewExpression").at("expression").as_string() == expected.at(column));
        ++masked;
      }
      const json::value filters = ask("row-filters", on_table("GetRowFilters", ""));
      std::multiset<std::string> shown;
      for (const json::value& filter : filters.as_array()) {
        shown.emplace(filter.at("expression").as_string());
      }
      std::multiset<std::string> wanted;
      for (const v1::DecidedFilter& filter : select.filters()) wanted.insert(filter.sql());
      CHECK(shown == wanted);
      filtered += wanted.size();
    }
  }
  CHECK(yes > 20);
  CHECK(masked > 5);
  CHECK(filtered > 5);
}

}  // namespace
}  // namespace whence::http::test
