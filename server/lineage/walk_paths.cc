#include "lineage/walk_paths.h"

#include <algorithm>

#include "lineage/graph_store.h"
#include "lineage/walk.h"

namespace whence::lineage {
namespace {

using internal::DirectionOf;
using internal::GraphStore;
using internal::kDown;
using internal::kUp;
using internal::RawPath;
using internal::Side;
using internal::WalkScratch;

struct Ends {
  std::span<const NodeId> sources;
  std::span<const NodeId> targets;
};

// What the edges of a column path say, found again by their ends.
ColumnHop HopBetween(const GraphStore& store, ColumnId source, ColumnId target, NodeId via,
                     uint32_t bound) {
  ColumnHop hop{via, 0, false};
  store.column_out.ForEach(store.column_out.Header(source), bound, [&](const ColumnEdge& edge) {
    if (edge.column != target || edge.via != via) return true;
    hop.transformation = edge.transformation;
    hop.masking = edge.masking;
    return false;
  });
  return hop;
}

// As searched -> as data flows.
Path Finish(const GraphStore& store, RawPath raw, Side side, Grain grain, uint32_t bound) {
  Path path;
  path.nodes = std::move(raw.nodes);
  if (grain == Grain::kColumn) raw.vias.erase(raw.vias.begin());
  if (side == kUp) {
    std::reverse(path.nodes.begin(), path.nodes.end());
    std::reverse(raw.vias.begin(), raw.vias.end());
  }
  if (grain == Grain::kColumn) {
    for (size_t i = 0; i + 1 < path.nodes.size(); ++i) {
      path.hops.push_back(HopBetween(store, path.nodes[i], path.nodes[i + 1], raw.vias[i], bound));
    }
  }
  return path;
}

// The first path that a plain search meets; empty when none.
template <typename Space>
RawPath FirstPath(const Space& space, Side side, const Ends& ends, WalkOptions options,
                  WalkScratch* scratch, PathResult* result) {
  options.direction = DirectionOf(side);
  WalkResult walk;
  std::vector<NodeId> marked;
  for (const NodeId id : ends.targets) {
    const NodeId target = space.Root(id);
    if (target != kNoNode && scratch->marks.Insert(target)) marked.push_back(target);
  }
  internal::Closure<Space> closure(space, options, scratch, &walk);
  closure.StopAt(&scratch->marks);
  if (!marked.empty()) closure.Run(ends.sources);
  closure.Result();
  closure.Clear();
  for (const NodeId target : marked) scratch->marks.ClearWord(target);
  RawPath path;
  NodeId wanted = closure.found();
  if (wanted == kNoNode) {
    result->truncated_by_nodes |= walk.truncated_by_nodes;
    result->truncated_by_depth |= walk.truncated_by_depth;
    result->cancelled |= walk.cancelled;
  }
  for (size_t i = walk.nodes.size(); i-- > 0 && wanted != kNoNode;) {
    const Reached& reached = walk.nodes[i];
    if (reached.node != wanted) continue;
    path.nodes.push_back(reached.node);
    path.vias.push_back(reached.via);
    wanted = reached.predecessor;
  }
  std::reverse(path.nodes.begin(), path.nodes.end());
  std::reverse(path.vias.begin(), path.vias.end());
  return path;
}

// Runs search(space, side) -> vector<RawPath> for the sides asked for; all paths by length,
// downstream first among equals, at most k.
template <typename Space, typename Search>
void SearchSides(const GraphStore& store, const WalkOptions& options, uint32_t bound, size_t k,
                 PathResult* result, Search&& search) {
  const EpochManager::Guard guard = store.epochs.Enter();
  const Space space(store, bound);
  for (const Side side : {kDown, kUp}) {
    if (!Includes(options.direction, DirectionOf(side)) || result->cancelled) continue;
    for (RawPath& raw : search(space, side)) {
      Path path = Finish(store, std::move(raw), side, options.grain, bound);
      // A path of one node is found both ways.
      if (path.nodes.size() == 1 &&
          std::find(result->paths.begin(), result->paths.end(), path) != result->paths.end()) {
        continue;
      }
      result->paths.push_back(std::move(path));
    }
  }
  std::stable_sort(result->paths.begin(), result->paths.end(),
                   [](const Path& a, const Path& b) { return a.nodes.size() < b.nodes.size(); });
  if (result->paths.size() > k) result->paths.resize(k);
}

template <typename Space>
PathResult FindPathIn(const GraphStore& store, const Ends& ends, const WalkOptions& options,
                      uint32_t bound, uint32_t max_id) {
  PathResult result;
  result.position = bound;
  const internal::WalkScratchPool::Lease scratch = store.scratch.Borrow(max_id);
  SearchSides<Space>(store, options, bound, 1, &result, [&](const Space& space, Side side) {
    std::vector<RawPath> found;
    RawPath path = FirstPath(space, side, ends, options, &*scratch, &result);
    if (!path.nodes.empty()) found.push_back(std::move(path));
    return found;
  });
  return result;
}

template <typename Space>
PathResult FindPathsIn(const GraphStore& store, const Ends& ends, size_t k,
                       const WalkOptions& options, uint32_t bound, uint32_t max_id) {
  PathResult result;
  result.position = bound;
  const internal::WalkScratchPool::Lease scratch = store.scratch.Borrow(max_id);
  SearchSides<Space>(store, options, bound, k, &result, [&](const Space& space, Side side) {
    return internal::PathEnumerator<Space>(space, side, options, &*scratch, &result)
        .Run(ends.sources, ends.targets, k);
  });
  return result;
}

}  // namespace

PathResult FindPath(const Graph& graph, std::span<const NodeId> sources,
                    std::span<const NodeId> targets, const WalkOptions& options) {
  const GraphStore& store = graph.store();
  const uint32_t bound = store.Bound(options.as_of);
  const Ends ends{sources, targets};
  switch (options.grain) {
    case Grain::kAsset:
      return FindPathIn<internal::AssetSpace>(store, ends, options, bound, graph.max_node_id());
    case Grain::kColumn:
      return FindPathIn<internal::ColumnSpace>(store, ends, options, bound, graph.max_column_id());
    case Grain::kVersion:
      break;
  }
  return FindPathIn<internal::VersionSpace>(store, ends, options, bound, graph.max_node_id());
}

PathResult FindPaths(const Graph& graph, std::span<const NodeId> sources,
                     std::span<const NodeId> targets, size_t k, const WalkOptions& options) {
  const GraphStore& store = graph.store();
  const uint32_t bound = store.Bound(options.as_of);
  const Ends ends{sources, targets};
  switch (options.grain) {
    case Grain::kAsset:
      return FindPathsIn<internal::AssetSpace>(store, ends, k, options, bound, graph.max_node_id());
    case Grain::kColumn:
      return FindPathsIn<internal::ColumnSpace>(store, ends, k, options, bound,
                                                graph.max_column_id());
    case Grain::kVersion:
      break;
  }
  return FindPathsIn<internal::VersionSpace>(store, ends, k, options, bound, graph.max_node_id());
}

}  // namespace whence::lineage
