// What Trino's plugin sends, read: its shapes, and what is none of them.
#include "http/trino_request.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "http/trino_operations.h"

namespace whence::http::test {
namespace {

std::string Input(const std::string& action) {
  return StrCat(R"({"input":{"context":{"identity":{"user":"ana","groups":["a","b"]},)",
                R"("softwareStack":{"trinoVersion":"476"}},"action":)", action, "}}");
}

std::string ReasonOf(const std::string& body) {
  return GetErrorDetail(ReadTrinoRequest(body).status()).reason;
}

TEST_CASE("a request for a table's columns is read") {
  const std::string body = Input(R"({"operation":"SelectFromColumns","resource":{"table":{
      "catalogName":"prod","schemaName":"fraud","tableName":"scores","properties":{"a":[1,{"b":2}]},
      "columns":["x","y"]}}})");
  const auto request = ReadTrinoRequest(body);
  REQUIRE(request.ok());
  CHECK(request->user == "ana");
  CHECK(request->groups == std::vector<std::string_view>{"a", "b"});
  CHECK(request->operation == "SelectFromColumns");
  CHECK(request->resource.catalog == "prod");
  CHECK(request->resource.schema == "fraud");
  CHECK(request->resource.table == "scores");
  CHECK(request->resource.columns == std::vector<std::string_view>{"x", "y"});
  CHECK(request->resource.function.data() == nullptr);
  CHECK_FALSE(request->has_filter);
  CHECK(request->decoded.empty());
}

TEST_CASE("resources to filter, and the one that something becomes, are read") {
  const std::string columns = Input(R"({"operation":"GetColumnMask","filterResources":[
      {"column":{"catalogName":"c","schemaName":"s","tableName":"t","columnName":"a",
                 "columnType":"varchar"}},
      {"column":{"catalogName":"c","schemaName":"s","tableName":"t","columnName":"b"}}]})");
  const auto masks = ReadTrinoRequest(columns);
  REQUIRE(masks.ok());
  CHECK(masks->has_filter);
  REQUIRE(masks->filter.size() == 2);
  CHECK(masks->filter[0].column == "a");
  CHECK(masks->filter[0].column_type == "varchar");
  CHECK(masks->filter[1].column_type.data() == nullptr);
  CHECK(masks->filter[1].column == "b");
  CHECK(masks->filter[1].table == "t");

  const std::string renamed = Input(R"({"operation":"RenameSchema",
      "resource":{"schema":{"catalogName":"c","schemaName":"old"}},
      "targetResource":{"schema":{"catalogName":"c","schemaName":"new"}},"grantee":null})");
  const auto rename = ReadTrinoRequest(renamed);
  REQUIRE(rename.ok());
  CHECK(rename->resource.schema == "old");
  CHECK(rename->target.schema == "new");
}

TEST_CASE("texts with escapes are decoded, others stay where they are") {
  const std::string body = Input(
      R"({"operation":"DropTable","resource":{"table":{"catalogName":"c\u00e9\"","schemaName":"s",)"
      R"("tableN\u0061me":"\ud83d\ude00"}}})");
  const auto request = ReadTrinoRequest(body);
  REQUIRE(request.ok());
  CHECK(request->resource.catalog == "c\u00e9\"");
  CHECK(request->resource.table == "\U0001F600");
  CHECK(request->decoded.size() == 3);  // with the name of a member
}

