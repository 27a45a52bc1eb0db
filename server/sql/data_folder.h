#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"

namespace whence::sql {

namespace internal {
class File;
}  // namespace internal

// The server's data directory and the exclusive right to use it.
//
// Opening takes an exclusive flock on the file LOCK inside, which the kernel drops when the process
// ends in whatever way, and writes into it who holds it. LOCK itself is never deleted: deleting it
// would let two processes each lock a file of that name.
// Ownership: holds the lock until destroyed; must outlive every connection to the database inside.
// Thread-safety: UpdateAddress may be called from one thread at a time; the rest is const.
class DataFolder {
 public:
  // Opens the directory, creating it (mode 0700, parents too) and its empty database file (mode
  // 0600) when missing. Fails with
  //   DATA_IN_USE          (FailedPrecondition) another process holds it; the message says which
  //   DATA_FOLDER_UNUSABLE (FailedPrecondition) not a directory, no permission, read-only, ...
  //   DISK_FULL, IO_ERROR  (connection.h)       the log of an earlier run cannot be written again
  // Writes the log that an earlier run left once more, so that it is on the disk before anything
  // is built on it (rewrite_log.h): no connection may be open.
  static absl::StatusOr<std::unique_ptr<DataFolder>> Open(const std::string& path,
                                                          const Clock& clock);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  // Notes where the server listens, for the message that the next one to come gets.
  // Fails with DATA_FOLDER_UNUSABLE.
  absl::Status UpdateAddress(std::string_view address);

  const std::string& path() const { return path_; }
  // <path>/whence.db
  std::string database_path() const;

 private:
  DataFolder(std::string path, internal::File lock, std::string started);

  const std::string path_;
  const std::unique_ptr<internal::File> lock_;
  const std::string started_;
};

// Writes a file that its owner alone may read: whole or not at all, in place of one that was there,
// and on the disk when it returns. Fails with DISK_FULL or IO_ERROR.
absl::Status WriteSecretFile(const std::string& path, std::string_view content);

// Such a file's content; nothing where there is none. Fails with
//   SECRET_FILE_EXPOSED  (FailedPrecondition) others than its owner may read it, or it is no file
//   IO_ERROR             it cannot be read, or has over kMaxSecretFileBytes
absl::StatusOr<std::optional<std::string>> ReadSecretFile(const std::string& path);

// Removes it, if it is there.
absl::Status RemoveSecretFile(const std::string& path);

}  // namespace whence::sql
