#include "catalog/tag.h"

#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "catalog/changes.h"
#include "catalog/securable.h"

namespace whence::catalog {
namespace {

constexpr sql::Query kListTags{
    "SELECT key, value FROM tag"
    " WHERE target_id = ?1 AND column_name = ?2 AND valid_from <= ?3 AND valid_to > ?3"
    " ORDER BY key"};

// Columns have names of one byte or more, so '' is the target itself.
constexpr sql::Query kListColumnTags{
    "SELECT column_name, key, value FROM tag"
    " WHERE target_id = ?1 AND column_name > '' AND valid_from <= ?2 AND valid_to > ?2"
    " ORDER BY column_name, key"};

constexpr sql::Query kCountColumnTags{
    "SELECT count(*) FROM tag"
    " WHERE target_id = ?1 AND column_name > '' AND valid_from <= ?2 AND valid_to > ?2"};

constexpr sql::Query kCurrent{
    "SELECT valid_from FROM tag"
    " WHERE target_id = ?1 AND column_name = ?2 AND key = ?3 AND valid_to = ?4"
    " ORDER BY valid_from DESC LIMIT 1"};

constexpr sql::Query kInsert{
    "INSERT INTO tag (target_id, column_name, key, valid_from, valid_to, value)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};

constexpr sql::Query kClose{
    "UPDATE tag SET valid_to = ?5"
    " WHERE target_id = ?1 AND column_name = ?2 AND key = ?3 AND valid_from = ?4"};

constexpr sql::Query kErase{
    "DELETE FROM tag"
    " WHERE target_id = ?1 AND column_name = ?2 AND key = ?3 AND valid_from = ?4"};

constexpr sql::Query kLastChange{
    "SELECT COALESCE(MAX(CASE WHEN valid_to <= ?3 THEN valid_to ELSE valid_from END), 0)"
    " FROM tag WHERE target_id = ?1 AND column_name = ?2 AND valid_from <= ?3"};

// Ends the present value of a key. A value of this same mutation was never seen: it goes.
absl::Status End(sql::Connection& connection, Position position, int64_t target_id,
                 std::string_view column, std::string_view key) {
  std::optional<Position> from;
  {
    sql::Rows rows = connection.Run(kCurrent, target_id, column, key, kForever);
    if (rows.Next()) from = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (!from.has_value()) return absl::OkStatus();
  if (*from == position) return connection.Execute(kErase, target_id, column, key, *from);
  return connection.Execute(kClose, target_id, column, key, *from, position);
}

std::map<std::string, std::string> ToMap(const std::vector<Tag>& tags) {
  std::map<std::string, std::string> map;
  for (const Tag& tag : tags) map[tag.key] = tag.value;
  return map;
}

// Whether so many more tags of columns have room at the asset.
absl::Status CheckColumnRoom(sql::Connection& connection, int64_t target_id, size_t more) {
  sql::Rows rows = connection.Run(kCountColumnTags, target_id, kNow);
  const size_t there = rows.Next() ? static_cast<size_t>(rows.Int64(0)) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (there + more <= kMaxColumnTagsPerAsset) return absl::OkStatus();
  return FailedPrecondition("TOO_MANY_COLUMN_TAGS",
                            absl::StrCat(there + more, " tags would stand at columns of the asset;",
                                         " at most ", kMaxColumnTagsPerAsset, " may"),
                            "tag the asset itself with what holds for most of its columns");
}

}  // namespace

absl::StatusOr<std::vector<Tag>> ListTags(sql::Connection& connection, Position as_of,
                                          int64_t target_id, std::string_view column) {
  std::vector<Tag> tags;
  sql::Rows rows = connection.Run(kListTags, target_id, column, as_of);
  while (rows.Next()) {
    tags.push_back({.key = std::string(rows.Text(0)), .value = std::string(rows.Text(1))});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return tags;
}

absl::StatusOr<std::vector<ColumnTag>> ListColumnTags(sql::Connection& connection, Position as_of,
                                                      int64_t target_id) {
  std::vector<ColumnTag> tags;
  sql::Rows rows = connection.Run(kListColumnTags, target_id, as_of);
  while (rows.Next()) {
    tags.push_back({.column = std::string(rows.Text(0)),
                    .tag = {.key = std::string(rows.Text(1)), .value = std::string(rows.Text(2))}});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return tags;
}

std::vector<Tag> ApplyTags(const std::vector<Tag>& current, std::span<const Tag> set,
                           std::span<const std::string> remove) {
  std::map<std::string, std::string> map = ToMap(current);
  for (const std::string& key : remove) map.erase(key);
  for (const Tag& tag : set) map[tag.key] = tag.value;
  std::vector<Tag> tags;
  tags.reserve(map.size());
  for (auto& [key, value] : map) tags.push_back({.key = key, .value = std::move(value)});
  return tags;
}

absl::StatusOr<std::vector<Tag>> SetTags(sql::WriteContext& context, const ledger::Change& change,
                                         int64_t target_id, std::string_view column,
                                         std::span<const Tag> set,
                                         std::span<const std::string> remove) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Tag> current,
                          ListTags(connection, kNow, target_id, column));
  std::vector<Tag> wanted = ApplyTags(current, set, remove);
  if (wanted.size() > kMaxTagsPerTarget) {
    return FailedPrecondition(
        "TOO_MANY_TAGS",
        absl::StrCat(wanted.size(), " tags would stand there; at most ", kMaxTagsPerTarget, " may"),
        "remove some that are no longer used");
  }
  if (!column.empty() && wanted.size() > current.size()) {
    WHENCE_RETURN_IF_ERROR(CheckColumnRoom(connection, target_id, wanted.size() - current.size()));
  }
  NoteChange(context, target_id, change.position);
  const std::map<std::string, std::string> before = ToMap(current);
  const std::map<std::string, std::string> after = ToMap(wanted);
  for (const auto& [key, value] : before) {
    const auto kept = after.find(key);
    if (kept != after.end() && kept->second == value) continue;
    WHENCE_RETURN_IF_ERROR(End(connection, change.position, target_id, column, key));
  }
  for (const auto& [key, value] : after) {
    const auto had = before.find(key);
    if (had != before.end() && had->second == value) continue;
    WHENCE_RETURN_IF_ERROR(
        connection.Execute(kInsert, target_id, column, key, change.position, kForever, value));
  }
  return wanted;
}

absl::StatusOr<Position> TagsPosition(sql::Connection& connection, Position as_of,
                                      int64_t target_id, std::string_view column) {
  sql::Rows rows = connection.Run(kLastChange, target_id, column, as_of);
  Position position = kNoPosition;
  if (rows.Next()) position = rows.Int64(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return position;
}

}  // namespace whence::catalog
