// Predictions: single inferences, leaves of the lineage.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "inference/origin.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::inference {

// One inference as it is stored. Never changes, but for the erasure of its texts.
struct Prediction {
  int64_t row_id = 0;  // in order of recording
  std::string id;      // the caller's
  int64_t origin_id = 0;
  std::string run_uuid;  // empty: none; may be unknown
  int status = 1;        // whence.v1.PredictionStatus
  absl::Time start_time;
  int64_t latency_us = 0;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t cost_micros = 0;
  std::string currency;
  std::string error_message;
  std::string input_digest;
  std::string output_digest;
  std::optional<std::string> input_text;
  std::optional<std::string> output_text;
  bool erased = false;         // one of the texts was there, and is not any more
  std::string attributes;      // opaque here; made and read by the service room
  std::string content_digest;  // SHA-256 of the prediction as given, 32 raw bytes
  std::string recorder = {};
  absl::Time create_time = {};
  Position position = kNoPosition;

  friend bool operator==(const Prediction&, const Prediction&) = default;
};

// Whether the catalog has the prediction already.
enum class Known {
  kNo,       // not recorded
  kSame,     // recorded with the same content
  kAnother,  // its id belongs to one with other content
};

// Looks for `id` among everything recorded. On the writer's thread, before recording.
absl::StatusOr<Known> FindPrediction(sql::Connection& connection, std::string_view id,
                                     std::string_view content_digest);

// The error for Known::kAnother: AlreadyExists PREDICTION_ALREADY_EXISTS.
absl::Status PredictionAlreadyExists(std::string_view id);

// Inserts a prediction that is not known; row_id, recorder, create_time and position are taken from
// the change, not from `prediction`. SQL_CONSTRAINT when it is known after all.
absl::Status InsertPrediction(sql::WriteContext& context, const ledger::Change& change,
                              const Prediction& prediction);

// The prediction with that id as of a position. NotFound PREDICTION_NOT_FOUND.
absl::StatusOr<Prediction> GetPrediction(sql::Connection& connection, Position as_of,
                                         std::string_view id);

// Where a list stands: the prediction looked at last. The default is before the newest.
struct ListKey {
  absl::Time start_time = absl::InfiniteFuture();
  int64_t row_id = 0;

  friend bool operator==(const ListKey&, const ListKey&) = default;
};

struct ListQuery {
  Position as_of = kNoPosition;
  // Only predictions of these origins; unset: of all.
  std::optional<std::span<const int64_t>> origins = {};
  absl::Time start_time = absl::InfinitePast();  // at or after
  absl::Time end_time = absl::InfiniteFuture();  // before
  ListKey after = {};
  // Rows looked at, visited or not: what hardly ever matches must not be sought through everything.
  int64_t max_rows = std::numeric_limits<int64_t>::max();
};

// Visits predictions, newest first (by start_time, then row_id), until `visit` returns false, which
// says that it did not take the one it was shown, or max_rows were looked at. Returns the key after
// which the rest of the list follows; nothing when there is no rest. The cost of the next row is an
// index step (times the logarithm of the number of origins).
absl::StatusOr<std::optional<ListKey>> ForEachPrediction(
    sql::Connection& connection, const ListQuery& query,
    absl::FunctionRef<bool(const Prediction&)> visit);

// Number of predictions recorded.
absl::StatusOr<int64_t> CountPredictions(sql::Connection& connection);

// Number of predictions recorded up to `as_of` whose origin has any of the nodes as a parent.
absl::StatusOr<int64_t> CountDerived(sql::Connection& connection, Position as_of,
                                     std::span<const int64_t> node_ids);

}  // namespace whence::inference
