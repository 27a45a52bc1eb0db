#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lineage/impact.h"

namespace whence::lineage {
namespace {

// One column's impact: first the columns, then the data they stand in, then what was made of it.
class ColumnImpact {
 public:
  ColumnImpact(const Graph& graph, OpaqueKind is_opaque, const ImpactOptions& options)
      : graph_(graph),
        is_opaque_(is_opaque),
        options_(options),
        as_of_(std::min(options.as_of, graph.published())) {
    result_.position = as_of_;
  }

  ImpactResult Run(NodeId asset, ColumnId column) {
    WalkColumns(column);
    if (result_.cancelled) return std::move(result_);
    holders_.insert(asset);
    for (const ImpactColumn& reached : result_.columns) {
      holders_.insert(graph_.ColumnAsset(reached.column));
    }
    StartAtRoot(asset, column);
    StartAtColumns();
    Expand();
    result_.run_count = runs_.size();
    return std::move(result_);
  }

 private:
  void WalkColumns(ColumnId column) {
    const ColumnId roots[] = {column};
    walk_ = Walk(graph_, roots,
                 {.direction = Direction::kDownstream,
                  .grain = Grain::kColumn,
                  .max_depth = options_.max_depth,
                  .as_of = as_of_,
                  .max_nodes = options_.max_nodes,
                  .collect_edges = true,
                  .max_edges = options_.max_edges,
                  .cancelled = options_.cancelled});
    result_.truncated_by_nodes = walk_.truncated_by_nodes;
    result_.truncated_by_depth = walk_.truncated_by_depth;
    result_.truncated_by_edges = walk_.truncated_by_edges;
    result_.cancelled = walk_.cancelled;
    result_.columns.reserve(walk_.nodes.size());
    for (const Reached& reached : walk_.nodes) {
      place_of_column_.emplace(reached.node, result_.columns.size());
      result_.columns.push_back({.column = reached.node,
                                 .predecessor = reached.predecessor,
                                 .via = reached.via,
                                 .depth = reached.depth,
                                 .masked = reached.predecessor != kNoNode});
    }
    Unmask(column);
  }

  // Clears `masked` of the columns to which a way without masking leads.
  void Unmask(ColumnId root) {
    std::vector<ColumnId> queue = {root};
    for (size_t head = 0; head < queue.size(); ++head) {
      graph_.ForEachColumnOut(queue[head], as_of_, [&](const ColumnEdge& edge) {
        const auto found = place_of_column_.find(edge.column);
        if (edge.masking || found == place_of_column_.end()) return true;
        ImpactColumn& column = result_.columns[found->second];
        if (std::exchange(column.masked, false)) queue.push_back(edge.column);
        return true;
      });
    }
  }

  // All of the asset whose column is asked about.
  void StartAtRoot(NodeId asset, ColumnId column) {
    Start(asset, column, 0, /*root=*/true);
    graph_.ForEachVersion(asset, as_of_, [&](const Edge& version) {
      Start(version.node, column, 0, /*root=*/true);
      return true;
    });
  }

  // The versions with affected columns: what the runs wrote to the assets of those columns.
  void StartAtColumns() {
    // The nearest column that came to an asset through a run or declaration.
    struct Arrival {
      ColumnId column = 0;
      uint32_t depth = kUnlimitedDepth;
    };
    absl::flat_hash_map<std::pair<NodeId, NodeId>, Arrival> arrivals;  // by via and asset
    std::vector<std::pair<NodeId, NodeId>> order;
    for (const WalkColumnEdge& edge : walk_.column_edges) {
      if (graph_.type(edge.via) == NodeType::kRun) runs_.insert(edge.via);
      const uint32_t depth = result_.columns[place_of_column_.at(edge.source)].depth + 1;
      const std::pair<NodeId, NodeId> key(edge.via, graph_.ColumnAsset(edge.target));
      Arrival& arrival = arrivals[key];
      if (arrival.column == 0) order.push_back(key);
      if (depth < arrival.depth) arrival = {.column = edge.target, .depth = depth};
    }
    for (const auto& [via, asset] : order) {
      const Arrival& arrival = arrivals.at({via, asset});
      bool wrote = false;
      graph_.ForEachOut(via, as_of_, [&, asset = asset](const Edge& write) {
        if (graph_.asset(write.node) != asset) return true;
        wrote = true;
        Start(write.node, arrival.column, arrival.depth, /*root=*/false);
        return true;
      });
      if (!wrote) Start(asset, arrival.column, arrival.depth, /*root=*/false);
    }
  }

