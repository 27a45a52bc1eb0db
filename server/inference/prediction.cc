#include "inference/prediction.h"

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "inference/prediction_row.h"

namespace whence::inference {
namespace {

constexpr sql::Query kFindDigest{"SELECT content_digest FROM prediction WHERE id = ?1"};
constexpr sql::Query kInsert{
    "INSERT INTO prediction (id, origin_id, run_uuid, status, start_time_us, latency_us, "
    "input_tokens, output_tokens, cost_micros, currency, error_message, input_digest, "
    "output_digest, input_text, output_text, attributes, content_digest, recorder, "
    "create_time_us, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
    "?14, ?15, ?16, ?17, ?18, ?19, ?20)"};
constexpr sql::Query kGet{"SELECT " WHENCE_PREDICTION_COLUMNS
                          " FROM prediction AS p WHERE p.id = ?1 AND p.position <= ?2"};
constexpr sql::Query kCount{"SELECT coalesce(max(row_id), 0) FROM prediction"};
constexpr sql::Query kCountOfOrigin{
    "SELECT count(*) FROM prediction WHERE origin_id = ?1 AND position <= ?2"};

}  // namespace

absl::StatusOr<Known> FindPrediction(sql::Connection& connection, std::string_view id,
                                     std::string_view content_digest) {
  sql::Rows rows = connection.Run(kFindDigest, id);
  if (rows.Next()) {
    return rows.Blob(0) == content_digest ? Known::kSame : Known::kAnother;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return Known::kNo;
}

absl::Status PredictionAlreadyExists(std::string_view id) {
  return AlreadyExists("PREDICTION_ALREADY_EXISTS",
                       StrCat("prediction ", id, " is recorded with other content"),
                       "predictions do not change; record this one under an id of its own");
}

absl::Status InsertPrediction(sql::WriteContext& context, const ledger::Change& change,
                              const Prediction& p) {
  return context.connection().Execute(
      kInsert, p.id, p.origin_id, p.run_uuid, p.status, p.start_time, p.latency_us, p.input_tokens,
      p.output_tokens, p.cost_micros, p.currency, p.error_message, p.input_digest, p.output_digest,
      p.input_text, p.output_text, sql::Blob{p.attributes}, sql::Blob{p.content_digest},
      change.actor, change.time, change.position);
}

absl::StatusOr<Prediction> GetPrediction(sql::Connection& connection, Position as_of,
                                         std::string_view id) {
  sql::Rows rows = connection.Run(kGet, id, as_of);
  if (rows.Next()) return ReadPrediction(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return NotFound("PREDICTION_NOT_FOUND", StrCat("no prediction ", id),
                  "see 'whence prediction list'");
}

absl::StatusOr<int64_t> CountPredictions(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kCount);
  const int64_t count = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return count;
}

absl::StatusOr<int64_t> CountDerived(sql::Connection& connection, Position as_of,
                                     std::span<const int64_t> node_ids) {
  WHENCE_ASSIGN_OR_RETURN(std::vector<int64_t> origins, OriginsDerivedFrom(connection, node_ids));
  int64_t count = 0;
  for (const int64_t origin : origins) {
    sql::Rows rows = connection.Run(kCountOfOrigin, origin, as_of);
    if (rows.Next()) count += rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  return count;
}

}  // namespace whence::inference
