// Backups by HTTP.
#pragma once

#include <atomic>
#include <string_view>

#include "http/router.h"

namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::http {

inline constexpr std::string_view kBackupPath = "/v1/server/backup";

// Purpose: counts the backups under way. Ownership: none. Thread-safety: any thread.
class BackupPlaces {
 public:
  explicit BackupPlaces(int most) : most_(most) {}
  BackupPlaces(const BackupPlaces&) = delete;
  BackupPlaces& operator=(const BackupPlaces&) = delete;

  bool Take() {
    if (taken_.fetch_add(1) < most_) return true;
    GiveBack();
    return false;
  }
  void GiveBack() { taken_.fetch_sub(1); }

 private:
  const int most_;
  std::atomic<int> taken_ = 0;
};

// GET /v1/server/backup: a consistent copy of the database as a file, with its ledger position in
// the header whence-position. The file ends with a digest of itself, which `whenced --restore`
// checks. Errors as in the contract: DISK_FULL, TOO_MANY_BACKUPS, BACKUP_UNREADABLE.
void AddBackupRoute(service::Corridor* corridor, BackupPlaces* places, Router* router);

}  // namespace whence::http
