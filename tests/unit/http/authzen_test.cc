// AuthZEN's door with Whence's own words: evaluations, searches, errors, and what is told of a
// decision.
#include "http/authzen.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "doors_fixture.h"
#include "http/authzen_mapping.h"

namespace whence::http::test {
namespace {

constexpr char kOne[] = "/access/v1/evaluation";
constexpr char kMany[] = "/access/v1/evaluations";
constexpr char kSubjects[] = "/access/v1/search/subject";
constexpr char kResources[] = "/access/v1/search/resource";
constexpr char kActions[] = "/access/v1/search/action";

std::string Subject(const std::string& id, const std::string& type = "user") {
  return StrCat(R"("subject":{"type":")", type, R"(","id":")", id, R"("})");
}
std::string Action(const std::string& name) {
  return StrCat(R"("action":{"name":")", name, R"("})");
}
std::string Resource(const std::string& type, const std::string& id,
                     const std::string& properties = "") {
  return StrCat(R"("resource":{"type":")", type, R"(","id":")", id, "\"",
                properties.empty() ? "" : StrCat(R"(,"properties":)", properties), "}");
}

const std::string kScores = Resource("table", "prod.fraud.scores");

struct AuthzenFixture : DoorsFixture {
  AuthzenFixture() : DoorsFixture(WithMapping()) {
    Table("prod.fraud.scores", {"account", "email", "region"});
    Table("prod.fraud.alerts", {"id"});
    Principal("user:ben", "ext-ben", "ben@example.com");
    Principal("user:cara", "ext-cara", "cara@example.com");
    Principal("svc:scorer", "client-7");
    Principal("group:analysts");
    Member("group:analysts", "user:ben");
    Grant("prod", "group:analysts", {"USE CATALOG", "USE SCHEMA", "SELECT"});
    Grant("prod.fraud.scores", "svc:scorer", {"MODIFY"});
  }

  static ServerOptions WithMapping() {
    ServerOptions options;
    options.authzen = *ParseAuthzenMapping(R"(
resources:
  dataset:
    securable: prod.fraud.{id}
    actions: {read: SELECT, write: MODIFY}
  area:
    securable: prod.{id}
    actions: {enter: USE SCHEMA}
  score:
    securable: prod.fraud.scores
    actions: {see: {privilege: SELECT, rows: true}, change: {privilege: MODIFY, rows: true}}
)");
    return options;
  }

