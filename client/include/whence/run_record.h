#pragma once

// Runs as data: what a run read and wrote, and how its columns came to be. Plain values. To record
// a run while it happens, see run.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "whence/types.h"
#include "whence/versions.h"

namespace whence {

// How far a run has come. The values are those of the wire.
enum class RunState { kUnspecified = 0, kRunning = 1, kComplete = 2, kFailed = 3, kAborted = 4 };

// "RUNNING", "COMPLETE" ...
std::string_view RunStateName(RunState state);

// How a column's values come from another's. In the first three the values flow, in the others they
// decide. The values are those of the wire.
enum class Transformation {
  kUnspecified = 0,
  kIdentity = 1,        // the same value
  kTransformation = 2,  // a function of the value
  kAggregation = 3,     // an aggregate over values
  kJoin = 4,
  kGroupBy = 5,
  kFilter = 6,
  kSort = 7,
  kWindow = 8,
  kConditional = 9
};

// One column that another comes from. Made of a string alone where that is all there is to say.
struct ColumnSource {
  ColumnSource(std::string column_reference,  // NOLINT(google-explicit-constructor)
               Transformation how = Transformation::kUnspecified, bool hides_value = false,
               std::string in_own_words = {})
      : column(std::move(column_reference)),
        transformation(how),
        masking(hides_value),
        description(std::move(in_own_words)) {}
  ColumnSource(const char* column_reference,  // NOLINT(google-explicit-constructor)
               Transformation how = Transformation::kUnspecified, bool hides_value = false,
               std::string in_own_words = {})
      : ColumnSource(std::string(column_reference), how, hides_value, std::move(in_own_words)) {}

  std::string column;  // "a.b.c#column"
  Transformation transformation = Transformation::kUnspecified;
  bool masking = false;  // the raw value cannot be read from the result (hash, count)
  std::string description;
};

struct ColumnMapping {
  std::string column{};  // "a.b.c#column" that was written
  std::vector<ColumnSource> sources{};
};

struct RunRead {
  std::string reference{};  // answered pinned to a version
  std::string alias{};      // output: the alias that was asked for
};

struct RunWrite {
  std::string reference{};              // answered pinned to a version
  std::optional<NewVersion> version{};  // registers it; unset: the asset's newest version is meant
  Kind create_kind = Kind::kUnspecified;  // creates the asset with this kind when it is missing
};

struct RunRecord {
  std::string id{};   // UUID
  std::string job{};  // full name of the job asset; created when its schema exists
  RunState state = RunState::kUnspecified;
  std::optional<absl::Time> start_time{};
  std::optional<absl::Time> end_time{};
  std::string parent_run_id{};
  std::vector<RunRead> reads{};
  std::vector<RunWrite> writes{};
  std::vector<ColumnMapping> column_mappings{};
  Properties parameters{};
  CodeLocation code{};
  std::string host{};
  std::string user{};
  std::string error_message{};
  Properties properties{};

  std::string recorder{};                         // output
  absl::Time create_time = absl::InfinitePast();  // output
  absl::Time update_time = absl::InfinitePast();  // output
  int64_t position = 0;                           // output
};

// The end of a run, with what was still to be added to it.
struct RunOutcome {
  std::string id{};
  RunState state = RunState::kUnspecified;
  std::optional<absl::Time> end_time{};
  std::string error_message{};
  RunRecord additions{};
};

}  // namespace whence
