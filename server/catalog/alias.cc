#include "catalog/alias.h"

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/changes.h"

#define WHENCE_ALIAS_COLUMNS \
  "name, valid_from, valid_to, version_id, number, updater, update_time_us"

namespace whence::catalog {
namespace {

// The last stretch that had begun; whether it had ended is looked at afterwards, so that the cost
// does not grow with how often the alias was moved.
constexpr sql::Query kGetAlias{"SELECT " WHENCE_ALIAS_COLUMNS
                               " FROM alias WHERE asset_id = ?1 AND name = ?2 AND valid_from <= ?3"
                               " ORDER BY valid_from DESC LIMIT 1"};

constexpr sql::Query kNextName{
    "SELECT name FROM alias WHERE asset_id = ?1 AND name > ?2 ORDER BY name LIMIT 1"};

constexpr sql::Query kHistory{
    "SELECT " WHENCE_ALIAS_COLUMNS
    " FROM alias WHERE asset_id = ?1 AND name = ?2 AND valid_from <= ?3 AND valid_from < ?4"
    " ORDER BY valid_from DESC LIMIT ?5"};

constexpr sql::Query kInsert{
    "INSERT INTO alias"
    " (asset_id, name, valid_from, valid_to, version_id, number, updater, update_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};

constexpr sql::Query kReplace{
    "UPDATE alias SET version_id = ?4, number = ?5, updater = ?6, update_time_us = ?7"
    " WHERE asset_id = ?1 AND name = ?2 AND valid_from = ?3"};

constexpr sql::Query kClose{
    "UPDATE alias SET valid_to = ?4 WHERE asset_id = ?1 AND name = ?2 AND valid_from = ?3"};

constexpr sql::Query kErase{
    "DELETE FROM alias WHERE asset_id = ?1 AND name = ?2 AND valid_from = ?3"};

Alias ReadAlias(sql::Rows& rows, Position as_of, int64_t asset_id) {
  Alias alias;
  alias.asset_id = asset_id;
  alias.name = std::string(rows.Text(0));
  alias.position = rows.Int64(1);
  alias.end = rows.Int64(2);
  if (alias.end > as_of) alias.end = kForever;  // that end was still to come
  alias.version_id = rows.Int64(3);
  alias.number = rows.Int64(4);
  alias.updater = std::string(rows.Text(5));
  alias.update_time = rows.Time(6);
  return alias;
}

absl::StatusOr<std::optional<std::string>> NextName(sql::Connection& connection, int64_t asset_id,
                                                    std::string_view after) {
  sql::Rows rows = connection.Run(kNextName, asset_id, after);
  if (rows.Next()) return std::string(rows.Text(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::Status AliasNotFound(sql::Connection& connection, Position as_of, int64_t asset_id,
                           std::string_view name, Hints hints) {
  WHENCE_ASSIGN_OR_RETURN(const std::string asset, FullNameOf(connection, as_of, asset_id));
  const std::string see = StrCat("see 'whence alias list ", asset, "'");
  if (hints == Hints::kBrief) {
    return NotFound("ALIAS_NOT_FOUND", StrCat(asset, " has no alias ", name), see);
  }
  WHENCE_ASSIGN_OR_RETURN(
      const std::vector<Alias> aliases,
      ListAliases(connection, as_of, asset_id, "", static_cast<int>(kMaxAliasesPerAsset)));
  std::vector<std::string> names;
  names.reserve(aliases.size());
  for (const Alias& alias : aliases) names.push_back(alias.name);
  const std::optional<std::string> closest = ClosestMatch(name, names);
  return NotFound("ALIAS_NOT_FOUND", StrCat(asset, " has no alias ", name),
                  closest.has_value() ? StrCat(asset, "@", *closest, " exists; ", see) : see);
}

absl::Status CheckRoom(sql::Connection& connection, int64_t asset_id) {
  const auto most = static_cast<int>(kMaxAliasesPerAsset);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Alias> aliases,
                          ListAliases(connection, kNow, asset_id, "", most));
  if (aliases.size() < kMaxAliasesPerAsset) return absl::OkStatus();
  return FailedPrecondition("TOO_MANY_ALIASES",
                            absl::StrCat("the asset has ", most, " aliases, and that is the most"),
                            "delete one that is no longer used");
}

}  // namespace

absl::StatusOr<std::optional<Alias>> FindAlias(sql::Connection& connection, Position as_of,
                                               int64_t asset_id, std::string_view name) {
  sql::Rows rows = connection.Run(kGetAlias, asset_id, name, as_of);
  if (rows.Next()) {
    Alias alias = ReadAlias(rows, as_of, asset_id);
    if (alias.end == kForever) return alias;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<Alias> GetAlias(sql::Connection& connection, Position as_of, int64_t asset_id,
                               std::string_view name, Hints hints) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Alias> alias, FindAlias(connection, as_of, asset_id, name));
  if (alias.has_value()) return *std::move(alias);
  return AliasNotFound(connection, as_of, asset_id, name, hints);
}

absl::StatusOr<std::vector<Alias>> ListAliases(sql::Connection& connection, Position as_of,
                                               int64_t asset_id, std::string_view after,
                                               int limit) {
  std::vector<Alias> aliases;
  std::string last(after);
  while (std::ssize(aliases) < limit) {
    WHENCE_ASSIGN_OR_RETURN(std::optional<std::string> name, NextName(connection, asset_id, last));
    if (!name.has_value()) break;
    last = *std::move(name);
    WHENCE_ASSIGN_OR_RETURN(std::optional<Alias> alias,
                            FindAlias(connection, as_of, asset_id, last));
    if (alias.has_value()) aliases.push_back(*std::move(alias));
  }
  return aliases;
}

absl::StatusOr<std::vector<Alias>> AliasHistory(sql::Connection& connection, Position as_of,
                                                int64_t asset_id, std::string_view name,
                                                Position before, int limit) {
  std::vector<Alias> stretches;
  sql::Rows rows = connection.Run(kHistory, asset_id, name, as_of, before, limit);
  while (rows.Next()) stretches.push_back(ReadAlias(rows, as_of, asset_id));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return stretches;
}

absl::StatusOr<std::vector<std::string>> AliasesOfVersion(sql::Connection& connection,
                                                          Position as_of, int64_t asset_id,
                                                          int64_t version_id) {
  WHENCE_ASSIGN_OR_RETURN(
      const std::vector<Alias> aliases,
      ListAliases(connection, as_of, asset_id, "", static_cast<int>(kMaxAliasesPerAsset)));
  std::vector<std::string> names;
  for (const Alias& alias : aliases) {
    if (alias.version_id == version_id) names.push_back(alias.name);
  }
  return names;
}

absl::Status SetAlias(sql::WriteContext& context, const ledger::Change& change, int64_t asset_id,
                      std::string_view name, int64_t version_id, int64_t number) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Alias> current,
                          FindAlias(connection, kNow, asset_id, name));
  if (current.has_value()) {
    if (current->version_id == version_id) return absl::OkStatus();
    NoteChange(context, asset_id, change.position);
    if (current->position == change.position) {
      return connection.Execute(kReplace, asset_id, name, change.position, version_id, number,
                                change.actor, change.time);
    }
    WHENCE_RETURN_IF_ERROR(
        connection.Execute(kClose, asset_id, name, current->position, change.position));
  } else {
    WHENCE_RETURN_IF_ERROR(CheckRoom(connection, asset_id));
    NoteChange(context, asset_id, change.position);
  }
  return connection.Execute(kInsert, asset_id, name, change.position, kForever, version_id, number,
                            change.actor, change.time);
}

absl::Status DeleteAlias(sql::WriteContext& context, const ledger::Change& change, int64_t asset_id,
                         std::string_view name) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Alias> current,
                          FindAlias(connection, kNow, asset_id, name));
  if (!current.has_value()) return absl::OkStatus();
  NoteChange(context, asset_id, change.position);
  if (current->position == change.position) {
    return connection.Execute(kErase, asset_id, name, change.position);
  }
  return connection.Execute(kClose, asset_id, name, current->position, change.position);
}

}  // namespace whence::catalog
