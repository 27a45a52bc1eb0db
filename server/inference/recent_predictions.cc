#include "inference/recent_predictions.h"

#include "base/status_macros.h"

namespace whence::inference {
namespace {

constexpr sql::Query kRecentPredictions{
    "SELECT origin_id, recorder FROM prediction WHERE start_time_us >= ?2 AND position <= ?1"
    " ORDER BY start_time_us DESC, row_id DESC LIMIT ?3"};

}  // namespace

absl::StatusOr<bool> VisitRecentPredictions(
    sql::Connection& connection, Position as_of, absl::Time since, int64_t limit,
    absl::FunctionRef<absl::Status(int64_t origin_id, std::string_view recorder)> visit) {
  sql::Rows rows = connection.Run(kRecentPredictions, as_of, since, limit + 1);
  for (int64_t seen = 0; rows.Next(); ++seen) {
    if (seen == limit) return false;
    WHENCE_RETURN_IF_ERROR(visit(rows.Int64(0), rows.Text(1)));
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return true;
}

}  // namespace whence::inference
