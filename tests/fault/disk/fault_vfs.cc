#include "fault_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"
#include "fault_files.h"
#include "memory.h"

namespace whence::fault {
namespace {

FaultVfs* current = nullptr;
sqlite3_vfs own;
sqlite3_vfs* real_vfs = nullptr;

// SQLite allocates szOsFile bytes: this, and behind it the real VFS's file.
struct FaultFile {
  sqlite3_file base;
  const char* path;  // SQLite keeps the name as long as the file is open
  bool
      syncs_folder;  // with its first sync, as SQLite's own VFS does for a journal it may have made

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultFile* AsFault(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return AsFault(file)->real(); }
const char* PathOf(sqlite3_file* file) { return AsFault(file)->path; }

// What a call answers once the power is gone.
constexpr std::pair<Op, int> kDead[] = {
    {Op::kOpen, SQLITE_CANTOPEN},       {Op::kRead, SQLITE_IOERR_READ},
    {Op::kWrite, SQLITE_IOERR_WRITE},   {Op::kTruncate, SQLITE_IOERR_TRUNCATE},
    {Op::kSync, SQLITE_IOERR_FSYNC},    {Op::kDelete, SQLITE_IOERR_DELETE},
    {Op::kShmMap, SQLITE_IOERR_SHMMAP}, {Op::kLock, SQLITE_IOERR_LOCK},
};

int DeadCode(Op op) {
  const auto number = static_cast<size_t>(op);
  return number < std::size(kDead) ? kDead[number].second : EIO;
}

int64_t SizeOf(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  WHENCE_ASSERT(Real(file)->pMethods->xFileSize(Real(file), &size) == SQLITE_OK);
  return size;
}

std::string Present(sqlite3_file* file, int64_t size, int64_t offset, int64_t count) {
  if (offset >= size || count <= 0) return {};
  std::string out(static_cast<size_t>(std::min(count, size - offset)), '\0');
  WHENCE_ASSERT(Real(file)->pMethods->xRead(Real(file), out.data(), static_cast<int>(out.size()),
                                            offset) == SQLITE_OK);
  return out;
}

}  // namespace

std::string_view NameOf(Op op) {
  static constexpr std::string_view kNames[] = {
      "open",        "read",          "write",       "truncate",  "sync",
      "delete",      "shm-map",       "lock",        "file open", "file read",
      "file write",  "file truncate", "file sync",   "file lock", "file stat",
      "file rename", "file delete",   "make folder", "allocation"};
  return op == Op::kCount ? "none" : kNames[static_cast<size_t>(op)];
}

// ---- the functions that SQLite calls ------------------------------------------------------------

struct Calls {
  using Verdict = FaultVfs::Verdict;

  // Asks what is to happen at this call, does `half` or `all` of it, and returns its result.
  template <class Half, class All>
  static int Pass(Op op, std::string_view path, int64_t offset, int64_t count, Half half, All all) {
    const std::lock_guard lock(current->mutex_);
    const FaultVfs::Decision decision = current->Decide(op, path, offset, count);
    switch (decision.verdict) {
      case Verdict::kPass:
        return all();
      case Verdict::kFail:
        break;
      case Verdict::kHalf:
      case Verdict::kHalfThenCrash:
        half();
        break;
      case Verdict::kPassThenCrash:
        all();
        break;
    }
    return decision.code;
  }
  template <class All>
  static int Pass(Op op, sqlite3_file* file, All all) {
    return Pass(
        op, PathOf(file), 0, 0, [] {}, all);
  }

