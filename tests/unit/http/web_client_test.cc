// Asking by HTTP: on one connection as long as it lasts, within bounds, large answers piece by
// piece.
#include "web/client.h"

#include <string>

#include "http_fixture.h"
#include "support/scratch_database.h"

namespace whence::http::test {
namespace {

// The fixture's own server, asked with its owner's token.
struct Asking {
  explicit Asking(web::ClientOptions options = {})
      : client(web::ParseUrl(StrCat("http://", http.address, "/")).value(), std::move(options)) {}

  absl::StatusOr<web::Answer> Ask(std::string target) {
    return client.Ask({.target = std::move(target), .headers = Token()});
  }
  std::vector<std::pair<std::string, std::string>> Token() {
    return {{"authorization", StrCat("Bearer ", http.house.caller.bearer)}};
  }

  HttpFixture http;
  web::Client client;
};

TEST_CASE("questions share a connection, and a new one is made when that was closed") {
  Asking asking;
  for (int i = 0; i < 10; ++i) {
    const auto answer = asking.Ask("/v1/server");
    REQUIRE(answer.ok());
    CHECK(answer->status == 200);
  }
  const std::string figures = asking.Ask("/metrics")->body;
  CHECK_THAT(figures, Catch::Contains("\nwhence_http_connections_total 1\n"));
  CHECK(asking.Ask("/v1/catalogs/none")->status == 404);

  HttpFixture closing(ServerOptions{.limits = {.idle = absl::Milliseconds(20)}});
  web::Client client(web::ParseUrl(StrCat("http://", closing.address)).value(), {});
  REQUIRE(client.Ask({.target = "/healthz"}).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(client.Ask({.target = "/healthz"})->body == R"({"status":"alive"})");
}

TEST_CASE("what is posted arrives, with its headers") {
  Asking asking;
  auto headers = asking.Token();
  headers.emplace_back("content-type", "application/json");
  const auto made = asking.client.Ask({.method = "POST",
                                       .target = "/v1/catalogs",
                                       .headers = headers,
                                       .body = R"({"name": "posted"})"});
  REQUIRE(made.ok());
  CHECK(made->status == 200);
  CHECK_THAT(made->body, Catch::Contains("posted"));
}

TEST_CASE("a large answer comes in pieces, and may be given up") {
  Asking asking;
  asking.http.house.Asset("m.s.t", v1::KIND_TABLE);
  const web::Request backup{.target = "/v1/server/backup", .headers = asking.Token()};
  std::string bytes;
  int pieces = 0;
  const auto take = [&](std::string_view piece) {
    ++pieces;
    bytes += piece;
    return absl::OkStatus();
  };
  const auto answer = asking.client.Download(backup, take);
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
  CHECK(answer->body.empty());
  CHECK(pieces > 1);
  CHECK(bytes.starts_with("SQLite format 3"));

  const auto refuse = [](std::string_view) { return absl::CancelledError("enough"); };
  CHECK(absl::IsCancelled(asking.client.Download(backup, refuse).status()));
  const web::Request none{.target = "/none"};
  bytes.clear();
  const auto missing = asking.client.Download(none, take);
  REQUIRE(missing.ok());
  CHECK(missing->status == 404);
  CHECK(bytes.empty());
  CHECK_FALSE(missing->body.empty());
}

TEST_CASE("an answer has so many bytes, and no more") {
  const std::string alive = R"({"status":"alive"})";
  Asking exact({.max_bytes = alive.size()});
  CHECK(exact.Ask("/healthz")->body == alive);
  Asking less({.max_bytes = alive.size() - 1});
  CHECK_THAT(std::string(less.Ask("/healthz").status().message()),
             Catch::Contains("body limit exceeded"));
}

TEST_CASE("without TLS only this machine is asked, unless somebody says otherwise") {
  const web::Url elsewhere = web::ParseUrl("http://192.0.2.1:9/").value();
  web::Client client(elsewhere, {.timeout = absl::Milliseconds(100)});
  CHECK_THAT(std::string(client.Ask({.target = "/"}).status().message()),
             Catch::Contains("http is for this machine only"));
}

TEST_CASE("URLs") {
  const auto url = web::ParseUrl("https://[::1]:8443/a?b=c#d");
  REQUIRE(url.has_value());
  CHECK(url->tls);
  CHECK(url->host == "::1");
  CHECK(url->port == "8443");
  CHECK(url->target == "/a?b=c");
  CHECK(web::ParseUrl("http://h")->port == "80");
  CHECK(web::ParseUrl("https://h")->target == "/");
  for (const char* bad :
       {"", "ftp://h", "http://", "http://u:p@h", "http://h:x", "http://h:123456"}) {
    INFO(bad);
    CHECK_FALSE(web::ParseUrl(bad).has_value());
  }
}

}  // namespace
}  // namespace whence::http::test
