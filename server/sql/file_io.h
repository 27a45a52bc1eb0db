#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Private to the room: may be included from its .cc files only. Plain files around the database:
// the lock, backups and their copies. Never used on a database file that a connection of this
// process has open: closing it here would drop SQLite's POSIX locks. Everything goes through
// FileSystem::Current().
namespace whence::sql::internal {

// An open file, closed on destruction. Movable.
class File {
 public:
  // `flags` and `mode` as for open(2), which is called with O_CLOEXEC. Fails with the error that
  // ErrnoError makes.
  static absl::StatusOr<File> Open(const std::string& path, int flags, unsigned mode = 0600);

  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  ~File();

  const std::string& path() const { return path_; }

  absl::StatusOr<uint64_t> Size() const;
  // Up to `count` bytes from `offset`; fewer only at the end of the file.
  absl::StatusOr<std::string> Read(uint64_t offset, size_t count) const;
  // All of `bytes`; on failure perhaps some of them.
  absl::Status Write(uint64_t offset, std::string_view bytes) const;
  absl::Status Truncate(uint64_t size) const;
  absl::Status Sync() const;
  // Takes the exclusive flock, which goes with the file; false when another has it.
  absl::StatusOr<bool> TryLock() const;

  // Calls `take` with the file's bytes from the start, piece by piece, up to `size`. Stops at the
  // first error of either side; a file shorter than `size` is one.
  absl::Status ForEachPiece(uint64_t size,
                            absl::FunctionRef<absl::Status(std::string_view)> take) const;

 private:
  File(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;
};

// The error of a failed system call, from errno: DISK_FULL (ResourceExhausted) or IO_ERROR
// (Unavailable). `what` says what was done, for the message: "write /data/backup.db".
absl::Status ErrnoError(std::string_view what);
absl::Status ErrnoError(std::string_view what, int error);

// Whether the name is there. One that cannot be looked up is an error, not a name that is free.
absl::StatusOr<bool> Exists(const std::string& path);

// Bytes that this user may still write to the disk that holds `path`.
absl::StatusOr<int64_t> FreeBytes(const std::string& path);

// The folder that holds `path` ("." for a bare name), synced: so that a new name in it is durable.
absl::Status SyncFolderOf(const std::string& path);

// Renames and syncs the folder of `to`, which is also that of `from`. RenameToNew fails with
// AlreadyExists BACKUP_EXISTS instead of replacing `to`. After a failure the file is not there
// under the name `to`; whether it still is under `from` is open.
absl::Status RenameToNew(const std::string& from, const std::string& to);
absl::Status RenameOver(const std::string& from, const std::string& to);

absl::Status Remove(const std::string& path);

}  // namespace whence::sql::internal
