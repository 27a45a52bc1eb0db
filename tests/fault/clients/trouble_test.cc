// What a client meets when the server goes away, or takes too long.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "support/sanitizer.h"
#include "whence/client.h"
#include "whence/prediction_recorder.h"
#include "whence/status.h"
#include "world.h"

namespace whence::test {
namespace {

Client ConnectTo(ClientWorld& world, absl::Duration deadline) {
  ClientOptions options;
  options.server = world.server().address();
  options.token = world.server().token();
  options.deadline = deadline;
  return *Client::Connect(options);
}

TEST_CASE("a server that restarts in the middle of a stream gets every prediction, once",
          "[clients]") {
  ClientWorld world;
  const Client client = ConnectTo(world, absl::Seconds(30));
  RecorderOptions options;
  options.max_batch = 10;
  options.reconnect.max_backoff = absl::Milliseconds(100);
  PredictionRecorder recorder(client, "", options);
  std::atomic<bool> stop = false;
  std::atomic<int64_t> taken = 0;
  std::thread feeder([&] {
    while (!stop.load()) {
      Prediction prediction;
      prediction.id = "p-" + std::to_string(taken.load());
      prediction.model = "c.s.model@1";
      if (recorder.Record(std::move(prediction)).ok()) taken.fetch_add(1);
      if (taken.load() % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  int stopped = 0;
  int started = 0;
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    if (i % 2 == 0) {
      stopped += world.server().Stop() == 0 ? 1 : 0;
    } else {
      world.server().Kill();
    }
    started += world.server().Start() ? 1 : 0;
  }
  stop.store(true);
  feeder.join();
  REQUIRE(started == 6);
  const absl::Status flushed = recorder.Flush(absl::Seconds(60));
  INFO(flushed.ToString());
  REQUIRE(flushed.ok());
  CHECK(stopped == 3);
  const RecorderCounts counts = recorder.counts();
  CHECK(counts.accepted == taken.load());
  CHECK(counts.refused == 0);
  CHECK(counts.resent > 0);  // or it was never in the middle of the stream
  // All that are there, and none twice.
  auto stub = v1::PredictionService::NewStub(world.server().Connect());
  int64_t listed = 0;
  v1::ListPredictionsRequest request;
  request.set_page_size(1000);
  do {
    grpc::ClientContext context;
    v1::ListPredictionsResponse page;
    REQUIRE(stub->ListPredictions(&context, request, &page).ok());
    listed += page.predictions_size();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  CHECK(listed == taken.load());
  WARN(taken.load() << " predictions over 6 restarts, " << counts.resent << " sent again");
}

TEST_CASE("a call that takes too long ends with a named error, and its work with it", "[clients]") {
  ClientWorld world;
  const int runs = Fewer(20'000);
  world.RecordRuns(runs);
  const Client impatient = ConnectTo(world, absl::Milliseconds(200));
  world.server().StandStill();  // however fast the machine is, it takes too long
  const auto late = impatient.Explain("c.s.output");
  world.server().GoOn();
  CHECK(ErrorReason(late.status()) == "DEADLINE_EXCEEDED");

  // Callers that leave: were their walks finished, the next caller would wait for all of them.
  int left = 0;
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(1));
    v1::LineageGraph graph;
    const grpc::Status status =
        world.lineage->GetLineage(&context, ClientWorld::WholeLineage(), &graph);
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) ++left;
  }
  const auto begin = std::chrono::steady_clock::now();
  grpc::ClientContext context;
  v1::LineageGraph graph;
  REQUIRE(world.lineage->GetLineage(&context, ClientWorld::WholeLineage(), &graph).ok());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  WARN(left << " of 200 callers left after 1 ms; the next was answered in " << took.count()
            << " ms");
  CHECK(left > 100);
  CHECK(graph.nodes_size() >= 2 * runs);
}

}  // namespace
}  // namespace whence::test
