// Walks over the lineage graph: closures, bounded and as of a position, and shortest paths.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/position.h"
#include "lineage/graph.h"

namespace whence::lineage {

enum class Direction : uint8_t {
  kUpstream = 1,    // towards the origin: against the edges
  kDownstream = 2,  // towards what derives: along the edges
  kBoth = 3,        // the union of the two closures (not the undirected component)
};

constexpr bool Includes(Direction direction, Direction part) {
  return (static_cast<unsigned>(direction) & static_cast<unsigned>(part)) ==
         static_cast<unsigned>(part);
}

enum class Grain : uint8_t {
  kVersion,  // nodes are versions (or assets without a particular version) and vias
  kAsset,    // nodes are assets and vias; an asset stands for itself and all of its versions
  kColumn,   // nodes are columns (ColumnId); vias are carried by the edges, not nodes
};

inline constexpr uint32_t kUnlimitedDepth = std::numeric_limits<uint32_t>::max();
inline constexpr size_t kUnlimitedNodes = std::numeric_limits<size_t>::max();
inline constexpr size_t kUnlimitedEdges = std::numeric_limits<size_t>::max();

struct WalkOptions {
  Direction direction = Direction::kDownstream;
  Grain grain = Grain::kVersion;
  // In hops from data to data (through a via node) or from column to column; 0: the roots only.
  uint32_t max_depth = kUnlimitedDepth;
  // Only nodes and edges with a position <= as_of are seen; later than published() means
  // published().
  Position as_of = kForever;
  // Bounds the nodes in the result, data and via nodes and roots together.
  size_t max_nodes = kUnlimitedNodes;
  // Fill WalkResult::edges / column_edges.
  bool collect_edges = false;
  // Bounds these edges.
  size_t max_edges = kUnlimitedEdges;
  // When set, looked at every few hundred nodes; true ends the walk early. May be null. Borrowed.
  const std::atomic<bool>* cancelled = nullptr;
};

// One node of a closure. Nodes come in order of depth, vias before the data nodes behind them,
// and within a depth in the order in which their predecessors list them.
struct Reached {
  NodeId node = kNoNode;  // a ColumnId at grain kColumn
  // The node from which this one was first reached: one step nearer to a root, on the side of the
  // graph that the walk came from. kNoNode for a root.
  NodeId predecessor = kNoNode;
  // Grain kColumn: the run or declaration of the edge from the predecessor. Else kNoNode.
  NodeId via = kNoNode;
  // Hops from the nearest root. A via has the depth of the data node before it.
  uint32_t depth = 0;
  // From which side(s) it was reached; roots have the direction of the walk. With kBoth in a
  // kBoth walk, `predecessor`, `via` and `depth` belong to the side that reached it first.
  Direction direction = Direction::kDownstream;

  friend bool operator==(const Reached&, const Reached&) = default;
};

// An edge between two reached nodes. At grain kAsset data ends are assets, and `position` is the
// earliest of the edges it stands for.
struct WalkEdge {
  NodeId source = kNoNode;
  NodeId target = kNoNode;
  uint32_t position = 0;

  friend bool operator==(const WalkEdge&, const WalkEdge&) = default;
};

struct WalkColumnEdge {
  ColumnId source = 0;
  ColumnId target = 0;
  NodeId via = kNoNode;
  uint32_t position = 0;
  uint8_t transformation = 0;
  bool masking = false;

  friend bool operator==(const WalkColumnEdge&, const WalkColumnEdge&) = default;
};

struct WalkResult {
  // Each node once; roots first, in the order given, data before vias (without repetitions, and
  // without those that did not exist as of the position).
  std::vector<Reached> nodes;
  // kBoth walks in graphs with cycles: for each non-root node with direction kBoth, the second
  // way it was reached (its `direction` names the side). Empty otherwise.
  std::vector<Reached> second_ways;
  // All edges seen as of the position whose two ends are in `nodes`; each once; when asked for. In
  // the order of the nodes they are listed by: upstream their targets, else their sources.
  std::vector<WalkEdge> edges;               // grains kVersion and kAsset
  std::vector<WalkColumnEdge> column_edges;  // grain kColumn
  // The position the walk was made at: as_of, or published() when that was less.
  Position position = 0;
  // A bound bit: there was more to reach.
  bool truncated_by_nodes = false;
  bool truncated_by_depth = false;
  // Of the edges some are missing: of the node in this place, and of all that come after it.
  bool truncated_by_edges = false;
  size_t edges_cut_at = 0;
  // Ended early through WalkOptions::cancelled; what is here is right but not complete.
  bool cancelled = false;

  bool truncated() const { return truncated_by_nodes || truncated_by_depth; }
};

// The closure of `roots`. Grain kVersion: data and via nodes may be roots (a run as root: its
// outputs downstream, its inputs upstream, are at depth 1). Grain kAsset: a version as root means
// its asset. Grain kColumn: roots are ColumnIds. Unknown roots, and roots younger than as_of, are
// left out. Never fails; thread-safe; takes no lock that a writer or another walk could hold for
// more than a few instructions; costs are proportional to what is reached, not to the graph.
WalkResult Walk(const Graph& graph, std::span<const NodeId> roots, const WalkOptions& options);

// The nodes from a root to `node`, first the root, last `node`, by following predecessors; empty
// when the walk did not reach it that way. For kBoth walks `side` picks the closure; otherwise it
// must be the walk's direction. Builds no index: O(size of the result).
std::vector<NodeId> PathTo(const WalkResult& result, NodeId node, Direction side);

// How one column led to the next.
struct ColumnHop {
  NodeId via = kNoNode;
  uint8_t transformation = 0;
  bool masking = false;

  friend bool operator==(const ColumnHop&, const ColumnHop&) = default;
};

// Always written in the direction of the data: from origin to what derives, also when it was
// searched upstream.
struct Path {
  // data, via, data, ... at grains kVersion and kAsset; columns at grain kColumn.
  std::vector<NodeId> nodes;
  // Grain kColumn: hops[i] leads from nodes[i] to nodes[i + 1]. Empty otherwise.
  std::vector<ColumnHop> hops;

  friend bool operator==(const Path&, const Path&) = default;
};

struct PathResult {
  // Shortest first; all different; no node twice in one path. Empty when there is none, or when
  // none was found before a bound bit.
  std::vector<Path> paths;
  Position position = 0;
  // The search ended at options.max_nodes (nodes looked at) or max_depth before it was sure that
  // there is no (further) path among those asked for.
  bool truncated_by_nodes = false;
  bool truncated_by_depth = false;
  bool cancelled = false;

  bool truncated() const { return truncated_by_nodes || truncated_by_depth; }
};

// A shortest path from any of `sources` to any of `targets`, following options.direction
// (kDownstream: along the edges; kUpstream: against them; kBoth: whichever of the two finds the
// shorter one, downstream when equal). A node that is both source and target is a path of one
// node. At most one path in the result; deterministic. collect_edges is ignored. Thread-safe as
// Walk.
PathResult FindPath(const Graph& graph, std::span<const NodeId> sources,
                    std::span<const NodeId> targets, const WalkOptions& options);

// Up to `k` shortest simple paths from any of `sources` to any of `targets`, in order of length,
// deterministic. options as for FindPath; kBoth merges the two directions by length. max_nodes
// bounds the work: nodes looked at by the search and steps taken in putting paths together.
PathResult FindPaths(const Graph& graph, std::span<const NodeId> sources,
                     std::span<const NodeId> targets, size_t k, const WalkOptions& options);

}  // namespace whence::lineage
