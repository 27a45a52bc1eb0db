#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <vector>

#include "base/limits.h"
#include "lineage/graph.h"
#include "lineage/walk.h"
#include "walk_model.h"

namespace whence::lineage {
namespace {

using testing::HistoryMaker;
using testing::Model;
using testing::Step;

using Nodes = std::vector<NodeId>;

// Two ways from asset 1 to asset 4: 1 -> run 10 -> 4, and 1 -> run 11 -> 2 -> run 12 -> 4; 2 also
// feeds 1 back.
void MakeDiamond(Graph& graph) {
  for (NodeId asset = 1; asset <= 4; ++asset) graph.AddAsset(asset, 0, 1);
  for (NodeId run = 10; run <= 13; ++run) graph.AddRun(run, 1);
  graph.AddEdge(1, 11, 2);
  graph.AddEdge(11, 2, 2);
  graph.AddEdge(2, 12, 3);
  graph.AddEdge(12, 4, 3);
  graph.AddEdge(1, 10, 4);
  graph.AddEdge(10, 4, 4);
  graph.AddEdge(2, 13, 5);
  graph.AddEdge(13, 1, 5);
  graph.Publish(5);
}

TEST_CASE("the shortest path, then the longer ones", "[lineage][path]") {
  Graph graph;
  MakeDiamond(graph);
  PathResult result = FindPath(graph, Nodes{1}, Nodes{4}, {});
  REQUIRE(result.paths.size() == 1);
  CHECK(result.paths[0].nodes == Nodes{1, 10, 4});
  CHECK_FALSE(result.truncated());

  result = FindPaths(graph, Nodes{1}, Nodes{4}, 10, {});
  REQUIRE(result.paths.size() == 2);
  CHECK(result.paths[0].nodes == Nodes{1, 10, 4});
  CHECK(result.paths[1].nodes == Nodes{1, 11, 2, 12, 4});
  CHECK_FALSE(result.truncated());

  // As it was before the direct way.
  CHECK(FindPath(graph, Nodes{1}, Nodes{4}, {.as_of = 3}).paths[0].nodes == Nodes{1, 11, 2, 12, 4});
  CHECK(FindPath(graph, Nodes{1}, Nodes{4}, {.as_of = 2}).paths.empty());
  // Upstream from the target finds the same path, told the same way round.
  CHECK(FindPath(graph, Nodes{4}, Nodes{1}, {.direction = Direction::kUpstream}).paths[0].nodes ==
        Nodes{1, 10, 4});
  CHECK(FindPath(graph, Nodes{4}, Nodes{1}, {}).paths.empty());
  CHECK(FindPath(graph, Nodes{4}, Nodes{1}, {.direction = Direction::kBoth}).paths[0].nodes ==
        Nodes{1, 10, 4});
}

TEST_CASE("paths of one node, and to nowhere", "[lineage][path]") {
  Graph graph;
  MakeDiamond(graph);
  CHECK(FindPath(graph, Nodes{1}, Nodes{4, 1}, {}).paths[0].nodes == Nodes{1});
  CHECK(FindPaths(graph, Nodes{3}, Nodes{3}, 5, {.direction = Direction::kBoth}).paths.size() == 1);
  for (const Nodes& targets : {Nodes{3}, Nodes{}, Nodes{99}}) {
    const PathResult none = FindPath(graph, Nodes{1}, targets, {});
    CHECK(none.paths.empty());
    CHECK_FALSE(none.truncated());
    CHECK(FindPaths(graph, Nodes{1}, targets, 3, {}).paths.empty());
  }
  CHECK(FindPath(graph, Nodes{}, Nodes{4}, {}).paths.empty());
  CHECK(FindPaths(graph, Nodes{1}, Nodes{4}, 0, {}).paths.empty());
}

TEST_CASE("a search that a bound cut short says so", "[lineage][path]") {
  Graph graph;
  MakeDiamond(graph);
  PathResult result = FindPath(graph, Nodes{1}, Nodes{4}, {.max_depth = 1, .as_of = 3});
  CHECK(result.paths.empty());
  CHECK(result.truncated_by_depth);
  result = FindPath(graph, Nodes{1}, Nodes{4}, {.max_nodes = 2});
  CHECK(result.paths.empty());
  CHECK(result.truncated_by_nodes);
  result = FindPaths(graph, Nodes{1}, Nodes{4}, 10, {.max_depth = 1});
  CHECK(result.paths.size() == 1);
  CHECK(result.truncated_by_depth);
  result = FindPaths(graph, Nodes{1}, Nodes{4}, 10, {.max_nodes = 2});
  CHECK(result.truncated_by_nodes);
}

// Columns, so many others of which each comes from one of them, and one that comes from all of
// these: a path begins once at each of the first, once through each of the others, and once more
// for each of these where it ends. How many paths were found, and whether some may be missing.
constexpr ColumnId kFirst = 1001;
std::pair<size_t, bool> PathsThrough(ColumnId width) {
  Graph graph;
  const ColumnId last = kFirst + width + 1;
  for (ColumnId column = 1; column <= last; ++column) graph.AddColumn(column, 9, 1);
  for (ColumnId between = kFirst + 1; between < last; ++between) {
    graph.AddColumnEdge(between % kFirst + 1, between, 70, 1, false, 1);
    graph.AddColumnEdge(between, last, 70, 1, false, 1);
  }
  graph.Publish(1);
  Nodes first(kFirst);
  std::iota(first.begin(), first.end(), 1U);
  const PathResult result =
      FindPaths(graph, first, Nodes{last}, 10 * kMaxPathSteps, {.grain = Grain::kColumn});
  return {result.paths.size(), result.truncated_by_nodes};
}

TEST_CASE("paths are put together from kMaxPathSteps beginnings", "[lineage][path]") {
  static_assert((kMaxPathSteps - kFirst) % 2 == 1);
  constexpr auto kFit = static_cast<ColumnId>((kMaxPathSteps - kFirst - 1) / 2);
  CHECK(PathsThrough(kFit) == std::pair<size_t, bool>(kFit, false));
  const auto [paths, truncated] = PathsThrough(kFit + 1);  // one beginning too many
  CHECK(truncated);
  CHECK(paths <= kFit);
}

TEST_CASE("column paths say how each column led to the next", "[lineage][path]") {
  Graph graph;
  for (ColumnId column = 1; column <= 3; ++column) graph.AddColumn(column, 9, 1);
  graph.AddColumnEdge(1, 2, 70, 4, false, 1);
  graph.AddColumnEdge(2, 3, 71, 5, true, 2);
  graph.AddColumnEdge(2, 3, 72, 6, false, 3);
  graph.Publish(3);
  const Path first{{1, 2, 3}, {{70, 4, false}, {71, 5, true}}};
  const Path second{{1, 2, 3}, {{70, 4, false}, {72, 6, false}}};
  const PathResult down = FindPaths(graph, Nodes{1}, Nodes{3}, 5, {.grain = Grain::kColumn});
  CHECK(down.paths == std::vector<Path>{first, second});
  const PathResult up = FindPath(graph, Nodes{3}, Nodes{1},
                                 {.direction = Direction::kUpstream, .grain = Grain::kColumn});
  CHECK(up.paths == std::vector<Path>{first});
}

// Every simple path, by trying all.
std::vector<Path> AllPaths(const Model& model, Grain grain, Direction side, const Nodes& sources,
                           const Nodes& targets, uint32_t max_depth, Position as_of) {
  std::set<NodeId> wanted;
  for (const NodeId id : targets) wanted.insert(model.Root(grain, id, as_of));
  wanted.erase(kNoNode);
  std::set<std::pair<Nodes, Nodes>> found;  // nodes, vias of the steps
  Nodes nodes;
  Nodes vias;
  const std::function<void(uint32_t)> extend = [&](uint32_t depth) {
    if (wanted.contains(nodes.back())) found.insert({nodes, vias});
    if (depth >= max_depth) return;
    const bool hop = grain == Grain::kColumn || model.IsViaNode(grain, nodes.back());
    for (const auto& [next, via] : model.Neighbours(grain, side, nodes.back(), as_of)) {
      if (std::find(nodes.begin(), nodes.end(), next) != nodes.end()) continue;
      nodes.push_back(next);
      vias.push_back(via);
      extend(depth + (hop ? 1 : 0));
      nodes.pop_back();
      vias.pop_back();
    }
  };
  for (const NodeId id : sources) {
    const NodeId root = model.Root(grain, id, as_of);
    if (root == kNoNode) continue;
    nodes = {root};
    extend(0);
  }
  std::vector<Path> paths;
  for (auto [path_nodes, path_vias] : found) {
    if (side == Direction::kUpstream) {
      std::reverse(path_nodes.begin(), path_nodes.end());
      std::reverse(path_vias.begin(), path_vias.end());
    }
    Path path{path_nodes, {}};
    for (const NodeId via : path_vias) {
      if (grain == Grain::kColumn) path.hops.push_back({via, 0, false});
    }
    paths.push_back(path);
  }
  return paths;
}

void CheckPathsOf(const PathResult& result, std::vector<Path> expected, size_t k) {
  REQUIRE_FALSE(result.truncated_by_nodes);
  REQUIRE(result.paths.size() == std::min(k, expected.size()));
  std::vector<size_t> lengths;
  for (const Path& path : expected) lengths.push_back(path.nodes.size());
  std::sort(lengths.begin(), lengths.end());
  std::set<std::pair<Nodes, Nodes>> seen;
  for (size_t i = 0; i < result.paths.size(); ++i) {
    Path path = result.paths[i];
    REQUIRE(path.nodes.size() == lengths[i]);
    Nodes vias;
    for (ColumnHop& hop : path.hops) {
      vias.push_back(hop.via);
      hop = {hop.via, 0, false};
    }
    REQUIRE(seen.insert({path.nodes, vias}).second);
    REQUIRE(std::find(expected.begin(), expected.end(), path) != expected.end());
  }
}

TEST_CASE("paths agree with trying all, on random graphs", "[lineage][path]") {
  size_t checked = 0;
  for (uint32_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    testing::HistoryOptions history;
    history.steps = 40;
    const std::vector<Step> steps = HistoryMaker(seed, history).Make();
    const Model model(steps);
    Graph graph;
    testing::BuildStepByStep(steps, graph);
    std::mt19937 random(seed);
    for (int i = 0; i < 12; ++i) {
      CAPTURE(i);
      WalkOptions options;
      options.grain = std::array{Grain::kVersion, Grain::kAsset, Grain::kColumn}[random() % 3];
      options.direction = random() % 2 == 0 ? Direction::kUpstream : Direction::kDownstream;
      if (random() % 3 == 0) options.max_depth = static_cast<uint32_t>(random() % 4);
      if (random() % 3 == 0) options.as_of = testing::LastPosition(steps) / 2;
      Nodes sources, targets;
      for (size_t n = 1 + random() % 2; n > 0; --n) {
        sources.push_back(steps[random() % steps.size()].a);
        targets.push_back(steps[random() % steps.size()].a);
      }
      const std::vector<Path> expected =
          AllPaths(model, options.grain, options.direction, sources, targets, options.max_depth,
                   std::min(options.as_of, testing::LastPosition(steps)));
      checked += expected.size();
      CheckPathsOf(FindPath(graph, sources, targets, options), expected, 1);
      const size_t k = 1 + random() % 6;
      CheckPathsOf(FindPaths(graph, sources, targets, k, options), expected, k);
      CheckPathsOf(FindPaths(graph, sources, targets, 10'000, options), expected, 10'000);
    }
  }
  CHECK(checked > 1000);
}

}  // namespace
}  // namespace whence::lineage
