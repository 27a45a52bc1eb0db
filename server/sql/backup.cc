#include "sql/backup.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/backup_seal.h"
#include "sql/connection.h"
#include "sql/file_io.h"
#include "sql/sqlite_error.h"

namespace whence::sql {
namespace {

// Pages between two looks at the progress and the wish to cancel: 4 MiB.
constexpr int kPagesPerStep = 1024;

constexpr Query kPageSize{"PRAGMA page_size"};

using Handle = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

absl::Status Cancelled() {
  ErrorDetail detail;
  detail.reason = "BACKUP_CANCELLED";
  detail.hint = "start it again when you want it";
  return MakeError(absl::StatusCode::kCancelled, "the backup was cancelled", detail);
}

absl::Status Pragma(sqlite3* db, const char* text) {
  const int code = sqlite3_exec(db, text, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : internal::SqliteError(db, code, text);
}

// The copy is nobody's until it is whole and synced: no journal, no sync on the way.
absl::StatusOr<Handle> OpenCopy(const std::string& path, const char* vfs) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                                   vfs);
  Handle copy(raw, &sqlite3_close);
  if (code != SQLITE_OK) {
    return internal::SqliteError(raw, code, StrCat("open ", path));
  }
  WHENCE_RETURN_IF_ERROR(Pragma(raw, "PRAGMA journal_mode = OFF"));
  WHENCE_RETURN_IF_ERROR(Pragma(raw, "PRAGMA synchronous = OFF"));
  return copy;
}

// Whether the disk of the copy has room for so many bytes more, and for the reserve.
absl::Status CheckRoom(const std::string& path, int64_t more, const BackupOptions& options) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t free, options.free_bytes != nullptr
                                                  ? options.free_bytes(path)
                                                  : internal::FreeBytes(path));
  if (more <= free - options.reserve_bytes) {
    return absl::OkStatus();
  }
  return ResourceExhausted(
      "DISK_FULL",
      StrCat("the copy ", path, " needs ", more, " bytes more, and ", options.reserve_bytes,
             " must stay free beside it; ", free, " are free"),
      "make room on that disk, then repeat the call");
}

absl::StatusOr<int64_t> PageBytes(Connection& connection) {
  Rows rows = connection.Run(kPageSize);
  const int64_t bytes = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return bytes;
}

// Looks at the room before each step: other copies, and the server itself, take from it too.
absl::Status CopyPages(Connection& source, sqlite3* to, const std::string& path,
                       BackupProgress progress, const BackupOptions& options) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t page_bytes, PageBytes(source));
  sqlite3* from = source.handle();
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) {
    return internal::SqliteError(to, sqlite3_extended_errcode(to), "backup");
  }
  // A step of no page tells how many there are.
  int code = sqlite3_backup_step(backup, 0);
  absl::Status stop;
  while (code == SQLITE_OK && stop.ok()) {
    stop = CheckRoom(path, page_bytes * sqlite3_backup_remaining(backup), options);
    if (!stop.ok()) {
      break;
    }
    code = sqlite3_backup_step(backup, kPagesPerStep);
    const int64_t total = sqlite3_backup_pagecount(backup);
    progress(total - sqlite3_backup_remaining(backup), total);
    if (options.cancelled != nullptr && options.cancelled->load(std::memory_order_relaxed)) {
      stop = Cancelled();
    }
  }
  sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) {
    return absl::OkStatus();
  }
  return code == SQLITE_OK ? stop : internal::SqliteError(to, code, "backup");
}

absl::Status CopyDatabase(const std::string& source, const std::string& path,
                          BackupProgress progress, const BackupOptions& options) {
  OpenOptions open;
  open.read_only = true;
  open.vfs = options.vfs;
  WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> from, Connection::Open(source, open));
  WHENCE_ASSIGN_OR_RETURN(Handle to, OpenCopy(path, options.vfs));
  {
    // Open during all steps: each then sees the same snapshot, and no commit restarts the copy.
    const ReadTransaction snapshot(*from);
    WHENCE_RETURN_IF_ERROR(snapshot.status());
    WHENCE_RETURN_IF_ERROR(CopyPages(*from, to.get(), path, progress, options));
  }
  // The header says WAL, as in the source. A backup must not need files beside it.
  WHENCE_RETURN_IF_ERROR(Pragma(to.get(), "PRAGMA journal_mode = DELETE"));
  const int code = sqlite3_close(to.release());
  return code == SQLITE_OK ? absl::OkStatus() : internal::SqliteError(nullptr, code, "close");
}

}  // namespace

absl::Status Backup(const std::string& source, const std::string& destination,
                    BackupProgress progress, const BackupOptions& options) {
  const std::string partial = StrCat(destination, ".partial");
  for (const std::string& path : {destination, partial}) {
    WHENCE_ASSIGN_OR_RETURN(const bool there, internal::Exists(path));
    if (there) {
      return AlreadyExists("BACKUP_EXISTS", StrCat(path, " exists"),
                           "name a file that does not exist; a file that ends in .partial is left "
                           "by a backup that was killed and may be deleted");
    }
  }
  WHENCE_RETURN_IF_ERROR(
      internal::File::Open(partial, O_RDWR | O_CREAT | O_EXCL).status());  // 0600 from the start
  absl::Cleanup remove = [&partial] { internal::Remove(partial).IgnoreError(); };
  WHENCE_RETURN_IF_ERROR(CopyDatabase(source, partial, progress, options));
  WHENCE_RETURN_IF_ERROR(internal::Seal(partial));
  WHENCE_RETURN_IF_ERROR(VerifyDatabaseFile(partial));
  WHENCE_RETURN_IF_ERROR(internal::RenameToNew(partial, destination));
  std::move(remove).Cancel();
  return absl::OkStatus();
}

absl::Status Backup(const std::string& source, const std::string& destination) {
  return Backup(source, destination, [](int64_t, int64_t) {});
}

}  // namespace whence::sql
