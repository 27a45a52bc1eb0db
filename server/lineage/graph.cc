#include "lineage/graph.h"

#include "base/assert.h"
#include "lineage/graph_store.h"

namespace whence::lineage {
namespace {

using internal::Adjacency;
using internal::GraphStore;

// For lists of node and column ids from outside: unknown ids have empty lists.
template <typename Entry>
void Visit(const GraphStore& store, const Adjacency<Entry>& lists, uint32_t id, Position as_of,
           absl::FunctionRef<bool(const Entry&)> visit) {
  const uint32_t bound = store.Bound(as_of);
  const EpochManager::Guard guard = store.epochs.Enter();
  lists.ForEach(lists.Find(id), bound, visit);
}

template <typename Entry>
std::vector<Entry> Copy(const GraphStore& store, const Adjacency<Entry>& lists, uint32_t id,
                        Position as_of) {
  std::vector<Entry> entries;
  Visit<Entry>(store, lists, id, as_of, [&entries](const Entry& entry) {
    entries.push_back(entry);
    return true;
  });
  return entries;
}

template <typename Entry>
size_t Degree(const GraphStore& store, const Adjacency<Entry>& lists, uint32_t id, Position as_of) {
  const uint32_t bound = store.Bound(as_of);
  const EpochManager::Guard guard = store.epochs.Enter();
  return lists.Count(lists.Find(id), bound);
}

void Increment(std::atomic<size_t>& count) {
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

Graph::Graph() : store_(std::make_unique<GraphStore>()) {}
Graph::~Graph() = default;

void Graph::AddAsset(NodeId id, uint8_t kind, Position position) {
  store_->AddAsset(id, kind, position);
}

void Graph::AddVersion(NodeId id, NodeId asset, uint32_t number, Position position) {
  store_->AddVersion(id, asset, number, position);
  store_->versions.Append(store_->nodes.At(asset)->number, {id, static_cast<uint32_t>(position)});
}

void Graph::AddRun(NodeId id, Position position) {
  store_->AddNode(id, internal::kRunTag, 0, position);
}

void Graph::AddDeclaration(NodeId id, Position position) {
  store_->AddNode(id, internal::kDeclarationTag, 0, position);
}

void Graph::AddEdge(NodeId source, NodeId target, Position position) {
  store_->CheckEdge(source, target, position);
  const auto at = static_cast<uint32_t>(position);
  store_->out.Append(source, {target, at});
  store_->in.Append(target, {source, at});
  Increment(store_->edge_count);
}

void Graph::AddColumn(ColumnId id, NodeId asset, Position position) {
  store_->AddColumn(id, asset, position);
}

void Graph::AddColumnEdge(ColumnId source, ColumnId target, NodeId via, uint8_t transformation,
                          bool masking, Position position) {
  store_->CheckColumnEdge(source, target, position);
  const auto at = static_cast<uint32_t>(position);
  store_->column_out.Append(source, {target, at, via, transformation, masking});
  store_->column_in.Append(target, {source, at, via, transformation, masking});
  Increment(store_->column_edge_count);
}

void Graph::Publish(Position position) { store_->Publish(position); }

Position Graph::published() const { return store_->published.load(std::memory_order_acquire); }

NodeInfo Graph::Node(NodeId id) const { return store_->Node(id); }

bool Graph::Exists(NodeId id, Position as_of) const {
  return store_->Exists(id, store_->Bound(as_of));
}

void Graph::ForEachOut(NodeId id, Position as_of,
                       absl::FunctionRef<bool(const Edge&)> visit) const {
  Visit(*store_, store_->out, id, as_of, visit);
}

void Graph::ForEachIn(NodeId id, Position as_of, absl::FunctionRef<bool(const Edge&)> visit) const {
  Visit(*store_, store_->in, id, as_of, visit);
}

std::vector<Edge> Graph::Out(NodeId id, Position as_of) const {
  return Copy(*store_, store_->out, id, as_of);
}

std::vector<Edge> Graph::In(NodeId id, Position as_of) const {
  return Copy(*store_, store_->in, id, as_of);
}

size_t Graph::OutDegree(NodeId id, Position as_of) const {
  return Degree(*store_, store_->out, id, as_of);
}

size_t Graph::InDegree(NodeId id, Position as_of) const {
  return Degree(*store_, store_->in, id, as_of);
}

size_t Graph::ColumnOutDegree(ColumnId id, Position as_of) const {
  return Degree(*store_, store_->column_out, id, as_of);
}

size_t Graph::ColumnInDegree(ColumnId id, Position as_of) const {
  return Degree(*store_, store_->column_in, id, as_of);
}

size_t Graph::VersionCount(NodeId asset, Position as_of) const {
  const uint32_t bound = store_->Bound(as_of);
  const EpochManager::Guard guard = store_->epochs.Enter();
  return store_->versions.Count(store_->VersionsHeader(asset), bound);
}

bool Graph::HasEdge(NodeId source, NodeId target, Position as_of) const {
  const uint32_t bound = store_->Bound(as_of);
  const EpochManager::Guard guard = store_->epochs.Enter();
  const uint64_t out = store_->out.Find(source);
  const uint64_t in = store_->in.Find(target);
  const bool forward = Adjacency<Edge>::Size(out) <= Adjacency<Edge>::Size(in);
  const NodeId wanted = forward ? target : source;
  const Adjacency<Edge>& lists = forward ? store_->out : store_->in;
  return !lists.ForEach(forward ? out : in, bound,
                        [wanted](const Edge& edge) { return edge.node != wanted; });
}

void Graph::ForEachVersion(NodeId asset, Position as_of,
                           absl::FunctionRef<bool(const Edge&)> visit) const {
  const uint32_t bound = store_->Bound(as_of);
  const EpochManager::Guard guard = store_->epochs.Enter();
  store_->versions.ForEach(store_->VersionsHeader(asset), bound, visit);
}

std::vector<Edge> Graph::Versions(NodeId asset, Position as_of) const {
  std::vector<Edge> versions;
  ForEachVersion(asset, as_of, [&versions](const Edge& version) {
    versions.push_back(version);
    return true;
  });
  return versions;
}

NodeId Graph::ColumnAsset(ColumnId id) const { return store_->ColumnTag(id); }

bool Graph::ColumnExists(ColumnId id, Position as_of) const {
  return store_->ColumnExists(id, store_->Bound(as_of));
}

void Graph::ForEachColumnOut(ColumnId id, Position as_of,
                             absl::FunctionRef<bool(const ColumnEdge&)> visit) const {
  Visit(*store_, store_->column_out, id, as_of, visit);
}

void Graph::ForEachColumnIn(ColumnId id, Position as_of,
                            absl::FunctionRef<bool(const ColumnEdge&)> visit) const {
  Visit(*store_, store_->column_in, id, as_of, visit);
}

std::vector<ColumnEdge> Graph::ColumnOut(ColumnId id, Position as_of) const {
  return Copy(*store_, store_->column_out, id, as_of);
}

std::vector<ColumnEdge> Graph::ColumnIn(ColumnId id, Position as_of) const {
  return Copy(*store_, store_->column_in, id, as_of);
}

size_t Graph::node_count() const { return store_->node_count.load(std::memory_order_relaxed); }
size_t Graph::edge_count() const { return store_->edge_count.load(std::memory_order_relaxed); }
size_t Graph::column_count() const { return store_->column_count.load(std::memory_order_relaxed); }
size_t Graph::column_edge_count() const {
  return store_->column_edge_count.load(std::memory_order_relaxed);
}
NodeId Graph::max_node_id() const { return store_->max_node_id.load(std::memory_order_relaxed); }
ColumnId Graph::max_column_id() const {
  return store_->max_column_id.load(std::memory_order_relaxed);
}

GraphMemory Graph::Memory() const { return store_->Memory(); }

}  // namespace whence::lineage
