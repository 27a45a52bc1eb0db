// Trino's door: every operation of its plugin, filters and masks, and what nobody may.
#include "http/trino.h"

#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "doors_fixture.h"
#include "http/trino_operations.h"

namespace whence::http::test {
namespace {

constexpr char kAllow[] = "/v1/trino/allow";
constexpr char kBatch[] = "/v1/trino/batch";
constexpr char kRowFilters[] = "/v1/trino/row-filters";
constexpr char kMask[] = "/v1/trino/column-masking";
constexpr char kMasks[] = "/v1/trino/batch-column-masking";

// A request as the plugin sends it.
std::string Input(const std::string& user, const std::string& action,
                  const std::string& groups = "") {
  return StrCat(R"({"input":{"context":{"identity":{"user":")", user, R"(","groups":[)", groups,
                R"(]},"queryId":"20260101_000000_00001_abcde","softwareStack":{"trinoVersion":)",
                R"("476"}},"action":)", action, "}}");
}

// Somebody for each way to have something, and a table, a view and a function.
struct TrinoFixture : DoorsFixture {
  TrinoFixture() {
    Table("prod.fraud.scores", {"account", "email", "region", "score"});
    http.house.Asset("prod.fraud.risk", v1::KIND_FUNCTION);
    http.house.Asset("prod.archive.old", v1::KIND_VIEW);
    for (const char* name : {"reader", "writer", "maker", "manager", "auditor", "nobody", "gone"}) {
      Principal(StrCat("user:", name));
    }
    for (const char* name :
         {"user:reader", "user:writer", "user:maker", "user:manager", "user:gone"}) {
      Grant("prod", name, {"USE CATALOG", "USE SCHEMA"});
    }
    Grant("prod", "user:reader", {"SELECT", "EXECUTE"});
    Grant("prod", "user:writer", {"MODIFY"});
    Grant("prod", "user:maker", {"CREATE SCHEMA", "CREATE TABLE", "CREATE FUNCTION"});
    Grant("", "user:maker", {"CREATE CATALOG"});
    Grant("prod", "user:manager", {"MANAGE"});
    Grant("", "user:auditor", {"BROWSE"});
    Grant("", "user:gone", {"ALL PRIVILEGES", "MANAGE"});
    Deactivate("user:gone");
  }

  bool Allows(const std::string& user, const std::string& action, const std::string& groups = "") {
    return PostJson(kAllow, Input(user, action, groups)).at("result").as_bool();
  }
  std::string Result(const std::string& path, const std::string& user, const std::string& action) {
    return json::serialize(PostJson(path, Input(user, action)).at("result"));
  }
};

const std::string kScores = R"("catalogName":"prod","schemaName":"fraud","tableName":"scores")";
std::string TableAction(const std::string& operation, const std::string& more = "") {
  return StrCat(R"({"operation":")", operation, R"(","resource":{"table":{)", kScores, more, "}}}");
}
std::string ColumnsAction(const std::vector<std::string>& columns,
                          const std::string& type = "varchar") {
  std::string list;
  for (const std::string& column : columns) {
    StrAppend(&list, list.empty() ? "" : ",", R"({"column":{)", kScores, R"(,"columnName":")",
              column, R"(","columnType":")", type, R"("}})");
  }
  return StrCat(R"({"operation":"GetColumnMask","filterResources":[)", list, "]}");
}
std::string ColumnAction(const std::string& column, const std::string& type = "varchar") {
  return StrCat(R"({"operation":"GetColumnMask","resource":{"column":{)", kScores,
                R"(,"columnName":")", column, R"(","columnType":")", type, R"("}}})");
}

constexpr const char* kEverybody[] = {"admin",   "reader", "writer", "maker",  "manager",
                                      "auditor", "nobody", "gone",   "missing"};
std::string UserOf(std::string_view name) { return name == "admin" ? "ana" : std::string(name); }

std::set<std::string> NamesOf(const json::value& list) {
  std::set<std::string> names;
  for (const json::value& name : list.as_array()) names.emplace(name.as_string());
  return names;
}