  json::value Evaluate(const std::string& subject, const std::string& action,
                       const std::string& resource) {
    return PostJson(kOne, StrCat("{", subject, ",", action, ",", resource, "}"));
  }
  bool Allows(const std::string& subject, const std::string& action, const std::string& resource) {
    return Evaluate(subject, action, resource).at("decision").as_bool();
  }
  // The results of a search that fits on one page, as text.
  std::string Found(const std::string& path, const std::string& body) {
    const json::value answer = PostJson(path, StrCat("{", body, "}"));
    CHECK(answer.at("page").at("next_token") == "");
    CHECK(answer.at("page").at("count") == answer.at("results").as_array().size());
    return json::serialize(answer.at("results"));
  }
};

TEST_CASE("subjects are found by name, external id and address") {
  AuthzenFixture fixture;
  const std::string select = Action("SELECT");
  CHECK(fixture.Allows(Subject("ben"), select, kScores));
  CHECK(fixture.Allows(Subject("user:ben"), select, kScores));
  CHECK(fixture.Allows(Subject("ext-ben"), select, kScores));
  CHECK(fixture.Allows(Subject("ben@example.com"), select, kScores));
  CHECK_FALSE(fixture.Allows(Subject("BEN@example.com"), select, kScores));
  CHECK(fixture.Allows(Subject("analysts", "group"), select, kScores));
  CHECK_FALSE(fixture.Allows(Subject("cara"), select, kScores));
  CHECK_FALSE(fixture.Allows(Subject("ext-cara"), select, kScores));
  for (const char* nobody : {"dora", "ext", "svc:scorer", "a\\\"b", "analysts"}) {
    CAPTURE(nobody);
    const json::value answer = fixture.Evaluate(Subject(nobody), select, kScores);
    CHECK_FALSE(answer.at("decision").as_bool());
    CHECK(answer.at("context").at("error").at("status") == 404);
    CHECK(answer.at("context").at("error").at("reason") == "PRINCIPAL_NOT_FOUND");
  }
  CHECK_FALSE(fixture.Allows(Subject("ben", "spaceship"), select, kScores));
  for (const char* type : {"service", "svc"}) {
    // It has no gate: grants alone do not open a table.
    CHECK_FALSE(fixture.Allows(Subject("client-7", type), Action("MODIFY"), kScores));
  }
  fixture.Grant("prod", "svc:scorer", {"USE CATALOG", "USE SCHEMA"});
  CHECK(fixture.Allows(Subject("client-7", "service"), Action("MODIFY"), kScores));
  CHECK(fixture.Allows(Subject("scorer", "svc"), Action("modify"), kScores));
  // What was asked for it is counted as this door's.
  const auto calls = fixture.http.house.corridor().metrics().Read();
  CHECK(calls.count({"Decide", "authzen"}) == 1);
  CHECK(calls.count({"ListPrincipals", "authzen"}) == 1);
}

TEST_CASE("groups have external ids too, and only who may list principals learns which there are") {
  AuthzenFixture fixture;
  fixture.Principal("group:staff", "ext-staff");
  fixture.Grant("prod", "group:staff", {"USE CATALOG", "USE SCHEMA", "SELECT"});
  CHECK(fixture.Allows(Subject("ext-staff", "group"), Action("SELECT"), kScores));
  const std::string nobody = fixture.Token("user:cara");
  for (const char* group : {"analysts", "no-such-group"}) {
    CAPTURE(group);
    const std::string subject = Subject(group, "group");
    CHECK(fixture.Post(kOne, StrCat("{", subject, ",", Action("SELECT"), ",", kScores, "}"), nobody)
              .status == 403);
    CHECK(fixture
              .Post(kResources,
                    StrCat("{", subject, ",", Action("SELECT"), R"(,"resource":{"type":"table"}})"),
                    nobody)
              .status == 403);
  }
}

TEST_CASE("what was remembered of a subject does not outlive it") {
  AuthzenFixture fixture;
  const std::string select = Action("SELECT");
  CHECK(fixture.Allows(Subject("ext-ben"), select, kScores));
  CHECK_FALSE(fixture.Allows(Subject("ext-new"), select, kScores));
  fixture.Principal("user:new", "ext-new");
  fixture.Member("group:analysts", "user:new");
  CHECK(fixture.Allows(Subject("ext-new"), select, kScores));
  // Two of one external id are nobody.
  fixture.Principal("user:newer", "ext-new");
  CHECK_FALSE(fixture.Allows(Subject("ext-new"), select, kScores));
  fixture.Deactivate("user:ben");
  CHECK_FALSE(fixture.Allows(Subject("ext-ben"), select, kScores));
}

TEST_CASE("subjects that are remembered are at most kMaxAuthzenSubjects") {
  AuthzenFixture fixture;
  const auto ask = [&](size_t from) {
    std::string items;
    for (size_t i = from; i < from + kMaxAuthzenEvaluations; ++i) {
      StrAppend(&items, items.empty() ? "{" : ",{", Subject(StrCat("nobody", i)), "}");
    }
    return fixture
        .PostJson(kMany,
                  StrCat("{", Action("SELECT"), ",", kScores, R"(,"evaluations":[)", items, "]}"))
        .at("evaluations")
        .as_array()
        .size();
  };
  for (size_t from = 0; from <= kMaxAuthzenSubjects; from += kMaxAuthzenEvaluations) {
    CHECK(ask(from) == kMaxAuthzenEvaluations);
  }
  CHECK(fixture.Allows(Subject("ext-ben"), Action("SELECT"), kScores));
}

TEST_CASE("actions are privileges in any case, and resources kinds of securables") {
  AuthzenFixture fixture;
  const std::string ben = Subject("ben");
  CHECK(fixture.Allows(ben, Action("select"), Resource("TABLE", "prod.fraud.scores")));
  CHECK(fixture.Allows(ben, Action("use_catalog"), Resource("catalog", "prod")));
  CHECK(fixture.Allows(ben, Action("USE SCHEMA"), Resource("schema", "prod.fraud")));
  CHECK(fixture.Allows(Subject("ana"), Action("manage"), Resource("metastore", "metastore")));
  CHECK_FALSE(fixture.Allows(ben, Action("manage"), Resource("metastore", "metastore")));
  CHECK_FALSE(fixture.Allows(ben, Action("select"), Resource("model", "prod.fraud.scores")));
  CHECK_FALSE(fixture.Allows(ben, Action("select"), Resource("table", "prod.fraud.none")));
  CHECK_FALSE(fixture.Allows(ben, Action("select"), Resource("table", "a..b")));
  for (const auto& [action, resource] : {std::pair(Action("can_fly"), kScores),
                                         std::pair(Action("select"), Resource("rocket", "1"))}) {
    const json::value answer = fixture.Evaluate(ben, action, resource);
    CHECK_FALSE(answer.at("decision").as_bool());
    CHECK(answer.at("context").at("error").at("reason") == "AUTHZEN_WORD_UNKNOWN");
  }
}

TEST_CASE("a denial says why, by which policy, and as of which position") {
  AuthzenFixture fixture;
  const Position position = fixture.http.house.position();  // that it is denied is an entry, after
  const json::value plain =
      fixture.Evaluate(Subject("cara"), Action("SELECT"), kScores).at("context");
  CHECK(plain.at("outcome") == "NO_USE_CATALOG");
  CHECK_THAT(std::string(plain.at("reason").as_string()), Catch::Contains("user:cara may not"));
  CHECK(plain.at("position") == position);
  fixture.Deny("hold", "prod.fraud", {"SELECT"}, {});
  const Position later = fixture.http.house.position();
  const json::value denied =
      fixture.Evaluate(Subject("ben"), Action("SELECT"), kScores).at("context");
  CHECK(denied.at("outcome") == "DENIED_BY_POLICY");
  CHECK(json::serialize(denied.at("policies")) == R"(["hold"])");
  CHECK(denied.at("position") == later);
}

TEST_CASE("a yes names what it obliges to, and columns can be asked for") {
  AuthzenFixture fixture;
  fixture.Filter("eu", "prod.fraud.scores", "region = 'EU'", {"group:analysts"});
  fixture.Mask("hide", "prod.fraud.scores", "email", {"email"}, {"group:analysts"});
  const json::value all = fixture.Evaluate(Subject("ben"), Action("SELECT"), kScores);
  CHECK(all.at("decision").as_bool());
  CHECK(json::serialize(all.at("context").at("filters")) ==
        R"([{"policy":"eu","conditions":"region = 'EU'"}])");
  CHECK(json::serialize(all.at("context").at("masks")) ==
        R"([{"column":"email","mask":"email","policy":"hide"}])");
  fixture.Deny("no-account", "prod.fraud.scores", {}, {"account"}, {"group:analysts"});
  CHECK_FALSE(fixture.Allows(Subject("ben"), Action("SELECT"), kScores));
  const auto columns = [](const std::string& list) {
    return Resource("table", "prod.fraud.scores", StrCat(R"({"columns":)", list, "}"));
  };
  CHECK(fixture.Allows(Subject("ben"), Action("SELECT"), columns(R"(["region"])")));
  CHECK_FALSE(fixture.Allows(Subject("ben"), Action("SELECT"), columns(R"(["account"])")));
  CHECK_FALSE(fixture.Allows(Subject("ben"), Action("SELECT"), columns(R"([1])")));
  CHECK_FALSE(fixture.Allows(Subject("ben"), Action("SELECT"), columns(R"("region")")));
}

TEST_CASE("a row is shown when all filters show it") {
  AuthzenFixture fixture;
  fixture.Filter("eu", "prod.fraud.scores", "region = 'EU' AND tier IN (1, 2)", {"group:analysts"});
  const auto sees = [&](const std::string& row) {
    const bool mapped = fixture.Allows(Subject("ben"), Action("see"), Resource("score", "1", row));
    const bool own =
        fixture.Allows(Subject("ben"), Action("SELECT"),
                       Resource("table", "prod.fraud.scores", StrCat(R"({"row":)", row, "}")));
    CHECK(mapped == own);
    return mapped;
  };
  CHECK(sees(R"({"region":"EU","tier":1})"));
  CHECK(sees(R"({"REGION":"EU","tier":"2","more":[{}]})"));
  CHECK_FALSE(sees(R"({"region":"US","tier":1})"));
  CHECK_FALSE(sees(R"({"region":"EU","tier":3})"));
  CHECK_FALSE(sees(R"({"region":"EU","tier":1.0})"));
  CHECK_FALSE(sees(R"({"region":"EU","tier":null})"));
  CHECK_FALSE(sees(R"({"region":"EU"})"));
  CHECK_FALSE(sees(R"({"region":["EU"],"tier":1})"));
  CHECK_FALSE(sees(R"({"region":"EU","Region":"EU","tier":1})"));
  CHECK_FALSE(sees("{}"));
  // Without properties there is no row that could be shown.
  const json::value none = fixture.Evaluate(Subject("ben"), Action("see"), Resource("score", "1"));
  CHECK_FALSE(none.at("decision").as_bool());
  CHECK(none.at("context").at("outcome") == "DENIED_BY_POLICY");
  CHECK_THAT(std::string(none.at("context").at("reason").as_string()), Catch::Contains("row"));
  CHECK(json::serialize(none.at("context").at("policies")) == R"(["eu"])");
  // What only an engine can compute cannot be looked at.
  v1::Policy sql;
  sql.set_name("sql");
  sql.mutable_securable()->set_name("prod.fraud.scores");
  sql.set_kind(v1::POLICY_KIND_FILTER);
  (*sql.mutable_filter()->mutable_sql())["trino"] = "true";
  fixture.Policy(sql);
  CHECK_FALSE(sees(R"({"region":"EU","tier":1})"));
}

TEST_CASE("a row is asked about with a privilege that reads, or nothing is said of it") {
  AuthzenFixture fixture;
  fixture.Grant("prod", "group:analysts", {"MODIFY", "EXECUTE"});
  fixture.Filter("eu", "prod.fraud", "region = 'EU'", {"group:analysts"});
  const std::string row = R"({"row":{"region":"US"}})";
  const std::string us = Resource("table", "prod.fraud.scores", row);
  CHECK(fixture.Allows(Subject("ben"), Action("MODIFY"), kScores));
  for (const auto& [action, resource] :
       {std::pair("MODIFY", us), std::pair("EXECUTE", Resource("schema", "prod.fraud", row)),
        std::pair("change", Resource("score", "1", R"({"region":"US"})"))}) {
    const json::value answer = fixture.Evaluate(Subject("ben"), Action(action), resource);
    CAPTURE(json::serialize(answer));
    CHECK_FALSE(answer.at("decision").as_bool());
    CHECK(answer.at("context").at("error").at("status") == 400);
    CHECK(answer.at("context").at("error").at("reason") == "PRIVILEGE_NOT_APPLICABLE");
  }
  CHECK_FALSE(fixture.Allows(Subject("ben"), Action("SELECT"), us));
}

TEST_CASE("evaluations take what is missing from the whole, and answer in order") {
  AuthzenFixture fixture;
  const std::string body =
      StrCat("{", Subject("ben"), ",", Action("SELECT"), ",", kScores, R"(,"evaluations":[{},{)",
             Subject("cara"), "},{", Action("MODIFY"), "},{",
             Resource("table", "prod.fraud.alerts"), R"(},{"resource":{"type":"table"}}]})");
  const json::value answer = fixture.PostJson(kMany, body);
  const json::array& list = answer.at("evaluations").as_array();
  REQUIRE(list.size() == 5);
  const bool expected[] = {true, false, false, true, false};
  for (size_t i = 0; i < 5; ++i) CHECK(list[i].at("decision") == expected[i]);
  CHECK(list[4].at("context").at("error").at("status") == 400);
  CHECK(list[4].at("context").at("error").at("reason") == "REQUEST_UNREADABLE");
  // Without any, or with an empty list, it is one question.
  for (const char* list_text : {"", R"(,"evaluations":[])"}) {
    const json::value one = fixture.PostJson(
        kMany, StrCat("{", Subject("ben"), ",", Action("SELECT"), ",", kScores, list_text, "}"));
    CHECK(one.at("decision") == true);
  }
}

TEST_CASE("evaluations end where their semantic says") {
  AuthzenFixture fixture;
  const auto decided = [&](const std::string& semantic) {
    const json::value answer =
        fixture.PostJson(kMany, StrCat("{", Action("SELECT"), ",", kScores,
                                       R"(,"options":{"evaluations_semantic":")", semantic,
                                       R"(","other":1},"evaluations":[{)", Subject("ben"), "},{",
                                       Subject("cara"), "},{", Subject("ben"), "}]}"));
    std::string text;
    for (const json::value& each : answer.at("evaluations").as_array()) {
      text += each.at("decision").as_bool() ? 'y' : 'n';
    }
    return text;
  };
  CHECK(decided("execute_all") == "yny");
  CHECK(decided("deny_on_first_deny") == "yn");
  CHECK(decided("permit_on_first_permit") == "y");
  CHECK(fixture
            .Post(kMany,
                  StrCat("{", Subject("ben"), ",", Action("SELECT"), ",", kScores,
                         R"(,"options":{"evaluations_semantic":"some"},"evaluations":[{}]})"),
                  fixture.engine)
            .status == 400);
}

