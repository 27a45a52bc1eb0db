// What one mutation adds to the lineage graph, kept until it is durable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/limits.h"
#include "base/position.h"
#include "catalog/kind.h"
#include "lineage/graph.h"
#include "sql/writer.h"

namespace whence::lineage {

// Purpose: collects the nodes and edges of one mutation while it writes them to SQL, and adds them
// to the graph once the batch is committed. Nodes must be collected before the edges that name
// them, and everything with the mutation's position.
// Ownership: a value; holds nothing but a list of small records. Empty, it allocates nothing.
// Thread-safety: none; the graph is touched on the writer's thread only, in the commit hook.
class GraphChanges {
 public:
  // An asset's own node: "no particular version". For every asset that is created.
  void AddAsset(int64_t id, catalog::Kind kind, Position position);
  // A version. For every version that is registered.
  void AddVersion(int64_t id, int64_t asset_id, int64_t number, Position position);
  void AddRun(int64_t id, Position position);
  void AddDeclaration(int64_t id, Position position);
  // What a run or declaration read, and what it wrote. Callers keep edges unique.
  void AddRead(int64_t via, int64_t node, Position position);
  void AddWrite(int64_t via, int64_t node, Position position);
  void AddColumn(int64_t id, int64_t asset_id, Position position);
  void AddColumnEdge(int64_t source, int64_t target, int64_t via, int transformation, bool masking,
                     Position position);

  // What was collected of the column grain: new columns, and mappings with whether they mask.
  void ForEachColumn(absl::FunctionRef<void(ColumnId)> visit) const;
  void ForEachColumnEdge(
      absl::FunctionRef<void(ColumnId source, ColumnId target, bool masking)> visit) const;

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }

  // Whether the graph has room for all of it: ResourceExhausted EDGES_EXHAUSTED when a node that is
  // named here has `most` edges on that side, or an asset so many versions. Before CommitWith: a
  // hook cannot refuse.
  absl::Status CheckRoom(const Graph& graph, size_t most = kMaxNodeEdges) const;

  // Registers one commit hook that adds everything to `graph` (which must outlive the writer's
  // batch); none when there is nothing. Whoever calls it publishes the position afterwards, in a
  // later hook. Edges are added in the order of their keys in SQL, whatever the order in which they
  // were collected: so the graph that grew and the one that is loaded at the next start give the
  // same answers in the same order.
  void CommitWith(sql::WriteContext& context, Graph& graph) &&;

 private:
  enum class What : uint8_t {
    kAsset,
    kVersion,
    kRun,
    kDeclaration,
    kColumn,
    kRead,
    kWrite,
    kColumnEdge
  };
  // a, b, c by What: id and kind in `detail`; id, asset, number; id; id; id, asset; via, node;
  // via, node; via, target, source.
  struct Item {
    What what = What::kRun;
    uint8_t detail = 0;  // an asset's kind, a column edge's transformation
    bool masking = false;
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t position = 0;
  };

  static bool InKeyOrder(const Item& left, const Item& right);
  static void Apply(const Item& item, Graph& graph);
  // Of the longest list that it would make longer; vias have their own bounds.
  static size_t LengthOf(const Item& item, const Graph& graph);
  void Add(What what, int64_t a, int64_t b, int64_t c, Position position, int detail = 0,
           bool masking = false);

  std::vector<Item> items_;
};

}  // namespace whence::lineage