// What the plugin itself sent; and what that release of it does not send, written by hand.
json::value Recorded() { return json::parse(SourceFile("tests/unit/http/trino_recorded.json")); }
json::value Written() { return json::parse(SourceFile("tests/unit/http/trino_shapes.json")); }

// What is answered when it is allowed, and when not. In a batch the first is asked for, or all
// columns; what stands beside it does not exist.
std::pair<std::string, std::string> Answers(std::string_view path, const json::object& action) {
  if (path == "allow") return {"true", "false"};
  if (path == "row-filters") return {"[]", R"([{"expression":"false"}])"};
  if (path == "column-masking") return {"null", R"({"expression":"NULL"})"};
  const json::array& resources = action.at("filterResources").as_array();
  std::string all;
  std::string masked;
  const bool columns = action.at("operation") == "FilterColumns";
  const size_t count =
      columns ? resources.at(0).at("table").at("columns").as_array().size() : resources.size();
  for (size_t i = 0; i < count; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    if (i == 0 || columns) StrAppend(&all, comma, i);
    StrAppend(&masked, comma, R"({"index":)", i, R"(,"viewExpression":{"expression":"NULL"}})");
  }
  if (path == "batch") return {StrCat("[", all, "]"), "[]"};
  return {"[]", StrCat("[", masked, "]")};
}

TEST_CASE("every request that Trino's plugin was recorded to send is answered to everybody") {
  TrinoFixture fixture;
  const json::value recorded = Recorded();
  std::set<std::string_view> paths;
  for (const json::value& request : recorded.at("requests").as_array()) {
    const std::string_view path(request.at("path").as_string());
    paths.insert(path);
    const std::set<std::string> allowed = NamesOf(request.at("allowed"));
    json::value body = request.at("request");
    const auto [yes, no] = Answers(path, body.at("input").at("action").as_object());
    for (const char* name : kEverybody) {
      body.at("input").at("context").at("identity").at("user") = UserOf(name);
      const std::string sent = json::serialize(body);
      CAPTURE(name, sent);
      const json::value answer = fixture.PostJson(StrCat("/v1/trino/", path), sent);
      CHECK(json::serialize(answer.at("result")) == (allowed.count(name) == 1 ? yes : no));
    }
  }
  CHECK(paths == std::set<std::string_view>{"allow", "batch", "row-filters", "column-masking",
                                            "batch-column-masking"});
}

TEST_CASE("every operation of Trino is allowed to those whom its shape names, and to nobody else") {
  TrinoFixture fixture;
  const json::value shapes = Written();
  for (const json::value& shape : shapes.as_array()) {
    const std::string body = json::serialize(shape.at("action"));
    const std::set<std::string> allowed = NamesOf(shape.at("allowed"));
    for (const char* name : kEverybody) {
      CAPTURE(name, body);
      CHECK(fixture.Allows(UserOf(name), body) == (allowed.count(name) == 1));
    }
  }
}

TEST_CASE("no operation is without a request: recorded, or written where the release has none") {
  std::set<std::string> recorded;
  std::set<std::string> written;
  const json::value requests = Recorded();
  const json::value shapes = Written();
  for (const json::value& request : requests.at("requests").as_array()) {
    const json::value& action = request.at("request").at("input").at("action");
    recorded.emplace(action.at("operation").as_string());
  }
  for (const json::value& shape : shapes.as_array()) {
    written.emplace(shape.at("action").at("operation").as_string());
  }
  for (const TrinoOperation& operation : TrinoOperations()) {
    CAPTURE(operation.name);
    CHECK(recorded.count(std::string(operation.name)) +
              written.count(std::string(operation.name)) >=
          1);
  }
  // And the other way round: what the plugin asks about is known.
  for (const std::string& operation : recorded) {
    CAPTURE(operation);
    const bool of_data = operation == "GetRowFilters" || operation == "GetColumnMask";
    CHECK((FindTrinoOperation(operation) != nullptr) == !of_data);
  }
}

