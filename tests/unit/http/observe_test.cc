// Health, readiness and figures.
#include "http/observe.h"

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/version.h"
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

// A figure's value now.
double Ask(HttpFixture& http, const std::string& name) {
  return Figure(http.Ask("GET", "/metrics").body, name);
}

TEST_CASE("the figures tell how large the writer's batches are") {
  HttpFixture http;
  const double batches = Ask(http, "whence_writer_batches_total");
  const double mutations = Ask(http, "whence_writer_mutations_total");
  CHECK(batches == static_cast<double>(http.house.house().writer().stats().batches));
  CHECK(Ask(http, "whence_writer_largest_batch") < 5);
  constexpr int kAtOnce = 5;
  std::vector<std::thread> callers;
  {
    whence::test::HeldWriter held(http.house.house());
    for (int i = 0; i < kAtOnce; ++i) {
      callers.emplace_back([&http, i] {
        Client client(http.address);
        client.Send(RequestText("POST", "/v1/catalogs", StrCat("{\"name\": \"c", i, "\"}")));
        client.Receive();
      });
    }
    REQUIRE(
        Eventually([&] { return http.house.house().writer().stats().waiting_tasks == kAtOnce; }));
    const std::string text = http.Ask("GET", "/metrics").body;
    CHECK(Figure(text, "whence_writer_queue_mutations") == kAtOnce);
    CHECK(Figure(text, "whence_writer_queue_bytes") > 0);
  }
  for (std::thread& caller : callers) caller.join();
  // What held the writer, and then the five together.
  CHECK(Ask(http, "whence_writer_mutations_total") == mutations + 1 + kAtOnce);
  CHECK(Ask(http, "whence_writer_batches_total") == batches + 2);
  CHECK(Ask(http, "whence_writer_largest_batch") == kAtOnce);
  CHECK(Ask(http, "whence_writer_lost_batches_total") == 0);
  CHECK(Ask(http, "whence_writer_log_pages") > 0);
  CHECK(Ask(http, "whence_writer_checkpoints_total") ==
        static_cast<double>(http.house.house().writer().stats().checkpoints));
}

TEST_CASE("the figures tell how large the graph is") {
  HttpFixture http;
  http.house.Asset("m.s.a", v1::KIND_TABLE);
  http.house.Asset("m.s.b", v1::KIND_TABLE);
  CHECK(Ask(http, "whence_graph_edges") == 0);
  CHECK(http.Ask("POST", "/v1/runs", R"({"reads": [{"reference": "m.s.a"}],
      "writes": [{"reference": "m.s.b"}], "columnMappings": [{"column": "m.s.b#y",
      "sources": [{"column": "m.s.a#x"}]}]})")
            .status == 200);
  CHECK(Ask(http, "whence_graph_nodes") == 3);  // with the run
  CHECK(Ask(http, "whence_graph_edges") == 2);  // into it and out of it
  CHECK(Ask(http, "whence_graph_column_nodes") == 2);
  CHECK(Ask(http, "whence_graph_column_edges") == 1);
}

TEST_CASE("every figure that there is has been looked at") {
  HttpFixture http;
  const std::string text = http.Ask("GET", "/metrics").body;
  std::set<std::string> families;
  static const std::string kType = "# TYPE ";
  for (size_t at = text.find(kType); at != std::string::npos; at = text.find(kType, at + 1)) {
    const size_t name = at + kType.size();
    families.insert(text.substr(name, text.find(' ', name) - name));
  }
  const std::set<std::string> looked_at = {"whence_build_info",
                                           "whence_calls_total",
                                           "whence_call_duration_seconds",
                                           "whence_graph_column_edges",
                                           "whence_graph_column_nodes",
                                           "whence_graph_edges",
                                           "whence_graph_nodes",
                                           "whence_http_connections",
                                           "whence_http_connections_refused_total",
                                           "whence_http_connections_total",
                                           "whence_http_incoming_bytes",
                                           "whence_http_unread_reply_bytes",
                                           "whence_ledger_cosigned_entries",
                                           "whence_ledger_position",
                                           "whence_ledger_signed_entries",
                                           "whence_ledger_signs",
                                           "whence_start_time_seconds",
                                           "whence_worker_queue_reads",
                                           "whence_writer_batches_total",
                                           "whence_writer_checkpoints_total",
                                           "whence_writer_failed_mutations_total",
                                           "whence_writer_largest_batch",
                                           "whence_writer_log_pages",
                                           "whence_writer_lost_batches_total",
                                           "whence_writer_mutations_total",
                                           "whence_writer_queue_bytes",
                                           "whence_writer_queue_mutations"};
  CHECK(families == looked_at);
  CHECK_THAT(text, Catch::Contains(StrCat("\nwhence_build_info{version=\"", kVersion, "\"} 1\n")));
  CHECK(Figure(text, "whence_start_time_seconds") ==
        static_cast<double>(absl::ToUnixSeconds(http.house.house().open_time())));
  CHECK(Figure(text, "whence_http_connections_total") == 1);
  CHECK(Figure(text, "whence_http_connections_refused_total") == 0);
  CHECK(Figure(text, "whence_http_incoming_bytes") == 0);
  CHECK(Figure(text, "whence_http_unread_reply_bytes") == 0);
}

}  // namespace
}  // namespace whence::http::test
