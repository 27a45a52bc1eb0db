#include "sql/held_write_lock.h"

#include <type_traits>

namespace whence::sql::internal {
namespace {

// SQLite's file format (walformat.html, section 2.3.1): the first of the eight lock bytes.
constexpr int kWriteLock = 0;
constexpr int kTake = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
constexpr int kGiveBack = SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE;

}  // namespace

std::unique_ptr<HeldWriteLock> HeldWriteLock::On(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2 ||
      file->pMethods->xShmLock == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<HeldWriteLock>(new HeldWriteLock(file));
}

HeldWriteLock::HeldWriteLock(sqlite3_file* file)
    : file_(file), front_{*file->pMethods, file->pMethods} {
  static_assert(std::is_standard_layout_v<Front>);  // its first member has its address
  front_.methods.xShmLock = &ShmLock;
  file_->pMethods = &front_.methods;
}

HeldWriteLock::~HeldWriteLock() {
  file_->pMethods = front_.real;
  if (front_.held) {
    front_.real->xShmLock(file_, kWriteLock, 1, kGiveBack);
  }
}

int HeldWriteLock::ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  auto* front = reinterpret_cast<Front*>(const_cast<sqlite3_io_methods*>(file->pMethods));
  if (offset != kWriteLock || count != 1) {
    return front->real->xShmLock(file, offset, count, flags);
  }
  if (front->held) {
    return SQLITE_OK;  // taken again, or given back: it stays as it is
  }
  const int code = front->real->xShmLock(file, offset, count, flags);
  front->held = code == SQLITE_OK && flags == kTake;
  return code;
}

}  // namespace whence::sql::internal
