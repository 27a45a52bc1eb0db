// The lineage graph in memory: what was read by which run, and what that run wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"

#include "base/limits.h"
#include "base/position.h"

namespace whence::lineage {

namespace internal {
class GraphStore;
}  // namespace internal

// A node is an object id of the catalog: dense, increasing, 0 unused. Not every id is a node.
using NodeId = uint32_t;
// Columns have dense ids of their own, interned elsewhere from (asset, column name); 0 unused.
using ColumnId = uint32_t;

inline constexpr NodeId kNoNode = 0;
// Ids keep one bit free, which lets a list of one edge live inside its 8-byte header.
inline constexpr NodeId kMaxNodeId = NodeId{kMaxObjectId};
// Positions are 32 bits in the graph; 4 billion mutations before that matters.
inline constexpr Position kMaxGraphPosition = kMaxPosition;

enum class NodeType : uint8_t {
  kNone,         // not a node of the lineage graph
  kAsset,        // an asset's own node: "no particular version"
  kVersion,      // one version of an asset
  kRun,          // via: one execution
  kDeclaration,  // via: declared lineage without a run
};

// True for kAsset and kVersion: what is read and written.
constexpr bool IsData(NodeType type) {
  return type == NodeType::kAsset || type == NodeType::kVersion;
}
// True for kRun and kDeclaration: what reads and writes.
constexpr bool IsVia(NodeType type) {
  return type == NodeType::kRun || type == NodeType::kDeclaration;
}

// What the graph knows about one node. `type` is kNone for an id that is no node.
struct NodeInfo {
  NodeType type = NodeType::kNone;
  uint8_t kind = 0;        // kAsset: the kind byte given to AddAsset
  NodeId asset = kNoNode;  // kAsset: itself; kVersion: the asset it belongs to
  uint32_t number = 0;     // kVersion: its number
  Position position = 0;   // when it came to be
};

// One entry of a node's adjacency list: the other end and when the edge became true.
struct Edge {
  NodeId node = kNoNode;
  uint32_t position = 0;

  friend bool operator==(const Edge&, const Edge&) = default;
};

// One entry of a column's adjacency list.
struct ColumnEdge {
  ColumnId column = 0;    // the other end
  uint32_t position = 0;  // when the mapping became true
  NodeId via = kNoNode;   // the run or declaration it came through
  uint8_t transformation = 0;
  bool masking = false;

  friend bool operator==(const ColumnEdge&, const ColumnEdge&) = default;
};

// Bytes held by a graph, by part.
struct GraphMemory {
  size_t headers = 0;     // adjacency headers of nodes, both directions
  size_t lists = 0;       // adjacency entries of nodes, both directions, incl. room to grow
  size_t nodes = 0;       // type, asset, number, position per node; the assets' version lists
  size_t columns = 0;     // everything of the column grain
  size_t recyclable = 0;  // outgrown lists: waiting for readers or ready for reuse
  size_t total = 0;       // what is held in all, incl. chunks not yet full and bookkeeping
  double adjacency_per_edge = 0;  // (headers + lists) / edges
  double total_per_edge = 0;      // total / edges; column edges are not counted as edges
};

// Purpose: lineage at version, asset and column grain, walked at the speed of flat arrays. The
// system of record is SQL; this is its in-memory view, rebuilt at start (GraphLoader) and
// advanced by the writer's commit hooks.
//
// Edges always go data -> via -> data: AddEdge(version, run) for a read, AddEdge(run, version)
// for a write. Every edge and node carries the ledger position at which it became true; a read
// as of position P sees what has a position <= P. Reads never see past published(): a read as of
// a later position (kForever, say, for "now") is a read as of published(), so a batch that is
// half applied is invisible.
//
// Thread-safety: the members marked [writer] are called from one thread at a time (the ledger's
// writer, or the start-up thread). All others may be called from any number of threads at any
// moment, also while the writer writes: they take no lock, never block the writer, and are never
// blocked by it. Callbacks run on the caller's thread and must not outlive the graph.
//
// Ownership: owns all of its memory. Not copyable, not movable (readers hold references).
class Graph {
 public:
  Graph();
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // --- [writer] growing ---------------------------------------------------------------------
  // Ids must be new, in 1..kMaxNodeId; positions in 0..kMaxGraphPosition. Breaking a rule stated
  // here is a programmer's error and aborts. Nothing added is seen before Publish().

  // An asset's own node. `kind` is kept for the caller, the graph does not interpret it.
  void AddAsset(NodeId id, uint8_t kind, Position position);
  // A version of `asset` (which must exist). Numbers are kept for the caller.
  void AddVersion(NodeId id, NodeId asset, uint32_t number, Position position);
  void AddRun(NodeId id, Position position);
  void AddDeclaration(NodeId id, Position position);
  // One end must be a data node, the other a via node; both must exist and be no younger than the
  // edge. Adding an edge twice makes a double edge: the caller keeps edges unique (in SQL), as
  // a check here would make wide runs quadratic. Positions may arrive out of order (then the
  // list is rebuilt, in O(its length)); in order, the cost is O(1) whatever the length.
  void AddEdge(NodeId source, NodeId target, Position position);

  // A column of `asset` (which need not be a node of the graph).
  void AddColumn(ColumnId id, NodeId asset, Position position);
  // Column `target` derives from column `source` through `via`. A column may derive from itself.
  void AddColumnEdge(ColumnId source, ColumnId target, NodeId via, uint8_t transformation,
                     bool masking, Position position);

