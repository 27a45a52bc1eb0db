#include "lineage/edge_writer.h"

#include "base/error.h"
#include "base/position.h"
#include "base/status_macros.h"
#include "catalog/securable.h"
#include "lineage/run_store.h"

namespace whence::lineage::internal {
namespace {

constexpr sql::Query kInsertEdge{
    "INSERT INTO edge (via_id, direction, node_id, position, alias) VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT DO NOTHING"};
constexpr sql::Query kInsertColumnEdge{
    "INSERT INTO column_edge"
    " (via_id, target_id, source_id, transformation, masking, description, position)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"};
constexpr sql::Query kInsertColumn{
    "INSERT INTO column_node (id, asset_id, name, position) VALUES (?1, ?2, ?3, ?4)"};

}  // namespace

absl::Status EdgeWriter::Write(int64_t via, const NewEdge& edge) {
  sql::Connection& connection = context_.connection();
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertEdge, via, edge.direction, edge.node_id,
                                            change_.position, edge.alias));
  if (connection.Changes() == 0) return absl::OkStatus();
  if (edge.direction == EdgeDirection::kRead) {
    graph_.AddRead(via, edge.node_id, change_.position);
  } else {
    graph_.AddWrite(via, edge.node_id, change_.position);
  }
  return absl::OkStatus();
}

absl::Status EdgeWriter::Write(int64_t via, const NewColumnLink& link) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t source, Intern(link.source));
  WHENCE_ASSIGN_OR_RETURN(const int64_t target, Intern(link.target));
  sql::Connection& connection = context_.connection();
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertColumnEdge, via, target, source,
                                            link.transformation, link.masking, link.description,
                                            change_.position));
  if (connection.Changes() > 0) {
    graph_.AddColumnEdge(source, target, via, link.transformation, link.masking, change_.position);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> EdgeWriter::Intern(const ColumnKey& key) {
  const auto [found, fresh] = interned_.try_emplace(key, 0);
  if (!fresh) return found->second;
  WHENCE_ASSIGN_OR_RETURN(int64_t id, FindColumn(context_.connection(), catalog::kNow, key));
  if (id == 0) {
    if (context_.Last(sql::Counter::kColumnId) >= int64_t{kMaxNodeId}) {
      return ResourceExhausted("COLUMN_IDS_EXHAUSTED",
                               "all 2,147,483,647 columns of this metastore are used",
                               "start another metastore");
    }
    id = context_.Next(sql::Counter::kColumnId);
    WHENCE_RETURN_IF_ERROR(
        context_.connection().Execute(kInsertColumn, id, key.asset_id, key.name, change_.position));
    graph_.AddColumn(id, key.asset_id, change_.position);
  }
  interned_[key] = id;
  return id;
}

}  // namespace whence::lineage::internal
