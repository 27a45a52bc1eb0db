// The lineage graph as a plain list of what was added, and walks over it as one would explain
// them to a person: what the fast graph must agree with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "lineage/graph.h"
#include "lineage/walk.h"

namespace whence::lineage::testing {

// One thing that was added. A list of these is a history; both the model and a graph (by either
// way of building it) can be made from it.
struct Step {
  enum class Kind { kAsset, kVersion, kRun, kDeclaration, kEdge, kColumn, kColumnEdge } kind;
  Position position = 0;
  uint32_t a = 0;  // the node's id, or the edge's source
  uint32_t b = 0;  // the version's asset, or the edge's target, or the column's asset
  uint32_t number = 0;
  uint8_t byte = 0;  // kind of an asset, transformation of a column edge
  bool masking = false;
  uint32_t via = 0;
};

// Works for Graph and GraphLoader alike.
template <typename Target>
void Apply(const Step& step, Target& target) {
  switch (step.kind) {
    case Step::Kind::kAsset:
      return target.AddAsset(step.a, step.byte, step.position);
    case Step::Kind::kVersion:
      return target.AddVersion(step.a, step.b, step.number, step.position);
    case Step::Kind::kRun:
      return target.AddRun(step.a, step.position);
    case Step::Kind::kDeclaration:
      return target.AddDeclaration(step.a, step.position);
    case Step::Kind::kEdge:
      return target.AddEdge(step.a, step.b, step.position);
    case Step::Kind::kColumn:
      return target.AddColumn(step.a, step.b, step.position);
    case Step::Kind::kColumnEdge:
      return target.AddColumnEdge(step.a, step.b, step.via, step.byte, step.masking, step.position);
  }
}

struct ModelNode {
  NodeType type = NodeType::kNone;
  NodeId asset = 0;
  uint32_t number = 0;
  uint8_t kind = 0;
  Position position = 0;
};

class Model {
 public:
  explicit Model(const std::vector<Step>& steps) {
    for (const Step& step : steps) Add(step);
    const auto by_position = [](const auto& a, const auto& b) { return a.position < b.position; };
    for (auto* lists : {&out_, &in_, &versions_}) {
      for (auto& [node, list] : *lists) std::stable_sort(list.begin(), list.end(), by_position);
    }
    for (auto* lists : {&column_out_, &column_in_}) {
      for (auto& [node, list] : *lists) std::stable_sort(list.begin(), list.end(), by_position);
    }
  }

  const std::map<NodeId, ModelNode>& nodes() const { return nodes_; }
  const std::map<ColumnId, ModelNode>& columns() const { return columns_; }

  std::vector<Edge> Out(NodeId id, Position as_of) const { return Seen(out_, id, as_of); }
  std::vector<Edge> In(NodeId id, Position as_of) const { return Seen(in_, id, as_of); }
  std::vector<Edge> Versions(NodeId id, Position as_of) const { return Seen(versions_, id, as_of); }
  std::vector<ColumnEdge> ColumnOut(ColumnId id, Position as_of) const {
    return Seen(column_out_, id, as_of);
  }
  std::vector<ColumnEdge> ColumnIn(ColumnId id, Position as_of) const {
    return Seen(column_in_, id, as_of);
  }

  // (neighbour, via of the column edge) of a node of the grain, in order, with repetitions.
  std::vector<std::pair<NodeId, NodeId>> Neighbours(Grain grain, Direction side, NodeId id,
                                                    Position as_of) const {
    const bool up = side == Direction::kUpstream;
    std::vector<std::pair<NodeId, NodeId>> result;
    if (grain == Grain::kColumn) {
      for (const ColumnEdge& e : up ? ColumnIn(id, as_of) : ColumnOut(id, as_of)) {
        result.emplace_back(e.column, e.via);
      }
      return result;
    }
    std::vector<NodeId> members{id};
    if (grain == Grain::kAsset) {
      for (const Edge& version : Versions(id, as_of)) members.push_back(version.node);
    }
    for (const NodeId member : members) {
      for (const Edge& e : up ? In(member, as_of) : Out(member, as_of)) {
        result.emplace_back(Stand(grain, e.node), kNoNode);
      }
    }
    return result;
  }

  // The node that `id` stands for at the grain; 0 when it did not exist.
  NodeId Root(Grain grain, NodeId id, Position as_of) const {
    const auto& all = grain == Grain::kColumn ? columns_ : nodes_;
    const auto found = all.find(id);
    if (found == all.end() || found->second.position > as_of) return kNoNode;
    return grain == Grain::kColumn ? id : Stand(grain, id);
  }

  struct Closure {
    std::vector<Reached> nodes;
    bool cut = false;  // by depth
  };

