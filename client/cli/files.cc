#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/error.h"

namespace whence::cli {
namespace {

absl::Status WriteAll(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FileError("write", path, errno);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0 ? absl::OkStatus() : FileError("sync", path, errno);
}

absl::StatusOr<std::string> ReadStream(std::istream& in, const std::string& name,
                                       size_t max_bytes) {
  std::ostringstream content;
  content << in.rdbuf();
  if (in.bad()) return LocalError(StrCat("cannot read ", name));
  std::string text = content.str();
  if (text.size() > max_bytes) {
    return LocalError(StrCat(name, " has more than ", max_bytes, " bytes"));
  }
  return text;
}

}  // namespace

absl::Status FileError(std::string_view verb, std::string_view path, int error_number) {
  return LocalError(
      StrCat("cannot ", verb, " ", path, ": ", std::system_category().message(error_number)));
}

std::string NameOfFile(const std::string& path) { return path == "-" ? "standard input" : path; }

absl::StatusOr<std::string> ReadFile(const std::string& path, std::istream& in, size_t max_bytes) {
  if (path == "-") return ReadStream(in, "standard input", max_bytes);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return FileError("read", path, EISDIR);
  std::ifstream file(path, std::ios::binary);
  if (!file) return FileError("read", path, errno);
  if (file.peek() == std::ifstream::traits_type::eof()) return std::string();
  return ReadStream(file, path, max_bytes);
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return FileError("open", folder, errno);
  const bool synced = fsync(file) == 0;
  const int error_number = errno;
  close(file);
  return synced ? absl::OkStatus() : FileError("sync", folder, error_number);
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view content, unsigned mode) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return FileError("create", parent.string(), error.value());
  const std::string scratch = StrCat(path, ".new-", getpid());
  const int file =
      open(scratch.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0) return FileError("write", scratch, errno);
  absl::Status status = WriteAll(file, content, scratch);
  if (close(file) != 0 && status.ok()) status = FileError("write", scratch, errno);
  if (status.ok() && rename(scratch.c_str(), path.c_str()) != 0) {
    status = FileError("replace", path, errno);
  }
  if (!status.ok()) {
    unlink(scratch.c_str());
    return status;
  }
  return SyncFolderOf(path);
}

}  // namespace whence::cli
