// The plain files of the disk that fails: what the server reaches past SQLite.
#pragma once

#include <map>
#include <string>

#include "fault_vfs.h"
#include "sql/file_system.h"

namespace whence::fault {

// Purpose: the machine's file system, with the faults of its FaultVfs, which remembers what is not
// synced: SQLite's files and these are one disk. Ownership: the FaultVfs owns it.
// Thread-safety: as FileSystem.
class FaultFiles final : public sql::FileSystem {
 public:
  explicit FaultFiles(FaultVfs& disk) : disk_(disk) {}

  int Open(const char* path, int flags, mode_t mode) override;
  int Close(int fd) override;
  ssize_t Read(int fd, void* out, size_t count, off_t offset) override;
  ssize_t Write(int fd, const void* bytes, size_t count, off_t offset) override;
  int Truncate(int fd, off_t size) override;
  int Sync(int fd) override;
  int Lock(int fd) override;
  int StatFile(int fd, struct stat* info) override;
  int StatName(const char* path, struct stat* info) override;
  int Rename(const char* from, const char* to) override;
  int RenameNew(const char* from, const char* to) override;
  int Link(const char* from, const char* to) override;
  int Remove(const char* path) override;
  int MakeFolder(const char* path, mode_t mode) override;
  int RemoveFolder(const char* path) override;

 private:
  // Asks what is to happen at this call and answers that. `all` does it, `half` the half of it;
  // both may use the disk's memory.
  template <class Half, class All>
  ssize_t Pass(Op op, const std::string& path, off_t offset, size_t count, Half half, All all);
  template <class All>
  ssize_t Pass(Op op, const std::string& path, All all);
  ssize_t Put(int fd, const void* bytes, size_t count, off_t offset);
  // Those of this class, for the files that are open. Mutex held.
  std::string PathOf(int fd);
  int64_t SizeOf(int fd);
  std::string Present(int fd, int64_t offset, int64_t count);

  FaultVfs& disk_;
  std::map<int, std::string> paths_;  // by descriptor; guarded by the disk's mutex
};

}  // namespace whence::fault
