#include "lineage/graph_store.h"

#include "base/assert.h"

namespace whence::lineage::internal {
namespace {

bool IsGraphPosition(Position position) { return position >= 0 && position <= kMaxGraphPosition; }

}  // namespace

NodeInfo GraphStore::Node(NodeId id) const {
  NodeInfo info;
  const uint32_t tag = Tag(id);
  info.type = TypeOf(id, tag);
  if (info.type == NodeType::kNone) return info;
  const NodeRecord& record = *nodes.At(id);
  info.position = record.position;
  if (IsData(info.type)) info.asset = tag;
  if (info.type == NodeType::kVersion) info.number = record.number;
  if (info.type == NodeType::kAsset) info.kind = *kinds.At(record.number);
  return info;
}

void GraphStore::AddNode(NodeId id, uint32_t tag, uint32_t number, Position position) {
  WHENCE_ASSERT(id != kNoNode && id <= kMaxNodeId);
  WHENCE_ASSERT(IsGraphPosition(position));
  out.Ensure(id);
  in.Ensure(id);
  NodeRecord* record = nodes.Ensure(id);
  WHENCE_ASSERT(record->tag == 0);
  record->number = number;
  record->position = static_cast<uint32_t>(position);
  StoreRelease(record->tag, tag);
  node_count.store(node_count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (id > max_node_id.load(std::memory_order_relaxed)) {
    max_node_id.store(id, std::memory_order_relaxed);
  }
}

void GraphStore::AddAsset(NodeId id, uint8_t kind, Position position) {
  const uint32_t slot = asset_count++;
  *kinds.Ensure(slot) = kind;
  versions.Ensure(slot);
  AddNode(id, id, slot, position);
}

void GraphStore::AddVersion(NodeId id, NodeId asset, uint32_t number, Position position) {
  WHENCE_ASSERT(Type(asset) == NodeType::kAsset);
  WHENCE_ASSERT(nodes.At(asset)->position <= position);
  AddNode(id, asset, number, position);
}

void GraphStore::AddColumn(ColumnId id, NodeId asset, Position position) {
  WHENCE_ASSERT(id != 0 && id <= kMaxNodeId && asset != kNoNode);
  WHENCE_ASSERT(IsGraphPosition(position));
  column_out.Ensure(id);
  column_in.Ensure(id);
  ColumnRecord* record = columns.Ensure(id);
  WHENCE_ASSERT(record->asset == 0);
  record->position = static_cast<uint32_t>(position);
  StoreRelease(record->asset, asset);
  column_count.store(column_count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (id > max_column_id.load(std::memory_order_relaxed)) {
    max_column_id.store(id, std::memory_order_relaxed);
  }
}

void GraphStore::CheckEdge(NodeId source, NodeId target, Position position) const {
  const NodeType from = Type(source);
  const NodeType to = Type(target);
  WHENCE_ASSERT((IsData(from) && IsVia(to)) || (IsVia(from) && IsData(to)));
  WHENCE_ASSERT(IsGraphPosition(position));
  WHENCE_ASSERT(position >= nodes.At(source)->position && position >= nodes.At(target)->position);
}

void GraphStore::CheckColumnEdge(ColumnId source, ColumnId target, Position position) const {
  WHENCE_ASSERT(ColumnTag(source) != 0 && ColumnTag(target) != 0);
  WHENCE_ASSERT(IsGraphPosition(position));
  WHENCE_ASSERT(position >= columns.At(source)->position &&
                position >= columns.At(target)->position);
}

void GraphStore::Publish(Position position) {
  WHENCE_ASSERT(IsGraphPosition(position));
  if (position > published.load(std::memory_order_relaxed)) {
    published.store(position, std::memory_order_release);
  }
  edge_arena.Recycle();
  version_arena.Recycle();
  column_arena.Recycle();
}

GraphMemory GraphStore::Memory() const {
  GraphMemory memory;
  memory.headers = out.HeaderBytes() + in.HeaderBytes();
  memory.lists = edge_arena.live_words() * sizeof(uint64_t);
  memory.nodes = nodes.UsedBytes() + kinds.UsedBytes() + versions.HeaderBytes() +
                 version_arena.live_words() * sizeof(uint64_t);
  memory.columns = columns.UsedBytes() + column_out.HeaderBytes() + column_in.HeaderBytes() +
                   column_arena.live_words() * sizeof(uint64_t);
  memory.recyclable = (edge_arena.recyclable_words() + version_arena.recyclable_words() +
                       column_arena.recyclable_words()) *
                      sizeof(uint64_t);
  memory.total = out.TableBytes() + in.TableBytes() + edge_arena.MemoryBytes() +
                 nodes.MemoryBytes() + kinds.MemoryBytes() + versions.TableBytes() +
                 version_arena.MemoryBytes() + columns.MemoryBytes() + column_out.TableBytes() +
                 column_in.TableBytes() + column_arena.MemoryBytes() + sizeof(*this);
  const auto edges = static_cast<double>(edge_count.load(std::memory_order_relaxed));
  if (edges > 0) {
    memory.adjacency_per_edge = static_cast<double>(memory.headers + memory.lists) / edges;
    memory.total_per_edge = static_cast<double>(memory.total) / edges;
  }
  return memory;
}

}  // namespace whence::lineage::internal
