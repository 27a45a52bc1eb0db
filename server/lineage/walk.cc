#include "lineage/walk.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

#include "lineage/graph_store.h"
#include "lineage/walk_closure.h"
#include "lineage/walk_edges.h"
#include "lineage/walk_space.h"

namespace whence::lineage {
namespace {

using internal::GraphStore;

template <typename Space>
WalkResult WalkIn(const GraphStore& store, std::span<const NodeId> roots,
                  const WalkOptions& options, uint32_t bound, uint32_t max_id) {
  WalkResult result;
  result.position = bound;
  const internal::WalkScratchPool::Lease scratch = store.scratch.Borrow(max_id);
  const EpochManager::Guard guard = store.epochs.Enter();
  const Space space(store, bound);
  internal::Closure<Space> closure(space, options, &*scratch, &result);
  closure.Run(roots);
  closure.Result();
  if (options.collect_edges && !result.cancelled) {
    internal::CollectEdges(store, options, bound, *scratch, &result);
  }
  closure.Clear();
  return result;
}

// The chain of predecessors of `node`, itself first. Predecessors come earlier in the result, so
// one pass from the back meets each in turn.
std::vector<NodeId> ChainByScan(const WalkResult& result, NodeId node, Direction side) {
  std::vector<NodeId> chain;
  for (size_t i = result.nodes.size(); i-- > 0 && node != kNoNode;) {
    const Reached& reached = result.nodes[i];
    if (reached.node != node || !Includes(reached.direction, side)) continue;
    chain.push_back(node);
    node = reached.predecessor;
  }
  return chain;
}

// The same where some nodes were reached from both sides and have two predecessors.
std::vector<NodeId> ChainByIndex(const WalkResult& result, NodeId node, Direction side) {
  absl::flat_hash_map<NodeId, NodeId> predecessors;
  for (const Reached& reached : result.nodes) {
    if (Includes(reached.direction, side)) predecessors[reached.node] = reached.predecessor;
  }
  for (const Reached& again : result.second_ways) {
    if (again.direction == side) predecessors[again.node] = again.predecessor;
  }
  std::vector<NodeId> chain;
  for (auto at = predecessors.find(node); at != predecessors.end();
       at = predecessors.find(at->second)) {
    chain.push_back(at->first);
  }
  return chain;
}

}  // namespace

WalkResult Walk(const Graph& graph, std::span<const NodeId> roots, const WalkOptions& options) {
  const GraphStore& store = graph.store();
  const uint32_t bound = store.Bound(options.as_of);
  switch (options.grain) {
    case Grain::kAsset:
      return WalkIn<internal::AssetSpace>(store, roots, options, bound, graph.max_node_id());
    case Grain::kColumn:
      return WalkIn<internal::ColumnSpace>(store, roots, options, bound, graph.max_column_id());
    case Grain::kVersion:
      break;
  }
  return WalkIn<internal::VersionSpace>(store, roots, options, bound, graph.max_node_id());
}

std::vector<NodeId> PathTo(const WalkResult& result, NodeId node, Direction side) {
  std::vector<NodeId> path = result.second_ways.empty() ? ChainByScan(result, node, side)
                                                        : ChainByIndex(result, node, side);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace whence::lineage
