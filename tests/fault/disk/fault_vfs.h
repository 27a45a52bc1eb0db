// A disk that fails, shortens or tears the k-th call, and that can lose the power: a SQLite VFS,
// and the server's way to its other files.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "sql/file_system.h"
#include "unsynced.h"

namespace whence::fault {

// The classes of calls that are counted: SQLite's, and those to plain files (sql/file_system.h).
// SQLite's locks are those of the file and of the shared memory. Allocations are SQLite's; they
// always fail in the same way.
enum class Op {
  kOpen,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kDelete,
  kShmMap,
  kLock,
  kFileOpen,
  kFileRead,
  kFileWrite,
  kFileTruncate,
  kFileSync,  // of folders too
  kFileLock,
  kFileStat,
  kFileRename,  // or a second name
  kFileDelete,
  kMakeFolder,
  kAllocate,
  kCount
};
inline constexpr Op kFileOps[] = {
    Op::kFileOpen, Op::kFileRead, Op::kFileWrite,  Op::kFileTruncate, Op::kFileSync,
    Op::kFileLock, Op::kFileStat, Op::kFileRename, Op::kFileDelete,   Op::kMakeFolder};
std::string_view NameOf(Op op);

// What happens at one call, and from it on.
struct Fault {
  Op op = Op::kCount;    // kCount: nothing ever happens
  int64_t at = 0;        // the at-th call of its class since Arm, from 1
  int code = 0;          // what it answers, of SQLite's codes or errno's; 0: it succeeds
  bool half = false;     // of a write the first half is done (else nothing, or all if it succeeds);
                         // with code 0 a plain file reads or writes half, and says so
  bool lasting = false;  // every later call of the class answers the same, until Heal
  bool crash = false;    // the power fails: no later call of any class does anything
  bool idle = false;     // with code 0: it says that it succeeded, and does nothing
  // Only calls for files whose names end so count and answer it. What SQLite locks in shared memory
  // is called FILE-shm, and the lock to write FILE-shm write.
  std::string ending{};
};

// Purpose: SQLite's default VFS while it lives, over the one that was the default before, and the
// file system that the server uses: it needs to know nothing of it. Syncs only note what would be
// on the disk; the real disk is never waited for.
// Ownership: every file opened through it must be closed before it goes; one at a time.
// Thread-safety: all methods may be called from any thread.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // Counts from 0 again and waits for the fault.
  void Arm(const Fault& fault);
  // No more faults. After a crash nothing heals but TakeUnsynced.
  void Heal();
  // While paused no fault strikes and no call counts.
  void Pause(bool pause);
  // The power fails now.
  void Crash();
  // What is not synced, to lose the power with. All files must be closed; forgets it.
  Unsynced TakeUnsynced();
  // Goes on with it.
  void PutUnsynced(Unsynced unsynced);

  // Calls of a class since Arm.
  int64_t count(Op op) const;
  // Whether the fault has happened, and where: "write 12: whence.db-wal 4120+4096".
  bool struck() const;
  std::string where() const;
  bool crashed() const;

 private:
  friend struct Calls;      // the functions that SQLite calls
  friend class FaultFiles;  // those for plain files

  enum class Verdict { kPass, kFail, kHalf, kPassThenCrash, kHalfThenCrash };
  struct Decision {
    Verdict verdict = Verdict::kPass;
    int code = 0;
  };
  Decision Decide(Op op, std::string_view path, int64_t offset, int64_t count);

  mutable std::mutex mutex_;
  Fault fault_;  // guarded by mutex_, as is the rest
  std::array<int64_t, static_cast<size_t>(Op::kCount)> counts_{};
  int64_t meant_ = 0;  // calls that the fault is about, since Arm
  bool struck_ = false;
  bool crashed_ = false;
  bool paused_ = false;
  std::string where_;
  Unsynced unsynced_;
  const std::unique_ptr<sql::FileSystem> files_;
};

}  // namespace whence::fault
