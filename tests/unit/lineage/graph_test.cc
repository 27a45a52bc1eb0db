#include "lineage/graph.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "walk_model.h"

namespace whence::lineage {
namespace {

using testing::HistoryMaker;
using testing::Model;
using testing::Step;

TEST_CASE("an empty graph knows nothing and costs little", "[lineage][graph]") {
  const Graph graph;
  CHECK(graph.published() == 0);
  CHECK(graph.node_count() == 0);
  CHECK(graph.type(1) == NodeType::kNone);
  CHECK(graph.type(kMaxNodeId) == NodeType::kNone);
  CHECK(graph.type(0xFFFF'FFFF) == NodeType::kNone);
  CHECK_FALSE(graph.Exists(7));
  CHECK(graph.Out(7).empty());
  CHECK(graph.In(0xFFFF'FFFF).empty());
  CHECK(graph.Versions(7).empty());
  CHECK(graph.ColumnOut(7).empty());
  CHECK(graph.ColumnAsset(7) == kNoNode);
  CHECK_FALSE(graph.HasEdge(1, 2));
  CHECK(graph.Memory().total < 64 * 1024);
}

TEST_CASE("nodes say what they are", "[lineage][graph]") {
  Graph graph;
  graph.AddAsset(2, 9, 10);
  graph.AddVersion(3, 2, 1, 11);
  graph.AddRun(5, 12);
  graph.AddDeclaration(6, 13);
  graph.Publish(13);
  CHECK(graph.type(1) == NodeType::kNone);
  CHECK(graph.type(2) == NodeType::kAsset);
  CHECK(graph.kind(2) == 9);
  CHECK(graph.asset(2) == 2);
  CHECK(graph.type(3) == NodeType::kVersion);
  CHECK(graph.asset(3) == 2);
  CHECK(graph.number(3) == 1);
  CHECK(graph.Node(3).position == 11);
  CHECK(graph.type(5) == NodeType::kRun);
  CHECK(graph.asset(5) == kNoNode);
  CHECK(graph.type(6) == NodeType::kDeclaration);
  CHECK(graph.node_count() == 4);
  CHECK(graph.max_node_id() == 6);
  CHECK(graph.Exists(5, 12));
  CHECK_FALSE(graph.Exists(5, 11));
  CHECK(graph.Versions(2) == std::vector<Edge>{{3, 11}});
  CHECK(graph.Versions(2, 10).empty());
  CHECK(graph.Versions(3).empty());
}

TEST_CASE("what is not published is not seen", "[lineage][graph]") {
  Graph graph;
  graph.AddAsset(1, 0, 1);
  graph.AddRun(2, 1);
  graph.AddEdge(1, 2, 1);
  graph.Publish(1);
  graph.AddRun(3, 2);
  graph.AddEdge(1, 3, 2);
  CHECK(graph.Out(1) == std::vector<Edge>{{2, 1}});
  CHECK(graph.OutDegree(1, kForever) == 1);
  CHECK_FALSE(graph.HasEdge(1, 3, kForever));
  CHECK_FALSE(graph.Exists(3));
  graph.Publish(2);
  CHECK(graph.Out(1) == std::vector<Edge>{{2, 1}, {3, 2}});
  CHECK(graph.HasEdge(1, 3));
  CHECK_FALSE(graph.HasEdge(1, 3, 1));
  graph.Publish(1);
  CHECK(graph.published() == 2);
}

TEST_CASE("a late edge takes its place in the list", "[lineage][graph]") {
  Graph graph;
  graph.AddAsset(1, 0, 1);
  for (NodeId run = 2; run <= 6; ++run) graph.AddRun(run, 1);
  graph.AddEdge(1, 2, 10);
  graph.AddEdge(1, 3, 5);
  graph.AddEdge(1, 4, 7);
  graph.AddEdge(1, 5, 10);
  graph.AddEdge(1, 6, 1);
  graph.Publish(10);
  CHECK(graph.Out(1) == std::vector<Edge>{{6, 1}, {3, 5}, {4, 7}, {2, 10}, {5, 10}});
  CHECK(graph.Out(1, 7) == std::vector<Edge>{{6, 1}, {3, 5}, {4, 7}});
  CHECK(graph.OutDegree(1, 9) == 3);
}

TEST_CASE("columns carry what their edges say", "[lineage][graph]") {
  Graph graph;
  graph.AddColumn(1, 40, 2);
  graph.AddColumn(4, 41, 3);
  graph.AddColumnEdge(1, 4, 77, 3, true, 5);
  graph.AddColumnEdge(4, 4, 78, 1, false, 6);
  graph.Publish(6);
  CHECK(graph.ColumnAsset(1) == 40);
  CHECK(graph.ColumnAsset(2) == kNoNode);
  CHECK(graph.ColumnExists(4, 3));
  CHECK_FALSE(graph.ColumnExists(4, 2));
  CHECK(graph.ColumnOut(1) == std::vector<ColumnEdge>{{4, 5, 77, 3, true}});
  CHECK(graph.ColumnIn(4) == std::vector<ColumnEdge>{{1, 5, 77, 3, true}, {4, 6, 78, 1, false}});
  CHECK(graph.ColumnIn(4, 5).size() == 1);
  CHECK(graph.column_count() == 2);
  CHECK(graph.column_edge_count() == 2);
  CHECK(graph.max_column_id() == 4);
}

// Sizes around every change of form: inside the header, small blocks, one full segment,
// directories, directories that must grow.
TEST_CASE("lists of any length keep their order", "[lineage][graph]") {
  constexpr NodeId kRuns = 6500;
  for (const NodeId loaded : {0U, 1U, 2U, 5U, 255U, 256U, 257U, 512U, 3000U}) {
    CAPTURE(loaded);
    Graph graph;
    {
      GraphLoader loader(&graph, loaded);
      loader.AddAsset(1, 0, 1);
      for (NodeId i = 0; i < loaded; ++i) {
        loader.AddRun(2 + i, 1 + i);
        loader.AddEdge(1, 2 + i, 1 + i);
      }
      loader.Finish(std::max(1U, loaded));
    }
    REQUIRE(graph.OutDegree(1) == loaded);
    for (NodeId i = loaded; i < kRuns; ++i) {
      graph.AddRun(2 + i, 1 + i);
      graph.AddEdge(1, 2 + i, 1 + i);
      if (i % 7 == 0) graph.Publish(1 + i);
      if (i % 97 == 0 || i == 256 || i == 257 || i == 512) {
        graph.Publish(1 + i);
        REQUIRE(graph.OutDegree(1) == i + 1);
        REQUIRE(graph.OutDegree(1, i / 2) == i / 2);
      }
    }
    graph.Publish(kRuns);
    const std::vector<Edge> edges = graph.Out(1);
    REQUIRE(edges.size() == kRuns);
    for (NodeId i = 0; i < kRuns; ++i) REQUIRE(edges[i] == Edge{2 + i, 1 + i});
    CHECK(graph.HasEdge(1, 1 + kRuns));
    CHECK_FALSE(graph.HasEdge(1, 2 + kRuns));
  }
}

TEST_CASE("a late edge in a long list", "[lineage][graph]") {
  Graph graph;
  graph.AddAsset(1, 0, 1);
  for (NodeId i = 0; i < 3000; ++i) {
    graph.AddRun(2 + i, 1);
    graph.AddEdge(1, 2 + i, 10 + i);
  }
  graph.AddRun(9000, 1);
  graph.AddEdge(1, 9000, 1500);
  graph.AddRun(9001, 1);
  graph.AddEdge(1, 9001, 5000);
  graph.Publish(5000);
  const std::vector<Edge> edges = graph.Out(1);
  REQUIRE(edges.size() == 3002);
  CHECK(edges[1491] == Edge{9000, 1500});
  CHECK(edges.back() == Edge{9001, 5000});
  CHECK(std::is_sorted(edges.begin(), edges.end(),
                       [](const Edge& a, const Edge& b) { return a.position < b.position; }));
  CHECK(graph.OutDegree(1, 1499) == 1490);
}

void CheckAgainstModel(const Graph& graph, const Model& model, Position as_of) {
  for (const auto& [id, node] : model.nodes()) {
    const NodeInfo info = graph.Node(id);
    REQUIRE(info.type == node.type);
    REQUIRE(info.asset == node.asset);
    REQUIRE(info.number == node.number);
    REQUIRE(info.kind == node.kind);
    REQUIRE(info.position == node.position);
    REQUIRE(graph.Out(id, as_of) == model.Out(id, as_of));
    REQUIRE(graph.In(id, as_of) == model.In(id, as_of));
    REQUIRE(graph.OutDegree(id, as_of) == model.Out(id, as_of).size());
    REQUIRE(graph.InDegree(id, as_of) == model.In(id, as_of).size());
    REQUIRE(graph.Versions(id, as_of) == model.Versions(id, as_of));
    for (const Edge& edge : model.Out(id, as_of)) REQUIRE(graph.HasEdge(id, edge.node, as_of));
  }
  for (const auto& [id, column] : model.columns()) {
    REQUIRE(graph.ColumnAsset(id) == column.asset);
    REQUIRE(graph.ColumnOut(id, as_of) == model.ColumnOut(id, as_of));
    REQUIRE(graph.ColumnIn(id, as_of) == model.ColumnIn(id, as_of));
  }
}

TEST_CASE("accessors agree with the model, built either way", "[lineage][graph]") {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    testing::HistoryOptions history;
    history.steps = 500;
    history.hub = seed % 2 == 0 ? 0.5 : 0.0;
    const std::vector<Step> steps = HistoryMaker(seed, history).Make();
    const Model model(steps);
    Graph one_by_one;
    testing::BuildStepByStep(steps, one_by_one);
    Graph at_once;
    testing::BuildAtOnce(steps, at_once);
    const Position last = testing::LastPosition(steps);
    for (const Position as_of : {Position{0}, last / 3, last - 1, last, kForever}) {
      CheckAgainstModel(one_by_one, model, as_of);
      CheckAgainstModel(at_once, model, as_of);
    }
    CHECK(one_by_one.edge_count() == at_once.edge_count());
    CHECK(one_by_one.column_edge_count() == at_once.column_edge_count());
  }
}

// Assets of all ages, a few of them much used: what one list outgrows, others grow into.
TEST_CASE("outgrown lists are recycled", "[lineage][graph]") {
  Graph graph;
  std::mt19937 random(7);
  std::vector<NodeId> assets;
  NodeId id = 0;
  for (Position position = 1; position <= 30'000; ++position) {
    if (position % 10 == 1) {
      graph.AddAsset(++id, 0, position);
      assets.push_back(id);
    }
    graph.AddRun(++id, position);
    for (int i = 0; i < 3; ++i) {
      const size_t newest = assets.size() - 1;
      const size_t back = std::min(newest, static_cast<size_t>(random() % (1 + random() % 3000)));
      graph.AddEdge(assets[newest - back], id, position);
    }
    graph.Publish(position);
  }
  const GraphMemory memory = graph.Memory();
  CAPTURE(memory.lists, memory.recyclable, memory.headers);
  CHECK(static_cast<double>(memory.lists) / static_cast<double>(graph.edge_count()) < 16 * 1.2);
  CHECK(memory.recyclable < memory.lists / 8);
}

TEST_CASE("memory per edge of a loaded graph", "[lineage][graph]") {
  Graph graph;
  GraphLoader loader(&graph);
  // Ten versions each, each written by one run that reads two versions.
  constexpr NodeId kNodes = 300'000;
  NodeId id = 0;
  NodeId asset = 0;
  std::vector<NodeId> versions;
  std::mt19937 random(1);
  while (id < kNodes) {
    const auto position = static_cast<Position>(id + 3);
    if (versions.size() % 10 == 0) loader.AddAsset(asset = ++id, 0, position);
    loader.AddVersion(++id, asset, static_cast<uint32_t>(versions.size() % 10) + 1, position);
    const NodeId version = id;
    loader.AddRun(++id, position);
    for (int i = 0; i < 2 && !versions.empty(); ++i) {
      loader.AddEdge(versions[random() % versions.size()], id, position);
    }
    loader.AddEdge(id, version, position);
    versions.push_back(version);
  }
  loader.Finish(kNodes + 3);
  const GraphMemory memory = graph.Memory();
  CAPTURE(memory.headers, memory.lists, memory.nodes, memory.total, graph.edge_count());
  CHECK(memory.adjacency_per_edge <= 24.0);
}

}  // namespace
}  // namespace whence::lineage
