#include "sql/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/file_system.h"

namespace whence::sql::internal {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

FileSystem& Files() { return FileSystem::Current(); }

// After a rename to `to`. A name that may go again with the power is taken back: nobody is told
// that it is there.
absl::Status KeepName(const std::string& to) {
  absl::Status synced = SyncFolderOf(to);
  if (!synced.ok()) {
    Remove(to).IgnoreError();
  }
  return synced;
}

}  // namespace

absl::Status ErrnoError(std::string_view what) { return ErrnoError(what, errno); }

absl::Status ErrnoError(std::string_view what, int error) {
  const std::string message = StrCat(what, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return ResourceExhausted("DISK_FULL", message, "make room on that disk, then repeat the call");
  }
  return Unavailable("IO_ERROR", message,
                     "check that the folder exists, that the server's user may write to it, and "
                     "that the disk is well");
}

absl::StatusOr<File> File::Open(const std::string& path, int flags, unsigned mode) {
  const int fd = Files().Open(path.c_str(), flags, mode);
  if (fd < 0) {
    return ErrnoError(StrCat("open ", path));
  }
  return File(path, fd);
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

File::~File() {
  if (fd_ >= 0) {
    Files().Close(fd_);
  }
}

absl::StatusOr<uint64_t> File::Size() const {
  struct stat info {};
  if (Files().StatFile(fd_, &info) != 0) {
    return ErrnoError(StrCat("stat ", path_));
  }
  return static_cast<uint64_t>(info.st_size);
}

absl::StatusOr<std::string> File::Read(uint64_t offset, size_t count) const {
  std::string out(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t got =
        Files().Read(fd_, out.data() + have, count - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return ErrnoError(StrCat("read ", path_));
    }
    if (got == 0) {
      break;
    }
    have += static_cast<size_t>(got);
  }
  out.resize(have);
  return out;
}

absl::Status File::Write(uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = Files().Write(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return ErrnoError(StrCat("write ", path_));
    }
    bytes.remove_prefix(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return absl::OkStatus();
}

absl::Status File::Truncate(uint64_t size) const {
  return Files().Truncate(fd_, static_cast<off_t>(size)) == 0
             ? absl::OkStatus()
             : ErrnoError(StrCat("truncate ", path_));
}

absl::Status File::Sync() const {
  return Files().Sync(fd_) == 0 ? absl::OkStatus() : ErrnoError(StrCat("sync ", path_));
}

absl::StatusOr<bool> File::TryLock() const {
  if (Files().Lock(fd_) == 0) {
    return true;
  }
  if (errno == EWOULDBLOCK) {
    return false;
  }
  return ErrnoError(StrCat("lock ", path_));
}

absl::Status File::ForEachPiece(uint64_t size,
                                absl::FunctionRef<absl::Status(std::string_view)> take) const {
  uint64_t at = 0;
  while (at < size) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(kPieceBytes, size - at));
    WHENCE_ASSIGN_OR_RETURN(const std::string piece, Read(at, count));
    if (piece.size() != count) {
      return Unavailable("IO_ERROR", StrCat(path_, " became shorter while it was read"),
                         "let nothing else write to it, then repeat the call");
    }
    WHENCE_RETURN_IF_ERROR(take(piece));
    at += count;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Exists(const std::string& path) {
  struct stat info {};
  if (Files().StatName(path.c_str(), &info) == 0) {
    return true;
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return false;
  }
  return ErrnoError(StrCat("stat ", path));
}

absl::StatusOr<int64_t> FreeBytes(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) {
    return ErrnoError(StrCat("look for free space beside ", path));
  }
  const uint64_t bytes = uint64_t{info.f_bavail} * info.f_frsize;
  return static_cast<int64_t>(std::min<uint64_t>(bytes, std::numeric_limits<int64_t>::max()));
}

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  WHENCE_ASSIGN_OR_RETURN(const File file, File::Open(folder, O_RDONLY | O_DIRECTORY));
  return file.Sync();
}

absl::Status RenameToNew(const std::string& from, const std::string& to) {
  int result = Files().RenameNew(from.c_str(), to.c_str());
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // This file system cannot; a second name that must be new, then without the first, is the same.
    result = Files().Link(from.c_str(), to.c_str());
    if (result == 0) {
      if (absl::Status removed = Remove(from); !removed.ok()) {
        Remove(to).IgnoreError();
        return removed;
      }
    }
  }
  if (result == 0) {
    return KeepName(to);
  }
  if (errno == EEXIST) {
    return AlreadyExists("BACKUP_EXISTS", StrCat(to, " exists"), "name a file that does not exist");
  }
  return ErrnoError(StrCat("rename ", from, " to ", to));
}

absl::Status RenameOver(const std::string& from, const std::string& to) {
  return Files().Rename(from.c_str(), to.c_str()) == 0
             ? KeepName(to)
             : ErrnoError(StrCat("rename ", from, " to ", to));
}

absl::Status Remove(const std::string& path) {
  return Files().Remove(path.c_str()) == 0 ? absl::OkStatus() : ErrnoError(StrCat("remove ", path));
}

}  // namespace whence::sql::internal
