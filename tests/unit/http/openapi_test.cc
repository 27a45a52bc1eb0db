// The document of the HTTP door: it has every route, and says of each field what the contract says.
#include "http/openapi.h"

#include <regex>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "http/routes.h"
#include "http_fixture.h"

namespace whence::http::test {
namespace {

TEST_CASE("the OpenAPI document is JSON and has every operation") {
  const std::string text = OpenApiDocument();
  google::protobuf::Struct document;
  REQUIRE(google::protobuf::util::JsonStringToMessage(text, &document).ok());
  std::set<std::string> ids;
  for (const auto& [path, item] : document.fields().at("paths").struct_value().fields()) {
    for (const auto& [method, operation] : item.struct_value().fields()) {
      INFO(method << " " << path);
      CHECK(ids.insert(operation.struct_value().fields().at("operationId").string_value()).second);
    }
  }
  for (const Route& route : Routes()) {
    INFO(route.operation.name);
    CHECK(ids.count(std::string(route.operation.name)) == 1);
  }
  for (const char* more : {"Backup", "GetHealth", "GetReadiness", "GetMetrics", "GetOpenApi"}) {
    CHECK(ids.count(more) == 1);
  }
  CHECK(ids.size() == Routes().size() + 5);
  // Comments of the contract, fields of a nested message, and what a body takes.
  CHECK_THAT(text, Catch::Contains("Number that stays through renames and deletion."));
  CHECK_THAT(text, Catch::Contains(R"("name":"asOf.position","in":"query")"));
  CHECK_THAT(text, Catch::Contains(R"("$ref":"#/components/schemas/Catalog")"));
}

TEST_CASE("the document has all that the server offers, but the paths of others' dialects") {
  static const std::regex kVariable("\\{[^}]*\\}");
  const auto shape = [](const std::string& method, const std::string& path) {
    return StrCat(absl::AsciiStrToUpper(method), " ", std::regex_replace(path, kVariable, "{}"));
  };
  google::protobuf::Struct document;
  REQUIRE(google::protobuf::util::JsonStringToMessage(OpenApiDocument(), &document).ok());
  std::set<std::string> described;
  for (const auto& [path, item] : document.fields().at("paths").struct_value().fields()) {
    for (const auto& [method, operation] : item.struct_value().fields()) {
      described.insert(shape(method, path));
    }
  }
  HttpFixture http;
  std::set<std::string> offered;
  for (const Router::Offered& each : http.server->offered()) {
    const auto of = [&each](const char* door) { return each.path.starts_with(door); };
    // These have specifications of their own (docs/authzen.md, docs/trino.md, docs/ledger.md).
    if (of("/access/v1/") || of("/.well-known/") || of("/v1/trino/")) continue;
    if (of("/checkpoint") || of("/tile/")) continue;
    offered.insert(shape(each.method, each.path));
  }
  CHECK(described == offered);
}

TEST_CASE("the document is served to everybody") {
  HttpFixture http;
  Client anybody(http.address);
  REQUIRE(anybody.Send("GET /openapi.json HTTP/1.1\r\nhost: w\r\n\r\n"));
  const auto answer = anybody.Receive();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->body == OpenApiDocument());
}

}  // namespace
}  // namespace whence::http::test
