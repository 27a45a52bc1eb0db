// Health, readiness and figures.
#include "http/observe.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "http_fixture.h"

namespace whence::http::test {
namespace {

TEST_CASE("alive and ready are said to everybody") {
  HttpFixture http;
  Client anybody(http.address);
  REQUIRE(anybody.Send("GET /healthz HTTP/1.1\r\nhost: w\r\n\r\n"));
  CHECK(anybody.Receive()->body == R"({"status":"alive"})");
  REQUIRE(anybody.Send("GET /readyz HTTP/1.1\r\nhost: w\r\n\r\n"));
  CHECK(anybody.Receive()->body == R"({"status":"ready"})");
}

TEST_CASE("a server that stops is alive and not ready") {
  whence::test::HouseFixture house;
  ConnectionHall hall({}, nullptr);
  Router router;
  AddObserveRoutes(&house.corridor(), &hall, &router);
  const auto ask = [&](const std::string& path) {
    auto exchange = std::make_shared<ToldExchange>(path);
    router.Serve(exchange);
    return std::move(exchange->answer);
  };
  CHECK(ask("/readyz").status == 200);
  hall.draining = true;
  CHECK(ask("/healthz").status == 200);
  const Response ready = ask("/readyz");
  CHECK(ready.status == 503);
  CHECK_THAT(ready.body, Catch::Contains("SERVER_STOPPING"));
}

// The value of a figure; -1 when there is none.
double Figure(const std::string& text, const std::string& name) {
  const size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::atof(text.c_str() + at + name.size() + 2);
}

TEST_CASE("figures for Prometheus") {
  HttpFixture http;
  http.house.Asset("m.s.t", v1::KIND_TABLE);
  http.Ask("POST", "/v1/catalogs", R"({"name": "c"})");
  http.Ask("POST", "/v1/catalogs", R"({"name": "c"})");
  http.Ask("GET", "/v1/catalogs/c");
  http.Ask("GET", "/v1/catalogs/d");
  const Answer answer = http.Ask("GET", "/metrics");
  CHECK(answer.status == 200);
  CHECK(answer.Header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  const std::string& text = answer.body;
  const std::string create = R"(operation="CreateCatalog",door="http")";
  const std::string get = R"(operation="GetCatalog",door="http")";
  CHECK(Figure(text, "whence_calls_total{" + create + ",code=\"OK\"}") == 1);
  CHECK(Figure(text, "whence_calls_total{" + create + ",code=\"ALREADY_EXISTS\"}") == 1);
  CHECK(Figure(text, "whence_calls_total{" + get + ",code=\"NOT_FOUND\"}") == 1);
  CHECK(Figure(text, "whence_call_duration_seconds_count{" + get + "}") == 2);
  CHECK(Figure(text, "whence_call_duration_seconds_bucket{" + get + ",le=\"+Inf\"}") == 2);
  CHECK(Figure(text, "whence_call_duration_seconds_sum{" + get + "}") > 0);
  CHECK(Figure(text, "whence_writer_mutations_total") == 5);
  CHECK(Figure(text, "whence_writer_failed_mutations_total") == 1);
  CHECK(Figure(text, "whence_ledger_position") == 4);
  CHECK(Figure(text, "whence_graph_nodes") == 1);
  CHECK(Figure(text, "whence_http_connections") >= 1);
  CHECK(Figure(text, "whence_writer_queue_mutations") == 0);
  CHECK(Figure(text, "whence_worker_queue_reads") == 0);
  // Each line is a comment or `name{labels} value`.
  size_t lines = 0;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1, ++lines) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    INFO(line);
    CHECK((line.starts_with("# HELP whence_") || line.starts_with("# TYPE whence_") ||
           line.starts_with("whence_")));
  }
  CHECK(lines > 50);
}

}  // namespace
}  // namespace whence::http::test
