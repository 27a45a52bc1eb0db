#include "ledger/requests.h"

#include <iterator>

#include "base/limits.h"
#include "base/status_macros.h"

namespace whence::ledger {
namespace {

// Stands for an answer that is not kept: the beginning of a message that has no rest.
constexpr std::string_view kNotKept = "\xff";

constexpr sql::Query kGetRequest{"SELECT action, digest, response FROM request WHERE id = ?1"};

constexpr sql::Query kInsertRequest{
    "INSERT INTO request (id, action, digest, response, time_us) VALUES (?1, ?2, ?3, ?4, ?5)"};

// The conditions on length are those of the index of large answers.
static_assert(kLargeAnswerBytes == 4096);
constexpr sql::Query kOldestLarge{
    "SELECT id, length(response) FROM request WHERE length(response) > 4096"
    " ORDER BY time_us, id LIMIT 1"};

constexpr sql::Query kGiveUp{"UPDATE request SET response = ?2 WHERE id = ?1"};

constexpr sql::Query kLargeBytes{"SELECT large_bytes FROM request_room WHERE id = 1"};

constexpr sql::Query kSetLargeBytes{
    "INSERT INTO request_room (id, large_bytes) VALUES (1, ?1)"
    " ON CONFLICT (id) DO UPDATE SET large_bytes = excluded.large_bytes"};

constexpr sql::Query kLargeBytesToPrune{
    "SELECT coalesce(sum(length(response)), 0) FROM request"
    " WHERE length(response) > 4096 AND id IN"
    " (SELECT id FROM request WHERE time_us < ?1 ORDER BY time_us, id LIMIT ?2)"};

constexpr sql::Query kPruneRequests{
    "DELETE FROM request WHERE id IN"
    " (SELECT id FROM request WHERE time_us < ?1 ORDER BY time_us, id LIMIT ?2)"};

absl::StatusOr<int64_t> LargeBytes(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kLargeBytes);
  const int64_t bytes = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return bytes;
}

// Gives up the oldest large answer. Returns its bytes; 0 when there is none.
absl::StatusOr<int64_t> GiveUpOldest(sql::Connection& connection) {
  std::string id;
  int64_t bytes = 0;
  {
    sql::Rows rows = connection.Run(kOldestLarge);
    if (rows.Next()) {
      id = rows.Text(0);
      bytes = rows.Int64(1);
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (bytes > 0) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kGiveUp, id, sql::Blob{kNotKept}));
  }
  return bytes;
}

// Makes room for one more large answer. What it takes is proportional to `more`: each that goes has
// over kLargeAnswerBytes.
absl::Status MakeRoom(sql::Connection& connection, int64_t more) {
  WHENCE_ASSIGN_OR_RETURN(int64_t bytes, LargeBytes(connection));
  bytes += more;
  while (bytes > kMaxLargeAnswersBytes) {
    WHENCE_ASSIGN_OR_RETURN(const int64_t given_up, GiveUpOldest(connection));
    if (given_up == 0) break;
    bytes -= given_up;
  }
  return connection.Execute(kSetLargeBytes, bytes);
}

}  // namespace

absl::StatusOr<std::optional<StoredAnswer>> FindRequest(sql::Connection& connection,
                                                        std::string_view id) {
  sql::Rows rows = connection.Run(kGetRequest, id);
  if (rows.Next()) {
    StoredAnswer answer{.action = std::string(rows.Text(0)),
                        .digest = std::string(rows.Blob(1)),
                        .response = std::string(rows.Blob(2))};
    if (answer.response == kNotKept) answer.response.reset();
    return answer;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::Status StoreRequest(sql::WriteContext& context, std::string_view id, std::string_view action,
                          std::string_view digest, std::string_view response, absl::Time time) {
  sql::Connection& connection = context.connection();
  if (response.size() > kMaxStoredAnswerBytes) response = kNotKept;
  if (response.size() > kLargeAnswerBytes) {
    WHENCE_RETURN_IF_ERROR(MakeRoom(connection, static_cast<int64_t>(response.size())));
  }
  context.Weigh(response.size());
  return connection.Execute(kInsertRequest, id, action, sql::Blob{digest}, sql::Blob{response},
                            time);
}

absl::Status ForgetAnswer(sql::WriteContext& context, std::string_view id) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<StoredAnswer> answer, FindRequest(connection, id));
  if (!answer.has_value() || !answer->response.has_value()) return absl::OkStatus();
  if (answer->response->size() > kLargeAnswerBytes) {
    WHENCE_RETURN_IF_ERROR(MakeRoom(connection, -std::ssize(*answer->response)));
  }
  return connection.Execute(kGiveUp, id, sql::Blob{kNotKept});
}

absl::StatusOr<int64_t> PruneRequests(sql::WriteContext& context, absl::Time before, int limit) {
  sql::Connection& connection = context.connection();
  int64_t large_bytes = 0;
  {
    sql::Rows rows = connection.Run(kLargeBytesToPrune, before, limit);
    if (rows.Next()) large_bytes = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (large_bytes > 0) {
    WHENCE_ASSIGN_OR_RETURN(const int64_t bytes, LargeBytes(connection));
    WHENCE_RETURN_IF_ERROR(connection.Execute(kSetLargeBytes, bytes - large_bytes));
  }
  WHENCE_RETURN_IF_ERROR(connection.Execute(kPruneRequests, before, limit));
  return connection.Changes();
}

}  // namespace whence::ledger
