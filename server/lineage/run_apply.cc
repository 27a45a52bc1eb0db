#include "lineage/run_apply.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/position.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/changes.h"
#include "catalog/object_id.h"
#include "catalog/securable.h"
#include "lineage/edge_writer.h"
#include "lineage/run_store.h"

namespace whence::lineage {
namespace {

constexpr sql::Query kInsertRun{
    "INSERT INTO run (id, valid_from, valid_to, uuid, job_id, state, start_time_us, end_time_us,"
    " parent_uuid, attributes, recorder, create_time_us, update_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"};
constexpr sql::Query kCloseRun{"UPDATE run SET valid_to = ?2 WHERE id = ?1 AND valid_to = ?3"};
constexpr sql::Query kReplaceRun{
    "UPDATE run SET job_id = ?3, state = ?4, start_time_us = ?5, end_time_us = ?6,"
    " parent_uuid = ?7, attributes = ?8, update_time_us = ?9 WHERE id = ?1 AND valid_from = ?2"};

constexpr sql::Query kHasEdge{
    "SELECT 1 FROM edge WHERE via_id = ?1 AND direction = ?2 AND node_id = ?3"};
constexpr sql::Query kHasLink{
    "SELECT 1 FROM column_edge"
    " WHERE via_id = ?1 AND target_id = ?2 AND source_id = ?3 AND transformation = ?4"};

absl::StatusOr<RunState> NextState(const Run& run, RunState said) {
  if (said == RunState::kUnspecified || said == run.state) return run.state;
  if (said == RunState::kRunning) {
    return run.state == RunState::kUnspecified ? said : run.state;
  }
  if (!IsFinished(run.state)) return said;
  return FailedPrecondition("RUN_ALREADY_FINISHED",
                            absl::StrCat("run ", run.uuid, " has ended as ",
                                         RunStateName(run.state), ", not as ", RunStateName(said)),
                            "the first outcome stands; record what happened since as another run");
}

template <class T>
void Merge(const std::optional<T>& said, bool keep, T& field) {
  if (said.has_value() && !keep) field = *said;
}

// The run after the event, but for its position and times of change.
absl::StatusOr<Run> Merged(const Run& before, const RunUpdate& update, absl::Time now) {
  Run run = before;
  WHENCE_ASSIGN_OR_RETURN(run.state, NextState(before, update.state));
  const bool fill = update.fill_only;
  Merge(update.job_id, fill && run.job_id != 0, run.job_id);
  Merge(update.parent_uuid, fill && !run.parent_uuid.empty(), run.parent_uuid);
  Merge(update.attributes, false, run.attributes);
  if (update.start_time.has_value() && !(fill && run.start_time.has_value())) {
    run.start_time = update.start_time;
  }
  if (update.state == RunState::kRunning && !IsFinished(run.state) && !run.start_time.has_value()) {
    run.start_time = now;
  }
  if (IsFinished(update.state) && !run.end_time.has_value()) {
    run.end_time = update.end_time.value_or(now);
  }
  return run;
}

absl::StatusOr<bool> HasRow(sql::Rows rows) {
  const bool has = rows.Next();
  WHENCE_RETURN_IF_ERROR(rows.status());
  return has;
}

absl::StatusOr<bool> IsThere(sql::Connection& connection, int64_t run_id, const NewEdge& edge) {
  return HasRow(connection.Run(kHasEdge, run_id, edge.direction, edge.node_id));
}

// A column edge is known by target, source and transformation.
absl::StatusOr<bool> IsThere(sql::Connection& connection, int64_t run_id,
                             const NewColumnLink& link) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t target, FindColumn(connection, catalog::kNow, link.target));
  WHENCE_ASSIGN_OR_RETURN(const int64_t source, FindColumn(connection, catalog::kNow, link.source));
  if (target == 0 || source == 0) return false;
  return HasRow(connection.Run(kHasLink, run_id, target, source, link.transformation));
}

// What of it the run does not have yet. Asks for each, not for all that the run has: an event may
// be small and the run large.
template <class New>
absl::StatusOr<std::vector<New>> OnlyNew(sql::Connection& connection, int64_t run_id,
                                         const std::vector<New>& said) {
  std::vector<New> fresh;
  for (const New& one : said) {
    WHENCE_ASSIGN_OR_RETURN(const bool there, IsThere(connection, run_id, one));
    if (!there) fresh.push_back(one);
  }
  return fresh;
}

absl::Status TooMany(const Run& run, std::string_view what, size_t most) {
  return FailedPrecondition(
      "TOO_MANY_RUN_EDGES",
      absl::StrCat("run ", run.uuid, " would have over ", most, " ", ToAbsl(what)),
      "record the rest as further runs, with this one as their parent_run_id");
}

