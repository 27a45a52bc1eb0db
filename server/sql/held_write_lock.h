#pragma once

#include <sqlite3.h>

#include <memory>

// Private to the room: may be included from its .cc files only.
namespace whence::sql::internal {

// Makes a connection keep SQLite's write lock once it has it: after its first write transaction no other
// connection, in this process or another one, can write or recover the file, also not in the instant
// between two transactions. Readers never need that lock.
//
// How: the lock of a WAL database is byte 0 of its shared memory, taken and given back through the open
// file's xShmLock. This puts itself in front of that one function: the lock is passed on, giving it back
// is not, and taking it again is answered here (which also saves two system calls per transaction).
// Works on every VFS, because it stands between SQLite and the file that the VFS opened.
//
// Ownership: borrows the file of an open connection; must be destroyed before that is closed, and gives
// the lock back then. Thread-safety: as the connection.
class HeldWriteLock {
 public:
  // Null when the connection has no shared memory to lock: a database in memory, which is private.
  static std::unique_ptr<HeldWriteLock> On(sqlite3* db);
  ~HeldWriteLock();
  HeldWriteLock(const HeldWriteLock&) = delete;
  HeldWriteLock& operator=(const HeldWriteLock&) = delete;

 private:
  // What the file's pMethods points to meanwhile; `methods` first, so that one leads to the other.
  struct Front {
    sqlite3_io_methods methods;
    const sqlite3_io_methods* real;
    bool held = false;
  };

  explicit HeldWriteLock(sqlite3_file* file);
  static int ShmLock(sqlite3_file* file, int offset, int count, int flags);

  sqlite3_file* file_;
  Front front_;
};

}  // namespace whence::sql::internal