  // One direction.
  Closure Walk(Grain grain, Direction side, std::span<const NodeId> roots, uint32_t max_depth,
               Position as_of) const {
    Closure closure;
    std::map<NodeId, uint32_t> depths;
    std::deque<NodeId> queue;
    for (const bool vias : {false, true}) {
      for (const NodeId id : roots) {
        const NodeId root = Root(grain, id, as_of);
        if (root == kNoNode || IsViaNode(grain, root) != vias) continue;
        if (!depths.emplace(root, 0).second) continue;
        closure.nodes.push_back({root, kNoNode, kNoNode, 0, side});
        queue.push_back(root);
      }
    }
    std::vector<NodeId> edge_of_the_world;
    for (; !queue.empty(); queue.pop_front()) {
      const NodeId node = queue.front();
      const uint32_t depth = depths[node];
      if (depth >= max_depth) {
        edge_of_the_world.push_back(node);
        continue;
      }
      const bool hop = grain == Grain::kColumn || IsViaNode(grain, node);
      for (const auto& [next, via] : Neighbours(grain, side, node, as_of)) {
        if (!depths.emplace(next, depth + (hop ? 1 : 0)).second) continue;
        closure.nodes.push_back({next, node, via, depth + (hop ? 1 : 0), side});
        queue.push_back(next);
      }
    }
    for (const NodeId node : edge_of_the_world) {
      for (const auto& [next, via] : Neighbours(grain, side, node, as_of)) {
        closure.cut |= !depths.contains(next);
      }
    }
    return closure;
  }

  // All edges between the given nodes, sorted.
  std::vector<std::tuple<NodeId, NodeId, uint32_t>> Edges(Grain grain, const std::set<NodeId>& in,
                                                          Position as_of) const {
    std::vector<std::tuple<NodeId, NodeId, uint32_t>> edges;
    std::map<std::pair<NodeId, NodeId>, uint32_t> earliest;
    for (const auto& [id, list] : out_) {
      for (const Edge& e : Seen(out_, id, as_of)) {
        const NodeId source = Stand(grain, id);
        const NodeId target = Stand(grain, e.node);
        if (!in.contains(source) || !in.contains(target)) continue;
        const auto [at, fresh] = earliest.emplace(std::pair(source, target), e.position);
        at->second = std::min(at->second, e.position);
        if (grain == Grain::kVersion) edges.emplace_back(source, target, e.position);
      }
    }
    if (grain == Grain::kAsset) {
      for (const auto& [ends, position] : earliest) {
        edges.emplace_back(ends.first, ends.second, position);
      }
    }
    std::sort(edges.begin(), edges.end());
    return edges;
  }

  bool IsViaNode(Grain grain, NodeId id) const {
    return grain != Grain::kColumn && IsVia(nodes_.at(id).type);
  }

 private:
  template <typename Entry>
  using Lists = std::map<uint32_t, std::vector<Entry>>;

  template <typename Entry>
  static std::vector<Entry> Seen(const Lists<Entry>& lists, uint32_t id, Position as_of) {
    std::vector<Entry> seen;
    const auto found = lists.find(id);
    if (found == lists.end()) return seen;
    for (const Entry& entry : found->second) {
      if (entry.position <= as_of) seen.push_back(entry);
    }
    return seen;
  }

  NodeId Stand(Grain grain, NodeId id) const {
    const ModelNode& node = nodes_.at(id);
    return grain == Grain::kAsset && IsData(node.type) ? node.asset : id;
  }

  void Add(const Step& s) {
    const auto at = static_cast<uint32_t>(s.position);
    switch (s.kind) {
      case Step::Kind::kAsset:
        nodes_[s.a] = {NodeType::kAsset, s.a, 0, s.byte, s.position};
        return;
      case Step::Kind::kVersion:
        nodes_[s.a] = {NodeType::kVersion, s.b, s.number, 0, s.position};
        versions_[s.b].push_back({s.a, at});
        return;
      case Step::Kind::kRun:
        nodes_[s.a] = {NodeType::kRun, 0, 0, 0, s.position};
        return;
      case Step::Kind::kDeclaration:
        nodes_[s.a] = {NodeType::kDeclaration, 0, 0, 0, s.position};
        return;
      case Step::Kind::kEdge:
        out_[s.a].push_back({s.b, at});
        in_[s.b].push_back({s.a, at});
        return;
      case Step::Kind::kColumn:
        columns_[s.a] = {NodeType::kNone, s.b, 0, 0, s.position};
        return;
      case Step::Kind::kColumnEdge:
        column_out_[s.a].push_back({s.b, at, s.via, s.byte, s.masking});
        column_in_[s.b].push_back({s.a, at, s.via, s.byte, s.masking});
        return;
    }
  }

