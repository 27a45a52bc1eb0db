#include "catalog/securable_rows.h"

#include <algorithm>

#include "base/assert.h"
#include "base/status_macros.h"

namespace whence::catalog::internal {
namespace {

constexpr sql::Query kFindChild{
    "SELECT t.securable_id, s.kind, t.valid_from FROM securable_state AS t"
    " JOIN securable AS s ON s.id = t.securable_id"
    " WHERE t.parent_id = ?1 AND t.name = ?2 AND t.valid_from <= ?3 AND t.valid_to > ?3"
    " AND t.deleted = 0 ORDER BY t.valid_from DESC LIMIT 1"};

constexpr sql::Query kGetChild{
    "SELECT " WHENCE_SECURABLE_COLUMNS
    " FROM securable_state AS t JOIN securable AS s ON s.id = t.securable_id"
    " WHERE t.parent_id = ?1 AND t.name = ?2 AND t.valid_from <= ?3 AND t.valid_to > ?3"
    " AND t.deleted = 0 ORDER BY t.valid_from DESC LIMIT 1"};

constexpr sql::Query kFindTombstone{
    "SELECT securable_id FROM securable_state"
    " WHERE parent_id = ?1 AND name = ?2 AND valid_from <= ?3 AND valid_to > ?3 AND deleted = 1"
    " ORDER BY valid_from DESC, securable_id DESC LIMIT 1"};

constexpr sql::Query kGetName{
    "SELECT parent_id, name, deleted FROM securable_state"
    " WHERE securable_id = ?1 AND valid_from <= ?2 AND valid_to > ?2"
    " ORDER BY valid_from DESC LIMIT 1"};

constexpr sql::Query kGetState{
    "SELECT " WHENCE_SECURABLE_COLUMNS
    " FROM securable_state AS t JOIN securable AS s ON s.id = t.securable_id"
    " WHERE t.securable_id = ?1 AND t.valid_from <= ?2 AND t.valid_to > ?2"
    " ORDER BY t.valid_from DESC LIMIT 1"};

absl::StatusOr<std::optional<int64_t>> OneId(sql::Rows rows) {
  if (rows.Next()) return rows.Int64(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

}  // namespace

Securable ReadState(sql::Rows& rows) {
  Securable result;
  result.id = rows.Int64(0);
  result.kind = KindFromNumber(rows.Int64(1)).value_or(Kind::kUnspecified);
  result.creator = std::string(rows.Text(2));
  result.create_time = rows.Time(3);
  result.position = rows.Int64(4);
  result.parent_id = rows.Int64(5);
  result.path.emplace_back(rows.Text(6));
  result.comment = std::string(rows.Text(7));
  result.owner = std::string(rows.Text(8));
  result.properties = std::string(rows.Blob(9));
  result.detail = std::string(rows.Blob(10));
  result.deleted = rows.Bool(11);
  result.updater = std::string(rows.Text(12));
  result.update_time = rows.Time(13);
  return result;
}

absl::StatusOr<std::optional<NameCache::Child>> FindChild(sql::Connection& connection,
                                                          Position as_of, int64_t parent_id,
                                                          std::string_view name) {
  NameCache* const cache = connection.Attached<NameCache>();
  if (cache != nullptr) {
    const std::optional<NameCache::Child> known = cache->Find(as_of, parent_id, name);
    if (known.has_value()) return known;
  }
  sql::Rows rows = connection.Run(kFindChild, parent_id, name, as_of);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return std::nullopt;
  }
  const NameCache::Child child{.id = rows.Int64(0),
                               .kind = KindFromNumber(rows.Int64(1)).value_or(Kind::kUnspecified),
                               .since = rows.Int64(2)};
  if (cache != nullptr) cache->Keep(as_of, parent_id, name, child);
  return child;
}

absl::StatusOr<std::optional<Securable>> GetChild(sql::Connection& connection, Position as_of,
                                                  int64_t parent_id, std::string_view name) {
  sql::Rows rows = connection.Run(kGetChild, parent_id, name, as_of);
  if (rows.Next()) return ReadState(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<std::optional<int64_t>> FindTombstone(sql::Connection& connection, Position as_of,
                                                     int64_t parent_id, std::string_view name) {
  return OneId(connection.Run(kFindTombstone, parent_id, name, as_of));
}

absl::StatusOr<std::optional<NameRow>> GetName(sql::Connection& connection, Position as_of,
                                               int64_t id) {
  sql::Rows rows = connection.Run(kGetName, id, as_of);
  if (rows.Next()) {
    return NameRow{.id = id,
                   .parent_id = rows.Int64(0),
                   .name = std::string(rows.Text(1)),
                   .deleted = rows.Bool(2)};
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<std::optional<Securable>> GetState(sql::Connection& connection, Position as_of,
                                                  int64_t id) {
  sql::Rows rows = connection.Run(kGetState, id, as_of);
  if (rows.Next()) return ReadState(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::Status CompletePath(sql::Connection& connection, Position as_of, Securable& securable) {
  std::reverse(securable.path.begin(), securable.path.end());
  for (int64_t id = securable.parent_id; id != kRoot;) {
    WHENCE_ASSIGN_OR_RETURN(std::optional<NameRow> row, GetName(connection, as_of, id));
    WHENCE_ASSERT(row.has_value());  // a parent is older than what is in it
    securable.path.push_back(std::move(row->name));
    if (row->deleted) securable.parent_deleted = true;
    id = row->parent_id;
  }
  std::reverse(securable.path.begin(), securable.path.end());
  return absl::OkStatus();
}

}  // namespace whence::catalog::internal