  static int Put(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
    const int64_t size = SizeOf(file);
    current->unsynced_.Write(PathOf(file), size, Present(file, size, offset, count), offset,
                             {static_cast<const char*>(data), static_cast<size_t>(count)});
    return Real(file)->pMethods->xWrite(Real(file), data, count, offset);
  }
  static int Write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
    return Pass(
        Op::kWrite, PathOf(file), offset, count, [&] { Put(file, data, count / 2, offset); },
        [&] { return Put(file, data, count, offset); });
  }
  static int Read(sqlite3_file* file, void* data, int count, sqlite3_int64 offset) {
    return Pass(
        Op::kRead, PathOf(file), offset, count, [] {},
        [&] { return Real(file)->pMethods->xRead(Real(file), data, count, offset); });
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    return Pass(
        Op::kTruncate, PathOf(file), size, 0, [] {},
        [&] {
          const int64_t before = SizeOf(file);
          current->unsynced_.Truncate(PathOf(file), before,
                                      Present(file, before, size, before - size), size);
          return Real(file)->pMethods->xTruncate(Real(file), size);
        });
  }
  static int Sync(sqlite3_file* file, int) {
    const int code = Pass(Op::kSync, file, [&] {
      current->unsynced_.Sync(PathOf(file));
      if (std::exchange(AsFault(file)->syncs_folder, false)) {
        current->unsynced_.SyncFolder(FolderOf(PathOf(file)));
      }
      return SQLITE_OK;
    });
    if (code != SQLITE_OK) {
      const std::lock_guard lock(current->mutex_);
      current->unsynced_.FailSync(PathOf(file));
    }
    return code;
  }
  static int Lock(sqlite3_file* file, int level) {
    return Pass(Op::kLock, file, [&] { return Real(file)->pMethods->xLock(Real(file), level); });
  }
  static int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
    const auto real = [&] {
      return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
    };
    if ((flags & SQLITE_SHM_LOCK) == 0) return real();
    constexpr int kWriteLock = 0;  // its place among SQLite's
    return Pass(
        Op::kLock, StrCat(PathOf(file), offset == kWriteLock ? "-shm write" : "-shm"), 0, 0, [] {},
        real);
  }
  static int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    *out = nullptr;
    return Pass(Op::kShmMap, file,
                [&] { return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, out); });
  }
  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    {
      const std::lock_guard lock(current->mutex_);
      if (current->crashed_) return SQLITE_IOERR_FSTAT;
    }
    return Real(file)->pMethods->xFileSize(Real(file), size);
  }

  static int Open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags,
                  int* out_flags);
  static int Delete(sqlite3_vfs*, const char* path, int sync_folder) {
    return Pass(
        Op::kDelete, path, 0, 0, [] {},
        [&] {
          current->unsynced_.Delete(path);
          if (sync_folder != 0) current->unsynced_.SyncFolder(FolderOf(path));
          return real_vfs->xDelete(real_vfs, path, sync_folder);
        });
  }
};

namespace {

const sqlite3_io_methods kMethods = {
    3,
    [](sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); },
    Calls::Read,
    Calls::Write,
    Calls::Truncate,
    Calls::Sync,
    Calls::FileSize,
    Calls::Lock,
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xUnlock(Real(f), level); },
    [](sqlite3_file* f, int* out) { return Real(f)->pMethods->xCheckReservedLock(Real(f), out); },
    [](sqlite3_file* f, int op, void* arg) {
      return Real(f)->pMethods->xFileControl(Real(f), op, arg);
    },
    [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); },
    [](sqlite3_file* f) { return Real(f)->pMethods->xDeviceCharacteristics(Real(f)); },
    Calls::ShmMap,
    Calls::ShmLock,
    [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); },
    [](sqlite3_file* f, int remove) { return Real(f)->pMethods->xShmUnmap(Real(f), remove); },
    [](sqlite3_file*, sqlite3_int64, int, void** out) {
      *out = nullptr;  // no memory mapping
      return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
};

}  // namespace

