// Impact: everything downstream, by asset.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/position.h"
#include "lineage/graph.h"
#include "lineage/walk.h"

namespace whence::lineage {

struct ImpactOptions {
  Position as_of = kForever;
  uint32_t max_depth = kUnlimitedDepth;
  size_t max_nodes = kUnlimitedNodes;  // versions, runs and columns together
  size_t max_edges = kUnlimitedEdges;  // between columns
  const std::atomic<bool>* cancelled = nullptr;
};

// A version, asset or run that was reached.
struct ImpactNode {
  NodeId node = kNoNode;
  NodeId predecessor = kNoNode;  // one step nearer to the root; kNoNode where a path begins
  ColumnId column = 0;           // where a path begins behind a column: that column
  uint32_t depth = 0;            // hops between data from the root
  bool root = false;
};

// A column that was reached.
struct ImpactColumn {
  ColumnId column = 0;
  ColumnId predecessor = 0;  // 0: a root
  NodeId via = kNoNode;      // between the two
  uint32_t depth = 0;
  bool masked = false;  // every way from a root passes a masking transformation
};

struct ImpactResult {
  std::vector<ImpactNode> nodes;      // nearest first; roots among them
  std::vector<ImpactColumn> columns;  // nearest first; of a column's impact only, roots first
  size_t run_count = 0;               // runs, without roots, that led to one of `nodes`
  Position position = 0;
  bool truncated_by_nodes = false;
  bool truncated_by_depth = false;
  bool truncated_by_edges = false;
  bool cancelled = false;
};

// What derives from any of the roots, which are data or via nodes.
ImpactResult ImpactOfNodes(const Graph& graph, std::span<const NodeId> roots,
                           const ImpactOptions& options);

// Which data nodes a column's impact goes through when none of its columns is affected: all but
// tables and views, whose columns are told apart. Given the kind byte of the asset.
using OpaqueKind = bool (*)(uint8_t kind);

// What derives from a column of `asset` (`column` is 0 when nothing was ever said about it): the
// columns that come from it, the versions of the assets they stand in as the runs wrote them, and
// what else was made of those, through data of opaque kinds but not through tables or views that
// hold no affected column.
ImpactResult ImpactOfColumn(const Graph& graph, NodeId asset, ColumnId column, OpaqueKind is_opaque,
                            const ImpactOptions& options);

// An asset with what of it is affected.
struct AffectedAsset {
  NodeId asset = kNoNode;
  uint8_t kind = 0;                // as the graph has it
  uint32_t depth = 0;              // of its nearest node or column
  std::vector<uint32_t> versions;  // numbers, ascending; 0: the asset's own node
  std::vector<ColumnId> columns;   // nearest first
  NodeId nearest = kNoNode;        // its nearest node, if any: for PathToNode
};

// The affected assets, nearest first, without roots.
std::vector<AffectedAsset> AffectedAssets(const Graph& graph, const ImpactResult& result);

// A shortest way from a root: first columns (a column's impact only), then nodes. Each once.
struct ImpactPath {
  std::vector<ImpactColumn> columns;
  std::vector<NodeId> nodes;
};

// Purpose: finds ways in a result. Ownership: borrows the result. Thread-safety: const, any thread.
class ImpactPaths {
 public:
  explicit ImpactPaths(const ImpactResult& result);
  // True when the node is in the result.
  bool Reached(NodeId node) const { return Find(node) != nullptr; }
  // The depth of a node that was reached.
  uint32_t DepthOf(NodeId node) const { return Find(node)->depth; }
  // The way to a node, or to a column, that was reached.
  ImpactPath ToNode(NodeId node) const;
  ImpactPath ToColumn(ColumnId column) const;

 private:
  const ImpactNode* Find(NodeId node) const;
  const ImpactColumn* FindColumn(ColumnId column) const;

  const ImpactResult& result_;
  std::vector<uint32_t> by_node_;    // indices into result.nodes, by node
  std::vector<uint32_t> by_column_;  // indices into result.columns, by column
};

}  // namespace whence::lineage