TEST_CASE("a request has at most kMaxAuthzenEvaluations evaluations") {
  AuthzenFixture fixture;
  const auto status = [&](size_t count) {
    std::string items = "{}";
    for (size_t i = 1; i < count; ++i) items += ",{}";
    return fixture
        .Post(kMany,
              StrCat("{", Subject("ben"), ",", Action("SELECT"), ",", kScores,
                     R"(,"evaluations":[)", items, "]}"),
              fixture.engine)
        .status;
  };
  CHECK(status(kMaxAuthzenEvaluations) == 200);
  CHECK(status(kMaxAuthzenEvaluations + 1) == 400);
}

TEST_CASE("errors have AuthZEN's status codes, their reason, and the request's id") {
  AuthzenFixture fixture;
  const std::string ben = Subject("ben");
  const std::string select = Action("SELECT");
  const auto fails = [&](const std::string& body, const std::string& path = kOne) {
    const Answer answer = fixture.Post(path, body, fixture.engine,
                                       "content-type: application/json\r\nx-request-id: a-7\r\n");
    CAPTURE(body, answer.body);
    CHECK(answer.status == 400);
    CHECK(answer.Header("content-type") == "text/plain; charset=utf-8");
    CHECK(answer.Header("x-request-id") == "a-7");
    return answer.body.substr(0, answer.body.find(':'));
  };
  for (const std::string& body :
       {StrCat("{", select, ",", kScores, "}"), StrCat("{", ben, ",", kScores, "}"),
        StrCat("{", ben, ",", select, "}"),
        StrCat(R"({"subject":{"id":"ben"},)", select, ",", kScores, "}"),
        StrCat(R"({"subject":{"type":"user"},)", select, ",", kScores, "}"),
        StrCat(R"({"subject":"ben",)", select, ",", kScores, "}"),
        StrCat(R"({"action":{},)", ben, ",", kScores, "}"),
        StrCat(R"({"action":{"name":123},)", ben, ",", kScores, "}"),
        StrCat(R"({"resource":{"id":"x"},)", ben, ",", select, "}"),
        StrCat(R"({"resource":{"type":"table","id":""},)", ben, ",", select, "}"),
        StrCat(R"({"context":[],)", ben, ",", select, ",", kScores, "}"), std::string("[]")}) {
    CHECK(fails(body) == "REQUEST_UNREADABLE");
  }
  CHECK(fails("") == "JSON_MALFORMED");
  CHECK(fails("{") == "JSON_MALFORMED");
  CHECK(fails(StrCat("{", ben, ",", ben, ",", select, ",", kScores, "}")) == "JSON_MALFORMED");
  const std::string deep(kMaxAuthzenDepth, '[');
  const std::string end(kMaxAuthzenDepth, ']');
  CHECK(fails(StrCat(R"({"context":{"a":)", deep, end, "},", ben, ",", select, ",", kScores,
                     "}")) == "JSON_MALFORMED");
  CHECK(fixture
            .PostJson(kOne, StrCat(R"({"context":{"a":)", deep.substr(2), end.substr(2), "},", ben,
                                   ",", select, ",", kScores, "}"))
            .at("decision")
            .as_bool());
  CHECK(fails("{}", kActions) == "REQUEST_UNREADABLE");
  const std::string whole = StrCat("{", ben, ",", select, ",", kScores, "}");
  const Answer wrong_type =
      fixture.Post(kOne, whole, fixture.engine, "content-type: text/plain\r\n");
  CHECK(wrong_type.status == 400);
  CHECK(fixture.Post(kOne, whole, "").status == 401);
  CHECK(fixture.Post(kOne, whole, "").Header("www-authenticate") == "Bearer");
  const Answer forbidden = fixture.Post(kOne, whole, fixture.Token("user:cara"));
  CHECK(forbidden.status == 403);
  CHECK_THAT(forbidden.body, Catch::StartsWith("PERMISSION_DENIED: "));
  // Unknown members are passed over.
  CHECK(fixture.PostJson(kOne, StrCat(R"({"later":{"x":[]},)", whole.substr(1)))
            .at("decision")
            .as_bool());
  const Answer echoed = fixture.Post(
      kOne, whole, fixture.engine,
      "content-type: application/json; charset=utf-8\r\nx-request-id: bfe9eb29-ab87\r\n");
  CHECK(echoed.status == 200);
  CHECK(echoed.Header("x-request-id") == "bfe9eb29-ab87");
}