TEST_CASE("docs/trino.md names every operation with its privileges") {
  const std::string page = SourceFile("docs/trino.md");
  if (page.empty()) return;
  for (const TrinoOperation& operation : TrinoOperations()) {
    CAPTURE(operation.name);
    CHECK(page.find(operation.name) != std::string::npos);
    for (const access::Privilege privilege : operation.any) {
      CHECK(page.find(access::PrivilegeName(privilege)) != std::string::npos);
    }
  }
}

TEST_CASE("a batch answers with the places of what is allowed") {
  TrinoFixture fixture;
  fixture.Table("prod.hidden.secret", {"a"});
  fixture.Deny("close", "prod.hidden", {}, {});
  const std::string tables = R"({"operation":"FilterTables","filterResources":[
      {"table":{"catalogName":"prod","schemaName":"hidden","tableName":"secret"}},
      {"table":{"catalogName":"prod","schemaName":"fraud","tableName":"scores"}},
      {"table":{"catalogName":"prod","schemaName":"fraud","tableName":"nothing"}},
      {"table":{"catalogName":"prod","schemaName":"archive","tableName":"old"}}]})";
  CHECK(fixture.Result(kBatch, "reader", tables) == "[1,3]");
  CHECK(fixture.Result(kBatch, "auditor", tables) == "[1,3]");
  CHECK(fixture.Result(kBatch, "nobody", tables) == "[]");
  CHECK(fixture.Result(kBatch, "missing", tables) == "[]");
  const std::string catalogs = R"({"operation":"FilterCatalogs","filterResources":[
      {"catalog":{"name":"system"}},{"catalog":{"name":"prod"}},{"catalog":{"name":"none"}}]})";
  CHECK(fixture.Result(kBatch, "reader", catalogs) == "[0,1]");
  CHECK(fixture.Result(kBatch, "nobody", catalogs) == "[0]");
  CHECK(fixture.Result(kBatch, "reader", R"({"operation":"FilterTables","filterResources":[]})") ==
        "[]");
  // Only what filters has a batch.
  CHECK(fixture.Result(kBatch, "ana", R"({"operation":"DropCatalog","filterResources":[
      {"catalog":{"name":"prod"}}]})") == "[]");
  CHECK(fixture.Result(kBatch, "ana", R"({"operation":"FilterSomething","filterResources":[
      {"catalog":{"name":"prod"}}]})") == "[]");
}

TEST_CASE("a batch may have more resources than one DecideBatch has questions") {
  TrinoFixture fixture;
  std::string list;
  std::string expected;
  for (size_t i = 0; i < kMaxDecideQuestions + 500; ++i) {
    const bool there = i % 400 == 399;
    StrAppend(&list, list.empty() ? "" : ",",
              R"({"table":{"catalogName":"prod","schemaName":"fraud","tableName":")",
              there ? std::string("scores") : StrCat("t", i), R"("}})");
    if (there) StrAppend(&expected, expected.empty() ? "" : ",", i);
  }
  CHECK(fixture.Result(kBatch, "reader",
                       StrCat(R"({"operation":"FilterTables","filterResources":[)", list, "]}")) ==
        StrCat("[", expected, "]"));
}

