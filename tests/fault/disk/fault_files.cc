#include "fault_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace whence::fault {

// Called by one of the methods below, which then hold the mutex.
template <class Half, class All>
ssize_t FaultFiles::Pass(Op op, const std::string& path, off_t offset, size_t count, Half half,
                         All all) {
  using Verdict = FaultVfs::Verdict;
  const FaultVfs::Decision decision = disk_.Decide(op, path, offset, static_cast<int64_t>(count));
  ssize_t done = -1;
  switch (decision.verdict) {
    case Verdict::kPass:
      return all();
    case Verdict::kFail:
      break;
    case Verdict::kHalf:
    case Verdict::kHalfThenCrash:
      done = half();
      break;
    case Verdict::kPassThenCrash:
      all();
      break;
  }
  if (decision.code == 0) return done;
  errno = decision.code;
  return -1;
}

template <class All>
ssize_t FaultFiles::Pass(Op op, const std::string& path, All all) {
  return Pass(
      op, path, 0, 0, []() -> ssize_t { return -1; }, all);
}

std::string FaultFiles::PathOf(int fd) { return paths_.at(fd); }

int64_t FaultFiles::SizeOf(int fd) {
  struct stat info {};
  WHENCE_ASSERT(FileSystem::StatFile(fd, &info) == 0);
  return info.st_size;
}

std::string FaultFiles::Present(int fd, int64_t offset, int64_t count) {
  const int64_t size = SizeOf(fd);
  if (offset >= size || count <= 0) return {};
  std::string out(static_cast<size_t>(std::min(count, size - offset)), '\0');
  // Of a file that was opened for writing only, a second descriptor reads.
  const int reader = ::open(PathOf(fd).c_str(), O_RDONLY | O_CLOEXEC);
  WHENCE_ASSERT(reader >= 0);
  WHENCE_ASSERT(::pread(reader, out.data(), out.size(), offset) ==
                static_cast<ssize_t>(out.size()));
  ::close(reader);
  return out;
}

int FaultFiles::Open(const char* path, int flags, mode_t mode) {
  const std::lock_guard lock(disk_.mutex_);
  std::string name = path;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  return static_cast<int>(Pass(Op::kFileOpen, name, [&]() -> ssize_t {
    struct stat info {};
    const bool is_new = FileSystem::StatName(name.c_str(), &info) != 0;
    const bool empties = !is_new && (flags & O_TRUNC) != 0 && info.st_size > 0;
    const int fd = FileSystem::Open(path, flags & ~O_TRUNC, mode);
    if (fd < 0) return fd;
    paths_[fd] = name;
    if (is_new) disk_.unsynced_.Make(name);
    if (empties) {
      disk_.unsynced_.Truncate(name, info.st_size, Present(fd, 0, info.st_size), 0);
      WHENCE_ASSERT(FileSystem::Truncate(fd, 0) == 0);
    }
    return fd;
  }));
}

int FaultFiles::Close(int fd) {
  const std::lock_guard lock(disk_.mutex_);
  paths_.erase(fd);
  return FileSystem::Close(fd);
}

ssize_t FaultFiles::Read(int fd, void* out, size_t count, off_t offset) {
  const std::lock_guard lock(disk_.mutex_);
  return Pass(
      Op::kFileRead, PathOf(fd), offset, count,
      [&] { return FileSystem::Read(fd, out, (count + 1) / 2, offset); },
      [&] { return FileSystem::Read(fd, out, count, offset); });
}

ssize_t FaultFiles::Put(int fd, const void* bytes, size_t count, off_t offset) {
  disk_.unsynced_.Write(PathOf(fd), SizeOf(fd), Present(fd, offset, static_cast<int64_t>(count)),
                        offset, {static_cast<const char*>(bytes), count});
  return FileSystem::Write(fd, bytes, count, offset);
}

ssize_t FaultFiles::Write(int fd, const void* bytes, size_t count, off_t offset) {
  const std::lock_guard lock(disk_.mutex_);
  return Pass(
      Op::kFileWrite, PathOf(fd), offset, count,
      [&] { return Put(fd, bytes, (count + 1) / 2, offset); },
      [&] { return Put(fd, bytes, count, offset); });
}

int FaultFiles::Truncate(int fd, off_t size) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(Pass(Op::kFileTruncate, PathOf(fd), [&]() -> ssize_t {
    const int64_t before = SizeOf(fd);
    disk_.unsynced_.Truncate(PathOf(fd), before, Present(fd, size, before - size), size);
    return FileSystem::Truncate(fd, size);
  }));
}

int FaultFiles::Sync(int fd) {
  const std::lock_guard lock(disk_.mutex_);
  const std::string path = PathOf(fd);
  struct stat info {};
  WHENCE_ASSERT(FileSystem::StatFile(fd, &info) == 0);
  const bool folder = S_ISDIR(info.st_mode);
  const ssize_t result = Pass(Op::kFileSync, path, [&]() -> ssize_t {
    if (folder) {
      disk_.unsynced_.SyncFolder(path);
    } else {
      disk_.unsynced_.Sync(path);
    }
    return 0;
  });
  if (result != 0 && !folder) disk_.unsynced_.FailSync(path);
  return static_cast<int>(result);
}

int FaultFiles::Lock(int fd) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(
      Pass(Op::kFileLock, PathOf(fd), [&]() -> ssize_t { return FileSystem::Lock(fd); }));
}

int FaultFiles::StatFile(int fd, struct stat* info) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(
      Pass(Op::kFileStat, PathOf(fd), [&]() -> ssize_t { return FileSystem::StatFile(fd, info); }));
}

int FaultFiles::StatName(const char* path, struct stat* info) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(
      Pass(Op::kFileStat, path, [&]() -> ssize_t { return FileSystem::StatName(path, info); }));
}

int FaultFiles::Rename(const char* from, const char* to) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(Pass(Op::kFileRename, to, [&]() -> ssize_t {
    disk_.unsynced_.Rename(from, to);
    return FileSystem::Rename(from, to);
  }));
}

int FaultFiles::RenameNew(const char* from, const char* to) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(Pass(Op::kFileRename, to, [&]() -> ssize_t {
    struct stat info {};
    if (FileSystem::StatName(to, &info) != 0) disk_.unsynced_.Rename(from, to);
    return FileSystem::RenameNew(from, to);
  }));
}

int FaultFiles::Link(const char* from, const char* to) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(Pass(Op::kFileRename, to, [&]() -> ssize_t {
    struct stat info {};
    if (FileSystem::StatName(to, &info) != 0) disk_.unsynced_.Make(to);
    return FileSystem::Link(from, to);
  }));
}

int FaultFiles::Remove(const char* path) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(Pass(Op::kFileDelete, path, [&]() -> ssize_t {
    disk_.unsynced_.Delete(path);
    return FileSystem::Remove(path);
  }));
}

int FaultFiles::MakeFolder(const char* path, mode_t mode) {
  const std::lock_guard lock(disk_.mutex_);
  return static_cast<int>(Pass(Op::kMakeFolder, path, [&]() -> ssize_t {
    const int result = FileSystem::MakeFolder(path, mode);
    if (result == 0) disk_.unsynced_.Make(path);
    return result;
  }));
}

// Of a folder that was just made, and is empty: taken back.
int FaultFiles::RemoveFolder(const char* path) {
  const std::lock_guard lock(disk_.mutex_);
  if (disk_.crashed_) {
    errno = EIO;
    return -1;
  }
  return FileSystem::RemoveFolder(path);
}

}  // namespace whence::fault
