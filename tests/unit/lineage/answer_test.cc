#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_join.h"
#include "lineage/answer.h"

namespace whence::lineage {
namespace {

constexpr uint8_t kTable = 1;
constexpr uint8_t kView = 2;
constexpr uint8_t kModel = 5;
constexpr CollapseLimits kPlenty{.max_edges = 1000, .max_steps = 100'000, .cancelled = nullptr};

// A graph that is written down node by node; every step has the next position.
class Sketch {
 public:
  NodeId Asset(uint8_t kind = kTable) {
    graph.AddAsset(++last_, kind, ++position_);
    return last_;
  }
  NodeId Version(NodeId asset) {
    graph.AddVersion(++last_, asset, ++numbers_[asset], ++position_);
    return last_;
  }
  NodeId Run(const std::vector<NodeId>& reads, const std::vector<NodeId>& writes) {
    graph.AddRun(++last_, ++position_);
    for (const NodeId node : reads) graph.AddEdge(node, last_, position_);
    for (const NodeId node : writes) graph.AddEdge(last_, node, position_);
    return last_;
  }
  ColumnId Column(NodeId asset) {
    graph.AddColumn(++last_column_, asset, ++position_);
    return last_column_;
  }
  void Map(ColumnId source, ColumnId target, NodeId via, bool masking = false) {
    graph.AddColumnEdge(source, target, via, 1, masking, ++position_);
  }

  Answer Ask(std::vector<NodeId> roots, WalkOptions options) {
    graph.Publish(position_);
    return AnswerWalk(graph, roots, options);
  }

  Graph graph;

 private:
  std::map<NodeId, uint32_t> numbers_;
  NodeId last_ = 0;
  ColumnId last_column_ = 0;
  Position position_ = 0;
};

std::vector<NodeId> Ids(const Answer& answer) {
  std::vector<NodeId> ids;
  for (const AnswerNode& node : answer.nodes) ids.push_back(node.id);
  return ids;
}

// The edges as text, sorted: "1>3 read".
std::string Edges(const Answer& answer) {
  static const char* const kRoles[] = {"?", "read", "write", "column", "derives"};
  std::multiset<std::string> edges;
  for (const AnswerEdge& edge : answer.edges) {
    edges.insert(absl::StrCat(answer.nodes[edge.source].id, ">", answer.nodes[edge.target].id, " ",
                              kRoles[static_cast<size_t>(edge.role)]));
  }
  return absl::StrJoin(edges, ", ");
}

std::vector<NodeId> Where(const Answer& answer, bool AnswerNode::*flag) {
  std::vector<NodeId> ids;
  for (const AnswerNode& node : answer.nodes) {
    if (node.*flag) ids.push_back(node.id);
  }
  return ids;
}

TEST_CASE("an answer has nodes by depth, edges between them and sources", "[lineage][answer]") {
  Sketch sketch;
  const NodeId a = sketch.Asset();
  const NodeId b = sketch.Asset();
  const NodeId c = sketch.Asset(kModel);
  const NodeId r1 = sketch.Run({a}, {b});
  const NodeId r2 = sketch.Run({b, a}, {c});
  const Answer answer = sketch.Ask({c}, {.direction = Direction::kUpstream});
  CHECK(Ids(answer) == std::vector<NodeId>{c, r2, b, a, r1});
  CHECK(answer.root_count == 1);
  CHECK(Edges(answer) == "1>4 read, 1>5 read, 2>5 read, 4>2 write, 5>3 write");
  CHECK(Where(answer, &AnswerNode::source) == std::vector<NodeId>{a});
  CHECK(Where(answer, &AnswerNode::cut).empty());
  CHECK_FALSE(answer.cut());
  CHECK(answer.nodes[1].depth == 0);
  CHECK(answer.nodes[4].depth == 1);
}

TEST_CASE("what a bound cut is marked", "[lineage][answer]") {
  Sketch sketch;
  const NodeId a = sketch.Asset();
  const NodeId b = sketch.Asset();
  const NodeId c = sketch.Asset();
  const NodeId r1 = sketch.Run({a}, {b});
  const NodeId r2 = sketch.Run({b}, {c});
  const Answer one = sketch.Ask({c}, {.direction = Direction::kUpstream, .max_depth = 1});
  CHECK(one.cut_by_depth);
  CHECK_FALSE(one.cut_by_nodes);
  CHECK(Ids(one) == std::vector<NodeId>{c, r2, b});
  CHECK(Where(one, &AnswerNode::cut) == std::vector<NodeId>{b});
  CHECK(Where(one, &AnswerNode::source).empty());
  const Answer few = sketch.Ask({a}, {.direction = Direction::kDownstream, .max_nodes = 2});
  CHECK(few.cut_by_nodes);
  CHECK(Ids(few) == std::vector<NodeId>{a, r1});
  CHECK(Where(few, &AnswerNode::cut) == std::vector<NodeId>{r1});
  // Downstream nobody asks what is upstream of b.
  const Answer down = sketch.Ask({b}, {.direction = Direction::kDownstream, .max_depth = 1});
  CHECK(Where(down, &AnswerNode::cut).empty());
  const Answer both = sketch.Ask({b}, {.direction = Direction::kBoth});
  CHECK(both.nodes.size() == 5);
  CHECK(Where(both, &AnswerNode::source) == std::vector<NodeId>{a});
}

TEST_CASE("at asset grain edges lead from asset to asset", "[lineage][answer]") {
  Sketch sketch;
  const NodeId a = sketch.Asset();
  const NodeId b = sketch.Asset();
  const NodeId a1 = sketch.Version(a);
  const NodeId a2 = sketch.Version(a);
  const NodeId b1 = sketch.Version(b);
  sketch.Run({a1}, {b1});
  const NodeId r2 = sketch.Run({a1, b1}, {a2, b});
  Answer answer = sketch.Ask({b}, {.direction = Direction::kUpstream, .grain = Grain::kAsset});
  answer = WithoutVias(sketch.graph, std::move(answer), kPlenty);
  CHECK(Ids(answer) == std::vector<NodeId>{b, a});
  CHECK(Edges(answer) == "1>1 derives, 1>2 derives, 2>1 derives, 2>2 derives");
  // A pair has the earliest position at which it was true.
  for (const AnswerEdge& edge : answer.edges) {
    const bool plain = answer.nodes[edge.source].id == a && answer.nodes[edge.target].id == b;
    CHECK(edge.position == sketch.graph.Node(plain ? r2 - 1 : r2).position);
  }
  CHECK(Where(answer, &AnswerNode::source).empty());
  // A run as root stays.
  answer = sketch.Ask(
      {r2}, {.direction = Direction::kDownstream, .grain = Grain::kAsset, .max_depth = 1});
  answer = WithoutVias(sketch.graph, std::move(answer), kPlenty);
  CHECK(Ids(answer).front() == r2);
  CHECK(Edges(answer).find(absl::StrCat(r2, ">1 write")) != std::string::npos);
}

TEST_CASE("a filter leaves derivation where data was left out", "[lineage][answer]") {
  Sketch sketch;
  const NodeId table = sketch.Asset(kTable);
  const NodeId view = sketch.Asset(kView);
  const NodeId model = sketch.Asset(kModel);
  const NodeId other = sketch.Asset(kTable);
  const NodeId r1 = sketch.Run({table}, {view, other});
  const NodeId r2 = sketch.Run({view}, {model});
  Answer answer = sketch.Ask({model}, {.direction = Direction::kUpstream});
  const auto only = [&](uint8_t kind) {
    return Filtered(
        sketch.graph, answer, [&](NodeId id) { return sketch.graph.kind(id) == kind; }, kPlenty);
  };
  const Answer tables = only(kTable);
  CHECK(Ids(tables) == std::vector<NodeId>{model, table});
  CHECK(Edges(tables) == absl::StrCat(table, ">", model, " derives"));
  CHECK(tables.edges[0].position == sketch.graph.Node(r2).position);
  const Answer views = only(kView);
  CHECK(Ids(views) == std::vector<NodeId>{model, r2, view});
  CHECK(Edges(views) == absl::StrCat(view, ">", r2, " read, ", r2, ">", model, " write"));
  // Downstream the run that leads from table to table stays, and the model is behind the view.
  answer = sketch.Ask({table}, {.direction = Direction::kDownstream});
  const Answer down = only(kTable);
  CHECK(Ids(down) == std::vector<NodeId>{table, r1, other});
  const Answer models = only(kModel);
  CHECK(Ids(models) == std::vector<NodeId>{table, model});
  CHECK(Edges(models) == absl::StrCat(table, ">", model, " derives"));
}

TEST_CASE("a filter keeps cycles and marks what is cut behind it", "[lineage][answer]") {
  Sketch sketch;
  const NodeId a = sketch.Asset(kTable);
  const NodeId v = sketch.Asset(kView);
  const NodeId w = sketch.Asset(kView);
  sketch.Run({a}, {v});
  sketch.Run({v}, {a});
  sketch.Run({v}, {w});
  sketch.Run({w}, {sketch.Asset(kModel)});
  const Answer cycle = Filtered(
      sketch.graph, sketch.Ask({a}, {.direction = Direction::kDownstream}),
      [&](NodeId id) { return sketch.graph.kind(id) == kTable; }, kPlenty);
  CHECK(Edges(cycle) == "1>1 derives");
  const Answer cut = Filtered(
      sketch.graph, sketch.Ask({a}, {.direction = Direction::kDownstream, .max_depth = 2}),
      [&](NodeId id) { return sketch.graph.kind(id) == kTable; }, kPlenty);
  CHECK(cut.cut_by_depth);
  CHECK(Where(cut, &AnswerNode::cut) == std::vector<NodeId>{a});
}

TEST_CASE("columns are filtered too", "[lineage][answer]") {
  Sketch sketch;
  const NodeId a = sketch.Asset(kTable);
  const NodeId v = sketch.Asset(kView);
  const NodeId b = sketch.Asset(kTable);
  const ColumnId x = sketch.Column(a);
  const ColumnId y = sketch.Column(v);
  const ColumnId z = sketch.Column(b);
  const NodeId run = sketch.Run({a}, {v});
  sketch.Map(x, y, run);
  sketch.Map(y, z, run, true);
  Answer answer = sketch.Ask({z}, {.direction = Direction::kUpstream, .grain = Grain::kColumn});
  CHECK(Edges(answer) == "1>2 column, 2>3 column");
  CHECK(Where(answer, &AnswerNode::source) == std::vector<NodeId>{x});
  answer = Filtered(
      sketch.graph, std::move(answer),
      [&](ColumnId id) { return sketch.graph.kind(sketch.graph.ColumnAsset(id)) == kTable; },
      kPlenty);
  CHECK(Ids(answer) == std::vector<NodeId>{z, x});
  CHECK(Edges(answer) == "1>3 derives");
}

TEST_CASE("derived edges have a bound that is said", "[lineage][answer]") {
  Sketch sketch;
  std::vector<NodeId> in;
  std::vector<NodeId> out;
  for (int i = 0; i < 20; ++i) in.push_back(sketch.Asset());
  for (int i = 0; i < 20; ++i) out.push_back(sketch.Asset());
  sketch.Run(in, out);
  const auto ask = [&] {
    return sketch.Ask({in[0], in[1]}, {.direction = Direction::kBoth, .grain = Grain::kAsset});
  };
  CollapseLimits limits = kPlenty;
  CHECK(WithoutVias(sketch.graph, ask(), limits).edges.size() == 40);
  limits.max_edges = 30;
  const Answer bounded = WithoutVias(sketch.graph, ask(), limits);
  CHECK(bounded.edges.size() == 30);
  CHECK(bounded.cut_by_edges);
  limits = kPlenty;
  limits.max_steps = 5;
  CHECK(Filtered(
            sketch.graph, ask(), [](NodeId) { return false; }, limits)
            .cut_by_edges);
  const std::atomic<bool> cancelled{true};
  limits = kPlenty;
  limits.cancelled = &cancelled;
  CHECK(sketch.Ask({in[0]}, {.cancelled = &cancelled}).cancelled);
}

// "edges, indices of the nodes that lack some, whether it is said".
std::string CutBy(Sketch& sketch, std::vector<NodeId> roots, WalkOptions options,
                  size_t max_edges) {
  options.max_edges = max_edges;
  const Answer answer = sketch.Ask(std::move(roots), options);
  std::vector<size_t> cut;
  for (size_t i = 0; i < answer.nodes.size(); ++i) {
    if (answer.nodes[i].cut) cut.push_back(i);
  }
  return absl::StrCat(answer.edges.size(), " cut ", absl::StrJoin(cut, ","),
                      answer.cut_by_edges ? " said" : "");
}

TEST_CASE("edges between few nodes have a bound that is said", "[lineage][answer]") {
  Sketch sketch;
  const NodeId a = sketch.Asset();
  const NodeId b = sketch.Asset();
  // Nodes in the order of the walk from a: a, three runs, b. From b: b, three runs, a.
  std::vector<NodeId> runs;
  for (int i = 0; i < 3; ++i) runs.push_back(sketch.Run({a}, {b}));
  const WalkOptions down{.direction = Direction::kDownstream};
  CHECK(CutBy(sketch, {a}, down, 6) == "6 cut ");
  CHECK(CutBy(sketch, {a}, down, 5) == "5 cut 3 said");
  CHECK(CutBy(sketch, {a}, down, 3) == "3 cut 1,2,3 said");
  CHECK(CutBy(sketch, {a}, down, 2) == "2 cut 0,1,2,3 said");
  CHECK(CutBy(sketch, {a}, down, 0) == "0 cut 0,1,2,3 said");
  const WalkOptions up{.direction = Direction::kUpstream};
  CHECK(CutBy(sketch, {b}, up, 6) == "6 cut ");
  CHECK(CutBy(sketch, {b}, up, 5) == "5 cut 3 said");
  const WalkOptions assets{.direction = Direction::kDownstream, .grain = Grain::kAsset};
  CHECK(CutBy(sketch, {a}, assets, 6) == "6 cut ");
  CHECK(CutBy(sketch, {a}, assets, 5) == "5 cut 3 said");

  const ColumnId x = sketch.Column(a);
  const ColumnId y = sketch.Column(b);
  for (const NodeId run : runs) sketch.Map(x, y, run);
  const WalkOptions columns{.direction = Direction::kDownstream, .grain = Grain::kColumn};
  CHECK(CutBy(sketch, {x}, columns, 3) == "3 cut ");
  CHECK(CutBy(sketch, {x}, columns, 2) == "2 cut 0 said");
}

}  // namespace
}  // namespace whence::lineage