TEST_CASE("a batch of many resources and many groups is asked in pieces") {
  TrinoFixture fixture;
  const std::string long_name(kMaxPrincipalBytes - std::string("group:00").size(), 'g');
  std::string groups;
  for (int i = 10; i < 30; ++i) {
    fixture.Principal(StrCat("group:", i, long_name));
    StrAppend(&groups, groups.empty() ? "" : ",", "\"", i, long_name, "\"");
  }
  fixture.Grant("prod", StrCat("group:10", long_name), {"USE CATALOG", "USE SCHEMA", "SELECT"});
  std::string list;
  const auto filter = [&list](size_t tables) {
    list.clear();
    for (size_t i = 0; i < tables; ++i) {
      StrAppend(&list, list.empty() ? "" : ",",
                R"({"table":{"catalogName":"prod","schemaName":"fraud","tableName":")",
                i == 0 ? "scores" : "t", R"("}})");
    }
    return StrCat(R"({"operation":"FilterTables","filterResources":[)", list, "]}");
  };
  const auto asked = [&](const std::string& token, const std::string& body) {
    const auto batches = [&] {
      uint64_t calls = 0;
      const auto all = fixture.http.house.corridor().metrics().Read();
      if (const auto found = all.find({"DecideBatch", "trino"}); found != all.end()) {
        for (const uint64_t code : found->second.codes) calls += code;
      }
      return calls;
    };
    const uint64_t before = batches();
    const Answer answer = fixture.Post(kBatch, body, token);
    return std::pair(batches() - before, answer.status == 200 ? answer.body : answer.Reason());
  };
  // A question with these groups has five thousand bytes.
  const size_t some = 3 * kDecideBatchBytes / 5'000;
  const auto without = asked(fixture.engine, Input("nobody", filter(some)));
  CHECK(without.second == R"({"result":[]})");
  const auto with = asked(fixture.engine, Input("nobody", filter(some), groups));
  CHECK(with.second == R"({"result":[0]})");
  CHECK(with.first >= 3 * without.first);
  // A group that is named often is one.
  std::string often = groups;
  for (size_t i = 0; i <= kMaxExtraGroups; i += 20) StrAppend(&often, ",", groups);
  CHECK(asked(fixture.engine, Input("nobody", filter(some), often)) == with);
  // Who may not ask is not looked at further.
  const auto refused =
      asked(fixture.Token("user:nobody"), Input("reader", filter(5 * kMaxDecideQuestions)));
  CHECK(refused.second == "PERMISSION_DENIED");
  CHECK(refused.first == 1);
}

TEST_CASE("columns are filtered one by one where not all of them may be read") {
  TrinoFixture fixture;
  const std::string all = StrCat(R"({"operation":"FilterColumns","filterResources":[{"table":{)",
                                 kScores, R"(,"columns":["account","email","region","score"]}}]})");
  CHECK(fixture.Result(kBatch, "reader", all) == "[0,1,2,3]");
  CHECK(fixture.Result(kBatch, "nobody", all) == "[]");
  fixture.Deny("no-mail", "prod.fraud.scores", {"SELECT"}, {"email"}, {"user:reader"});
  // What may not be read is not offered by `SELECT *` either.
  CHECK(fixture.Result(kBatch, "reader", all) == "[0,2,3]");
  CHECK(fixture.Result(kBatch, "auditor", all) == "[0,1,2,3]");
  fixture.Grant("prod", "user:reader", {"BROWSE"});
  CHECK(fixture.Result(kBatch, "reader", all) == "[0,2,3]");
  CHECK_FALSE(fixture.Allows("reader", TableAction("FilterColumns", R"(,"columns":["email"])")));
  CHECK(fixture.Allows("reader", TableAction("SelectFromColumns", R"(,"columns":["account"])")));
  CHECK_FALSE(fixture.Allows(
      "reader", TableAction("SelectFromColumns", R"(,"columns":["account","email"])")));
}

TEST_CASE("a table is shown to who may read some of its columns, and to nobody who may read none") {
  TrinoFixture fixture;
  const std::string tables =
      StrCat(R"({"operation":"FilterTables","filterResources":[{"table":{)", kScores, "}}]}");
  const auto shown = [&](const char* user) {
    const bool listed = fixture.Result(kBatch, user, tables) == "[0]";
    for (const char* operation : {"FilterTables", "ShowColumns", "ShowCreateTable"}) {
      CHECK(fixture.Allows(user, TableAction(operation)) == listed);
    }
    return listed;
  };
  fixture.Deny("no-mail", "prod.fraud.scores", {"SELECT"}, {"email"}, {});
  CHECK(shown("reader"));
  CHECK_FALSE(shown("nobody"));
  CHECK(shown("writer"));
  // Masks that disagree keep one column, too.
  fixture.Mask("a", "prod.fraud", "redact", {"region"}, {"user:reader"});
  fixture.Mask("b", "prod.fraud.scores", "first4", {"region"}, {"user:reader"});
  CHECK(shown("reader"));
  fixture.Deny("nothing", "prod.fraud.scores", {"SELECT"}, {}, {"user:reader"});
  CHECK_FALSE(shown("reader"));
  fixture.Grant("prod", "user:reader", {"BROWSE"});
  CHECK(shown("reader"));
}

