#include "lineage/run_store.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"

#define WHENCE_RUN_COLUMNS                                                        \
  "id, uuid, job_id, state, start_time_us, end_time_us, parent_uuid, attributes," \
  " recorder, create_time_us, update_time_us, valid_from"

namespace whence::lineage {
namespace {

// States of a run follow each other without gaps: the last one that began is the one that held. The
// run's id is the same in all of its states, so the present state (unique by UUID) leads there.
constexpr sql::Query kCurrentRunByUuid{
    "SELECT " WHENCE_RUN_COLUMNS " FROM run WHERE uuid = ?1 AND valid_to = 9223372036854775807"};
constexpr sql::Query kRunById{
    "SELECT " WHENCE_RUN_COLUMNS
    " FROM run WHERE id = ?1 AND valid_from <= ?2 ORDER BY valid_from DESC LIMIT 1"};
constexpr sql::Query kListRuns{
    "SELECT " WHENCE_RUN_COLUMNS
    " FROM run WHERE id < ?1 AND valid_from <= ?2 AND valid_to > ?2 ORDER BY id DESC"};
constexpr sql::Query kListRunsOfJob{
    "SELECT " WHENCE_RUN_COLUMNS
    " FROM run WHERE job_id = ?3 AND id < ?1 AND valid_from <= ?2 AND valid_to > ?2"
    " ORDER BY id DESC"};

constexpr sql::Query kDataEdges{
    "SELECT e.direction, e.node_id, COALESCE(v.asset_id, e.node_id), COALESCE(v.number, 0),"
    " e.alias, e.position FROM edge AS e LEFT JOIN version AS v ON v.id = e.node_id"
    " WHERE e.via_id = ?1 AND e.position <= ?2 ORDER BY e.direction, e.node_id"};

constexpr sql::Query kColumnLinks{
    "SELECT target_id, source_id, transformation, masking, description, position"
    " FROM column_edge WHERE via_id = ?1 AND position <= ?2"
    " ORDER BY target_id, source_id, transformation LIMIT ?3"};

constexpr sql::Query kCountEdges{
    "SELECT count(*) FROM (SELECT 1 FROM edge WHERE via_id = ?1 LIMIT ?2) AS e"};
constexpr sql::Query kCountLinks{
    "SELECT count(*) FROM (SELECT 1 FROM column_edge WHERE via_id = ?1 LIMIT ?2) AS e"};
constexpr sql::Query kCountTransformations{
    "SELECT coalesce(sum(length(description)), 0) FROM column_edge WHERE via_id = ?1"};

constexpr sql::Query kDeclaration{
    "SELECT id, comment, creator, create_time_us, position FROM declaration"
    " WHERE id = ?1 AND position <= ?2"};
constexpr sql::Query kListDeclarations{
    "SELECT id, comment, creator, create_time_us, position FROM declaration"
    " WHERE id < ?1 AND position <= ?2 ORDER BY id DESC"};

constexpr sql::Query kFindColumn{
    "SELECT id, position FROM column_node WHERE asset_id = ?1 AND name = ?2"};
constexpr sql::Query kGetColumn{
    "SELECT asset_id, name FROM column_node WHERE id = ?1 AND position <= ?2"};
constexpr sql::Query kColumnsOfAsset{
    "SELECT id FROM column_node WHERE asset_id = ?1 AND position <= ?2 ORDER BY name"};

Run ReadRun(sql::Rows& rows) {
  Run run;
  run.id = rows.Int64(0);
  run.uuid = std::string(rows.Text(1));
  run.job_id = rows.Int64(2);
  run.state = static_cast<RunState>(rows.Int(3));
  run.start_time = rows.OptionalTime(4);
  run.end_time = rows.OptionalTime(5);
  run.parent_uuid = std::string(rows.Text(6));
  run.attributes = std::string(rows.Blob(7));
  run.recorder = std::string(rows.Text(8));
  run.create_time = rows.Time(9);
  run.update_time = rows.Time(10);
  run.position = rows.Int64(11);
  return run;
}

absl::StatusOr<std::optional<Run>> One(sql::Rows rows) {
  if (rows.Next()) return ReadRun(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

Declaration ReadDeclaration(sql::Rows& rows) {
  return Declaration{.id = rows.Int64(0),
                     .comment = std::string(rows.Text(1)),
                     .creator = std::string(rows.Text(2)),
                     .create_time = rows.Time(3),
                     .position = rows.Int64(4)};
}

int64_t Before(int64_t id) { return id > 0 ? id : std::numeric_limits<int64_t>::max(); }

absl::StatusOr<size_t> CountOf(sql::Rows rows) {
  const size_t count = rows.Next() ? static_cast<size_t>(rows.Int64(0)) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return count;
}

absl::Status RunNotFound(std::string_view which) {
  return NotFound("RUN_NOT_FOUND", StrCat("no run ", which),
                  "list the runs of a job with 'whence run list JOB'");
}

}  // namespace

absl::StatusOr<std::optional<Run>> FindRun(sql::Connection& connection, Position as_of,
                                           std::string_view uuid) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Run> run, One(connection.Run(kCurrentRunByUuid, uuid)));
  if (!run.has_value() || run->position <= as_of) return run;
  return One(connection.Run(kRunById, run->id, as_of));
}

absl::StatusOr<Run> GetRun(sql::Connection& connection, Position as_of, std::string_view uuid) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Run> run, FindRun(connection, as_of, uuid));
  if (!run.has_value()) return RunNotFound(uuid);
  return *std::move(run);
}

