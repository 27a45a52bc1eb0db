// Random graphs: every walk must say what the model says, whatever the direction, grain, depth,
// position and bound, and however the graph was built.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "lineage/graph.h"
#include "lineage/walk.h"
#include "walk_model.h"

namespace whence::lineage {
namespace {

using testing::HistoryMaker;
using testing::Model;
using testing::Step;

constexpr Direction kDirections[] = {Direction::kUpstream, Direction::kDownstream,
                                     Direction::kBoth};
constexpr Grain kGrains[] = {Grain::kVersion, Grain::kAsset, Grain::kColumn};

struct Question {
  std::vector<NodeId> roots;
  WalkOptions options;
};

Question AskAtRandom(std::mt19937& random, const std::vector<Step>& steps) {
  const auto below = [&random](size_t n) {
    return std::uniform_int_distribution<size_t>(0, n - 1)(random);
  };
  Question question;
  WalkOptions& options = question.options;
  options.direction = kDirections[below(3)];
  options.grain = kGrains[below(3)];
  const size_t roots = 1 + below(3);
  for (size_t i = 0; i < roots; ++i) {
    question.roots.push_back(below(20) == 0 ? 99'999 : steps[below(steps.size())].a);
  }
  if (below(2) == 0) options.max_depth = static_cast<uint32_t>(below(5));
  if (below(2) == 0) {
    options.as_of =
        static_cast<Position>(below(static_cast<size_t>(testing::LastPosition(steps)) + 2));
  }
  options.collect_edges = true;
  return question;
}

// One direction: everything must be equal, the order included.
void CheckOneWay(const Model& model, const Question& question, const WalkResult& result) {
  const WalkOptions& options = question.options;
  const Model::Closure expected = model.Walk(options.grain, options.direction, question.roots,
                                             options.max_depth, result.position);
  REQUIRE(result.nodes == expected.nodes);
  REQUIRE(result.truncated_by_depth == expected.cut);
  REQUIRE(result.second_ways.empty());
}

std::map<NodeId, Reached> ById(const std::vector<Reached>& nodes) {
  std::map<NodeId, Reached> by_id;
  for (const Reached& reached : nodes) REQUIRE(by_id.emplace(reached.node, reached).second);
  return by_id;
}

// Both: the two closures, merged.
void CheckBothWays(const Model& model, const Question& question, const WalkResult& result) {
  const WalkOptions& options = question.options;
  const std::map<NodeId, Reached> nodes = ById(result.nodes);
  const std::map<NodeId, Reached> second = ById(result.second_ways);
  std::set<NodeId> expected_nodes;
  bool cut = false;
  for (const Direction side : {Direction::kUpstream, Direction::kDownstream}) {
    const Model::Closure expected =
        model.Walk(options.grain, side, question.roots, options.max_depth, result.position);
    cut |= expected.cut;
    for (const Reached& want : expected.nodes) {
      expected_nodes.insert(want.node);
      REQUIRE(nodes.contains(want.node));
      const Reached& first = nodes.at(want.node);
      REQUIRE(Includes(first.direction, side));
      const bool other = second.contains(want.node) && second.at(want.node).direction == side;
      const Reached& got = other ? second.at(want.node) : first;
      REQUIRE(got.depth == want.depth);
      REQUIRE(got.predecessor == want.predecessor);
      REQUIRE(got.via == want.via);
    }
    for (const auto& [id, reached] : nodes) {
      const bool here = std::any_of(expected.nodes.begin(), expected.nodes.end(),
                                    [&](const Reached& r) { return r.node == id; });
      REQUIRE(Includes(reached.direction, side) == here);
    }
  }
  REQUIRE(nodes.size() == expected_nodes.size());
  REQUIRE(result.truncated_by_depth == cut);
  for (const auto& [id, again] : second) REQUIRE(again.depth >= nodes.at(id).depth);
  REQUIRE(std::is_sorted(result.nodes.begin(), result.nodes.end(),
                         [](const Reached& a, const Reached& b) { return a.depth < b.depth; }));
}

void CheckEdges(const Model& model, const Question& question, const WalkResult& result) {
  std::set<NodeId> nodes;
  for (const Reached& reached : result.nodes) nodes.insert(reached.node);
  if (question.options.grain != Grain::kColumn) {
    std::vector<std::tuple<NodeId, NodeId, uint32_t>> edges;
    for (const WalkEdge& e : result.edges) edges.emplace_back(e.source, e.target, e.position);
    std::sort(edges.begin(), edges.end());
    REQUIRE(edges == model.Edges(question.options.grain, nodes, result.position));
    REQUIRE(result.column_edges.empty());
    return;
  }
  using Flat = std::tuple<ColumnId, ColumnId, NodeId, uint32_t, uint8_t, bool>;
  std::vector<Flat> edges;
  std::vector<Flat> expected;
  for (const WalkColumnEdge& e : result.column_edges) {
    edges.emplace_back(e.source, e.target, e.via, e.position, e.transformation, e.masking);
  }
  for (const NodeId node : nodes) {
    for (const ColumnEdge& e : model.ColumnOut(node, result.position)) {
      if (!nodes.contains(e.column)) continue;
      expected.emplace_back(node, e.column, e.via, e.position, e.transformation, e.masking);
    }
  }
  std::sort(edges.begin(), edges.end());
  std::sort(expected.begin(), expected.end());
  REQUIRE(edges == expected);
}

// A bound on nodes keeps the first of them, and says so exactly when it dropped any.
void CheckBounds(const Graph& graph, Question question, const WalkResult& whole) {
  for (const size_t bound :
       {size_t{0}, size_t{1}, whole.nodes.size() / 2, whole.nodes.size(), whole.nodes.size() + 1}) {
    question.options.max_nodes = bound;
    const WalkResult part = Walk(graph, question.roots, question.options);
    REQUIRE(part.truncated_by_nodes == (bound < whole.nodes.size()));
    REQUIRE(part.nodes.size() == std::min(bound, whole.nodes.size()));
    std::set<NodeId> nodes;
    for (size_t i = 0; i < part.nodes.size(); ++i) {
      REQUIRE(part.nodes[i].node == whole.nodes[i].node);
      REQUIRE(part.nodes[i].depth == whole.nodes[i].depth);
      nodes.insert(part.nodes[i].node);
    }
    size_t edges_within = 0;
    for (const WalkEdge& e : whole.edges) {
      edges_within += nodes.contains(e.source) && nodes.contains(e.target) ? 1 : 0;
    }
    REQUIRE(part.edges.size() == edges_within);
  }
}

// Every path leads from a root to the node along edges of the graph.
void CheckPaths(const Model& model, const Question& question, const WalkResult& result) {
  for (const Reached& reached : result.nodes) {
    for (const Direction side : {Direction::kUpstream, Direction::kDownstream}) {
      const std::vector<NodeId> path = PathTo(result, reached.node, side);
      REQUIRE(path.empty() == !Includes(reached.direction, side));
      if (path.empty()) continue;
      REQUIRE(path.back() == reached.node);
      REQUIRE(std::any_of(question.roots.begin(), question.roots.end(), [&](NodeId root) {
        return model.Root(question.options.grain, root, result.position) == path.front();
      }));
      for (size_t i = 1; i < path.size(); ++i) {
        const auto next =
            model.Neighbours(question.options.grain, side, path[i - 1], result.position);
        REQUIRE(std::any_of(next.begin(), next.end(),
                            [&](const auto& to) { return to.first == path[i]; }));
      }
    }
  }
}

TEST_CASE("walks agree with the model on random graphs", "[lineage][walk]") {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    testing::HistoryOptions history;
    history.steps = 20 + seed * 6;
    history.hub = seed % 3 == 0 ? 0.4 : 0.0;
    const std::vector<Step> steps = HistoryMaker(seed, history).Make();
    const Model model(steps);
    Graph one_by_one;
    testing::BuildStepByStep(steps, one_by_one);
    Graph at_once;
    testing::BuildAtOnce(steps, at_once);
    std::mt19937 random(seed);
    for (int i = 0; i < 40; ++i) {
      CAPTURE(i);
      const Question question = AskAtRandom(random, steps);
      const WalkResult result = Walk(one_by_one, question.roots, question.options);
      REQUIRE(result.position == std::min(question.options.as_of, testing::LastPosition(steps)));
      if (question.options.direction == Direction::kBoth) {
        CheckBothWays(model, question, result);
      } else {
        CheckOneWay(model, question, result);
      }
      CheckEdges(model, question, result);
      CheckPaths(model, question, result);
      if (i % 4 == 0) CheckBounds(one_by_one, question, result);
      const WalkResult same = Walk(at_once, question.roots, question.options);
      REQUIRE(same.nodes == result.nodes);
      REQUIRE(same.second_ways == result.second_ways);
      REQUIRE(same.edges == result.edges);
      REQUIRE(same.column_edges == result.column_edges);
    }
  }
}

TEST_CASE("a loaded graph that grows agrees with the model", "[lineage][walk]") {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    testing::HistoryOptions history;
    history.steps = 400;
    history.late_edges = seed % 2 == 0;
    const std::vector<Step> steps = HistoryMaker(seed, history).Make();
    const Model model(steps);
    const auto half = static_cast<std::ptrdiff_t>(steps.size() / 2);
    Graph graph;
    testing::BuildAtOnce({steps.begin(), steps.begin() + half}, graph);
    testing::BuildStepByStep({steps.begin() + half, steps.end()}, graph);
    graph.Publish(testing::LastPosition(steps));
    std::mt19937 random(seed);
    for (int i = 0; i < 20; ++i) {
      Question question = AskAtRandom(random, steps);
      if (question.options.direction == Direction::kBoth) {
        question.options.direction = Direction::kUpstream;
      }
      const WalkResult result = Walk(graph, question.roots, question.options);
      CheckOneWay(model, question, result);
      CheckEdges(model, question, result);
    }
  }
}

}  // namespace
}  // namespace whence::lineage
