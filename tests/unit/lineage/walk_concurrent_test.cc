// One writer and several readers at the same time. Readers must get exactly what the model says
// for the position they read at, whatever the writer is in the middle of.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lineage/graph.h"
#include "lineage/walk.h"
#include "walk_model.h"

namespace whence::lineage {
namespace {

using testing::HistoryMaker;
using testing::Model;
using testing::Step;

struct Shared {
  const std::vector<Step>& steps;
  const Model& model;
  Graph& graph;
  std::atomic<bool> done{false};
  std::atomic<size_t> walks{0};
  std::mutex mutex{};
  std::string failure{};  // the first one; Catch2 is not for several threads
};

std::optional<std::string> ReadOnce(std::mt19937& random, const Shared& shared) {
  const Position now = shared.graph.published();
  WalkOptions options;
  options.as_of = random() % 2 == 0 ? now : static_cast<Position>(random() % (now + 1));
  options.grain = std::array{Grain::kVersion, Grain::kAsset, Grain::kColumn}[random() % 3];
  options.direction = random() % 2 == 0 ? Direction::kUpstream : Direction::kDownstream;
  options.max_depth = static_cast<uint32_t>(random() % 4);
  const std::vector<NodeId> roots{shared.steps[random() % shared.steps.size()].a};
  const WalkResult result = Walk(shared.graph, roots, options);
  const Model::Closure expected =
      shared.model.Walk(options.grain, options.direction, roots, options.max_depth, options.as_of);
  if (result.nodes != expected.nodes) {
    return "walk as of " + std::to_string(options.as_of) + " from " + std::to_string(roots[0]);
  }
  if (result.truncated_by_depth != expected.cut) return "truncated_by_depth";
  const NodeId id = shared.steps[random() % shared.steps.size()].a;
  if (shared.graph.Out(id, options.as_of) != shared.model.Out(id, options.as_of)) return "Out";
  if (shared.graph.InDegree(id, options.as_of) != shared.model.In(id, options.as_of).size()) {
    return "InDegree";
  }
  const auto node = shared.model.nodes().find(id);
  const bool exists = node != shared.model.nodes().end() && node->second.position <= options.as_of;
  if (shared.graph.Exists(id, options.as_of) != exists) return "Exists";
  if (exists && shared.graph.type(id) != node->second.type) return "type";
  return std::nullopt;
}

void ReadUntilDone(uint32_t seed, Shared& shared) {
  std::mt19937 random(seed);
  while (!shared.done.load()) {
    const std::optional<std::string> failure = ReadOnce(random, shared);
    if (failure.has_value()) {
      const std::lock_guard<std::mutex> lock(shared.mutex);
      if (shared.failure.empty()) shared.failure = *failure;
      return;
    }
    shared.walks.fetch_add(1);
  }
}

// Publishes at the end of each position, as the writer's commits do. Now and then it waits for
// readers, so that on few processors walks and writes do mix.
void Write(Shared& shared) {
  for (size_t i = 0; i < shared.steps.size(); ++i) {
    Apply(shared.steps[i], shared.graph);
    const Position position = shared.steps[i].position;
    if (i + 1 == shared.steps.size() || shared.steps[i + 1].position != position) {
      shared.graph.Publish(position);
      if (position % 8 == 0) std::this_thread::yield();
    }
    if (i % 100 == 0) static_cast<void>(shared.graph.Memory());
  }
}

TEST_CASE("readers see whole positions while the writer writes", "[lineage][concurrent]") {
  size_t walks = 0;
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    testing::HistoryOptions history;
    history.steps = 3000;
    history.late_edges = false;
    history.hub = seed % 2 == 0 ? 0.3 : 0.02;
    history.edge_share = 0.8;
    const std::vector<Step> steps = HistoryMaker(seed, history).Make();
    const Model model(steps);
    Graph graph;
    Shared shared{steps, model, graph};
    std::vector<std::thread> readers;
    for (uint32_t reader = 0; reader < 3; ++reader) {
      readers.emplace_back([reader, seed, &shared] { ReadUntilDone(seed * 10 + reader, shared); });
    }
    Write(shared);
    // Let every reader see the end as well.
    const size_t before = shared.walks.load();
    while (shared.walks.load() < before + 10) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const std::lock_guard<std::mutex> lock(shared.mutex);
      if (!shared.failure.empty()) break;
    }
    shared.done = true;
    for (std::thread& reader : readers) reader.join();
    CHECK(shared.failure.empty());
    INFO(shared.failure);
    REQUIRE(shared.failure.empty());
    walks += shared.walks.load();
  }
  CHECK(walks > 100);
}

}  // namespace
}  // namespace whence::lineage
