// VerifyDatabaseFile: is this file a whole database of ours?

#include <fcntl.h>
#include <sqlite3.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/backup.h"
#include "sql/backup_seal.h"
#include "sql/connection.h"
#include "sql/file_io.h"
#include "sql/migrations.h"
#include "sql/sqlite_error.h"

namespace whence::sql {
namespace {

// Enough to see what is wrong; a badly damaged file has thousands.
constexpr Query kIntegrityCheck{"PRAGMA integrity_check(5)"};
constexpr Query kForeignKeyCheck{"PRAGMA foreign_key_check"};
constexpr Query kActing{"SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view')"};

absl::Status CheckSeal(const internal::File& file, const internal::FileShape& shape) {
  if (!shape.sealed_digest.has_value()) {
    return absl::OkStatus();  // a database that was not made by Backup
  }
  WHENCE_ASSIGN_OR_RETURN(const std::string digest, internal::DigestOf(file, shape.database_bytes));
  if (digest != *shape.sealed_digest) {
    return internal::Damaged(
        file.path(), StrCat("its bytes have SHA-256 ", digest, ", where ", *shape.sealed_digest,
                            " was noted when it was made"));
  }
  return absl::OkStatus();
}

// A page that integrity_check could not get for want of memory or because the disk failed says
// nothing about the file: SQLite's code, 0 when it is about the file.
int CodeOfUnread(std::string_view found) {
  // Of a page that goes on with a long value no code is told; that its number is one of the file's
  // was looked at before.
  if (found.find("failed to get page ") != std::string_view::npos) return SQLITE_IOERR;
  constexpr std::string_view kSays = "error code=";
  const size_t at = found.find(kSays);
  int code = 0;
  if (at != std::string_view::npos) {
    const std::string_view digits = found.substr(at + kSays.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), code);
  }
  return (code & 0xff) == SQLITE_NOMEM || (code & 0xff) == SQLITE_IOERR ? code : 0;
}

absl::Status CheckStructure(Connection& connection) {
  std::string found;
  Rows rows = connection.Run(kIntegrityCheck);
  while (rows.Next()) {
    if (rows.Text(0) != "ok") {
      StrAppend(&found, found.empty() ? "" : "; ", rows.Text(0));
    }
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (const int code = CodeOfUnread(found); code != 0) {
    return internal::SqliteError(nullptr, code, StrCat("check ", connection.path()));
  }
  return found.empty() ? absl::OkStatus() : internal::Damaged(connection.path(), found);
}

absl::Status CheckForeignKeys(Connection& connection) {
  Rows rows = connection.Run(kForeignKeyCheck);
  if (rows.Next()) {
    return internal::Damaged(connection.path(),
                             StrCat("row ", rows.Int64(1), " of ", rows.Text(0),
                                    " refers to a missing row of ", rows.Text(2)));
  }
  return rows.status();
}

// No migration makes any. Connections of ours do not run them, but other programs do.
absl::Status CheckNothingActs(Connection& connection) {
  Rows rows = connection.Run(kActing);
  if (rows.Next()) {
    return internal::Damaged(connection.path(), StrCat("it has a ", rows.Text(0), " ", rows.Text(1),
                                                       ", which nobody of ours made"));
  }
  return rows.status();
}

absl::Status CheckMigrated(Connection& connection) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t version, SchemaVersion(connection));
  return version > 0 ? absl::OkStatus()
                     : internal::Damaged(connection.path(), "it has no record of migrations");
}

absl::Status CheckContent(const std::string& path) {
  OpenOptions options;
  options.read_only = true;
  WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                          Connection::Open(path, options));
  WHENCE_RETURN_IF_ERROR(CheckStructure(*connection));
  WHENCE_RETURN_IF_ERROR(CheckForeignKeys(*connection));
  WHENCE_RETURN_IF_ERROR(CheckNothingActs(*connection));
  return CheckMigrated(*connection);
}

}  // namespace

absl::Status VerifyDatabaseFile(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const bool there, internal::Exists(path));
  if (!there) {
    return NotFound("DATABASE_MISSING", StrCat("there is no file ", path), "check the name");
  }
  {
    WHENCE_ASSIGN_OR_RETURN(const internal::File file, internal::File::Open(path, O_RDONLY));
    WHENCE_ASSIGN_OR_RETURN(const internal::FileShape shape, internal::ReadShape(file));
    WHENCE_RETURN_IF_ERROR(CheckSeal(file, shape));
    if (shape.application_id != static_cast<uint32_t>(kApplicationId)) {
      return FailedPrecondition(
          "DATABASE_FOREIGN",
          StrCat(path, " is another program's SQLite database (application id ",
                 shape.application_id, ")"),
          "name a file that 'whence admin backup' made");
    }
  }  // closed: SQLite opens it now
  absl::Status content = CheckContent(path);
  const std::string reason = GetErrorDetail(content).reason;
  if (reason == "DATABASE_CORRUPT" || reason == "SQL_ERROR") {
    return internal::Damaged(path, ToStd(content.message()));
  }
  return content;
}

}  // namespace whence::sql
