#include "sql/held_locks.h"

#include <type_traits>

namespace whence::sql::internal {
namespace {

// SQLite's walformat.html, section 2.3.1: the first two of the eight lock bytes are for writing and
// for checkpoints. Recovery takes the second and third together.
constexpr int kCheckpointLock = 1;
constexpr int kTake = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
constexpr int kGiveBack = SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE;

}  // namespace

std::unique_ptr<HeldLocks> HeldLocks::On(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2 ||
      file->pMethods->xShmLock == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<HeldLocks>(new HeldLocks(file));
}

HeldLocks::HeldLocks(sqlite3_file* file) : file_(file), front_{*file->pMethods, file->pMethods} {
  static_assert(std::is_standard_layout_v<Front>);  // its first member has its address
  front_.methods.xShmLock = &ShmLock;
  file_->pMethods = &front_.methods;
}

HeldLocks::~HeldLocks() {
  file_->pMethods = front_.real;
  for (int lock = 0; lock < kLocks; ++lock) {
    if (front_.held[lock]) {
      front_.real->xShmLock(file_, lock, 1, kGiveBack);
    }
  }
}

int HeldLocks::TakeCheckpointLock() { return ShmLock(file_, kCheckpointLock, 1, kTake); }

int HeldLocks::ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  auto* front = reinterpret_cast<Front*>(const_cast<sqlite3_io_methods*>(file->pMethods));
  // Held already: taken again or given back, it stays as it is.
  while (count > 0 && offset < kLocks && front->held[offset]) {
    ++offset;
    --count;
  }
  if (count == 0) {
    return SQLITE_OK;
  }
  const int code = front->real->xShmLock(file, offset, count, flags);
  if (code == SQLITE_OK && flags == kTake && count == 1 && offset < kLocks) {
    front->held[offset] = true;
  }
  return code;
}

}  // namespace whence::sql::internal
