// Lists of predictions: one index walk, or a merge of the index walks of some origins.
#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "inference/prediction.h"
#include "inference/prediction_row.h"

namespace whence::inference {
namespace {

// A merge begins with an index look-up an origin; beyond this, a walk over all by time is cheaper.
constexpr size_t kMaxMerged = 1000;

// Keys only: a row is read whole (it may have texts of half a megabyte) when it is wanted. Rows
// that are newer than `as_of` come too, so that they are counted and not skipped without end.
constexpr sql::Query kByTime{
    "SELECT start_time_us, row_id, origin_id, position FROM prediction "
    "WHERE (start_time_us, row_id) < (?1, ?2) AND start_time_us >= ?3 "
    "ORDER BY start_time_us DESC, row_id DESC"};
constexpr sql::Query kNextOfOrigin{
    "SELECT start_time_us, row_id, position FROM prediction "
    "WHERE origin_id = ?4 AND (start_time_us, row_id) < (?1, ?2) AND start_time_us >= ?3 "
    "ORDER BY start_time_us DESC, row_id DESC LIMIT 1"};
constexpr sql::Query kRow{"SELECT " WHENCE_PREDICTION_COLUMNS
                          " FROM prediction AS p WHERE p.row_id = ?1"};

// Everything before this key: what follows the last one given, and begins before end_time.
ListKey UpperBound(const ListQuery& query) {
  if (query.end_time < query.after.start_time) return {.start_time = query.end_time, .row_id = 0};
  return query.after;
}

// The next prediction of one origin.
struct Head {
  ListKey key;
  int64_t origin_id = 0;
  Position position = kNoPosition;
};

bool Older(const Head& a, const Head& b) {
  if (a.key.start_time != b.key.start_time) return a.key.start_time < b.key.start_time;
  return a.key.row_id < b.key.row_id;
}

// Purpose: one list under way. Ownership: borrows everything. Thread-safety: one thread.
class Lister {
 public:
  Lister(sql::Connection& connection, const ListQuery& query,
         absl::FunctionRef<bool(const Prediction&)> visit)
      : connection_(connection), query_(query), visit_(visit), last_(UpperBound(query)) {}

  absl::Status WalkByTime();
  absl::Status MergeOrigins();

  // After which key the rest follows; nothing when the walk came to its end.
  std::optional<ListKey> rest() const {
    return stopped_ ? std::optional<ListKey>(last_) : std::nullopt;
  }

 private:
  // Looks at the next row of the list; stopped_ says whether to go on.
  absl::Status Look(const ListKey& key, bool wanted);
  absl::Status PushNextOf(int64_t origin_id, const ListKey& before);

  sql::Connection& connection_;
  const ListQuery& query_;
  const absl::FunctionRef<bool(const Prediction&)> visit_;
  std::vector<Head> heads_;  // a heap, the newest first
  ListKey last_;             // after this one the rest follows
  ListKey looked_at_last_ = last_;
  int64_t looked_at_ = 0;
  bool passed_any_ = false;  // of what is in the list as of then
  bool stopped_ = false;
};

absl::Status Lister::Look(const ListKey& key, bool wanted) {
  if (looked_at_ >= query_.max_rows) {
    stopped_ = true;
    // Where nothing was passed that is in the list, the key is the only thing that gets on.
    if (!passed_any_) last_ = looked_at_last_;
    return absl::OkStatus();
  }
  if (wanted) {
    sql::Rows rows = connection_.Run(kRow, key.row_id);
    if (rows.Next()) stopped_ = !visit_(ReadPrediction(rows));
    WHENCE_RETURN_IF_ERROR(rows.status());
    if (stopped_) return absl::OkStatus();
    // A page ends at what it holds: rows that came later and lie behind it must not show, not even
    // in the key.
    last_ = key;
    passed_any_ = true;
  }
  ++looked_at_;
  looked_at_last_ = key;
  return absl::OkStatus();
}

absl::Status Lister::WalkByTime() {
  absl::flat_hash_set<int64_t> origins;
  if (query_.origins.has_value()) origins.insert(query_.origins->begin(), query_.origins->end());
  sql::Rows rows = connection_.Run(kByTime, last_.start_time, last_.row_id, query_.start_time);
  while (!stopped_ && rows.Next()) {
    const bool wanted = rows.Int64(3) <= query_.as_of &&
                        (!query_.origins.has_value() || origins.contains(rows.Int64(2)));
    WHENCE_RETURN_IF_ERROR(Look({.start_time = rows.Time(0), .row_id = rows.Int64(1)}, wanted));
  }
  return rows.status();
}

absl::Status Lister::PushNextOf(int64_t origin_id, const ListKey& before) {
  sql::Rows rows = connection_.Run(kNextOfOrigin, before.start_time, before.row_id,
                                   query_.start_time, origin_id);
  if (!rows.Next()) return rows.status();
  heads_.push_back({.key = {.start_time = rows.Time(0), .row_id = rows.Int64(1)},
                    .origin_id = origin_id,
                    .position = rows.Int64(2)});
  std::push_heap(heads_.begin(), heads_.end(), Older);
  return absl::OkStatus();
}

absl::Status Lister::MergeOrigins() {
  for (const int64_t origin_id : *query_.origins) {
    WHENCE_RETURN_IF_ERROR(PushNextOf(origin_id, last_));
  }
  while (!heads_.empty()) {
    std::pop_heap(heads_.begin(), heads_.end(), Older);
    const Head newest = heads_.back();
    heads_.pop_back();
    WHENCE_RETURN_IF_ERROR(Look(newest.key, newest.position <= query_.as_of));
    if (stopped_) return absl::OkStatus();
    WHENCE_RETURN_IF_ERROR(PushNextOf(newest.origin_id, newest.key));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<ListKey>> ForEachPrediction(
    sql::Connection& connection, const ListQuery& query,
    absl::FunctionRef<bool(const Prediction&)> visit) {
  Lister lister(connection, query, visit);
  const bool merge = query.origins.has_value() && query.origins->size() <= kMaxMerged;
  WHENCE_RETURN_IF_ERROR(merge ? lister.MergeOrigins() : lister.WalkByTime());
  return lister.rest();
}

}  // namespace whence::inference