TEST_CASE("subjects are searched through groups, page by page") {
  AuthzenFixture fixture;
  const std::string open = R"("subject":{"type":"user"})";
  const std::string question = StrCat(open, ",", Action("SELECT"), ",", kScores);
  CHECK(fixture.Found(kSubjects, question) ==
        R"([{"type":"user","id":"ana"},{"type":"user","id":"ben"}])");
  CHECK(fixture.Found(kSubjects, StrCat(R"("subject":{"type":"group","id":"ignored"},)",
                                        Action("SELECT"), ",", kScores)) ==
        R"([{"type":"group","id":"analysts"}])");
  for (int i = 0; i < 7; ++i) {
    const std::string name = StrCat("user:m", i);
    fixture.Principal(name);
    if (i % 2 == 0) fixture.Member("group:analysts", name);
  }
  std::string ids;
  std::string token;
  int pages = 0;
  do {
    const json::value answer = fixture.PostJson(
        kSubjects, StrCat("{", question, R"(,"page":{"limit":2,"token":")", token, R"("}})"));
    CHECK(answer.as_object().begin()->key() == "page");
    CHECK(answer.at("results").as_array().size() <= 2);
    for (const json::value& each : answer.at("results").as_array()) {
      ids += std::string(each.at("id").as_string()) + " ";
    }
    token = std::string(answer.at("page").at("next_token").as_string());
    REQUIRE(++pages < 20);
  } while (!token.empty());
  CHECK(ids == "ana ben m0 m2 m4 m6 ");
  CHECK(pages >= 3);
  // Nobody, for nothing that there is.
  for (const std::string& nothing :
       {StrCat(R"("subject":{"type":"spaceship"},)", Action("SELECT"), ",", kScores),
        StrCat(open, ",", Action("can_fly"), ",", kScores),
        StrCat(open, ",", Action("SELECT"), ",", Resource("table", "prod.fraud.none"))}) {
    CHECK(fixture.Found(kSubjects, nothing) == "[]");
  }
}

