// The insides of Graph, for graph*.cc and walk*.cc only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lineage/epoch.h"
#include "lineage/graph.h"
#include "lineage/graph_adjacency.h"
#include "lineage/graph_arena.h"
#include "lineage/graph_table.h"
#include "lineage/walk_scratch.h"

namespace whence::lineage::internal {

// What is kept per node. `tag` tells the type: 0 none; an asset's own id; a version's asset; or
// one of the two below. It is stored last, so who reads a tag may read the rest.
struct NodeRecord {
  uint32_t tag;
  uint32_t number;  // kVersion: its number; kAsset: its slot in the tables of assets
  uint32_t position;
};
inline constexpr uint32_t kRunTag = kMaxNodeId + 1;
inline constexpr uint32_t kDeclarationTag = kMaxNodeId + 2;

struct ColumnRecord {
  uint32_t asset;  // stored last; 0: no column
  uint32_t position;
};

// Purpose, ownership and thread-safety: as Graph. Readers hold a guard of `epochs` while they
// look at lists, and read published() before anything else.
class GraphStore {
 public:
  GraphStore() = default;
  GraphStore(const GraphStore&) = delete;
  GraphStore& operator=(const GraphStore&) = delete;

  // The position a read as of `as_of` is made at, as the graph's lists have it.
  uint32_t Bound(Position as_of) const {
    const Position published_now = published.load(std::memory_order_acquire);
    return static_cast<uint32_t>(std::clamp(as_of, Position{0}, published_now));
  }

  NodeInfo Node(NodeId id) const;
  // kNone for what is no node.
  NodeType Type(NodeId id) const { return TypeOf(id, Tag(id)); }
  bool Exists(NodeId id, uint32_t bound) const {
    return Tag(id) != 0 && nodes.At(id)->position <= bound;
  }
  bool ColumnExists(ColumnId id, uint32_t bound) const {
    return ColumnTag(id) != 0 && columns.At(id)->position <= bound;
  }
  uint32_t Tag(NodeId id) const {
    NodeRecord* record = nodes.Find(id);
    return record == nullptr ? 0 : LoadAcquire(record->tag);
  }
  uint32_t ColumnTag(ColumnId id) const {
    ColumnRecord* record = columns.Find(id);
    return record == nullptr ? 0 : LoadAcquire(record->asset);
  }
  static NodeType TypeOf(NodeId id, uint32_t tag) {
    if (tag == 0) return NodeType::kNone;
    if (tag == kRunTag) return NodeType::kRun;
    if (tag == kDeclarationTag) return NodeType::kDeclaration;
    return tag == id ? NodeType::kAsset : NodeType::kVersion;
  }
  // The asset of a data node known to be published; itself for an asset.
  NodeId AssetOf(NodeId data) const { return nodes.At(data)->tag; }
  // The header of an asset's version list; 0 for what is no asset.
  uint64_t VersionsHeader(NodeId asset) const {
    return Type(asset) == NodeType::kAsset ? versions.Find(nodes.At(asset)->number) : 0;
  }

  // Writer.
  void AddNode(NodeId id, uint32_t tag, uint32_t number, Position position);
  void AddAsset(NodeId id, uint8_t kind, Position position);
  void AddVersion(NodeId id, NodeId asset, uint32_t number, Position position);
  void AddColumn(ColumnId id, NodeId asset, Position position);
  // Aborts unless the edge keeps the rules of Graph::AddEdge.
  void CheckEdge(NodeId source, NodeId target, Position position) const;
  void CheckColumnEdge(ColumnId source, ColumnId target, Position position) const;
  void Publish(Position position);
  GraphMemory Memory() const;

  std::atomic<Position> published{0};
  // Counts are written by the writer and read by anybody.
  std::atomic<size_t> node_count{0};
  std::atomic<size_t> edge_count{0};
  std::atomic<size_t> column_count{0};
  std::atomic<size_t> column_edge_count{0};
  std::atomic<uint32_t> max_node_id{0};
  std::atomic<uint32_t> max_column_id{0};

  mutable EpochManager epochs;
  SegmentedTable<NodeRecord> nodes;
  SegmentedTable<uint8_t> kinds;  // by asset slot
  uint32_t asset_count = 0;       // writer
  BlockArena edge_arena{&epochs};
  Adjacency<Edge> out{&edge_arena};
  Adjacency<Edge> in{&edge_arena};
  BlockArena version_arena{&epochs};
  Adjacency<Edge> versions{&version_arena};  // by asset slot
  SegmentedTable<ColumnRecord> columns;
  BlockArena column_arena{&epochs};
  Adjacency<ColumnEdge> column_out{&column_arena};
  Adjacency<ColumnEdge> column_in{&column_arena};
  mutable WalkScratchPool scratch;
};

}  // namespace whence::lineage::internal