TEST_CASE("what is no request of the plugin is refused") {
  CHECK(ReasonOf("") == "JSON_MALFORMED");
  CHECK(ReasonOf("{") == "JSON_MALFORMED");
  CHECK(ReasonOf("{} x") == "JSON_MALFORMED");
  CHECK(ReasonOf("{'input':1}") == "JSON_MALFORMED");
  CHECK(ReasonOf("\xff") == "JSON_MALFORMED");
  CHECK(ReasonOf("[]") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf("\"text\"") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf("{}") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(R"({"input":[]})") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(R"({"input":{"action":{"operation":"ExecuteQuery"}}})") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(R"({"input":{"context":{"identity":{"user":"a"}}}})") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(R"({"input":{"context":{"identity":{"user":1}}}})") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":["DropTable"]})")) == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":"X","filterResources":{}})")) == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":"X","filterResources":[1]})")) == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":"X","filterResources":[null]})")) == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":"X","resource":{"table":{"columns":["a",2]}}})")) ==
        "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(std::string(R"({"operation":"X","other":)") + std::string(40, '[') +
                       std::string(40, ']') + "}")) == "JSON_MALFORMED");
}

TEST_CASE("a request that says two things says nothing") {
  CHECK(ReasonOf(R"({"input":{},"input":{}})") == "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":"ExecuteQuery","operation":"DropTable"})")) ==
        "REQUEST_UNREADABLE");
  CHECK(ReasonOf(Input(R"({"operation":"X","resource":{"schema":{"schemaName":"a"}},
                           "resource":{"schema":{"schemaName":"b"}}})")) == "REQUEST_UNREADABLE");
  // Two objects of one resource may say the same, and only that.
  CHECK(ReasonOf(Input(R"({"operation":"X","resource":{"schema":{"catalogName":"a"},
                           "table":{"catalogName":"a"}}})"))
            .empty());
  CHECK(ReasonOf(Input(R"({"operation":"X","resource":{"schema":{"catalogName":"a"},
                           "table":{"catalogName":"b"}}})")) == "REQUEST_UNREADABLE");
  // What nobody looks at may be anything.
  CHECK(ReasonOf(Input(R"({"operation":"X","later":1,"later":{"operation":[]}})")).empty());
}

TEST_CASE("a request has at most kMaxTrinoResources resources, or columns") {
  const auto with = [](size_t count) {
    std::string body = R"({"operation":"FilterTables","filterResources":[)";
    for (size_t i = 0; i < count; ++i) body += i == 0 ? "{}" : ",{}";
    return Input(body + "]}");
  };
  CHECK(ReasonOf(with(kMaxTrinoResources)).empty());
  CHECK(ReasonOf(with(kMaxTrinoResources + 1)) == "TOO_MANY_ITEMS");
  const auto wide = [](size_t count) {
    std::string body = R"({"operation":"X","resource":{"table":{"columns":[)";
    for (size_t i = 0; i < count; ++i) body += i == 0 ? R"("c")" : R"(,"c")";
    return Input(body + "]}}}");
  };
  CHECK(ReasonOf(wide(kMaxTrinoResources)).empty());
  CHECK(ReasonOf(wide(kMaxTrinoResources + 1)) == "TOO_MANY_ITEMS");
}

TEST_CASE("a request is at most kMaxTrinoDepth deep") {
  const auto deep = [](size_t depth) {
    return StrCat(R"({"later":)", std::string(depth - 1, '['), std::string(depth - 1, ']'),
                  R"(,"input":{"context":{"identity":{"user":"a"}},"action":{"operation":"X"}}})");
  };
  CHECK(ReasonOf(deep(kMaxTrinoDepth)).empty());
  CHECK(ReasonOf(deep(kMaxTrinoDepth + 1)) == "JSON_MALFORMED");
}

TEST_CASE("operations are found by their exact names") {
  for (const TrinoOperation& operation : TrinoOperations()) {
    CHECK(FindTrinoOperation(operation.name) == &operation);
    CHECK((operation.on == TrinoOn::kNothing) == operation.any.empty());
  }
  for (size_t i = 1; i < TrinoOperations().size(); ++i) {
    CHECK(TrinoOperations()[i - 1].name < TrinoOperations()[i].name);
  }
  CHECK(FindTrinoOperation("droptable") == nullptr);
  CHECK(FindTrinoOperation("") == nullptr);
  CHECK(FindTrinoOperation("Zzz") == nullptr);
}

}  // namespace
}  // namespace whence::http::test
