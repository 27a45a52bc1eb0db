#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "lineage/graph.h"
#include "lineage/graph_store.h"

namespace whence::lineage {
namespace {

// Edges between a prefetch and the use of what it fetched.
constexpr size_t kAhead = 16;

using internal::Adjacency;
using internal::BlockArena;
using internal::ListKind;
using internal::ListView;

struct RawEdge {
  NodeId source;
  NodeId target;
  uint32_t position;
};

struct RawColumnEdge {
  ColumnId source;
  ColumnId target;
  uint32_t position;
  NodeId via;
  uint8_t transformation;
  bool masking;
};

struct RawVersion {
  uint32_t slot;
  NodeId version;
  uint32_t position;
};

// The same list seen from either end.
struct OutSide {
  static uint32_t Owner(const RawEdge& edge) { return edge.source; }
  static Edge Entry(const RawEdge& edge) { return {edge.target, edge.position}; }
  static uint32_t Owner(const RawColumnEdge& edge) { return edge.source; }
  static ColumnEdge Entry(const RawColumnEdge& edge) {
    return {edge.target, edge.position, edge.via, edge.transformation, edge.masking};
  }
};
struct InSide {
  static uint32_t Owner(const RawEdge& edge) { return edge.target; }
  static Edge Entry(const RawEdge& edge) { return {edge.source, edge.position}; }
  static uint32_t Owner(const RawColumnEdge& edge) { return edge.target; }
  static ColumnEdge Entry(const RawColumnEdge& edge) {
    return {edge.source, edge.position, edge.via, edge.transformation, edge.masking};
  }
};
struct VersionSide {
  static uint32_t Owner(const RawVersion& version) { return version.slot; }
  static Edge Entry(const RawVersion& version) { return {version.version, version.position}; }
};

// Builds the lists of one direction by counting: how long each will be, where each begins in one
// run of memory, then every entry to its place. Lists that came out of order are sorted last.
template <typename Side, typename Entry, typename Raw>
class ListBuilder {
 public:
  ListBuilder(Adjacency<Entry>* lists, BlockArena* arena, const std::vector<Raw>& raw,
              uint32_t max_owner)
      : lists_(lists), arena_(arena), raw_(raw), cursor_(size_t{max_owner} + 1) {}

  void Build() {
    Count();
    Place();
    Fill();
    SortLists();
    lists_->AddToCount(raw_.size());
  }

 private:
  static constexpr uint32_t kInHeader = 0xFFFF'FFFF;

  void Count() {
    for (const Raw& edge : raw_) ++cursor_[Side::Owner(edge)];
  }

  void Place() {
    size_t total = 0;
    for (uint32_t& count : cursor_) {
      WHENCE_ASSERT(count <= internal::kMaxListSize);
      if (count == 0 || (Adjacency<Entry>::kInline && count == 1)) continue;
      total += count;
    }
    WHENCE_ASSERT(total < kInHeader);
    first_ = arena_->AllocateRun(total * Adjacency<Entry>::kEntryWords);
    entries_ = total == 0 ? nullptr : static_cast<Entry*>(arena_->At(first_));
    uint32_t next = 0;
    for (uint32_t owner = 0; owner < cursor_.size(); ++owner) {
      const uint32_t count = cursor_[owner];
      if (count == 0) continue;
      if (Adjacency<Entry>::kInline && count == 1) {
        cursor_[owner] = kInHeader;
        continue;
      }
      *lists_->Slot(owner) = ListView::Pack(
          ListKind::kExact, count, first_ + uint64_t{next} * Adjacency<Entry>::kEntryWords);
      cursor_[owner] = next;
      next += count;
    }
  }

  void Fill() {
    for (size_t i = 0; i < raw_.size(); ++i) {
      if (i + 2 * kAhead < raw_.size()) {
        __builtin_prefetch(&cursor_[Side::Owner(raw_[i + 2 * kAhead])], 1);
      }
      if (i + kAhead < raw_.size()) {
        const uint32_t place = cursor_[Side::Owner(raw_[i + kAhead])];
        __builtin_prefetch(entries_ + (place == kInHeader ? 0 : place), 1);
      }
      const uint32_t owner = Side::Owner(raw_[i]);
      const Entry entry = Side::Entry(raw_[i]);
      if (cursor_[owner] == kInHeader) {
        if constexpr (Adjacency<Entry>::kInline) {
          *lists_->Slot(owner) = Adjacency<Entry>::PackInline(entry);
        }
      } else {
        entries_[cursor_[owner]++] = entry;
      }
    }
  }

