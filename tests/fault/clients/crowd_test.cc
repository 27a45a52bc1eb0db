// Many at once: idle connections, calls, readers that do not read.
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "machine.h"
#include "neighbour.h"
#include "support/raw_peer.h"
#include "support/sanitizer.h"
#include "world.h"

namespace whence::test {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a thousand idle connections cost little each", "[clients]") {
  constexpr int kConnections = 1000;
  if (!AllowFiles(4 * kConnections)) {
    WARN("skipped: this machine does not allow so many open files");
    return;
  }
  ClientWorld world;
  REQUIRE(ClientWorld::QuickCall(*world.catalog));
  const int64_t before = world.Memory("VmRSS");
  std::vector<RawPeer> peers;
  for (int i = 0; i < kConnections; ++i) {
    peers.emplace_back(world.server().address());
    REQUIRE(peers.back().connected());
    REQUIRE(peers.back().Hello());
    // The server's settings: it knows of the connection.
    REQUIRE(peers.back().Read(9, milliseconds(20'000)) >= 9);
  }
  const int64_t with = world.Memory("VmRSS");
  REQUIRE(ClientWorld::QuickCall(*world.catalog));
  peers.clear();
  REQUIRE(ClientWorld::QuickCall(*world.catalog));
  WARN(kConnections << " idle connections: " << (with - before) << " KiB, "
                    << (with - before) / kConnections << " KiB each; server " << before
                    << " KiB before, " << world.Memory("VmRSS") << " KiB after");
  if (MemoryIsMeasurable()) CHECK((with - before) / kConnections < 256);
}

// Counts the answers to calls that are all under way at once.
class Storm {
 public:
  explicit Storm(ClientWorld& world) {
    for (int i = 0; i < kChannels; ++i) {
      auto channel = world.server().Connect();
      catalogs_.push_back(v1::CatalogService::NewStub(channel));
      lineages_.push_back(v1::LineageService::NewStub(channel));
    }
  }

  // Starts call number `i`: a durable write, a read, or a walk.
  void Start(int i) {
    auto* call = new Call;
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
    const auto done = [this, call](const grpc::Status& status) {
      const std::lock_guard lock(mutex_);
      ++answers_[WireReason(status) + " " + std::to_string(status.error_code())];
      ++answered_;
      delete call;
      changed_.notify_all();
    };
    auto& catalog = *catalogs_[static_cast<size_t>(i % kChannels)];
    auto& lineage = *lineages_[static_cast<size_t>(i % kChannels)];
    if (i % 3 == 0) {
      call->run.mutable_run()->set_job("c.s.job");
      call->run.mutable_run()->add_reads()->set_reference("c.s.model");
      call->run.set_request_id("storm-" + std::to_string(i));
      lineage.async()->RecordRun(&call->context, &call->run, &call->recorded, done);
    } else if (i % 3 == 1) {
      call->get.set_name("c.s.input");
      catalog.async()->GetAsset(&call->context, &call->get, &call->asset, done);
    } else {
      call->walk = ClientWorld::WholeLineage();
      lineage.async()->GetLineage(&call->context, &call->walk, &call->graph, done);
    }
  }

  std::map<std::string, int> Wait(int calls) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answered_ == calls; });
    return answers_;
  }

 private:
  static constexpr int kChannels = 20;
  struct Call {
    grpc::ClientContext context;
    v1::RecordRunRequest run;
    v1::Run recorded;
    v1::GetAssetRequest get;
    v1::Asset asset;
    v1::GetLineageRequest walk;
    v1::LineageGraph graph;
  };

  std::vector<std::unique_ptr<v1::CatalogService::Stub>> catalogs_;
  std::vector<std::unique_ptr<v1::LineageService::Stub>> lineages_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> answers_;  // by reason and code; guarded by mutex_
  int answered_ = 0;                    // guarded by mutex_
};

