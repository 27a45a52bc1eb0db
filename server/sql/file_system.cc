#include "sql/file_system.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>

namespace whence::sql {
namespace {

// Never destroyed: data folders that are closed while the process ends still use it.
FileSystem& OfTheMachine() {
  static auto* const files = new FileSystem;
  return *files;
}

std::atomic<FileSystem*> in_use{nullptr};

}  // namespace

int FileSystem::Open(const char* path, int flags, mode_t mode) {
  return ::open(path, flags | O_CLOEXEC, mode);
}

int FileSystem::Close(int fd) { return ::close(fd); }

ssize_t FileSystem::Read(int fd, void* out, size_t count, off_t offset) {
  return ::pread(fd, out, count, offset);
}

ssize_t FileSystem::Write(int fd, const void* bytes, size_t count, off_t offset) {
  return ::pwrite(fd, bytes, count, offset);
}

int FileSystem::Truncate(int fd, off_t size) { return ::ftruncate(fd, size); }

int FileSystem::Sync(int fd) { return ::fsync(fd); }

int FileSystem::Lock(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB); }

int FileSystem::StatFile(int fd, struct stat* info) { return ::fstat(fd, info); }

int FileSystem::StatName(const char* path, struct stat* info) { return ::lstat(path, info); }

int FileSystem::Rename(const char* from, const char* to) { return ::rename(from, to); }

int FileSystem::RenameNew(const char* from, const char* to) {
  return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int FileSystem::Link(const char* from, const char* to) { return ::link(from, to); }

int FileSystem::Remove(const char* path) { return ::unlink(path); }

int FileSystem::MakeFolder(const char* path, mode_t mode) { return ::mkdir(path, mode); }

int FileSystem::RemoveFolder(const char* path) { return ::rmdir(path); }

FileSystem& FileSystem::Current() {
  FileSystem* const other = in_use.load(std::memory_order_acquire);
  return other == nullptr ? OfTheMachine() : *other;
}

void FileSystem::Use(FileSystem* other) { in_use.store(other, std::memory_order_release); }

}  // namespace whence::sql
