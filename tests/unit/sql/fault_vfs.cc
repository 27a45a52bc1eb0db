#include "fault_vfs.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string_view>

namespace whence::sql::test {
namespace {

FaultVfs* current = nullptr;
sqlite3_vfs vfs;
sqlite3_vfs* real_vfs = nullptr;

// SQLite allocates szOsFile bytes: this, and behind it the real VFS's file.
struct FaultFile {
  sqlite3_file base;
  bool is_log;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultFile* Fault(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Fault(file)->real(); }

int Write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  const int error = current->write_error;
  if (Fault(file)->is_log && error != 0 && current->writes_before_error.fetch_sub(1) <= 0) {
    return error;
  }
  return Real(file)->pMethods->xWrite(Real(file), data, count, offset);
}

int Sync(sqlite3_file* file, int flags) {
  ++current->syncs;
  const int error = Fault(file)->is_log ? current->sync_error : current->database_sync_error;
  return error != 0 ? error : Real(file)->pMethods->xSync(Real(file), flags);
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  constexpr int kWriteLock = 0;
  if (offset == kWriteLock && current->locks_broken) {
    return SQLITE_OK;
  }
  return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
}

const sqlite3_io_methods kMethods = {
    3,
    [](sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); },
    [](sqlite3_file* f, void* data, int count, sqlite3_int64 offset) {
      return Real(f)->pMethods->xRead(Real(f), data, count, offset);
    },
    Write,
    [](sqlite3_file* f, sqlite3_int64 size) { return Real(f)->pMethods->xTruncate(Real(f), size); },
    Sync,
    [](sqlite3_file* f, sqlite3_int64* size) {
      return Real(f)->pMethods->xFileSize(Real(f), size);
    },
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xLock(Real(f), level); },
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xUnlock(Real(f), level); },
    [](sqlite3_file* f, int* out) { return Real(f)->pMethods->xCheckReservedLock(Real(f), out); },
    [](sqlite3_file* f, int op, void* arg) {
      return Real(f)->pMethods->xFileControl(Real(f), op, arg);
    },
    [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); },
    [](sqlite3_file* f) { return Real(f)->pMethods->xDeviceCharacteristics(Real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
    },
    ShmLock,
    [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); },
    [](sqlite3_file* f, int remove) { return Real(f)->pMethods->xShmUnmap(Real(f), remove); },
    [](sqlite3_file*, sqlite3_int64, int, void** out) {
      *out = nullptr;  // no memory mapping
      return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
};

int Open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  FaultFile* fault = Fault(file);
  fault->is_log = name != nullptr && std::string_view(name).ends_with("-wal");
  const int code = real_vfs->xOpen(real_vfs, name, fault->real(), flags, out_flags);
  fault->base.pMethods = fault->real()->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

}  // namespace

FaultVfs::FaultVfs() {
  REQUIRE(current == nullptr);
  current = this;
  real_vfs = sqlite3_vfs_find(nullptr);
  vfs = *real_vfs;  // everything but opening is the real one's
  vfs.zName = name();
  vfs.pNext = nullptr;
  vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs->szOsFile;
  vfs.xOpen = Open;
  REQUIRE(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs);
  current = nullptr;
}

}  // namespace whence::sql::test