TEST_CASE("columns of Trino's own tables are shown as a whole") {
  TrinoFixture fixture;
  const auto columns = [](const std::string& catalog, const std::string& schema) {
    return StrCat(R"({"operation":"FilterColumns","filterResources":[{"table":{"catalogName":")",
                  catalog, R"(","schemaName":")", schema,
                  R"(","tableName":"columns","columns":["a","b"]}}]})");
  };
  const std::string here = columns("prod", "information_schema");
  CHECK(fixture.Result(kBatch, "reader", here) == "[0,1]");
  CHECK(fixture.Result(kBatch, "auditor", here) == "[0,1]");
  CHECK(fixture.Result(kBatch, "nobody", here) == "[]");
  CHECK(fixture.Result(kBatch, "nobody", columns("system", "jdbc")) == "[0,1]");
  CHECK(fixture.Result(kBatch, "missing", columns("system", "jdbc")) == "[]");
  CHECK(fixture.Result(kBatch, "reader", columns("system", "runtime")) == "[]");
  CHECK(fixture.Result(kBatch, "reader", columns("", "jdbc")) == "[]");
}

TEST_CASE("row filters are those of the policies, in Trino's SQL") {
  TrinoFixture fixture;
  const std::string action = TableAction("GetRowFilters");
  CHECK(fixture.Result(kRowFilters, "reader", action) == "[]");
  fixture.Filter("eu", "prod.fraud", "region = 'EU'", {"user:reader"});
  fixture.Filter("own", "prod.fraud.scores", "account = caller", {"user:reader"});
  const json::value both = fixture.PostJson(kRowFilters, Input("reader", action)).at("result");
  REQUIRE(both.as_array().size() == 2);
  const auto expression = [&](size_t i) {
    return std::string(both.at(i).at("expression").as_string());
  };
  CHECK_THAT(expression(0), Catch::Contains("\"region\"") && Catch::Contains("'EU'"));
  CHECK_THAT(expression(1), Catch::Contains("\"account\"") && Catch::Contains("'reader'"));
  // Who may see nothing sees nothing; who may only write is not kept from it.
  CHECK(fixture.Result(kRowFilters, "nobody", action) == R"([{"expression":"false"}])");
  CHECK(fixture.Result(kRowFilters, "missing", action) == R"([{"expression":"false"}])");
  CHECK(fixture.Result(kRowFilters, "gone", action) == R"([{"expression":"false"}])");
  CHECK(fixture.Result(kRowFilters, "writer", action) == "[]");
  // A column that may not be read leaves the filters to the others; a table, none.
  fixture.Deny("no-mail", "prod.fraud.scores", {"SELECT"}, {"email"}, {"user:reader"});
  CHECK(fixture.PostJson(kRowFilters, Input("reader", action)).at("result") == both);
  fixture.Deny("none", "prod.fraud.scores", {"SELECT"}, {}, {"user:reader"});
  CHECK(fixture.Result(kRowFilters, "reader", action) == R"([{"expression":"false"}])");
  // Trino's own tables have none.
  CHECK(fixture.Result(kRowFilters, "reader",
                       R"({"operation":"GetRowFilters","resource":{"table":{"catalogName":"prod",
                          "schemaName":"information_schema","tableName":"columns"}}})") == "[]");
}

