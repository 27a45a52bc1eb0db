#pragma once

#include <sqlite3.h>

#include <memory>

// Private to the room: may be included from its .cc files only.
namespace whence::sql::internal {

// Makes a connection keep SQLite's write lock and checkpoint lock: no other connection, in this
// process or another one, can then write, checkpoint or recover the file, also not in the instant
// between two transactions. Readers need neither.
//
// How: the locks of a WAL database are bytes of its shared memory (0 to write, 1 to checkpoint),
// taken and given back through the open file's xShmLock. This puts itself in front of that one
// function: taking is passed on, giving back is not, and taking again is answered here (which also
// saves two system calls per transaction). Works on every VFS, because it stands between SQLite and
// the file that the VFS opened.
//
// Ownership: borrows the file of an open connection; must be destroyed before that is closed, and
// gives the locks back then. Thread-safety: as the connection.
class HeldLocks {
 public:
  // Null when the connection has no shared memory to lock: a database in memory, which is private.
  static std::unique_ptr<HeldLocks> On(sqlite3* db);
  ~HeldLocks();
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;

  // Takes the checkpoint lock now; the write lock comes with the next write transaction. Only once
  // the connection has read something, which maps the shared memory. SQLite's result code.
  int TakeCheckpointLock();

 private:
  static constexpr int kLocks = 2;

  // What the file's pMethods points to meanwhile; `methods` first, so that one leads to the other.
  struct Front {
    sqlite3_io_methods methods;
    const sqlite3_io_methods* real;
    bool held[kLocks] = {false, false};
  };

  explicit HeldLocks(sqlite3_file* file);
  static int ShmLock(sqlite3_file* file, int offset, int count, int flags);

  sqlite3_file* file_;
  Front front_;
};

}  // namespace whence::sql::internal
