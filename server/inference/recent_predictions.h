// Predictions that were made lately, the newest first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "sql/connection.h"

namespace whence::inference {

// Visits the predictions that began at `since` or later, by time from the newest, at most `limit`,
// as of the position. Returns whether that were all.
absl::StatusOr<bool> VisitRecentPredictions(
    sql::Connection& connection, Position as_of, absl::Time since, int64_t limit,
    absl::FunctionRef<absl::Status(int64_t origin_id, std::string_view recorder)> visit);

}  // namespace whence::inference
