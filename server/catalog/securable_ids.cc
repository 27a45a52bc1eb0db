#include "catalog/securable_ids.h"

#include "base/status_macros.h"

namespace whence::catalog {
namespace {

// In the order of the index that answers.
constexpr sql::Query kOwnedBy{
    "SELECT securable_id FROM securable_state"
    " WHERE owner = ?1 AND valid_to > ?2 AND valid_from <= ?2"
    " ORDER BY valid_to, deleted, securable_id LIMIT ?3"};

constexpr sql::Query kMovedSince{
    "SELECT securable_id FROM securable_move WHERE position > ?1"
    " ORDER BY position, securable_id LIMIT ?2"};

absl::StatusOr<std::vector<int64_t>> Ids(sql::Rows rows) {
  std::vector<int64_t> ids;
  while (rows.Next()) ids.push_back(rows.Int64(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return ids;
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> OwnedBy(sql::Connection& connection, Position as_of,
                                             std::string_view owner, size_t most) {
  return Ids(connection.Run(kOwnedBy, owner, as_of, static_cast<int64_t>(most)));
}

absl::StatusOr<std::vector<int64_t>> MovedSince(sql::Connection& connection, Position after,
                                                size_t most) {
  return Ids(connection.Run(kMovedSince, after, static_cast<int64_t>(most)));
}

}  // namespace whence::catalog