TEST_CASE("column masks are those of the policies, one by one and all at once") {
  TrinoFixture fixture;
  const std::vector<std::string> columns = {"account", "email", "region", "score"};
  CHECK(fixture.Result(kMasks, "reader", ColumnsAction(columns)) == "[]");
  CHECK(fixture.Result(kMask, "reader", ColumnAction("email")) == "null");
  fixture.Mask("hide-mail", "prod.fraud", "nullify", {"email"}, {"user:reader"});
  fixture.Mask("short-account", "prod.fraud.scores", "last4", {"ACCOUNT"}, {"user:reader"});
  const json::value masks =
      fixture.PostJson(kMasks, Input("reader", ColumnsAction(columns))).at("result");
  REQUIRE(masks.as_array().size() == 2);
  CHECK(masks.at(0).at("index") == 0);
  CHECK(masks.at(1).at("index") == 1);
  const json::value& account = masks.at(0).at("viewExpression");
  CHECK_THAT(std::string(account.at("expression").as_string()), Catch::Contains("\"account\""));
  CHECK(fixture.PostJson(kMask, Input("reader", ColumnAction("account"))).at("result") == account);
  CHECK(fixture.Result(kMask, "reader", ColumnAction("region")) == "null");
  // In whatever order, case and number they are asked for.
  for (const std::vector<std::string>& asked :
       {std::vector<std::string>{"region", "Email", "email"}, {"email", "score", "email"}}) {
    CAPTURE(asked);
    const json::value found =
        fixture.PostJson(kMasks, Input("reader", ColumnsAction(asked))).at("result");
    CHECK(found.as_array().size() == 2);
    for (const json::value& mask : found.as_array()) {
      CHECK(asked.at(static_cast<size_t>(mask.at("index").as_int64())).substr(1) == "mail");
    }
  }
  CHECK(fixture.Result(kMasks, "ana", ColumnsAction(columns)) == "[]");
  CHECK(fixture.Result(kMasks, "writer", ColumnsAction(columns)) == "[]");
  CHECK(fixture.Result(kMasks, "nobody", ColumnsAction({"account"})) ==
        R"([{"index":0,"viewExpression":{"expression":"NULL"}}])");
  CHECK(fixture.Result(kMask, "gone", ColumnAction("region")) == R"({"expression":"NULL"})");
  CHECK(fixture.Result(kMasks, "reader", ColumnsAction({})) == "[]");
}

TEST_CASE("a mask is of the type that Trino has for the column, for it takes no other") {
  TrinoFixture fixture;
  fixture.Mask("hide-mail", "prod.fraud", "redact", {"email"}, {"user:reader"});
  const auto mask = [&fixture](const std::string& type) {
    const json::value answer =
        fixture.PostJson(kMask, Input("reader", ColumnAction("email", type)));
    return std::string(answer.at("result").at("expression").as_string());
  };
  CHECK_THAT(mask("varchar"), Catch::EndsWith(" AS varchar)"));
  CHECK_THAT(mask("varchar(15)"),
             Catch::StartsWith("CAST(regexp_replace(") && Catch::EndsWith(" AS varchar(15))"));
  CHECK(mask("timestamp(3) with time zone") ==
        "CAST(CAST(NULL AS timestamp(6) with time zone) AS timestamp(3) with time zone)");
  CHECK(mask("row(a bigint, b varchar)") == "NULL");
  // Also where each column is asked about by itself.
  fixture.Deny("no-score", "prod.fraud.scores", {"SELECT"}, {"score"}, {"user:reader"});
  const std::string both = ColumnsAction({"email", "score"}, "varchar(15)");
  const json::value masks = fixture.PostJson(kMasks, Input("reader", both)).at("result");
  REQUIRE(masks.as_array().size() == 2);
  CHECK_THAT(std::string(masks.at(0).at("viewExpression").at("expression").as_string()),
             Catch::EndsWith(" AS varchar(15))"));
  CHECK(json::serialize(masks.at(1)) == R"({"index":1,"viewExpression":{"expression":"NULL"}})");
}

TEST_CASE("a column that may not be read, or whose masks disagree, is shown as nothing") {
  TrinoFixture fixture;
  const std::string nothing = R"("viewExpression":{"expression":"NULL"})";
  fixture.Mask("a", "prod.fraud", "redact", {"email"}, {"user:reader"});
  fixture.Mask("b", "prod.fraud.scores", "first4", {"email"}, {"user:reader"});
  fixture.Deny("no-score", "prod.fraud.scores", {"SELECT"}, {"score"}, {"user:reader"});
  CHECK(fixture.Result(kMasks, "reader", ColumnsAction({"account", "email", "region", "score"})) ==
        StrCat(R"([{"index":1,)", nothing, R"(},{"index":3,)", nothing, "}]"));
  CHECK(fixture.Result(kMask, "reader", ColumnAction("email")) == R"({"expression":"NULL"})");
  CHECK(fixture.Result(kMask, "reader", ColumnAction("account")) == "null");
}

