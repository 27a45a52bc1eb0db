// Operations through REST: every one has a route, and requests and answers are what they say.
#include "http/rest.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/error.h"
#include "google/protobuf/descriptor.h"
#include "http/routes.h"
#include "http_fixture.h"
#include "sql/backup.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/audit.pb.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/prediction.pb.h"
#include "whence/v1/server.pb.h"
#include "whence/v1/tag.pb.h"

namespace whence::http::test {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

// Every method of the contract, found by following the imports of what the server serves.
std::vector<const MethodDescriptor*> Methods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file :
       {v1::Catalog::descriptor()->file(), v1::Run::descriptor()->file(),
        v1::Prediction::descriptor()->file(), v1::ServerInfo::descriptor()->file(),
        v1::Token::descriptor()->file(), v1::Policy::descriptor()->file(),
        v1::TagDefinition::descriptor()->file(), v1::LedgerEntry::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

TEST_CASE("every operation of the contract has a route") {
  std::map<std::string, const Route*> by_name;
  for (const Route& route : Routes()) {
    INFO(route.operation.name);
    CHECK(by_name.emplace(route.operation.name, &route).second);
  }
  size_t unary = 0;
  for (const MethodDescriptor* method : Methods()) {
    INFO(method->full_name());
    if (method->client_streaming() || method->server_streaming()) {
      // Streams are offered in another form: see http/routes.h.
      const std::set<std::string> streams = {"StreamPredictions", "Backup", "StreamEntries"};
      CHECK(streams.contains(method->name()));
      continue;
    }
    ++unary;
    const auto found = by_name.find(method->name());
    REQUIRE(found != by_name.end());
    CHECK(found->second->operation.request() == method->input_type());
    CHECK(found->second->operation.response() == method->output_type());
  }
  CHECK(unary == by_name.size());
  CHECK(unary > 50);
}

TEST_CASE("what a route takes from path and body is in its request") {
  for (const Route& route : Routes()) {
    INFO(route.method << " " << route.path);
    const auto* request = route.operation.request();
    if (!route.body.empty() && route.body != "*") {
      REQUIRE(FindField(request, route.body) != nullptr);
      CHECK(FindField(request, route.body)->message_type() != nullptr);
    }
    CHECK((route.method == "GET" || route.method == "DELETE") == route.body.empty());
    for (size_t at = route.path.find('{'); at != std::string_view::npos;
         at = route.path.find('{', at + 1)) {
      CHECK(FindField(request, route.path.substr(at + 1, route.path.find('}', at) - at - 1)) !=
            nullptr);
    }
  }
}

TEST_CASE("a catalog's life through REST") {
  HttpFixture http;
  const Answer made = http.Ask("POST", "/v1/catalogs?requestId=r1", R"({"name": "shop"})");
  CHECK(made.status == 200);
  CHECK(made.Header("content-type") == "application/json");
  CHECK_THAT(made.body, Catch::Contains(R"("name":"shop")"));
  CHECK_THAT(made.body, Catch::Contains(R"("position":"1")"));
  CHECK_THAT(made.body, Catch::Contains(R"("creator":"user:ana")"));
  // The same again: the first answer. Another one under its id: refused.
  CHECK(http.Ask("POST", "/v1/catalogs?request_id=r1", R"({"name": "shop"})").body == made.body);
  const Answer reused = http.Ask("POST", "/v1/catalogs?requestId=r1", R"({"name": "other"})");
  CHECK(reused.status == 409);
  CHECK(reused.Reason() == "REQUEST_ID_REUSED");

  const Answer got = http.Ask("GET", "/v1/catalogs/shop");
  CHECK(got.body == made.body);
  CHECK(got.Header("etag").size() > 2);
  const Answer head = http.Ask("HEAD", "/v1/catalogs/shop");
  CHECK(head.status == 200);
  CHECK(head.Header("content-length") == std::to_string(got.body.size()));

  const std::string match = "if-match: " + got.Header("etag") + "\r\n";
  const Answer changed = http.Ask("PATCH", "/v1/catalogs/shop?updateMask=comment",
                                  R"({"comment": "All of it"})", match);
  CHECK(changed.status == 200);
  CHECK_THAT(changed.body, Catch::Contains(R"("comment":"All of it")"));
  const Answer stale = http.Ask("PATCH", "/v1/catalogs/shop", R"({"comment": "No"})", match);
  CHECK(stale.status == 412);
  CHECK(stale.Reason() == "ETAG_MISMATCH");

  CHECK(http.Ask("POST", "/v1/catalogs/shop:rename", R"({"newName": "store"})").status == 200);
  CHECK(http.Ask("GET", "/v1/catalogs/shop").Reason() == "CATALOG_NOT_FOUND");
  CHECK(http.Ask("GET", "/v1/catalogs/shop?asOf.position=1").status == 200);
  CHECK(http.Ask("DELETE", "/v1/catalogs/store?force=true").status == 200);
  CHECK(http.Ask("POST", "/v1/catalogs/store:undelete").status == 200);
  CHECK(http.Ask("GET", "/v1/catalogs/id:1").status == 200);
  CHECK_THAT(http.Ask("GET", "/v1/catalogs?pageSize=1").body, Catch::Contains("store"));
}

TEST_CASE("names with dots, backticks and slashes stand in one segment") {
  HttpFixture http;
  CHECK(http.Ask("POST", "/v1/catalogs", R"({"name": "`a/b.c`"})").status == 200);
  CHECK(http.Ask("POST", "/v1/schemas", R"({"name": "`a/b.c`.s"})").status == 200);
  CHECK(http.Ask("POST", "/v1/assets", R"({"name": "`a/b.c`.s.`t 1`", "kind": "KIND_TABLE"})")
            .status == 200);
  const Answer got = http.Ask("GET", "/v1/assets/%60a%2Fb.c%60.s.%60t%201%60");
  CHECK(got.status == 200);
  CHECK_THAT(got.body, Catch::Contains(R"("kind":"KIND_TABLE")"));
  CHECK(http.Ask("GET", "/v1/assets?parent=%60a%2Fb.c%60.s").status == 200);
  CHECK(http.Ask("GET", "/v1/assets/%60a%2").Reason() == "URL_MALFORMED");
}

TEST_CASE("graphs, which are made as bytes, are JSON as well") {
  HttpFixture http;
  http.house.Asset("m.s.t", v1::KIND_TABLE);
  http.house.Asset("m.s.model", v1::KIND_MODEL);
  const Answer declared = http.Ask("POST", "/v1/declarations",
                                   R"({"edges": [{"source": "m.s.t", "target": "m.s.model"}]})");
  CHECK(declared.status == 200);
  const Answer graph = http.Ask("GET", "/v1/lineage/m.s.model?direction=DIRECTION_UPSTREAM");
  CHECK(graph.status == 200);
  CHECK_THAT(graph.body, Catch::Contains(R"("asset":"m.s.t")"));
  const Answer why = http.Ask("GET", "/v1/explanations/m.s.model");
  CHECK(why.status == 200);
  CHECK_THAT(why.body, Catch::Contains(R"("sourceCount":1)"));
  CHECK(http.Ask("GET", "/v1/lineage/m.s.none").Reason() == "ASSET_NOT_FOUND");
}

TEST_CASE("predictions are recorded in batches") {
  HttpFixture http;
  http.house.Asset("m.s.model", v1::KIND_MODEL);
  const Answer recorded =
      http.Ask("POST", "/v1/predictions:record",
               R"({"predictions": [{"id": "a/1", "model": "m.s.model"}, {"id": "2"}]})");
  CHECK(recorded.status == 200);
  CHECK_THAT(recorded.body, Catch::Contains("PREDICTION_WITHOUT_PARENT"));
  CHECK(http.Ask("GET", "/v1/predictions/a%2F1").status == 200);
}

TEST_CASE("requests that say what there is not") {
  HttpFixture http;
  const auto reason = [&](const std::string& method, const std::string& target,
                          const std::string& body = "", const std::string& headers = "") {
    return http.Ask(method, target, body, headers).Reason();
  };
  CHECK(reason("POST", "/v1/catalogs", "{") == "REQUEST_UNREADABLE");
  CHECK(reason("POST", "/v1/catalogs", R"({"nmae": "x"})") == "REQUEST_UNREADABLE");
  CHECK(reason("POST", "/v1/catalogs", R"({"name": 1})") != "");
  CHECK(reason("POST", "/v1/catalogs", "{\"name\": \"\xff\"}") == "REQUEST_UNREADABLE");
  CHECK(reason("POST", "/v1/catalogs", std::string(100'000, '[')) == "REQUEST_UNREADABLE");
  CHECK(reason("GET", "/v1/catalogs/x", "{}") == "REQUEST_UNREADABLE");
  CHECK(reason("GET", "/v1/catalogs?pageSise=1") == "QUERY_PARAMETER_UNKNOWN");
  CHECK(reason("GET", "/v1/catalogs?pageSize=1&page_size=2") == "QUERY_PARAMETER_UNKNOWN");
  CHECK(reason("POST", "/v1/catalogs?catalog.name=x", "{}") == "QUERY_PARAMETER_UNKNOWN");
  CHECK(reason("PATCH", "/v1/catalogs/x?catalog.name=y", "{}") == "QUERY_PARAMETER_UNKNOWN");
  CHECK(reason("GET", "/v1/catalogs/x?name=y") == "QUERY_PARAMETER_UNKNOWN");
  CHECK(reason("GET", "/v1/catalogs?pageSize=ten") == "QUERY_PARAMETER_MALFORMED");
  CHECK(reason("GET", "/v1/catalogs?showDeleted=yes") == "QUERY_PARAMETER_MALFORMED");
  CHECK(reason("GET", "/v1/catalogs?asOf=yesterday") == "QUERY_PARAMETER_MALFORMED");
  CHECK(reason("GET", "/v1/catalogs?asOf.time=yesterday") == "QUERY_PARAMETER_MALFORMED");
  CHECK(reason("GET", "/v1/catalogs?filter=%FF") == "QUERY_PARAMETER_MALFORMED");
  CHECK(reason("GET", "/v1/catalogs?filter=%F") == "URL_MALFORMED");
  CHECK(reason("GET", "/v1/search?query=x&kinds=KIND_TABLE&kinds=5") == "");
  CHECK(reason("GET", "/v1/search?query=x&kinds=KIND_CAR") == "QUERY_PARAMETER_MALFORMED");
  CHECK(reason("GET", "/v1/catalogs/x", "", "if-match: \"1\"\r\n") == "HEADER_MALFORMED");
  CHECK(reason("DELETE", "/v1/catalogs/x", "", "if-match: 1\r\n") == "HEADER_MALFORMED");
  CHECK(reason("GET", "/v1/nothing") == "ROUTE_NOT_FOUND");
  CHECK(reason("GET", "/v1/catalogs/") == "ROUTE_NOT_FOUND");
  CHECK(reason("GET", "/") == "ROUTE_NOT_FOUND");
  CHECK(http.Ask("GET", "/v1/nothing").status == 404);

  const Answer wrong = http.Ask("PUT", "/v1/catalogs/x");
  CHECK(wrong.status == 405);
  CHECK(wrong.Reason() == "METHOD_NOT_ALLOWED");
  CHECK(wrong.Header("allow") == "DELETE, GET, HEAD, PATCH");
  CHECK(http.Ask("GET", "/v1/catalogs/x:rename").Header("allow") == "POST");

  Client client(http.address);
  REQUIRE(client.Send(StrCat("POST /v1/catalogs HTTP/1.1\r\nhost: w\r\n", Credentials(),
                             "content-type: text/plain\r\ncontent-length: 2\r\n\r\n{}")));
  const auto refused = client.Receive();
  REQUIRE(refused.has_value());
  CHECK(refused->status == 415);
  CHECK(refused->Reason() == "CONTENT_TYPE_UNSUPPORTED");
}

TEST_CASE("a query has at most kMaxQueryParameters parameters") {
  HttpFixture http;
  const auto ask = [&](size_t count) {
    std::string target = "/v1/search?query=x";
    for (size_t i = 1; i < count; ++i) target += "&kinds=1";
    return http.Ask("GET", target).Reason();
  };
  CHECK(ask(kMaxQueryParameters) != "QUERY_TOO_LONG");
  CHECK(ask(kMaxQueryParameters + 1) == "QUERY_TOO_LONG");
}

TEST_CASE("an error has its code, reason, field and hint") {
  HttpFixture http;
  const Answer answer = http.Ask("POST", "/v1/catalogs", R"({"name": ""})");
  CHECK(answer.status == 400);
  CHECK_THAT(answer.body,
             Catch::StartsWith(R"({"error":{"code":400,"status":"INVALID_ARGUMENT",)"));
  CHECK_THAT(answer.body, Catch::Contains("type.googleapis.com/google.rpc.ErrorInfo"));
  CHECK_THAT(answer.body, Catch::Contains("type.googleapis.com/google.rpc.BadRequest"));
  CHECK(answer.Reason() == "NAME_PART_EMPTY");
}

TEST_CASE("who must wait, or say who it is, is told so in HTTP's own words") {
  const Response wait = ErrorResponse(
      WithMetadata(ResourceExhausted("REPLIES_UNREAD", "not now"), "retry_delay", "1.5s"));
  CHECK(wait.status == 429);
  REQUIRE(wait.headers.size() == 1);
  CHECK(wait.headers[0].name == "retry-after");
  CHECK(wait.headers[0].value == "2");
  const Response who = ErrorResponse(Unauthenticated("PRINCIPAL_MISSING", "who?"));
  CHECK(who.status == 401);
  REQUIRE(who.headers.size() == 1);
  CHECK(who.headers[0].name == "www-authenticate");
}

TEST_CASE("an answer that JSON has no form for is an error") {
  v1::Catalog catalog;
  catalog.mutable_create_time()->set_seconds(int64_t{1} << 50);
  auto exchange = std::make_shared<ToldExchange>("/");
  AnswerMessage(exchange, absl::OkStatus(), catalog, /*mutation=*/false);
  CHECK(exchange->answer.status == 500);
  CHECK_THAT(exchange->answer.body, Catch::Contains("ANSWER_UNWRITABLE"));
}

TEST_CASE("a mutation is answered while the writer works, and its caller may have gone") {
  HttpFixture http;
  Client gone(http.address);
  Client waits(http.address);
  {
    const whence::test::HeldWriter held(http.house.house());
    REQUIRE(gone.Send(RequestText("POST", "/v1/catalogs", R"({"name": "gone"})")));
    REQUIRE(waits.Send(RequestText("POST", "/v1/catalogs", R"({"name": "waits"})")));
    REQUIRE(Eventually([&] { return http.house.house().writer().stats().waiting_tasks == 2; }));
    gone.Close();
    // Others are served meanwhile, and the connection that is closed is noticed.
    CHECK(http.Ask("GET", "/healthz").status == 200);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  CHECK(waits.Receive()->status == 200);
  CHECK(http.Ask("GET", "/v1/catalogs/gone").status == 404);
}

TEST_CASE("a backup is the database, and one too many is refused") {
  std::atomic<bool> release = false;
  std::atomic<int> busy = 0;
  HttpFixture http({.max_backups = 1});
  http.house.Asset("m.s.t", v1::KIND_TABLE);
  // The first has its place, and waits for a worker: its caller has all that it may until they are
  // let go.
  service::WorkerPool& workers = http.house.corridor().workers();
  const absl::Cleanup let_go = [&] { release = true; };
  for (int i = 0; i < 2; ++i) {
    workers.Run("user:ana", 0, [&](absl::Status) {
      ++busy;
      while (!release) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  }
  REQUIRE(Eventually([&] { return busy == 2; }));
  Client first(http.address);
  REQUIRE(first.Send(RequestText("GET", "/v1/server/backup")));
  REQUIRE(Eventually([&] { return workers.waiting() == 1; }));
  CHECK(http.Ask("GET", "/v1/server/backup").Reason() == "TOO_MANY_BACKUPS");
  release = true;
  const std::optional<Answer> backup = first.Receive();
  REQUIRE(backup.has_value());
  CHECK(backup->status == 200);
  CHECK(backup->Header("content-type") == "application/octet-stream");
  CHECK(backup->Header("whence-position") == "3");
  CHECK_THAT(backup->body, Catch::StartsWith("SQLite format 3"));
  const whence::test::TemporaryFolder folder;
  const std::string file = folder.path() + "/copy.db";
  std::ofstream(file, std::ios::binary) << backup->body;
  CHECK(sql::VerifyDatabaseFile(file).ok());
  // Its place is free again once it is sent.
  CHECK(Eventually([&] { return http.Ask("GET", "/v1/server/backup").status == 200; }));
}

}  // namespace
}  // namespace whence::http::test
