#include "access/declassification.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "access/classification.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "catalog/securable.h"

#define WHENCE_DECLASSIFICATION_AS_OF                                               \
  "SELECT asset_id, column_name, key, comment, updater, update_time_us, valid_from" \
  " FROM declassification WHERE valid_from <= ?1 AND valid_to > ?1"

namespace whence::access {
namespace {

constexpr sql::Query kGet{WHENCE_DECLASSIFICATION_AS_OF
                          " AND asset_id = ?2 AND column_name = ?3 AND key = ?4"};

constexpr sql::Query kListAll{WHENCE_DECLASSIFICATION_AS_OF
                              " AND (asset_id, column_name, key) > (?2, ?3, ?4)"
                              " ORDER BY asset_id, column_name, key"};
constexpr sql::Query kListOf{WHENCE_DECLASSIFICATION_AS_OF
                             " AND asset_id = ?2 AND (column_name, key) > (?3, ?4)"
                             " ORDER BY asset_id, column_name, key"};

constexpr sql::Query kCount{
    "SELECT count(*) FROM declassification"
    " WHERE asset_id = ?1 AND valid_to = 9223372036854775807"};

constexpr sql::Query kInsert{
    "INSERT INTO declassification (asset_id, column_name, key, valid_from, valid_to, comment,"
    " updater, update_time_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
constexpr sql::Query kClose{
    "UPDATE declassification SET valid_to = ?5"
    " WHERE asset_id = ?1 AND column_name = ?2 AND key = ?3 AND valid_from = ?4"};
constexpr sql::Query kErase{
    "DELETE FROM declassification"
    " WHERE asset_id = ?1 AND column_name = ?2 AND key = ?3 AND valid_from = ?4"};

Declassification Read(sql::Rows& rows) {
  return {.place = {.asset_id = rows.Int64(0),
                    .column = std::string(rows.Text(1)),
                    .key = std::string(rows.Text(2))},
          .comment = std::string(rows.Text(3)),
          .creator = std::string(rows.Text(4)),
          .create_time = rows.Time(5),
          .position = rows.Int64(6)};
}

// What began in this same mutation was never seen: it goes.
absl::Status End(sql::WriteContext& context, const ledger::Change& change,
                 const Declassification& current) {
  sql::Connection& connection = context.connection();
  const auto& [asset_id, column, key] = current.place;
  if (current.position == change.position) {
    return connection.Execute(kErase, asset_id, column, key, current.position);
  }
  return connection.Execute(kClose, asset_id, column, key, current.position, change.position);
}

absl::Status CheckRoom(sql::Connection& connection, int64_t asset_id) {
  sql::Rows rows = connection.Run(kCount, asset_id);
  const int64_t count = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (count < static_cast<int64_t>(kMaxDeclassificationsPerAsset)) return absl::OkStatus();
  return FailedPrecondition("TOO_MANY_DECLASSIFICATIONS",
                            absl::StrCat(count, " columns and keys of the asset are declassified, ",
                                         "and that is the most"),
                            "end those that are no longer needed");
}

}  // namespace

absl::StatusOr<std::optional<Declassification>> FindDeclassification(
    sql::Connection& connection, Position as_of, const DeclassifiedPlace& place) {
  sql::Rows rows = connection.Run(kGet, as_of, place.asset_id, place.column, place.key);
  if (rows.Next()) return Read(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<bool> ListDeclassifications(sql::Connection& connection, Position as_of,
                                           int64_t asset_id, const DeclassifiedPlace& after,
                                           absl::FunctionRef<bool(Declassification&&)> visit) {
  sql::Rows rows = asset_id == 0
                       ? connection.Run(kListAll, as_of, after.asset_id, after.column, after.key)
                       : connection.Run(kListOf, as_of, asset_id, after.column, after.key);
  while (rows.Next()) {
    if (!visit(Read(rows))) return false;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return true;
}

absl::StatusOr<Declassification> Declassify(sql::WriteContext& context,
                                            const ledger::Change& change,
                                            const DeclassifiedPlace& place,
                                            std::string_view comment) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Declassification> current,
                          FindDeclassification(connection, catalog::kNow, place));
  if (current.has_value()) {
    WHENCE_RETURN_IF_ERROR(End(context, change, *current));
  } else {
    WHENCE_RETURN_IF_ERROR(CheckRoom(connection, place.asset_id));
  }
  Declassification made{.place = place,
                        .comment = std::string(comment),
                        .creator = std::string(change.actor),
                        .create_time = change.time,
                        .position = change.position};
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsert, place.asset_id, place.column, place.key,
                                            made.position, kForever, made.comment, made.creator,
                                            made.create_time));
  WHENCE_RETURN_IF_ERROR(NoteDeclassified(context, change.position, place.asset_id, place.column,
                                          place.key, /*declassified=*/true));
  return made;
}

absl::Status Reclassify(sql::WriteContext& context, const ledger::Change& change,
                        const Declassification& current) {
  WHENCE_RETURN_IF_ERROR(End(context, change, current));
  return NoteDeclassified(context, change.position, current.place.asset_id, current.place.column,
                          current.place.key, /*declassified=*/false);
}

}  // namespace whence::access
