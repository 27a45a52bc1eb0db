// Runs: what they are, plainly. Reading: run_store.h; writing: run_apply.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/position.h"

namespace whence::lineage {

// How far a run has come. Stored, so numbers never change; those of whence.v1.RunState.
enum class RunState : int {
  kUnspecified = 0,  // known only from events that did not say
  kRunning = 1,
  kComplete = 2,
  kFailed = 3,
  kAborted = 4,
};

constexpr bool IsFinished(RunState state) {
  return state == RunState::kComplete || state == RunState::kFailed || state == RunState::kAborted;
}

// "RUNNING", "COMPLETE" ...; "UNSPECIFIED".
const char* RunStateName(RunState state);

// One execution of a job, as of a position.
struct Run {
  int64_t id = 0;      // the lineage graph's node
  std::string uuid;    // canonical
  int64_t job_id = 0;  // securable; 0 when not said
  RunState state = RunState::kUnspecified;
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;
  std::string parent_uuid;  // empty when none; may be unknown
  std::string attributes;   // opaque here; made and read by the service room
  std::string recorder;     // who recorded it first
  absl::Time create_time;
  absl::Time update_time;
  Position position = kNoPosition;  // of the last change, also of its edges

  friend bool operator==(const Run&, const Run&) = default;
};

// What a run or declaration read or wrote.
enum class EdgeDirection : int { kRead = 0, kWrite = 1 };

// One such edge, with what its node is.
struct DataEdge {
  EdgeDirection direction = EdgeDirection::kRead;
  int64_t node_id = 0;  // the version's id, or the asset's own
  int64_t asset_id = 0;
  int64_t version = 0;  // number; 0: the asset itself
  std::string alias;    // the alias that was asked for; empty when none
  Position position = kNoPosition;

  friend bool operator==(const DataEdge&, const DataEdge&) = default;
};

// One column that came from another through a run or declaration.
struct ColumnLink {
  int64_t target_id = 0;  // column_node ids
  int64_t source_id = 0;
  int transformation = 0;  // whence.v1.TransformationType
  bool masking = false;
  std::string description;
  Position position = kNoPosition;

  friend bool operator==(const ColumnLink&, const ColumnLink&) = default;
};

// A column, wherever it stands.
struct ColumnKey {
  int64_t asset_id = 0;
  std::string name;

  friend bool operator==(const ColumnKey&, const ColumnKey&) = default;
  template <class H>
  friend H AbslHashValue(H h, const ColumnKey& key) {
    return H::combine(std::move(h), key.asset_id, key.name);
  }
};

}  // namespace whence::lineage