  void SortLists() {
    const auto by_position = [](const Entry& a, const Entry& b) { return a.position < b.position; };
    size_t begin = 0;
    for (const uint32_t end : cursor_) {
      if (end == kInHeader || end <= begin) continue;  // an empty list's cursor stays 0
      if (!std::is_sorted(entries_ + begin, entries_ + end, by_position)) {
        std::stable_sort(entries_ + begin, entries_ + end, by_position);
      }
      begin = end;
    }
  }

  Adjacency<Entry>* const lists_;
  BlockArena* const arena_;
  const std::vector<Raw>& raw_;
  // By owner: first how many entries it has, then where its next one goes.
  std::vector<uint32_t> cursor_;
  uint64_t first_ = 0;
  Entry* entries_ = nullptr;
};

template <typename T>
void Release(std::vector<T>& buffer) {
  std::vector<T>().swap(buffer);
}

}  // namespace

struct GraphLoader::Buffers {
  std::vector<RawEdge> edges;
  std::vector<RawColumnEdge> column_edges;
  std::vector<RawVersion> versions;
};

GraphLoader::GraphLoader(Graph* graph, size_t expected_edges, size_t expected_column_edges)
    : graph_(graph), buffers_(std::make_unique<Buffers>()) {
  WHENCE_ASSERT(graph->node_count() == 0 && graph->column_count() == 0);
  buffers_->edges.reserve(expected_edges);
  buffers_->column_edges.reserve(expected_column_edges);
}

GraphLoader::~GraphLoader() = default;

void GraphLoader::AddAsset(NodeId id, uint8_t kind, Position position) {
  graph_->AddAsset(id, kind, position);
}

void GraphLoader::AddVersion(NodeId id, NodeId asset, uint32_t number, Position position) {
  graph_->store_->AddVersion(id, asset, number, position);
  buffers_->versions.push_back(
      {graph_->store_->nodes.At(asset)->number, id, static_cast<uint32_t>(position)});
}

void GraphLoader::AddRun(NodeId id, Position position) { graph_->AddRun(id, position); }

void GraphLoader::AddDeclaration(NodeId id, Position position) {
  graph_->AddDeclaration(id, position);
}

void GraphLoader::AddEdge(NodeId source, NodeId target, Position position) {
  WHENCE_ASSERT(source <= graph_->max_node_id() && target <= graph_->max_node_id());
  WHENCE_ASSERT(position >= 0 && position <= kMaxGraphPosition);
  buffers_->edges.push_back({source, target, static_cast<uint32_t>(position)});
}

void GraphLoader::AddColumn(ColumnId id, NodeId asset, Position position) {
  graph_->AddColumn(id, asset, position);
}

void GraphLoader::AddColumnEdge(ColumnId source, ColumnId target, NodeId via,
                                uint8_t transformation, bool masking, Position position) {
  graph_->store_->CheckColumnEdge(source, target, position);
  buffers_->column_edges.push_back(
      {source, target, static_cast<uint32_t>(position), via, transformation, masking});
}

void GraphLoader::CheckEdges() const {
  const internal::GraphStore& store = *graph_->store_;
  const std::vector<RawEdge>& edges = buffers_->edges;
  for (size_t i = 0; i < edges.size(); ++i) {
    if (i + kAhead < edges.size()) {
      __builtin_prefetch(store.nodes.At(edges[i + kAhead].source));
      __builtin_prefetch(store.nodes.At(edges[i + kAhead].target));
    }
    store.CheckEdge(edges[i].source, edges[i].target, edges[i].position);
  }
}

void GraphLoader::Finish(Position position) {
  CheckEdges();
  internal::GraphStore& store = *graph_->store_;
  const uint32_t max_node = graph_->max_node_id();
  ListBuilder<OutSide, Edge, RawEdge>(&store.out, &store.edge_arena, buffers_->edges, max_node)
      .Build();
  ListBuilder<InSide, Edge, RawEdge>(&store.in, &store.edge_arena, buffers_->edges, max_node)
      .Build();
  store.edge_count.store(buffers_->edges.size(), std::memory_order_relaxed);
  Release(buffers_->edges);
  ListBuilder<VersionSide, Edge, RawVersion>(&store.versions, &store.version_arena,
                                             buffers_->versions, store.asset_count)
      .Build();
  Release(buffers_->versions);
  const uint32_t max_column = graph_->max_column_id();
  ListBuilder<OutSide, ColumnEdge, RawColumnEdge>(&store.column_out, &store.column_arena,
                                                  buffers_->column_edges, max_column)
      .Build();
  ListBuilder<InSide, ColumnEdge, RawColumnEdge>(&store.column_in, &store.column_arena,
                                                 buffers_->column_edges, max_column)
      .Build();
  store.column_edge_count.store(buffers_->column_edges.size(), std::memory_order_relaxed);
  Release(buffers_->column_edges);
  graph_->Publish(position);
}

}  // namespace whence::lineage
