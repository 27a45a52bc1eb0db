#include "lineage/run_apply.h"

#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/position.h"
#include "base/status_macros.h"
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

// Drops what the run has already. A column edge is known by target, source and transformation.
absl::Status KeepNew(sql::Connection& connection, int64_t run_id, std::vector<NewEdge>& edges) {
  if (edges.empty()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const std::vector<DataEdge> known,
                          ListDataEdges(connection, catalog::kNow, run_id));
  absl::flat_hash_set<std::pair<EdgeDirection, int64_t>> there;
  for (const DataEdge& edge : known) there.emplace(edge.direction, edge.node_id);
  std::erase_if(edges, [&there](const NewEdge& edge) {
    return there.contains({edge.direction, edge.node_id});
  });
  return absl::OkStatus();
}

absl::Status KeepNew(sql::Connection& connection, int64_t run_id,
                     std::vector<NewColumnLink>& links) {
  if (links.empty()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const std::vector<ColumnLink> known,
                          ListColumnLinks(connection, catalog::kNow, run_id));
  absl::flat_hash_map<int64_t, ColumnKey> names;
  absl::flat_hash_set<std::tuple<ColumnKey, ColumnKey, int>> there;
  for (const ColumnLink& link : known) {
    for (const int64_t id : {link.target_id, link.source_id}) {
      if (names.contains(id)) continue;
      WHENCE_ASSIGN_OR_RETURN(ColumnKey key, GetColumn(connection, catalog::kNow, id));
      names.emplace(id, std::move(key));
    }
    there.emplace(names.at(link.target_id), names.at(link.source_id), link.transformation);
  }
  std::erase_if(links, [&there](const NewColumnLink& link) {
    return there.contains({link.target, link.source, link.transformation});
  });
  return absl::OkStatus();
}

absl::Status InsertRun(sql::Connection& connection, const Run& run) {
  return connection.Execute(kInsertRun, run.id, run.position, kForever, run.uuid, run.job_id,
                            run.state, run.start_time, run.end_time, run.parent_uuid,
                            sql::Blob{run.attributes}, run.recorder, run.create_time,
                            run.update_time);
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
  return InsertRun(connection, run);
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
  WHENCE_RETURN_IF_ERROR(InsertRun(context.connection(), run));
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
  std::vector<NewEdge> edges = update.edges;
  std::vector<NewColumnLink> links = update.links;
  WHENCE_RETURN_IF_ERROR(KeepNew(connection, run.id, edges));
  WHENCE_RETURN_IF_ERROR(KeepNew(connection, run.id, links));
  if (edges.empty() && links.empty() && run == *current) {
    return AppliedRun{.run = std::move(run), .changed = false};
  }
  const ledger::Change& change = stamp();
  run.update_time = change.time;
  run.position = change.position;
  WHENCE_RETURN_IF_ERROR(WriteState(context, *current, run));
  WHENCE_RETURN_IF_ERROR(WriteEdges(context, change, graph, run.id, edges, links));
  return AppliedRun{.run = std::move(run), .changed = true};
}

}  // namespace whence::lineage
