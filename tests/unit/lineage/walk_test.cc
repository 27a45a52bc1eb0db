// Walks of graphs small enough to see the answer.
#include "lineage/walk.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <vector>

#include "lineage/graph.h"

namespace whence::lineage {
namespace {

// raw@1 -> run 10 -> clean@1 -> run 11 -> model@1;  raw@2 -> run 12 -> clean@2;  clean feeds
// itself through run 13. Assets: raw 1, clean 2, model 3.
class Pipeline {
 public:
  Pipeline() {
    for (NodeId asset = 1; asset <= 3; ++asset) graph.AddAsset(asset, 0, 1);
    graph.AddVersion(4, 1, 1, 1);
    graph.AddVersion(5, 2, 1, 2);
    graph.AddRun(10, 2);
    graph.AddEdge(4, 10, 2);
    graph.AddEdge(10, 5, 2);
    graph.AddVersion(6, 3, 1, 3);
    graph.AddRun(11, 3);
    graph.AddEdge(5, 11, 3);
    graph.AddEdge(11, 6, 3);
    graph.AddVersion(7, 1, 2, 4);
    graph.AddVersion(8, 2, 2, 5);
    graph.AddRun(12, 5);
    graph.AddEdge(7, 12, 5);
    graph.AddEdge(12, 8, 5);
    graph.AddDeclaration(13, 6);
    graph.AddEdge(8, 13, 6);
    graph.AddEdge(13, 8, 6);
    graph.Publish(6);
  }
  Graph graph;
};

std::vector<NodeId> Ids(const WalkResult& result) {
  std::vector<NodeId> ids;
  for (const Reached& reached : result.nodes) ids.push_back(reached.node);
  return ids;
}

std::vector<NodeId> WalkIds(const Graph& graph, std::vector<NodeId> roots,
                            const WalkOptions& options) {
  return Ids(Walk(graph, roots, options));
}

using Nodes = std::vector<NodeId>;

TEST_CASE("versions downstream and upstream", "[lineage][walk]") {
  const Pipeline p;
  CHECK(WalkIds(p.graph, {4}, {}) == Nodes{4, 10, 5, 11, 6});
  CHECK(WalkIds(p.graph, {6}, {.direction = Direction::kUpstream}) == Nodes{6, 11, 5, 10, 4});
  // The asset's own node is no particular version: nothing was read from it.
  CHECK(WalkIds(p.graph, {1}, {}) == Nodes{1});
}

TEST_CASE("assets stand for all of their versions", "[lineage][walk]") {
  const Pipeline p;
  WalkOptions options{.grain = Grain::kAsset, .collect_edges = true};
  const WalkResult result = Walk(p.graph, Nodes{1}, options);
  CHECK(Ids(result) == Nodes{1, 10, 12, 2, 11, 13, 3});
  CHECK(result.edges == std::vector<WalkEdge>{{1, 10, 2},
                                              {1, 12, 5},
                                              {10, 2, 2},
                                              {12, 2, 5},
                                              {2, 11, 3},
                                              {2, 13, 6},
                                              {11, 3, 3},
                                              {13, 2, 6}});
  // A version as root means its asset.
  CHECK(WalkIds(p.graph, {7}, options) == Ids(result));
  options.as_of = 4;
  CHECK(WalkIds(p.graph, {1}, options) == Nodes{1, 10, 2, 11, 3});
}

TEST_CASE("depth counts hops from data to data", "[lineage][walk]") {
  const Pipeline p;
  WalkOptions options{.max_depth = 0};
  WalkResult result = Walk(p.graph, Nodes{4}, options);
  CHECK(Ids(result) == Nodes{4});
  CHECK(result.truncated_by_depth);
  options.max_depth = 1;
  result = Walk(p.graph, Nodes{4}, options);
  CHECK(Ids(result) == Nodes{4, 10, 5});
  CHECK(result.nodes[1].depth == 0);
  CHECK(result.nodes[2].depth == 1);
  CHECK(result.truncated_by_depth);
  options.max_depth = 2;
  result = Walk(p.graph, Nodes{4}, options);
  CHECK(result.nodes.size() == 5);
  CHECK_FALSE(result.truncated());
}

TEST_CASE("a run may be a root", "[lineage][walk]") {
  const Pipeline p;
  const WalkResult down = Walk(p.graph, Nodes{10}, {.max_depth = 1});
  CHECK(Ids(down) == Nodes{10, 5});
  CHECK(down.nodes[1].depth == 1);
  CHECK(WalkIds(p.graph, {10}, {.direction = Direction::kBoth}) == Nodes{10, 4, 5, 11, 6});
  // Data roots come before vias, whatever the order given.
  CHECK(WalkIds(p.graph, {12, 4}, {.max_depth = 0}) == Nodes{4, 12});
}

TEST_CASE("the past is seen as it was", "[lineage][walk]") {
  const Pipeline p;
  WalkOptions options{.as_of = 2};
  const WalkResult result = Walk(p.graph, Nodes{4}, options);
  CHECK(Ids(result) == Nodes{4, 10, 5});
  CHECK(result.position == 2);
  CHECK_FALSE(result.truncated());
  options.as_of = 3;
  CHECK(WalkIds(p.graph, {7}, options).empty());
  CHECK(Walk(p.graph, Nodes{4}, {.as_of = kForever}).position == 6);
}

TEST_CASE("unknown and repeated roots are left out", "[lineage][walk]") {
  const Pipeline p;
  CHECK(WalkIds(p.graph, {0, 99, 0xFFFF'FFFF, 6, 6}, {}) == Nodes{6});
  CHECK(WalkIds(p.graph, {}, {}).empty());
  CHECK(WalkIds(p.graph, {4}, {.grain = Grain::kColumn}).empty());
}

TEST_CASE("a cycle is reached from both sides", "[lineage][walk]") {
  const Pipeline p;
  const WalkResult result =
      Walk(p.graph, Nodes{8}, {.direction = Direction::kBoth, .collect_edges = true});
  REQUIRE(Ids(result) == Nodes{8, 12, 13, 7});
  CHECK(result.nodes[0].direction == Direction::kBoth);
  CHECK(result.nodes[1].direction == Direction::kUpstream);
  CHECK(result.nodes[2].direction == Direction::kBoth);
  REQUIRE(result.second_ways.size() == 1);
  CHECK(result.second_ways[0].node == 13);
  CHECK(result.second_ways[0].direction == Direction::kDownstream);
  CHECK(result.edges.size() == 4);
  CHECK(PathTo(result, 13, Direction::kUpstream) == Nodes{8, 13});
  CHECK(PathTo(result, 13, Direction::kDownstream) == Nodes{8, 13});
  CHECK(PathTo(result, 7, Direction::kUpstream) == Nodes{8, 12, 7});
  CHECK(PathTo(result, 7, Direction::kDownstream).empty());
}

TEST_CASE("both directions are two closures, not the component", "[lineage][walk]") {
  const Pipeline p;
  Graph& graph = const_cast<Pipeline&>(p).graph;
  // Another table read by run 11: upstream of the model, but a sibling of clean@1.
  graph.AddAsset(20, 0, 7);
  graph.AddEdge(20, 11, 7);
  graph.Publish(7);
  CHECK(WalkIds(graph, {5}, {.direction = Direction::kBoth}) == Nodes{5, 10, 11, 4, 6});
}

TEST_CASE("a bound on nodes says that it bit", "[lineage][walk]") {
  const Pipeline p;
  WalkOptions options{.max_nodes = 3, .collect_edges = true};
  WalkResult result = Walk(p.graph, Nodes{4}, options);
  CHECK(Ids(result) == Nodes{4, 10, 5});
  CHECK(result.truncated_by_nodes);
  CHECK(result.edges.size() == 2);
  options.max_nodes = 5;
  CHECK_FALSE(Walk(p.graph, Nodes{4}, options).truncated());
  // Both sides get their share: those near the root come first.
  options = {.direction = Direction::kBoth, .max_nodes = 3};
  CHECK(WalkIds(p.graph, {5}, options) == Nodes{5, 10, 11});
  options.max_nodes = 0;
  result = Walk(p.graph, Nodes{5}, options);
  CHECK(result.nodes.empty());
  CHECK(result.truncated_by_nodes);
}

TEST_CASE("a cancelled walk says so", "[lineage][walk]") {
  const Pipeline p;
  const std::atomic<bool> cancelled{true};
  const WalkResult result = Walk(p.graph, Nodes{4}, {.cancelled = &cancelled});
  CHECK(result.cancelled);
  const std::atomic<bool> not_cancelled{false};
  CHECK_FALSE(Walk(p.graph, Nodes{4}, {.cancelled = &not_cancelled}).cancelled);
  CHECK(FindPath(p.graph, Nodes{4}, Nodes{6}, {.cancelled = &cancelled}).cancelled);
  CHECK(FindPaths(p.graph, Nodes{4}, Nodes{6}, 2, {.cancelled = &cancelled}).cancelled);
}

TEST_CASE("columns", "[lineage][walk]") {
  Graph graph;
  for (ColumnId column = 1; column <= 4; ++column) graph.AddColumn(column, 50, 1);
  graph.AddColumnEdge(1, 2, 90, 1, false, 2);
  graph.AddColumnEdge(2, 3, 91, 2, true, 3);
  graph.AddColumnEdge(3, 3, 92, 0, false, 4);
  graph.AddColumnEdge(3, 1, 93, 0, false, 5);
  graph.Publish(5);
  const WalkResult result =
      Walk(graph, Nodes{1}, {.grain = Grain::kColumn, .as_of = 4, .collect_edges = true});
  REQUIRE(Ids(result) == Nodes{1, 2, 3});
  CHECK(result.nodes[1] == Reached{2, 1, 90, 1, Direction::kDownstream});
  CHECK(result.nodes[2] == Reached{3, 2, 91, 2, Direction::kDownstream});
  CHECK(result.column_edges == std::vector<WalkColumnEdge>{{1, 2, 90, 2, 1, false},
                                                           {2, 3, 91, 3, 2, true},
                                                           {3, 3, 92, 4, 0, false}});
  CHECK(Walk(graph, Nodes{1}, {.grain = Grain::kColumn, .max_depth = 1}).truncated_by_depth);
  const WalkResult up =
      Walk(graph, Nodes{1}, {.direction = Direction::kUpstream, .grain = Grain::kColumn});
  CHECK(Ids(up) == Nodes{1, 3, 2});
}

TEST_CASE("long lists are walked whole", "[lineage][walk]") {
  Graph graph;
  graph.AddAsset(1, 0, 1);
  for (NodeId i = 0; i < 2000; ++i) {
    graph.AddRun(2 + i, 2 + i);
    graph.AddEdge(1, 2 + i, 2 + i);
  }
  graph.Publish(2001);
  CHECK(Walk(graph, Nodes{1}, {}).nodes.size() == 2001);
  CHECK(Walk(graph, Nodes{1}, {.as_of = 1000}).nodes.size() == 1000);
  CHECK(Walk(graph, Nodes{1}, {.max_nodes = 1500}).nodes.size() == 1500);
}

}  // namespace
}  // namespace whence::lineage
