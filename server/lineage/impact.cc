#include "lineage/impact.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/assert.h"

namespace whence::lineage {
namespace {

// True for a run that is no root and led to data.
bool Counts(const Graph& graph, const ImpactNode& node, Position as_of) {
  return !node.root && graph.type(node.node) == NodeType::kRun &&
         graph.OutDegree(node.node, as_of) > 0;
}

}  // namespace

ImpactResult ImpactOfNodes(const Graph& graph, std::span<const NodeId> roots,
                           const ImpactOptions& options) {
  const WalkResult walk = Walk(graph, roots,
                               {.direction = Direction::kDownstream,
                                .grain = Grain::kVersion,
                                .max_depth = options.max_depth,
                                .as_of = options.as_of,
                                .max_nodes = options.max_nodes,
                                .cancelled = options.cancelled});
  ImpactResult result;
  result.position = walk.position;
  result.truncated_by_nodes = walk.truncated_by_nodes;
  result.truncated_by_depth = walk.truncated_by_depth;
  result.cancelled = walk.cancelled;
  result.nodes.reserve(walk.nodes.size());
  for (const Reached& reached : walk.nodes) {
    result.nodes.push_back({.node = reached.node,
                            .predecessor = reached.predecessor,
                            .depth = reached.depth,
                            .root = reached.predecessor == kNoNode});
    if (Counts(graph, result.nodes.back(), walk.position)) ++result.run_count;
  }
  return result;
}

std::vector<AffectedAsset> AffectedAssets(const Graph& graph, const ImpactResult& result) {
  std::vector<AffectedAsset> assets;
  absl::flat_hash_map<NodeId, size_t> place;
  const auto at = [&](NodeId asset, uint32_t depth) -> AffectedAsset& {
    const auto [found, fresh] = place.try_emplace(asset, assets.size());
    if (fresh) {
      assets.push_back({.asset = asset,
                        .kind = graph.kind(asset),
                        .depth = depth,
                        .versions = {},
                        .columns = {}});
    }
    AffectedAsset& affected = assets[found->second];
    affected.depth = std::min(affected.depth, depth);
    return affected;
  };
  for (const ImpactColumn& column : result.columns) {
    if (column.predecessor == 0) continue;
    at(graph.ColumnAsset(column.column), column.depth).columns.push_back(column.column);
  }
  for (const ImpactNode& node : result.nodes) {
    const NodeInfo info = graph.Node(node.node);
    if (node.root || !IsData(info.type)) continue;
    AffectedAsset& affected = at(info.asset, node.depth);
    if (affected.nearest == kNoNode) affected.nearest = node.node;
    affected.versions.push_back(info.type == NodeType::kVersion ? info.number : 0);
  }
  for (AffectedAsset& affected : assets) {
    std::sort(affected.versions.begin(), affected.versions.end());
  }
  std::stable_sort(
      assets.begin(), assets.end(),
      [](const AffectedAsset& a, const AffectedAsset& b) { return a.depth < b.depth; });
  return assets;
}

ImpactPaths::ImpactPaths(const ImpactResult& result) : result_(result) {
  by_node_.resize(result.nodes.size());
  std::iota(by_node_.begin(), by_node_.end(), 0);
  std::sort(by_node_.begin(), by_node_.end(), [&result](uint32_t a, uint32_t b) {
    return result.nodes[a].node < result.nodes[b].node;
  });
  by_column_.resize(result.columns.size());
  std::iota(by_column_.begin(), by_column_.end(), 0);
  std::sort(by_column_.begin(), by_column_.end(), [&result](uint32_t a, uint32_t b) {
    return result.columns[a].column < result.columns[b].column;
  });
}

const ImpactNode* ImpactPaths::Find(NodeId node) const {
  const auto found = std::lower_bound(
      by_node_.begin(), by_node_.end(), node,
      [this](uint32_t i, NodeId wanted) { return result_.nodes[i].node < wanted; });
  if (found == by_node_.end() || result_.nodes[*found].node != node) return nullptr;
  return &result_.nodes[*found];
}

const ImpactColumn* ImpactPaths::FindColumn(ColumnId column) const {
  const auto found = std::lower_bound(
      by_column_.begin(), by_column_.end(), column,
      [this](uint32_t i, ColumnId wanted) { return result_.columns[i].column < wanted; });
  if (found == by_column_.end() || result_.columns[*found].column != column) return nullptr;
  return &result_.columns[*found];
}

ImpactPath ImpactPaths::ToColumn(ColumnId column) const {
  ImpactPath path;
  for (const ImpactColumn* at = FindColumn(column); at != nullptr;
       at = at->predecessor == 0 ? nullptr : FindColumn(at->predecessor)) {
    path.columns.push_back(*at);
  }
  std::reverse(path.columns.begin(), path.columns.end());
  return path;
}

ImpactPath ImpactPaths::ToNode(NodeId node) const {
  std::vector<NodeId> nodes;
  ColumnId column = 0;
  for (const ImpactNode* at = Find(node); at != nullptr;
       at = at->predecessor == kNoNode ? nullptr : Find(at->predecessor)) {
    nodes.push_back(at->node);
    column = at->column;
  }
  std::reverse(nodes.begin(), nodes.end());
  ImpactPath path = column != 0 ? ToColumn(column) : ImpactPath{};
  path.nodes = std::move(nodes);
  return path;
}

}  // namespace whence::lineage
