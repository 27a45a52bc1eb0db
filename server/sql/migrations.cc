#include "sql/migrations.h"

#include <string>

#include "base/assert.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::sql {
namespace {

constexpr char kCreateTable[] = R"(
CREATE TABLE schema_migration (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_time INTEGER NOT NULL
) STRICT)";

constexpr Query kCountObjects{"SELECT count(*) FROM sqlite_schema"};
constexpr Query kFindTable{
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'"};
constexpr Query kListApplied{
    "SELECT version, name, checksum FROM schema_migration ORDER BY version"};
constexpr Query kNewest{"SELECT coalesce(max(version), 0) FROM schema_migration"};
constexpr Query kInsertApplied{
    "INSERT INTO schema_migration (version, name, checksum, applied_time) VALUES (?1, ?2, ?3, ?4)"};
constexpr Query kApplicationIdQuery{"PRAGMA application_id"};
constexpr Query kForeignKeysOff{"PRAGMA foreign_keys = OFF"};
constexpr Query kForeignKeysOn{"PRAGMA foreign_keys = ON"};
constexpr Query kForeignKeyCheck{"PRAGMA foreign_key_check"};

absl::StatusOr<int64_t> OneInteger(Connection& connection, const Query& query) {
  Rows rows = connection.Run(query);
  const int64_t value = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return value;
}

absl::Status CheckOurs(Connection& connection) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t id, OneInteger(connection, kApplicationIdQuery));
  WHENCE_ASSIGN_OR_RETURN(const int64_t objects, OneInteger(connection, kCountObjects));
  WHENCE_ASSIGN_OR_RETURN(const int64_t tables, OneInteger(connection, kFindTable));
  if (id != kApplicationId || (objects != 0 && tables == 0)) {
    return FailedPrecondition(
        "DATABASE_FOREIGN",
        StrCat(connection.path(), " is not a database of this server (application id ", id, ", ",
               objects, " objects, no record of migrations)"),
        "name another data folder; nothing was changed in this one");
  }
  return absl::OkStatus();
}

absl::Status CheckOne(std::span<const Migration> migrations, int64_t version, std::string_view name,
                      std::string_view checksum) {
  if (version < 1 || version > static_cast<int64_t>(migrations.size())) {
    return FailedPrecondition(
        "DATABASE_NEWER",
        StrCat("the database has migration ", version, " (", name,
               "), and this program knows only the first ", migrations.size()),
        "run the newer server that made it, or restore a backup from before the upgrade");
  }
  const Migration& ours = migrations[static_cast<size_t>(version - 1)];
  if (name != ours.name || checksum != Sha256Hex(ours.sql)) {
    return FailedPrecondition(
        "MIGRATION_CHANGED",
        StrCat("migration ", version, " was applied as ", name, " with SHA-256 ", checksum,
               ", but this program has ", ours.name, " with ", Sha256Hex(ours.sql)),
        "run the server that was built with the applied text; a released migration must never "
        "change: put the difference into a new one");
  }
  return absl::OkStatus();
}

// Compares what was applied with what is known; the number of applied ones. They must be the first
// of ours without a gap.
absl::StatusOr<size_t> CheckApplied(Connection& connection, std::span<const Migration> migrations) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t tables, OneInteger(connection, kFindTable));
  if (tables == 0) {
    return 0;
  }
  size_t count = 0;
  Rows rows = connection.Run(kListApplied);
  while (rows.Next()) {
    const int64_t version = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(CheckOne(migrations, version, rows.Text(1), rows.Text(2)));
    if (version != static_cast<int64_t>(++count)) {
      return FailedPrecondition(
          "MIGRATION_CHANGED", StrCat("the record of migration ", count, " is missing"),
          "restore the newest backup: somebody has edited the table schema_migration");
    }
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return count;
}

absl::Status CheckForeignKeys(Connection& connection, const Migration& migration) {
  Rows rows = connection.Run(kForeignKeyCheck);
  if (rows.Next()) {
    return Internal(
        "MIGRATION_FAILED",
        StrCat("migration ", migration.version, " (", migration.name, ") left row ", rows.Int64(1),
               " of ", rows.Text(0), " without its row in ", rows.Text(2)),
        "the database is as before; report this, and keep the older server running");
  }
  return rows.status();
}

// SQL that fails is the migration's mistake; what the disk does keeps its own name.
absl::Status NameFailure(const absl::Status& status, const Migration& migration) {
  const std::string reason = GetErrorDetail(status).reason;
  if (reason != "SQL_ERROR" && reason != "SQL_CONSTRAINT") {
    return status;
  }
  return Internal("MIGRATION_FAILED",
                  StrCat("migration ", migration.version, " (", migration.name,
                         ") failed: ", ToStd(status.message())),
                  "the database is as before; report this, and keep the older server running");
}

absl::Status Apply(Connection& connection, const Migration& migration, bool first, absl::Time now) {
  WriteTransaction transaction(connection);
  WHENCE_RETURN_IF_ERROR(transaction.status());
  if (first) {
    WHENCE_RETURN_IF_ERROR(connection.ExecuteScript(kCreateTable));
  }
  WHENCE_RETURN_IF_ERROR(NameFailure(connection.ExecuteScript(migration.sql), migration));
  WHENCE_ASSERT(connection.InTransaction());  // a migration contains no COMMIT
  WHENCE_RETURN_IF_ERROR(CheckForeignKeys(connection, migration));
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertApplied, migration.version, migration.name,
                                            Sha256Hex(migration.sql), now));
  return transaction.Commit();
}

}  // namespace

absl::Status Migrate(Connection& connection, std::span<const Migration> migrations,
                     const Clock& clock) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    WHENCE_ASSERT(migrations[i].version == static_cast<int>(i) + 1);
  }
  WHENCE_ASSERT(!connection.InTransaction());
  WHENCE_RETURN_IF_ERROR(CheckOurs(connection));
  WHENCE_ASSIGN_OR_RETURN(const size_t applied, CheckApplied(connection, migrations));
  if (applied == migrations.size()) {
    return absl::OkStatus();
  }
  // Has no effect inside a transaction: therefore around all of them.
  WHENCE_RETURN_IF_ERROR(connection.Execute(kForeignKeysOff));
  absl::Status status;
  for (size_t i = applied; i < migrations.size() && status.ok(); ++i) {
    status = Apply(connection, migrations[i], /*first=*/i == 0, clock.Now());
  }
  status.Update(connection.Execute(kForeignKeysOn));
  return status;
}

absl::StatusOr<int64_t> SchemaVersion(Connection& connection) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t tables, OneInteger(connection, kFindTable));
  if (tables == 0) {
    return 0;
  }
  return OneInteger(connection, kNewest);
}

}  // namespace whence::sql