absl::StatusOr<Run> GetRunById(sql::Connection& connection, Position as_of, int64_t id) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Run> run, One(connection.Run(kRunById, id, as_of)));
  if (!run.has_value()) return RunNotFound(absl::StrCat("with node ", id));
  return *std::move(run);
}

absl::StatusOr<bool> ListRuns(sql::Connection& connection, const RunQuery& query,
                              absl::FunctionRef<bool(Run&&)> visit) {
  const int64_t before = Before(query.before_id);
  sql::Rows rows = query.job_id != 0
                       ? connection.Run(kListRunsOfJob, before, query.as_of, query.job_id)
                       : connection.Run(kListRuns, before, query.as_of);
  while (rows.Next()) {
    if (!visit(ReadRun(rows))) return false;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return true;
}

absl::StatusOr<std::vector<DataEdge>> ListDataEdges(sql::Connection& connection, Position as_of,
                                                    int64_t via_id) {
  std::vector<DataEdge> edges;
  sql::Rows rows = connection.Run(kDataEdges, via_id, as_of);
  while (rows.Next()) {
    edges.push_back(DataEdge{.direction = static_cast<EdgeDirection>(rows.Int(0)),
                             .node_id = rows.Int64(1),
                             .asset_id = rows.Int64(2),
                             .version = rows.Int64(3),
                             .alias = std::string(rows.Text(4)),
                             .position = rows.Int64(5)});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return edges;
}

absl::StatusOr<std::vector<ColumnLink>> ListColumnLinks(sql::Connection& connection, Position as_of,
                                                        int64_t via_id, size_t most) {
  std::vector<ColumnLink> links;
  sql::Rows rows = connection.Run(kColumnLinks, via_id, as_of, static_cast<int64_t>(most));
  while (rows.Next()) {
    links.push_back(ColumnLink{.target_id = rows.Int64(0),
                               .source_id = rows.Int64(1),
                               .transformation = rows.Int(2),
                               .masking = rows.Bool(3),
                               .description = std::string(rows.Text(4)),
                               .position = rows.Int64(5)});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return links;
}

absl::StatusOr<size_t> CountDataEdges(sql::Connection& connection, int64_t via_id, size_t most) {
  return CountOf(connection.Run(kCountEdges, via_id, static_cast<int64_t>(most) + 1));
}

absl::StatusOr<size_t> CountColumnLinks(sql::Connection& connection, int64_t via_id, size_t most) {
  return CountOf(connection.Run(kCountLinks, via_id, static_cast<int64_t>(most) + 1));
}

absl::StatusOr<size_t> CountTransformations(sql::Connection& connection, int64_t via_id) {
  return CountOf(connection.Run(kCountTransformations, via_id));
}

absl::StatusOr<Declaration> GetDeclaration(sql::Connection& connection, Position as_of,
                                           int64_t id) {
  sql::Rows rows = connection.Run(kDeclaration, id, as_of);
  if (rows.Next()) return ReadDeclaration(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return NotFound("DECLARATION_NOT_FOUND", absl::StrCat("no declaration ", id),
                  "the number is in the answer to RecordEdges and in lineage graphs");
}

absl::StatusOr<bool> ListDeclarations(sql::Connection& connection, Position as_of,
                                      int64_t before_id,
                                      absl::FunctionRef<bool(Declaration&&)> visit) {
  sql::Rows rows = connection.Run(kListDeclarations, Before(before_id), as_of);
  while (rows.Next()) {
    if (!visit(ReadDeclaration(rows))) return false;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return true;
}

absl::StatusOr<int64_t> FindColumn(sql::Connection& connection, Position as_of,
                                   const ColumnKey& key) {
  sql::Rows rows = connection.Run(kFindColumn, key.asset_id, key.name);
  int64_t id = 0;
  if (rows.Next() && rows.Int64(1) <= as_of) id = rows.Int64(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return id;
}

absl::StatusOr<ColumnKey> GetColumn(sql::Connection& connection, Position as_of, int64_t id) {
  sql::Rows rows = connection.Run(kGetColumn, id, as_of);
  if (rows.Next()) return ColumnKey{.asset_id = rows.Int64(0), .name = std::string(rows.Text(1))};
  WHENCE_RETURN_IF_ERROR(rows.status());
  return NotFound("COLUMN_NOT_FOUND", absl::StrCat("no column with node ", id));
}

absl::StatusOr<std::vector<int64_t>> ListColumnIds(sql::Connection& connection, Position as_of,
                                                   int64_t asset_id) {
  std::vector<int64_t> ids;
  sql::Rows rows = connection.Run(kColumnsOfAsset, asset_id, as_of);
  while (rows.Next()) ids.push_back(rows.Int64(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return ids;
}

}  // namespace whence::lineage
