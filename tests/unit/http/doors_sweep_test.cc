// No door of others' dialects answers without a credential, with one that holds no more, or for
// somebody who may do nothing.
#include <string>
#include <vector>

#include "doors_fixture.h"

namespace whence::http::test {
namespace {

// A request of each path that could be answered, about somebody who may do everything.
struct Path {
  std::string path;
  std::string body;
};
std::vector<Path> Paths() {
  const std::string table = R"("catalogName":"prod","schemaName":"fraud","tableName":"scores")";
  const auto trino = [](const std::string& action) {
    return StrCat(R"({"input":{"context":{"identity":{"user":"ana","groups":[]}},"action":)",
                  action, "}}");
  };
  const std::string subject = R"("subject":{"type":"user","id":"ana"})";
  const std::string action = R"("action":{"name":"SELECT"})";
  const std::string resource = R"("resource":{"type":"table","id":"prod.fraud.scores"})";
  const std::string all = StrCat("{", subject, ",", action, ",", resource);
  const std::string column = StrCat(R"({"column":{)", table, R"(,"columnName":"a"}})");
  return {
      {"/access/v1/evaluation", all + "}"},
      {"/access/v1/evaluations", all + R"(,"evaluations":[{},{}]})"},
      {"/access/v1/search/subject", all + "}"},
      {"/access/v1/search/resource", all + "}"},
      {"/access/v1/search/action", all + "}"},
      {"/v1/trino/allow",
       trino(StrCat(R"({"operation":"DropTable","resource":{"table":{)", table, "}}}"))},
      {"/v1/trino/batch",
       trino(
           StrCat(R"({"operation":"FilterTables","filterResources":[{"table":{)", table, "}}]}"))},
      {"/v1/trino/row-filters",
       trino(StrCat(R"({"operation":"GetRowFilters","resource":{"table":{)", table, "}}}"))},
      {"/v1/trino/column-masking",
       trino(StrCat(R"({"operation":"GetColumnMask","resource":)", column, "}"))},
      {"/v1/trino/batch-column-masking",
       trino(StrCat(R"({"operation":"GetColumnMask","filterResources":[)", column, "]}"))},
  };
}

TEST_CASE("no path of a dialect is open to strangers") {
  DoorsFixture fixture;
  fixture.Table("prod.fraud.scores", {"a"});
  int64_t id = 0;
  const std::string revoked = fixture.Token("svc:engine", &id);
  fixture.RevokeToken(id);
  fixture.Principal("svc:stopped");
  fixture.Grant("", "svc:stopped", {"BROWSE"});
  const std::string stopped = fixture.Token("svc:stopped");
  fixture.Deactivate("svc:stopped");
  for (const Path& each : Paths()) {
    CAPTURE(each.path);
    // It can be answered: that is what is refused below.
    CHECK(fixture.Post(each.path, each.body, fixture.engine).status == 200);
    for (const std::string& token : {std::string(), std::string("garbage"), revoked, stopped}) {
      const Answer answer = fixture.Post(each.path, each.body, token);
      CAPTURE(token, answer.body);
      CHECK(answer.status == 401);
      CHECK((token.empty() || answer.body.find(token) == std::string::npos));
      // Nor does anybody learn by it what could be read.
      CHECK(fixture.Post(each.path, "{", token).status == 401);
    }
  }
}

TEST_CASE("no path of a dialect answers who may do nothing") {
  DoorsFixture fixture;
  fixture.Table("prod.fraud.scores", {"a"});
  fixture.Principal("svc:nobody");
  const std::string nobody = fixture.Token("svc:nobody");
  for (const Path& each : Paths()) {
    const Answer answer = fixture.Post(each.path, each.body, nobody);
    CAPTURE(each.path, answer.body);
    CHECK(answer.status == 403);
  }
}

}  // namespace
}  // namespace whence::http::test
