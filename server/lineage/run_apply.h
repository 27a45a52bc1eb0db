// Writing runs: events merge, in whatever order and however often they come. On the writer's
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ledger/change.h"
#include "lineage/graph_changes.h"
#include "lineage/run.h"
#include "sql/writer.h"

namespace whence::lineage {

// Gives the mutation's stamp; the first call takes a ledger position. Asked for at the first write,
// so that an event that changes nothing takes none.
using Stamp = absl::FunctionRef<const ledger::Change&()>;

// Something read or written.
struct NewEdge {
  EdgeDirection direction = EdgeDirection::kRead;
  int64_t node_id = 0;
  std::string alias;  // the alias that was asked for; empty when none
};

// One column that came from another; columns nothing was said about yet are interned.
struct NewColumnLink {
  ColumnKey target;
  ColumnKey source;
  int transformation = 0;
  bool masking = false;
  std::string description;
};

// What one event says about a run. What is not set, it does not say.
struct RunUpdate {
  std::string uuid;        // canonical
  bool fill_only = false;  // a start: what is known already stays as it is
  RunState state = RunState::kUnspecified;
  std::optional<int64_t> job_id;
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;  // counts only with a finished state, and only once
  std::optional<std::string> parent_uuid;
  std::optional<std::string> attributes;  // whole, merged by the caller
  std::vector<NewEdge> edges;
  std::vector<NewColumnLink> links;
};

struct AppliedRun {
  Run run;
  bool changed = false;
};

// Merges an event into `current`, the run with update.uuid as FindRun gives it at catalog::kNow
// (nothing: the run is created). Edges and links that are there already stay as they were first
// recorded. A running state fills in the start time, a finished one the end time, with the
// mutation's time, where neither the event nor the run has one. FailedPrecondition
// RUN_ALREADY_FINISHED when the run has ended and the event says another outcome;
// TOO_MANY_RUN_EDGES when it would have over kMaxRunEdges, kMaxColumnMappings or
// kMaxRunTransformations. Nothing is written, no stamp taken, when nothing changes.
absl::StatusOr<AppliedRun> ApplyRun(sql::WriteContext& context, Stamp stamp, GraphChanges& graph,
                                    const std::optional<Run>& current, const RunUpdate& update);

}  // namespace whence::lineage