int Calls::Open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags,
                int* out_flags) {
  FaultFile* fault = AsFault(file);
  fault->base.pMethods = nullptr;
  fault->path = name == nullptr ? "" : name;
  fault->syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 &&
                        (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  return Pass(
      Op::kOpen, fault->path, 0, 0, [] {},
      [&] {
        const bool stays = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0;
        const bool is_new = stays && ::access(name, F_OK) != 0;
        const int code = real_vfs->xOpen(real_vfs, name, fault->real(), flags, out_flags);
        fault->base.pMethods = fault->real()->pMethods == nullptr ? nullptr : &kMethods;
        if (code == SQLITE_OK && is_new) current->unsynced_.Make(name);
        return code;
      });
}

// ---- what happens when --------------------------------------------------------------------------

FaultVfs::Decision FaultVfs::Decide(Op op, std::string_view path, int64_t offset, int64_t count) {
  if (crashed_) return {Verdict::kFail, DeadCode(op)};
  if (paused_) return {};
  const int64_t number = ++counts_[static_cast<size_t>(op)];
  if (op != fault_.op || !path.ends_with(fault_.ending)) return {};
  ++meant_;
  if (meant_ < fault_.at || (meant_ > fault_.at && !fault_.lasting)) return {};
  if (!struck_) {
    struck_ = true;
    const size_t slash = path.rfind('/');
    where_ = StrCat(NameOf(op), " ", number, ": ",
                    slash == std::string_view::npos ? path : path.substr(slash + 1), " ", offset,
                    "+", count);
  }
  if (fault_.crash) {
    crashed_ = true;
    if (fault_.half) return {Verdict::kHalfThenCrash, DeadCode(op)};
    return {fault_.code == 0 ? Verdict::kPassThenCrash : Verdict::kFail, DeadCode(op)};
  }
  if (fault_.code == 0 && !fault_.half && !fault_.idle) return {};
  return {fault_.half ? Verdict::kHalf : Verdict::kFail, fault_.code};
}

FaultVfs::FaultVfs() : files_(std::make_unique<FaultFiles>(*this)) {
  WHENCE_ASSERT(current == nullptr);
  sql::FileSystem::Use(files_.get());
  current = this;
  real_vfs = sqlite3_vfs_find(nullptr);
  own = *real_vfs;  // everything but opening and deleting is the real one's
  own.zName = "whence-crash";
  own.pNext = nullptr;
  own.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs->szOsFile;
  own.xOpen = Calls::Open;
  own.xDelete = Calls::Delete;
  WHENCE_ASSERT(sqlite3_vfs_register(&own, /*makeDflt=*/1) == SQLITE_OK);
}

FaultVfs::~FaultVfs() {
  FailAllocation(0, false);
  sql::FileSystem::Use(nullptr);
  sqlite3_vfs_unregister(&own);
  WHENCE_ASSERT(sqlite3_vfs_register(real_vfs, /*makeDflt=*/1) == SQLITE_OK);
  current = nullptr;
}

void FaultVfs::Arm(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  FailAllocation(fault.op == Op::kAllocate ? fault.at : 0, fault.lasting);
  counts_ = {};
  meant_ = 0;
  struck_ = false;
  where_.clear();
}

void FaultVfs::Heal() {
  const std::lock_guard lock(mutex_);
  struck_ = struck_ || AllocationFailed();
  FailAllocation(0, false);
  fault_ = {};
}

void FaultVfs::Pause(bool pause) {
  const std::lock_guard lock(mutex_);
  PauseAllocations(pause);
  paused_ = pause;
}

void FaultVfs::Crash() {
  const std::lock_guard lock(mutex_);
  crashed_ = true;
}

Unsynced FaultVfs::TakeUnsynced() {
  const std::lock_guard lock(mutex_);
  crashed_ = false;
  fault_ = {};
  FailAllocation(0, false);
  return std::exchange(unsynced_, {});
}

void FaultVfs::PutUnsynced(Unsynced unsynced) {
  const std::lock_guard lock(mutex_);
  unsynced_ = std::move(unsynced);
}

bool FaultVfs::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

int64_t FaultVfs::count(Op op) const {
  const std::lock_guard lock(mutex_);
  return op == Op::kAllocate ? Allocations() : counts_[static_cast<size_t>(op)];
}

bool FaultVfs::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_ || AllocationFailed();
}

std::string FaultVfs::where() const {
  const std::lock_guard lock(mutex_);
  return where_;
}

}  // namespace whence::fault