// Looks at a run that grew, before it is committed.
absl::Status CheckSize(sql::Connection& connection, const Run& run, bool edges, bool links) {
  if (edges) {
    WHENCE_ASSIGN_OR_RETURN(const size_t count, CountDataEdges(connection, run.id, kMaxRunEdges));
    if (count > kMaxRunEdges) return TooMany(run, "reads and writes", kMaxRunEdges);
  }
  if (links) {
    WHENCE_ASSIGN_OR_RETURN(const size_t count,
                            CountColumnLinks(connection, run.id, kMaxColumnMappings));
    if (count > kMaxColumnMappings) return TooMany(run, "column mappings", kMaxColumnMappings);
    WHENCE_ASSIGN_OR_RETURN(const size_t characters, CountTransformations(connection, run.id));
    if (characters > kMaxRunTransformations) {
      return TooMany(run, "characters of transformations", kMaxRunTransformations);
    }
  }
  return absl::OkStatus();
}

absl::Status InsertRun(sql::WriteContext& context, const Run& run) {
  context.Weigh(run.attributes.size());
  return context.connection().Execute(kInsertRun, run.id, run.position, kForever, run.uuid,
                                      run.job_id, run.state, run.start_time, run.end_time,
                                      run.parent_uuid, sql::Blob{run.attributes}, run.recorder,
                                      run.create_time, run.update_time);
}

// Writes the run's next state: in place when its last one is of the same mutation.
absl::Status WriteState(sql::WriteContext& context, const Run& before, const Run& run) {
  sql::Connection& connection = context.connection();
  catalog::NoteChange(context, run.id, run.position);
  if (before.position == run.position) {
    return connection.Execute(kReplaceRun, run.id, run.position, run.job_id, run.state,
                              run.start_time, run.end_time, run.parent_uuid,
                              sql::Blob{run.attributes}, run.update_time);
  }
  WHENCE_RETURN_IF_ERROR(connection.Execute(kCloseRun, run.id, run.position, kForever));
  return InsertRun(context, run);
}

absl::Status WriteEdges(sql::WriteContext& context, const ledger::Change& change,
                        GraphChanges& graph, int64_t run_id, const std::vector<NewEdge>& edges,
                        const std::vector<NewColumnLink>& links) {
  internal::EdgeWriter writer(context, change, graph);
  for (const NewEdge& edge : edges) WHENCE_RETURN_IF_ERROR(writer.Write(run_id, edge));
  for (const NewColumnLink& link : links) WHENCE_RETURN_IF_ERROR(writer.Write(run_id, link));
  return absl::OkStatus();
}

absl::StatusOr<AppliedRun> CreateRun(sql::WriteContext& context, Stamp stamp, GraphChanges& graph,
                                     const RunUpdate& update) {
  Run blank;
  blank.uuid = update.uuid;
  WHENCE_ASSIGN_OR_RETURN(Run run, Merged(blank, update, context.now()));
  const ledger::Change& change = stamp();
  WHENCE_ASSIGN_OR_RETURN(run.id, catalog::NextObjectId(context));
  run.recorder = std::string(change.actor);
  run.create_time = change.time;
  run.update_time = change.time;
  run.position = change.position;
  WHENCE_RETURN_IF_ERROR(InsertRun(context, run));
  graph.AddRun(run.id, change.position);
  WHENCE_RETURN_IF_ERROR(WriteEdges(context, change, graph, run.id, update.edges, update.links));
  return AppliedRun{.run = std::move(run), .changed = true};
}

}  // namespace

absl::StatusOr<AppliedRun> ApplyRun(sql::WriteContext& context, Stamp stamp, GraphChanges& graph,
                                    const std::optional<Run>& current, const RunUpdate& update) {
  if (!current.has_value()) return CreateRun(context, stamp, graph, update);
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(Run run, Merged(*current, update, context.now()));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<NewEdge> edges,
                          OnlyNew(connection, run.id, update.edges));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<NewColumnLink> links,
                          OnlyNew(connection, run.id, update.links));
  if (edges.empty() && links.empty() && run == *current) {
    return AppliedRun{.run = std::move(run), .changed = false};
  }
  const ledger::Change& change = stamp();
  run.update_time = change.time;
  run.position = change.position;
  WHENCE_RETURN_IF_ERROR(WriteState(context, *current, run));
  WHENCE_RETURN_IF_ERROR(WriteEdges(context, change, graph, run.id, edges, links));
  WHENCE_RETURN_IF_ERROR(CheckSize(connection, run, !edges.empty(), !links.empty()));
  return AppliedRun{.run = std::move(run), .changed = true};
}

}  // namespace whence::lineage