  void Start(NodeId node, ColumnId column, uint32_t depth, bool root) {
    if (depth > options_.max_depth) return;
    if (levels_.size() <= depth) levels_.resize(depth + 1);
    levels_[depth].push_back({.node = node, .column = column, .depth = depth, .root = root});
  }

  void Expand() {
    for (uint32_t depth = 0; depth < levels_.size(); ++depth) {
      // By index: the level grows no more, but the list of levels does.
      for (size_t i = 0; i < levels_[depth].size(); ++i) {
        const ImpactNode node = levels_[depth][i];
        if (!place_.contains(node.node) && Full()) return;
        if (Take(node) && !ExpandFrom(node)) return;
      }
    }
  }

  // Puts a node into the result, once. A root whose column feeds its own table is no longer only a
  // root.
  bool Take(const ImpactNode& node) {
    const auto [found, fresh] = place_.try_emplace(node.node, result_.nodes.size());
    if (!fresh) {
      ImpactNode& there = result_.nodes[found->second];
      if (there.root && !node.root && node.predecessor == kNoNode) {
        there.root = false;
        there.depth = node.depth;
      }
      return false;
    }
    result_.nodes.push_back(node);
    return true;
  }

  bool Full() {
    if (result_.columns.size() + result_.nodes.size() < options_.max_nodes) return false;
    result_.truncated_by_nodes = true;
    return true;
  }

  bool Cancelled() {
    if (options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed)) {
      result_.cancelled = true;
    }
    return result_.cancelled;
  }

  // Goes on through the runs that read the node. False when a bound ended the search.
  bool ExpandFrom(const ImpactNode& node) {
    if (Cancelled()) return false;
    bool more = true;
    graph_.ForEachOut(node.node, as_of_, [&](const Edge& read) {
      if (place_.contains(read.node)) return true;
      if (!LeadsOn(read.node)) return true;
      if (node.depth >= options_.max_depth) {
        result_.truncated_by_depth = true;
        return false;
      }
      if (Full()) return more = false;
      Take({.node = read.node, .predecessor = node.node, .depth = node.depth});
      if (graph_.type(read.node) == NodeType::kRun) runs_.insert(read.node);
      graph_.ForEachOut(read.node, as_of_, [&](const Edge& write) {
        if (!place_.contains(write.node) && Includes(write.node)) {
          Add({.node = write.node, .predecessor = read.node, .depth = node.depth + 1});
        }
        return true;
      });
      return true;
    });
    return more;
  }

  void Add(const ImpactNode& node) {
    if (levels_.size() <= node.depth) levels_.resize(node.depth + 1);
    levels_[node.depth].push_back(node);
  }

  bool LeadsOn(NodeId via) const {
    bool leads = false;
    graph_.ForEachOut(via, as_of_, [&](const Edge& write) {
      leads = Includes(write.node);
      return !leads;
    });
    return leads;
  }

  // A table or view without an affected column is not on the way.
  bool Includes(NodeId data) const {
    const NodeId asset = graph_.asset(data);
    return is_opaque_(graph_.kind(asset)) || holders_.contains(asset);
  }

  const Graph& graph_;
  const OpaqueKind is_opaque_;
  const ImpactOptions& options_;
  const Position as_of_;
  WalkResult walk_;
  ImpactResult result_;
  absl::flat_hash_map<ColumnId, size_t> place_of_column_;
  absl::flat_hash_set<NodeId> holders_;          // assets with affected columns
  std::vector<std::vector<ImpactNode>> levels_;  // found, by depth
  absl::flat_hash_map<NodeId, size_t> place_;    // in result_.nodes
  absl::flat_hash_set<NodeId> runs_;
};

}  // namespace

ImpactResult ImpactOfColumn(const Graph& graph, NodeId asset, ColumnId column, OpaqueKind is_opaque,
                            const ImpactOptions& options) {
  return ColumnImpact(graph, is_opaque, options).Run(asset, column);
}

}  // namespace whence::lineage