TEST_CASE("a token belongs to its search") {
  AuthzenFixture fixture;
  const std::string open = R"("subject":{"type":"user"})";
  const json::value first = fixture.PostJson(
      kSubjects, StrCat("{", open, ",", Action("SELECT"), ",", kScores, R"(,"page":{"limit":1}})"));
  const std::string token(first.at("page").at("next_token").as_string());
  REQUIRE(!token.empty());
  const auto reason = [&](const std::string& path, const std::string& body,
                          const std::string& page) {
    const Answer answer =
        fixture.Post(path, StrCat("{", body, R"(,"page":)", page, "}"), fixture.engine);
    return answer.status == 200 ? "" : answer.body.substr(0, answer.body.find(':'));
  };
  const std::string same = StrCat(open, ",", Action("SELECT"), ",", kScores);
  const std::string page = StrCat(R"({"token":")", token, R"("})");
  CHECK(reason(kSubjects, same, page).empty());
  CHECK(reason(kSubjects, StrCat(open, ",", Action("MODIFY"), ",", kScores), page) ==
        "PAGE_TOKEN_OTHER_REQUEST");
  CHECK(reason(kSubjects, same, R"({"token":"x"})") == "PAGE_TOKEN_INVALID");
  CHECK(reason(kSubjects, same, R"({"limit":-1})") == "REQUEST_UNREADABLE");
  CHECK(reason(kSubjects, same, R"({"limit":"1"})") == "REQUEST_UNREADABLE");
  CHECK(reason(kSubjects, same, R"({"token":1})") == "REQUEST_UNREADABLE");
  CHECK(reason(kSubjects, same, "[]") == "REQUEST_UNREADABLE");
  CHECK(reason(kSubjects, same, R"({"limit":0})").empty());
  CHECK(reason(kSubjects, same, R"({"limit":100000})").empty());
}