  // Makes everything with a position <= `position` visible. Called once per committed batch, after
  // its nodes and edges were added; for readers to see whole batches, those have positions greater
  // than the last published(). Never goes back (a lower value is ignored). Also recycles outgrown
  // lists that no reader can see any more.
  void Publish(Position position);

  // --- reading ------------------------------------------------------------------------------
  // The newest position that readers may see.
  Position published() const;

  // What is known about `id`, whatever its position; type kNone when it is no node. Compare
  // `position`, or use Exists(), when the past matters.
  NodeInfo Node(NodeId id) const;
  NodeType type(NodeId id) const { return Node(id).type; }
  NodeId asset(NodeId id) const { return Node(id).asset; }
  uint32_t number(NodeId id) const { return Node(id).number; }
  uint8_t kind(NodeId asset_id) const { return Node(asset_id).kind; }
  // True when `id` is a node and was one at `as_of`.
  bool Exists(NodeId id, Position as_of = kForever) const;

  // Edges leaving / entering `id` as of `as_of`, in order of position. The callback returns true
  // to go on, false to stop. An id that is no node has none.
  void ForEachOut(NodeId id, Position as_of, absl::FunctionRef<bool(const Edge&)> visit) const;
  void ForEachIn(NodeId id, Position as_of, absl::FunctionRef<bool(const Edge&)> visit) const;
  // The same as vectors, for short lists.
  std::vector<Edge> Out(NodeId id, Position as_of = kForever) const;
  std::vector<Edge> In(NodeId id, Position as_of = kForever) const;
  size_t OutDegree(NodeId id, Position as_of = kForever) const;
  size_t InDegree(NodeId id, Position as_of = kForever) const;
  size_t ColumnOutDegree(ColumnId id, Position as_of = kForever) const;
  size_t ColumnInDegree(ColumnId id, Position as_of = kForever) const;
  size_t VersionCount(NodeId asset, Position as_of = kForever) const;
  // Looks through the shorter of the two lists.
  bool HasEdge(NodeId source, NodeId target, Position as_of = kForever) const;

  // The version nodes of an asset as of `as_of`, in order of position; `Edge::node` is the
  // version. Empty for what is no asset.
  void ForEachVersion(NodeId asset, Position as_of,
                      absl::FunctionRef<bool(const Edge&)> visit) const;
  std::vector<Edge> Versions(NodeId asset, Position as_of = kForever) const;

  // Columns. ColumnAsset is kNoNode for an unknown column.
  NodeId ColumnAsset(ColumnId id) const;
  bool ColumnExists(ColumnId id, Position as_of = kForever) const;
  void ForEachColumnOut(ColumnId id, Position as_of,
                        absl::FunctionRef<bool(const ColumnEdge&)> visit) const;
  void ForEachColumnIn(ColumnId id, Position as_of,
                       absl::FunctionRef<bool(const ColumnEdge&)> visit) const;
  std::vector<ColumnEdge> ColumnOut(ColumnId id, Position as_of = kForever) const;
  std::vector<ColumnEdge> ColumnIn(ColumnId id, Position as_of = kForever) const;

  // Counts of what was added so far, published or not.
  size_t node_count() const;
  size_t edge_count() const;
  size_t column_count() const;
  size_t column_edge_count() const;
  // Highest id added so far; scratch memory of walks is sized by it.
  NodeId max_node_id() const;
  ColumnId max_column_id() const;

  // Approximate while the writer writes, exact at rest.
  GraphMemory Memory() const;

  // For walks (walk*.cc) and the loader only.
  const internal::GraphStore& store() const { return *store_; }

 private:
  friend class GraphLoader;
  std::unique_ptr<internal::GraphStore> store_;
};

// Purpose: fills an empty graph at start with lists of exactly the needed size. Takes the same
// calls as Graph in any order of edges (nodes before the edges that name them), keeps edges in a
// buffer (12 bytes each), and builds all lists in Finish().
// Ownership: borrows the graph. Thread-safety: one thread; no reader may use the graph until
// Finish() returned.
class GraphLoader {
 public:
  // `graph` must be empty and outlive the loader. The expected counts only save reallocations.
  explicit GraphLoader(Graph* graph, size_t expected_edges = 0, size_t expected_column_edges = 0);
  ~GraphLoader();
  GraphLoader(const GraphLoader&) = delete;
  GraphLoader& operator=(const GraphLoader&) = delete;

  void AddAsset(NodeId id, uint8_t kind, Position position);
  void AddVersion(NodeId id, NodeId asset, uint32_t number, Position position);
  void AddRun(NodeId id, Position position);
  void AddDeclaration(NodeId id, Position position);
  void AddEdge(NodeId source, NodeId target, Position position);
  void AddColumn(ColumnId id, NodeId asset, Position position);
  void AddColumnEdge(ColumnId source, ColumnId target, NodeId via, uint8_t transformation,
                     bool masking, Position position);

  // Checks the edges, builds the lists and publishes `position`. Call once; edges of equal
  // position keep the order in which they were given.
  void Finish(Position position);

 private:
  struct Buffers;

  // Aborts unless every edge keeps the rules; all at once, which lets nodes be fetched ahead.
  void CheckEdges() const;

  Graph* graph_;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace whence::lineage
