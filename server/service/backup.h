// A copy of the database to send to a caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/digest.h"
#include "base/position.h"
#include "service/house.h"

namespace whence::service {

// Purpose: a consistent copy of the database in a temporary file beside it, read in chunks, removed
// on destruction. Ownership: owns the file. Thread-safety: one thread at a time.
class BackupCopy {
 public:
  // Copies while writing goes on. Fails with the errors of sql/backup.h: BACKUP_CANCELLED when
  // `cancelled` became true.
  static absl::StatusOr<std::unique_ptr<BackupCopy>> Make(House& house,
                                                          const std::atomic<bool>* cancelled);
  // Removes the copies that a killed server left in its data folder. Before the first Make.
  static void RemoveLeftovers(const std::string& data_folder);
  ~BackupCopy();
  BackupCopy(const BackupCopy&) = delete;
  BackupCopy& operator=(const BackupCopy&) = delete;

  // The next bytes of the file, at most kBackupChunkBytes; false at its end.
  absl::StatusOr<bool> ReadChunk(std::string* data);

  int64_t total_bytes() const { return total_bytes_; }
  // Ledger position the copy stands at.
  Position position() const { return position_; }
  // `sha256:<hex>` of all bytes read so far; of the whole file after ReadChunk said false.
  std::string digest() const;

 private:
  explicit BackupCopy(std::string path) : path_(std::move(path)) {}
  absl::Status OpenCopy();

  const std::string path_;
  std::ifstream file_;
  int64_t total_bytes_ = 0;
  Position position_ = 0;
  Sha256 hash_;
};

}  // namespace whence::service