TEST_CASE("resources and actions are searched") {
  AuthzenFixture fixture;
  const std::string ben = Subject("ben");
  CHECK(fixture.Found(kResources,
                      StrCat(ben, ",", Action("SELECT"), R"(,"resource":{"type":"table"})")) ==
        R"([{"type":"table","id":"prod.fraud.alerts"},{"type":"table","id":"prod.fraud.scores"}])");
  CHECK(fixture.Found(kResources,
                      StrCat(ben, ",", Action("read"), R"(,"resource":{"type":"dataset"})")) ==
        R"([{"type":"dataset","id":"alerts"},{"type":"dataset","id":"scores"}])");
  CHECK(fixture.Found(kResources,
                      StrCat(ben, ",", Action("enter"), R"(,"resource":{"type":"area"})")) ==
        R"([{"type":"area","id":"fraud"}])");
  CHECK(fixture.Found(kResources, StrCat(ben, ",", Action("use_catalog"),
                                         R"(,"resource":{"type":"catalog"})")) ==
        R"([{"type":"catalog","id":"prod"}])");
  CHECK(fixture.Found(kResources, StrCat(Subject("ana"), ",", Action("manage"),
                                         R"(,"resource":{"type":"metastore"})")) ==
        R"([{"type":"metastore","id":"metastore"}])");
  for (const std::string& nothing :
       {StrCat(ben, ",", Action("write"), R"(,"resource":{"type":"dataset"})"),
        StrCat(ben, ",", Action("see"), R"(,"resource":{"type":"score"})"),
        StrCat(ben, ",", Action("SELECT"), R"(,"resource":{"type":"rocket"})"),
        StrCat(ben, ",", Action("fly"), R"(,"resource":{"type":"dataset"})"),
        StrCat(ben, ",", Action("fly"), R"(,"resource":{"type":"table"})"),
        StrCat(Subject("nobody"), ",", Action("SELECT"), R"(,"resource":{"type":"table"})")}) {
    CHECK(fixture.Found(kResources, nothing) == "[]");
  }
  CHECK(fixture.Found(kActions, StrCat(ben, ",", kScores)) == R"([{"name":"SELECT"}])");
  CHECK(fixture.Found(kActions, StrCat(ben, ",", Resource("dataset", "scores"))) ==
        R"([{"name":"read"}])");
  CHECK(fixture.Found(kActions, StrCat(Subject("nobody"), ",", kScores)) == "[]");
  CHECK(fixture.Found(kActions, StrCat(ben, ",", Resource("rocket", "1"))) == "[]");
  const json::value page = fixture.PostJson(
      kActions, StrCat("{", Subject("ana"), ",", kScores, R"(,"page":{"limit":2}})"));
  CHECK(page.at("page").at("next_token").as_string().size() > 0);
}

