// Lists of predictions: one index walk, or a merge of the index walks of a few origins.
#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "inference/prediction.h"
#include "inference/prediction_row.h"

namespace whence::inference {
namespace {

// Merging holds one open statement an origin; beyond this, a walk over all by time is cheaper.
constexpr size_t kMaxMerged = 64;

constexpr sql::Query kByTime{
    "SELECT " WHENCE_PREDICTION_COLUMNS
    " FROM prediction AS p "
    "WHERE (p.start_time_us, p.row_id) < (?1, ?2) AND p.start_time_us >= ?3 AND p.position <= ?4 "
    "ORDER BY p.start_time_us DESC, p.row_id DESC"};
constexpr sql::Query kByOrigin{
    "SELECT " WHENCE_PREDICTION_COLUMNS
    " FROM prediction AS p "
    "WHERE p.origin_id = ?5 AND (p.start_time_us, p.row_id) < (?1, ?2) AND p.start_time_us >= ?3 "
    "AND p.position <= ?4 ORDER BY p.start_time_us DESC, p.row_id DESC"};

// Everything before this key: what follows the last one given, and begins before end_time.
ListKey UpperBound(const ListQuery& query) {
  if (query.end_time < query.after.start_time) return {.start_time = query.end_time, .row_id = 0};
  return query.after;
}

// One origin's predictions, at the next one to give.
struct Source {
  sql::Rows rows;
  Prediction next;
};

bool Older(const Source& a, const Source& b) {
  if (a.next.start_time != b.next.start_time) return a.next.start_time < b.next.start_time;
  return a.next.row_id < b.next.row_id;
}

absl::Status MergeOrigins(sql::Connection& connection, const ListQuery& query,
                          absl::FunctionRef<bool(const Prediction&)> visit) {
  const ListKey bound = UpperBound(query);
  std::vector<std::unique_ptr<Source>> heap;
  const auto older = [](const auto& a, const auto& b) { return Older(*a, *b); };
  const auto advance = [&](std::unique_ptr<Source> source) -> absl::Status {
    if (!source->rows.Next()) return source->rows.status();
    source->next = ReadPrediction(source->rows);
    heap.push_back(std::move(source));
    std::push_heap(heap.begin(), heap.end(), older);
    return absl::OkStatus();
  };
  for (const int64_t origin : *query.origins) {
    auto source = std::unique_ptr<Source>(
        new Source{connection.Run(kByOrigin, bound.start_time, bound.row_id, query.start_time,
                                  query.as_of, origin),
                   {}});
    WHENCE_RETURN_IF_ERROR(advance(std::move(source)));
  }
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), older);
    std::unique_ptr<Source> newest = std::move(heap.back());
    heap.pop_back();
    if (!visit(newest->next)) return absl::OkStatus();
    WHENCE_RETURN_IF_ERROR(advance(std::move(newest)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ForEachPrediction(sql::Connection& connection, const ListQuery& query,
                               absl::FunctionRef<bool(const Prediction&)> visit) {
  if (query.origins.has_value() && query.origins->size() <= kMaxMerged) {
    return MergeOrigins(connection, query, visit);
  }
  absl::flat_hash_set<int64_t> wanted;
  if (query.origins.has_value()) wanted.insert(query.origins->begin(), query.origins->end());
  const ListKey bound = UpperBound(query);
  sql::Rows rows = connection.Run(kByTime, bound.start_time, bound.row_id, query.start_time,
                                  query.as_of);
  while (rows.Next()) {
    if (query.origins.has_value() && !wanted.contains(rows.Int64(2))) continue;
    if (!visit(ReadPrediction(rows))) break;
  }
  return rows.status();
}

}  // namespace whence::inference
