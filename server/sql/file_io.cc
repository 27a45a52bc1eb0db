#include "sql/file_io.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::sql::internal {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

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
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) {
    return ErrnoError(StrCat("open ", path));
  }
  return File(path, fd);
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

File::~File() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

absl::StatusOr<uint64_t> File::Size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) {
    return ErrnoError(StrCat("stat ", path_));
  }
  return static_cast<uint64_t>(info.st_size);
}

absl::StatusOr<std::string> File::Read(uint64_t offset, size_t count) const {
  std::string out(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t got =
        ::pread(fd_, out.data() + have, count - have, static_cast<off_t>(offset + have));
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

absl::Status File::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return ErrnoError(StrCat("write ", path_));
    }
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status File::Sync() const {
  return ::fsync(fd_) == 0 ? absl::OkStatus() : ErrnoError(StrCat("sync ", path_));
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

bool Exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  WHENCE_ASSIGN_OR_RETURN(const File file, File::Open(folder, O_RDONLY | O_DIRECTORY));
  return file.Sync();
}

absl::Status RenameToNew(const std::string& from, const std::string& to) {
  int result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // This file system cannot; a second name that must be new, then without the first, is the same.
    result = ::link(from.c_str(), to.c_str());
    if (result == 0) {
      result = ::unlink(from.c_str());
    }
  }
  if (result == 0) {
    return absl::OkStatus();
  }
  if (errno == EEXIST) {
    return AlreadyExists("BACKUP_EXISTS", StrCat(to, " exists"), "name a file that does not exist");
  }
  return ErrnoError(StrCat("rename ", from, " to ", to));
}

}  // namespace whence::sql::internal