TEST_CASE("a column that cannot be asked about hides itself, and opens no other") {
  TrinoFixture fixture;
  // Trino lets who may MODIFY a table add a column of whatever name.
  fixture.Grant("prod", "user:reader", {"MODIFY"});
  fixture.Mask("a", "prod.fraud", "redact", {"email"}, {"user:reader"});
  const std::string strange(kMaxNamePartBytes + 1, 'x');
  const json::value email =
      fixture.PostJson(kMask, Input("reader", ColumnAction("email"))).at("result");
  REQUIRE(email.is_object());
  const json::value masks =
      fixture.PostJson(kMasks, Input("reader", ColumnsAction({"account", strange, "email"})))
          .at("result");
  REQUIRE(masks.as_array().size() == 2);
  CHECK(json::serialize(masks.at(0)) == R"({"index":1,"viewExpression":{"expression":"NULL"}})");
  CHECK(masks.at(1).at("index") == 2);
  CHECK(masks.at(1).at("viewExpression") == email);
  CHECK(fixture.Result(kMask, "reader", ColumnAction(strange)) == R"({"expression":"NULL"})");
}

TEST_CASE("who runs a query is a user, else a service, with the groups that Trino knows") {
  TrinoFixture fixture;
  const std::string select = TableAction("SelectFromColumns", R"(,"columns":["account"])");
  fixture.Principal("svc:etl");
  fixture.Grant("prod", "svc:etl", {"USE CATALOG", "USE SCHEMA", "SELECT"});
  CHECK(fixture.Allows("etl", select));
  CHECK(fixture.Allows("svc:etl", select));
  CHECK(fixture.Allows("user:reader", select));
  // The user comes first, also one who may do less, or nothing any more.
  fixture.Principal("user:etl");
  CHECK_FALSE(fixture.Allows("etl", select));
  fixture.Deactivate("user:etl");
  CHECK_FALSE(fixture.Allows("etl", select));
  CHECK(fixture.Allows("svc:etl", select));
  // A group's name is no user's.
  fixture.Principal("group:analysts");
  fixture.Grant("prod", "group:analysts", {"USE CATALOG", "USE SCHEMA", "SELECT"});
  CHECK_FALSE(fixture.Allows("group:analysts", select));
  CHECK_FALSE(fixture.Allows("nobody", select));
  CHECK(fixture.Allows("nobody", select, R"("no such group","analysts")"));
  CHECK_FALSE(fixture.Allows("missing", select, R"("analysts")"));
  CHECK_FALSE(fixture.Allows("gone", select, R"("analysts")"));
  // What a policy does to the group, it does to them.
  fixture.Filter("eu", "prod.fraud", "region = 'EU'", {"group:analysts"});
  const auto filters =
      fixture.PostJson(kRowFilters, Input("nobody", TableAction("GetRowFilters"), R"("analysts")"));
  CHECK(filters.at("result").as_array().size() == 1);
}

TEST_CASE("names that need quoting are found") {
  TrinoFixture fixture;
  fixture.Table("`my catalog`.`a b`.`t``1`", {"a"});
  fixture.Grant("`my catalog`", "user:reader", {"USE CATALOG", "USE SCHEMA", "SELECT"});
  CHECK(fixture.Allows("reader", R"({"operation":"SelectFromColumns","resource":{"table":{
      "catalogName":"my catalog","schemaName":"a b","tableName":"t`1","columns":["a"]}}})"));
}

