#include "ledger/requests.h"

#include "base/status_macros.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kGetRequest{"SELECT action, digest, response FROM request WHERE id = ?1"};

constexpr sql::Query kInsertRequest{
    "INSERT INTO request (id, action, digest, response, time_us) VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kPruneRequests{
    "DELETE FROM request WHERE id IN"
    " (SELECT id FROM request WHERE time_us < ?1 ORDER BY time_us, id LIMIT ?2)"};

}  // namespace

absl::StatusOr<std::optional<StoredAnswer>> FindRequest(sql::Connection& connection,
                                                        std::string_view id) {
  sql::Rows rows = connection.Run(kGetRequest, id);
  if (rows.Next()) {
    return StoredAnswer{.action = std::string(rows.Text(0)),
                        .digest = std::string(rows.Blob(1)),
                        .response = std::string(rows.Blob(2))};
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::Status StoreRequest(sql::WriteContext& context, std::string_view id, std::string_view action,
                          std::string_view digest, std::string_view response, absl::Time time) {
  return context.connection().Execute(kInsertRequest, id, action, sql::Blob{digest},
                                      sql::Blob{response}, time);
}

absl::StatusOr<int64_t> PruneRequests(sql::WriteContext& context, absl::Time before, int limit) {
  sql::Connection& connection = context.connection();
  WHENCE_RETURN_IF_ERROR(connection.Execute(kPruneRequests, before, limit));
  return connection.Changes();
}

}  // namespace whence::ledger
