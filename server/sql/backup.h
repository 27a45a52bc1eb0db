#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/limits.h"

namespace whence::sql {

// Pages copied so far, and pages in all. Called on the thread that runs the backup.
using BackupProgress = absl::FunctionRef<void(int64_t done_pages, int64_t total_pages)>;

// Bytes that may still be written beside a file.
using FreeBytes = std::function<absl::StatusOr<int64_t>(const std::string& path)>;

struct BackupOptions {
  // When it becomes true the backup stops with BACKUP_CANCELLED and leaves nothing behind.
  const std::atomic<bool>* cancelled = nullptr;
  // VFS of the source and of the copy, for tests; null for the default one.
  const char* vfs = nullptr;
  // Bytes that the backup leaves free on the disk of the copy, which may be the source's.
  int64_t reserve_bytes = kBackupReserveBytes;
  // Who says how many are free, for tests; null asks the system.
  FreeBytes free_bytes = nullptr;
};

// Copies the database at `source` into the new file `destination` while the server goes on writing.
// The copy is one read transaction's snapshot: exactly the source as it stood after one commit. It
// is a single self-contained SQLite file (no log beside it), mode 0600, followed by a line with the
// SHA-256 of its bytes, so that damage anywhere is found later; SQLite ignores that line. It is
// written under a temporary name, synced, verified (VerifyDatabaseFile) and only then named
// `destination`.
// Runs on the caller's thread, on connections of its own; from any thread. Fails with
//   BACKUP_EXISTS     (AlreadyExists)  `destination` exists
//   BACKUP_CANCELLED  (Cancelled)
//   DATABASE_DAMAGED  (DataLoss)       the source is damaged, so the copy is
//   DISK_FULL (ResourceExhausted)      the copy has no room beside the reserve: found before the
//                                      first byte, or when others take the room on the way
//   DISK_FULL, IO_ERROR, ...           (connection.h)
// On failure nothing is left under either name.
absl::Status Backup(const std::string& source, const std::string& destination,
                    BackupProgress progress, const BackupOptions& options = {});
absl::Status Backup(const std::string& source, const std::string& destination);

// Checks a database file that no server has open: ours by its application id, the checksum line of
// a backup if there is one, structure and STRICT types (integrity_check), foreign keys, and that it
// was made by migrations. Changes nothing. Fails with
//   DATABASE_MISSING  (NotFound)            no such file
//   DATABASE_FOREIGN  (FailedPrecondition)  another program's file
//   DATABASE_DAMAGED  (DataLoss)            what was found, in words
absl::Status VerifyDatabaseFile(const std::string& path);

// Makes a verified backup the database of the data folder, creating the folder when missing. Takes
// the folder's lock meanwhile. The server migrates it at its next start if it is older. Fails with
//   RESTORE_TARGET_NOT_EMPTY (FailedPrecondition) the folder already has a database
//   DATA_IN_USE (data_folder.h), the errors of VerifyDatabaseFile, DISK_FULL, IO_ERROR
// On failure the folder has no database, as before.
absl::Status Restore(const std::string& backup, const std::string& data_folder);

}  // namespace whence::sql