  std::map<NodeId, ModelNode> nodes_;
  std::map<ColumnId, ModelNode> columns_;
  Lists<Edge> out_, in_, versions_;
  Lists<ColumnEdge> column_out_, column_in_;
};

// How a random history is made.
struct HistoryOptions {
  size_t steps = 300;
  bool late_edges = true;     // some edges come with a position before that of earlier ones
  double hub = 0.0;           // share of edges at the oldest nodes
  double edge_share = 0.6;    // of the steps; columns and their edges come on top
  Position per_position = 3;  // steps that share a position, about
};

// A random history: ids with gaps, cycles, self loops, double edges, several versions, vias that
// nothing reads, columns.
class HistoryMaker {
 public:
  HistoryMaker(uint32_t seed, HistoryOptions options) : random_(seed), options_(options) {}

  std::vector<Step> Make() {
    for (int i = 0; i < 4; ++i) AddNode();
    while (steps_.size() < options_.steps) {
      if (Chance(1.0 / static_cast<double>(options_.per_position))) ++position_;
      if (Chance(0.25)) {
        Chance(0.3) || columns_.size() < 2 ? AddColumn() : AddColumnEdge();
      } else if (Chance(options_.edge_share)) {
        AddEdge();
      } else {
        AddNode();
      }
    }
    return std::move(steps_);
  }

 private:
  struct Known {
    uint32_t id;
    Position position;
  };

  bool Chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  const Known& Pick(const std::vector<Known>& from) {
    if (Chance(options_.hub)) return from[Below(std::min<size_t>(2, from.size()))];
    return from[Below(from.size())];
  }

  void AddNode() {
    next_id_ += 1 + static_cast<uint32_t>(Below(3));
    const Known known{next_id_, position_};
    Step step{Step::Kind::kRun, position_, next_id_};
    const size_t what = assets_.empty() ? 0 : Below(10);
    if (what < 2) {
      step.kind = Step::Kind::kAsset;
      step.byte = static_cast<uint8_t>(Below(256));
      assets_.push_back(known);
      data_.push_back(known);
    } else if (what < 6) {
      step.kind = Step::Kind::kVersion;
      step.b = assets_[Below(assets_.size())].id;
      step.number = ++numbers_[step.b];
      data_.push_back(known);
    } else {
      if (what == 9) step.kind = Step::Kind::kDeclaration;
      vias_.push_back(known);
    }
    steps_.push_back(step);
  }

  Position EdgePosition(const Known& a, const Known& b) {
    const Position earliest = std::max(a.position, b.position);
    if (!options_.late_edges || Chance(0.7)) return position_;
    return earliest + static_cast<Position>(Below(static_cast<size_t>(position_ - earliest) + 1));
  }

  void AddEdge() {
    if (data_.empty() || vias_.empty()) return AddNode();
    const Known& data = Pick(data_);
    const Known& via = Pick(vias_);
    Step step{Step::Kind::kEdge, EdgePosition(data, via), data.id, via.id};
    if (Chance(0.4)) std::swap(step.a, step.b);
    steps_.push_back(step);
  }

  void AddColumn() {
    if (assets_.empty()) return AddNode();
    next_column_ += 1 + static_cast<uint32_t>(Below(2));
    columns_.push_back({next_column_, position_});
    steps_.push_back(
        {Step::Kind::kColumn, position_, next_column_, assets_[Below(assets_.size())].id});
  }

  void AddColumnEdge() {
    if (vias_.empty()) return AddNode();
    const Known& source = Pick(columns_);
    const Known& target = Pick(columns_);
    Step step{Step::Kind::kColumnEdge, EdgePosition(source, target), source.id, target.id};
    step.byte = static_cast<uint8_t>(Below(5));
    step.masking = Chance(0.2);
    step.via = vias_[Below(vias_.size())].id;
    steps_.push_back(step);
  }

  std::mt19937 random_;
  const HistoryOptions options_;
  std::vector<Step> steps_;
  std::vector<Known> assets_, data_, vias_, columns_;
  std::map<uint32_t, uint32_t> numbers_;
  uint32_t next_id_ = 0;
  uint32_t next_column_ = 0;
  Position position_ = 1;
};

inline Position LastPosition(const std::vector<Step>& steps) {
  Position last = 0;
  for (const Step& step : steps) last = std::max(last, step.position);
  return last;
}

inline void BuildStepByStep(const std::vector<Step>& steps, Graph& graph) {
  for (const Step& step : steps) Apply(step, graph);
  graph.Publish(LastPosition(steps));
}

inline void BuildAtOnce(const std::vector<Step>& steps, Graph& graph) {
  GraphLoader loader(&graph);
  for (const Step& step : steps) Apply(step, loader);
  loader.Finish(LastPosition(steps));
}

}  // namespace whence::lineage::testing
