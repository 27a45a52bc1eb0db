#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>

namespace whence::sql {

// Purpose: every system call by which the server reaches a file past SQLite: the lock, a backup's
// seal, names, folders. SQLite has its VFS to come between; this is the same for the rest, so that
// a test can fail, shorten or forget what either of them does.
// Methods answer as the system calls that they name: -1 on failure, with errno.
// Thread-safety: any thread, at the same time.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual int Open(const char* path, int flags, mode_t mode);  // with O_CLOEXEC
  virtual int Close(int fd);
  virtual ssize_t Read(int fd, void* out, size_t count, off_t offset);           // pread
  virtual ssize_t Write(int fd, const void* bytes, size_t count, off_t offset);  // pwrite
  virtual int Truncate(int fd, off_t size);                                      // ftruncate
  virtual int Sync(int fd);                                                      // fsync
  virtual int Lock(int fd);                                   // flock, LOCK_EX | LOCK_NB
  virtual int StatFile(int fd, struct stat* info);            // fstat
  virtual int StatName(const char* path, struct stat* info);  // lstat
  virtual int Rename(const char* from, const char* to);
  virtual int RenameNew(const char* from, const char* to);  // renameat2, RENAME_NOREPLACE
  virtual int Link(const char* from, const char* to);
  virtual int Remove(const char* path);                   // unlink
  virtual int MakeFolder(const char* path, mode_t mode);  // mkdir
  virtual int RemoveFolder(const char* path);             // rmdir

  // The one in use: the operating system's, unless a test has put another in its place. One for
  // the process, as SQLite's default VFS is, so that a test replaces the whole disk and the server
  // need not know.
  static FileSystem& Current();
  // Puts `other` in its place, which must outlive its use; null for the operating system's. For
  // tests, when no file is open.
  static void Use(FileSystem* other);
};

}  // namespace whence::sql
