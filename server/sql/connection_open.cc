// Opening a connection: flags, settings, and whose file it is.

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/connection.h"
#include "sql/held_locks.h"
#include "sql/library.h"
#include "sql/sqlite_error.h"
#include "sql/statement.h"

namespace whence::sql {
namespace {

constexpr char kMemory[] = ":memory:";

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path,
                                                             const OpenOptions& options) {
  internal::ConfigureLibrary();
  std::unique_ptr<Connection> connection(new Connection(path, options));
  WHENCE_RETURN_IF_ERROR(connection->OpenHandle(options));
  WHENCE_RETURN_IF_ERROR(connection->Configure(options));
  bool is_new = false;
  // Before anything that writes: another program's file stays as it is.
  WHENCE_RETURN_IF_ERROR(connection->CheckApplication(&is_new));
  if (!options.read_only) {
    WHENCE_RETURN_IF_ERROR(connection->ConfigureWrites(options));
    if (is_new) {
      WHENCE_RETURN_IF_ERROR(
          connection->Pragma(StrCat("PRAGMA application_id = ", kApplicationId).c_str()));
    }
  }
  return connection;
}

absl::Status Connection::OpenHandle(const OpenOptions& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  flags |= options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path_.c_str(), &db_, flags, options.vfs);
  if (code != SQLITE_OK) {
    return Failure(code, StrCat("open ", path_));
  }
  return absl::OkStatus();
}

absl::Status Connection::Pragma(const char* text) {
  const int code = sqlite3_exec(db_, text, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code, text);
}

absl::Status Connection::FindInteger(const char* sql, int64_t* value) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(db_, sql, -1, &raw, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_step(raw);
  }
  absl::Status status;
  if (code == SQLITE_ROW) {
    *value = sqlite3_column_int64(raw, 0);
  } else {
    status = Failure(code, sql);
  }
  sqlite3_finalize(raw);
  return status;
}

absl::Status Connection::Configure(const OpenOptions& options) {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  // No migration makes any: what somebody put into the file does not act in our name.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  // Only the writer checkpoints, and it does so before it closes.
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_busy_timeout(db_, static_cast<int>(std::clamp<int64_t>(
                                absl::ToInt64Milliseconds(options.busy_timeout), 0, 1'000'000)));
  WHENCE_RETURN_IF_ERROR(Pragma("PRAGMA cell_size_check = ON"));
  WHENCE_RETURN_IF_ERROR(Pragma("PRAGMA temp_store = MEMORY"));
  WHENCE_RETURN_IF_ERROR(Pragma("PRAGMA mmap_size = 0"));
  return Pragma(StrCat("PRAGMA cache_size = -", std::max(options.cache_kib, 64)).c_str());
}

absl::Status Connection::CheckApplication(bool* is_new) {
  int64_t id = 0;
  int64_t objects = 0;
  WHENCE_RETURN_IF_ERROR(FindInteger("PRAGMA application_id", &id));
  if (id == kApplicationId) {
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(FindInteger("SELECT count(*) FROM sqlite_schema", &objects));
  if (id != 0 || objects != 0) {
    return FailedPrecondition(
        "DATABASE_FOREIGN",
        StrCat(path_, " is another program's SQLite database (application id ", id, ")"),
        "name another data folder, or the right file");
  }
  *is_new = true;
  return absl::OkStatus();
}

absl::Status Connection::ConfigureWrites(const OpenOptions& options) {
  sqlite3_stmt* raw = nullptr;
  const char* text = "PRAGMA journal_mode = WAL";
  int code = sqlite3_prepare_v2(db_, text, -1, &raw, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_step(raw);
  }
  std::string mode;
  if (code == SQLITE_ROW) {
    const unsigned char* shown = sqlite3_column_text(raw, 0);
    mode = shown == nullptr ? "" : reinterpret_cast<const char*>(shown);
  }
  absl::Status status = code == SQLITE_ROW ? absl::OkStatus() : Failure(code, text);
  sqlite3_finalize(raw);
  WHENCE_RETURN_IF_ERROR(status);
  if (mode != "wal" && path_ != kMemory) {
    return Unavailable(
        "IO_ERROR",
        StrCat(path_, ": write-ahead logging is not possible here (journal mode ", mode, ")"),
        "put the data folder on a local disk: network file systems lack the shared memory");
  }
  // Setting a hook of ours also turns the automatic checkpoint off: they share the place.
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Connection*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
  WHENCE_RETURN_IF_ERROR(Pragma("PRAGMA synchronous = FULL"));
  // What is erased is gone from the file as well. Debian's SQLite does so anyway; others may not.
  WHENCE_RETURN_IF_ERROR(Pragma("PRAGMA secure_delete = ON"));
  WHENCE_RETURN_IF_ERROR(
      Pragma(StrCat("PRAGMA journal_size_limit = ", options.kept_log_bytes).c_str()));
  if (options.max_pages > 0) {
    WHENCE_RETURN_IF_ERROR(Pragma(StrCat("PRAGMA max_page_count = ", options.max_pages).c_str()));
  }
  return absl::OkStatus();
}

}  // namespace whence::sql
