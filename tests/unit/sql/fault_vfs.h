#pragma once

// A small SQLite VFS over the default one that fails calls on demand: enough for the writer's own
// rules.

#include <atomic>

namespace whence::sql::test {

// Registers itself under name() while it lives; one at a time. The knobs may be turned from any
// thread; they count calls on files whose name ends in "-wal" only, because that is where commits
// go.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  static const char* name() { return "whence-fault"; }

  // The next writes fail with this SQLite code (SQLITE_FULL, SQLITE_IOERR_WRITE), 0 for none...
  std::atomic<int> write_error{0};
  // ... after so many that succeed.
  std::atomic<int> writes_before_error{0};
  // The next syncs of the log fail with this code.
  std::atomic<int> sync_error{0};
  // The next syncs of the database file (checkpoints) fail with this code.
  std::atomic<int> database_sync_error{0};
  // Calls since construction.
  std::atomic<int> syncs{0};
  // The write lock is granted without being taken, as on a file system whose locks do not work.
  std::atomic<bool> locks_broken{false};
};

}  // namespace whence::sql::test