TEST_CASE("a search that finds next to nothing answers after kMaxAuthzenLists, and goes on") {
  AuthzenFixture fixture;
  // With one result on a page each list has one candidate: ana, ben, these, cara and zoe.
  for (size_t i = 0; i < kMaxAuthzenLists - 2; ++i) fixture.Principal(StrCat("user:c", i));
  fixture.Principal("user:zoe");
  fixture.Member("group:analysts", "user:zoe");
  // What is on the pages, each with a bar behind it.
  const auto pages = [&fixture] {
    std::string ids;
    std::string token;
    int count = 0;
    do {
      const json::value answer = fixture.PostJson(
          kSubjects, StrCat(R"({"subject":{"type":"user"},)", Action("SELECT"), ",", kScores,
                            R"(,"page":{"limit":1,"token":")", token, R"("}})"));
      for (const json::value& each : answer.at("results").as_array()) {
        ids += std::string(each.at("id").as_string());
      }
      ids += "|";
      token = std::string(answer.at("page").at("next_token").as_string());
      REQUIRE(++count < 10);
    } while (!token.empty());
    return ids;
  };
  CHECK(pages() == "ana|ben|zoe|");  // the last of the third page's lists finds her
  fixture.Principal("user:czz");
  CHECK(pages() == "ana|ben||zoe|");
}