TEST_CASE("a door that may not ask says so, and does not answer") {
  TrinoFixture fixture;
  const std::string token = fixture.Token("user:nobody");
  const std::string select = TableAction("SelectFromColumns", R"(,"columns":["account"])");
  for (const auto& [path, action] :
       {std::pair(kAllow, select),
        std::pair(kBatch, StrCat(R"({"operation":"FilterTables",)",
                                 R"("filterResources":[{"table":{)", kScores, "}}]}")),
        std::pair(kRowFilters, TableAction("GetRowFilters")),
        std::pair(kMasks, ColumnsAction({"account", "email"})),
        std::pair(kMask, ColumnAction("email"))}) {
    const Answer answer = fixture.Post(path, Input("reader", action), token);
    CAPTURE(path, answer.body);
    CHECK(answer.status == 403);
    CHECK(answer.Reason() == "PERMISSION_DENIED");
    // About oneself anybody may ask.
    CHECK(fixture.Post(path, Input("nobody", action), token).status != 200);
  }
}

TEST_CASE("what is no request of the plugin gets an error, not an answer") {
  TrinoFixture fixture;
  CHECK(fixture.Post(kAllow, "{", fixture.engine).Reason() == "JSON_MALFORMED");
  CHECK(fixture.Post(kAllow, "{}", fixture.engine).Reason() == "REQUEST_UNREADABLE");
  CHECK(fixture.Post(kAllow, "{}", fixture.engine, "content-type: text/plain\r\n").status == 415);
  CHECK(fixture.Post(kAllow, "{}", fixture.engine, "").status == 415);
  for (const char* path : {kRowFilters, kMask, kMasks}) {
    CHECK(fixture.Post(path, Input("reader", TableAction("DropTable")), fixture.engine).status ==
          400);
  }
  // A batch of nothing is fine; none at all is not answered as if nothing were masked.
  CHECK(fixture.Post(kMasks, Input("reader", ColumnAction("email")), fixture.engine).Reason() ==
        "REQUEST_UNREADABLE");
  CHECK(
      fixture.Post(kBatch, Input("reader", TableAction("FilterTables")), fixture.engine).Reason() ==
      "REQUEST_UNREADABLE");
  CHECK(
      fixture.Post(kRowFilters, Input("reader", R"({"operation":"GetRowFilters"})"), fixture.engine)
          .status == 400);
  CHECK(fixture
            .Post(kMasks, Input("reader", R"({"operation":"GetColumnMask","filterResources":[
      {"column":{"catalogName":"a","schemaName":"b","tableName":"c","columnName":"d"}},
      {"column":{"catalogName":"a","schemaName":"b","tableName":"x","columnName":"d"}}]})"),
                  fixture.engine)
            .Reason() == "REQUEST_UNREADABLE");
  CHECK(fixture.http.Ask("GET", kAllow).status == 405);
}

TEST_CASE("a hundred columns are one decision, and calls are counted by their door") {
  TrinoFixture fixture;
  std::vector<std::string> columns;
  for (int i = 0; i < 100; ++i) columns.push_back(StrCat("c", i));
  fixture.Table("prod.fraud.wide", columns);
  fixture.Mask("some", "prod.fraud.wide", "redact", {"c7"}, {"user:reader"});
  std::string action = ColumnsAction(columns);
  for (size_t at = 0; (at = action.find("scores", at)) != std::string::npos;) {
    action.replace(at, 6, "wide");
  }
  const auto decided = [&] {
    uint64_t calls = 0;
    for (const auto& [key, counts] : fixture.http.house.corridor().metrics().Read()) {
      if (key.second != "trino") continue;
      for (const uint64_t code : counts.codes) calls += code;
    }
    return calls;
  };
  const uint64_t before = decided();
  CHECK(fixture.PostJson(kMasks, Input("reader", action)).at("result").as_array().size() == 1);
  CHECK(decided() == before + 1);
}

TEST_CASE("a revoked grant is gone with the next question") {
  TrinoFixture fixture;
  const std::string select = TableAction("SelectFromColumns", R"(,"columns":["account"])");
  CHECK(fixture.Allows("reader", select));
  fixture.Revoke("prod", "user:reader", {"SELECT"});
  CHECK_FALSE(fixture.Allows("reader", select));
}

}  // namespace
}  // namespace whence::http::test