TEST_CASE("ten thousand calls at once are all answered", "[clients]") {
  const int calls = Fewer(10'000);
  ClientWorld world;
  world.RecordRuns(20);
  const int64_t before = world.Memory("VmHWM");
  Storm storm(world);
  Neighbour neighbour(world);
  // A caller of long reads takes turns with the other, whose walks wait in a line of their own.
  Neighbour walker([lineage = std::shared_ptr<v1::LineageService::Stub>(
                        v1::LineageService::NewStub(world.ConnectAs("user:walker")))] {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::LineageGraph graph;
    return lineage->GetLineage(&context, ClientWorld::WholeLineage(), &graph).ok();
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) storm.Start(i);
  const std::map<std::string, int> answers = storm.Wait(calls);
  const auto took =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  neighbour.Stop();
  walker.Stop();
  std::string list;
  int good = 0;
  for (const auto& [answer, count] : answers) {
    list += ", " + std::to_string(count) + " " + answer;
    const bool refused =
        answer.ends_with(" " + std::to_string(grpc::StatusCode::RESOURCE_EXHAUSTED));
    if (answer == "OK 0") good = count;
    CHECK((answer == "OK 0" || (refused && !answer.starts_with(" "))));
  }
  const int64_t grown = world.Memory("VmHWM") - before;
  WARN(calls << " calls at once in " << took.count() << " ms" << list << "; " << grown
             << " KiB at most; " << neighbour.Describe() << "; walks: " << walker.Describe());
  CHECK(good > calls / 2);
  CHECK(neighbour.failed() == 0);
  CHECK(walker.failed() == 0);
  // Ten thousand came before each call of theirs, and took so long together. Fair is that nobody
  // waits for all of them: half of the calls take no more than a twentieth of that time, none more
  // than three quarters of it.
  for (Neighbour* one : {&neighbour, &walker}) {
    CHECK(one->median() <= took / 20);
    CHECK(one->slowest() <= took * 3 / 4);
    CHECK(one->served() >= 10);
  }
  if (MemoryIsMeasurable()) CHECK(grown < 1024 * 1024);
}

// So many peers ask for everything and read nothing; returns them, for they must stay.
std::vector<RawPeer> AskAndDoNotRead(ClientWorld& world, int count) {
  std::vector<RawPeer> peers;
  for (int i = 0; i < count; ++i) {
    peers.emplace_back(world.server().address(), world.server().token());
    REQUIRE(peers.back().Hello());
    REQUIRE(peers.back().Ask("/whence.v1.LineageService/GetLineage",
                             ClientWorld::WholeLineage().SerializeAsString()));
    // The first bytes of an answer, or of a refusal: the server has come to it. Where it is very
    // slow (ThreadSanitizer), its question whether the peer still lives comes first, to which a raw
    // peer says nothing.
    const bool answered = peers.back().Read(512, Patience(milliseconds(60'000))) >= 512;
    REQUIRE((answered || peers.back().WaitForClose(milliseconds(1))));
  }
  return peers;
}

TEST_CASE("readers that do not read a hundred thousand nodes hold no more than their share",
          "[clients]") {
  constexpr int kReaders = 22;
  ClientWorld world;
  const int runs = Fewer(50'000);
  world.RecordRuns(runs);
  grpc::ClientContext context;
  v1::LineageGraph graph;
  REQUIRE(world.lineage->GetLineage(&context, ClientWorld::WholeLineage(), &graph).ok());
  REQUIRE(graph.nodes_size() >= 2 * runs);
  const auto bytes = static_cast<int64_t>(graph.ByteSizeLong());
  const int64_t before = world.Memory("VmRSS");

  Neighbour neighbour(world);
  int64_t first_peak = 0;
  for (int round = 0; round < 2; ++round) {
    const std::vector<RawPeer> peers = AskAndDoNotRead(world, round == 0 ? kReaders : kReaders / 4);
    if (round == 0) first_peak = world.Memory("VmHWM");
  }
  neighbour.Stop();
  const int64_t second_peak = world.Memory("VmHWM");
  WARN(kReaders << " readers of " << graph.nodes_size() << " nodes, " << bytes / 1024
                << " KiB each, that do not read: " << (first_peak - before) << " KiB at most, "
                << (second_peak - before) << " KiB after a second time; " << neighbour.Describe());
  CHECK(neighbour.failed() == 0);
  CHECK(neighbour.served() >= 10);
  // Once they have gone there is room again.
  bool served = false;
  for (int tries = 0; tries < 600 && !served; ++tries) {
    grpc::ClientContext again;
    served = world.lineage->GetLineage(&again, ClientWorld::WholeLineage(), &graph).ok();
    if (!served) std::this_thread::sleep_for(milliseconds(100));
  }
  CHECK(served);
  WARN("when they have gone: " << world.Memory("VmRSS") - before << " KiB");
  if (MemoryIsMeasurable()) {
    CHECK(first_peak - before < 1024 * 1024);
    CHECK(second_peak - before < (first_peak - before) * 3 / 2 + 256 * 1024);
  }
}

}  // namespace
}  // namespace whence::test