TEST_CASE("the configuration names the endpoints where the caller found them") {
  AuthzenFixture fixture;
  Client client(fixture.http.address);
  REQUIRE(
      client.Send("GET /.well-known/authzen-configuration HTTP/1.1\r\nhost: pdp.example:71\r\n"
                  "x-request-id: 9\r\n\r\n"));
  const std::optional<Answer> answer = client.Receive();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->Header("x-request-id") == "9");
  const json::value found = json::parse(answer->body);
  CHECK(found.at("policy_decision_point") == "http://pdp.example:71");
  CHECK(found.at("access_evaluation_endpoint") == "http://pdp.example:71/access/v1/evaluation");
  CHECK(found.at("access_evaluations_endpoint") == "http://pdp.example:71/access/v1/evaluations");
  for (const char* search : {"subject", "resource", "action"}) {
    CHECK(found.at(StrCat("search_", search, "_endpoint")).as_string() ==
          StrCat("http://pdp.example:71/access/v1/search/", search));
  }
  ServerOptions options;
  options.authzen.decision_point = "https://pdp.example.com";
  HttpFixture named(options);
  CHECK_THAT(named.Ask("GET", "/.well-known/authzen-configuration").body,
             Catch::Contains(R"("policy_decision_point":"https://pdp.example.com")"));
}

TEST_CASE("a file of words that changes is in force with the next request, once it is right") {
  const whence::test::TemporaryFolder folder;
  const std::string path = folder.path() + "/authzen.yaml";
  const auto write = [&](const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  };
  const auto words = [&](const std::string& type, const std::string& privilege) {
    write(StrCat("policy_decision_point: https://", type, ".example.com\nresources:\n  ", type,
                 ": {securable: 'prod.fraud.{id}', actions: {read: ", privilege, "}}\n"));
  };
  words("dataset", "SELECT");
  std::vector<std::string> reports;
  const auto file = WatchAuthzenMapping(
      path, [&](const absl::Status& status) { reports.push_back(whence::test::ReasonOf(status)); });
  REQUIRE(file.ok());
  ServerOptions options;
  options.authzen_file = file->get();
  DoorsFixture fixture(options);
  fixture.Table("prod.fraud.scores", {"account"});
  fixture.Principal("user:ben");
  fixture.Grant("prod", "user:ben", {"USE CATALOG", "USE SCHEMA", "SELECT"});
  const auto allows = [&](const std::string& type) {
    return fixture
        .PostJson(kOne, StrCat("{", Subject("ben"), ",", Action("read"), ",",
                               Resource(type, "scores"), "}"))
        .at("decision")
        .as_bool();
  };
  CHECK(allows("dataset"));
  CHECK_FALSE(allows("table_of_scores"));
  words("dataset", "MODIFY");
  CHECK_FALSE(allows("dataset"));
  words("table_of_scores", "SELECT");
  CHECK(allows("table_of_scores"));
  CHECK_FALSE(allows("dataset"));
  CHECK(reports == std::vector<std::string>{"OK", "OK"});
  // What is wrong changes nothing, and is said once.
  for (const char* wrong : {"", "resources: {x: {}}", "words: {}"}) {
    CAPTURE(wrong);
    const size_t before = reports.size();
    write(wrong);
    CHECK(allows("table_of_scores"));
    CHECK(allows("table_of_scores"));
    REQUIRE(reports.size() == before + 1);
    CHECK(reports.back() == "AUTHZEN_CONFIG_MALFORMED");
  }
  std::filesystem::remove(path);
  CHECK(allows("table_of_scores"));
  CHECK(reports.back() == "AUTHZEN_CONFIG_UNREADABLE");
  CHECK_THAT(fixture.http.Ask("GET", "/.well-known/authzen-configuration").body,
             Catch::Contains("https://table_of_scores.example.com/access/v1/evaluation"));
  words("dataset", "SELECT");
  CHECK(allows("dataset"));
  CHECK_THAT(fixture.http.Ask("GET", "/.well-known/authzen-configuration").body,
             Catch::Contains("https://dataset.example.com/access/v1/evaluation"));
}

}  // namespace
}  // namespace whence::http::test
