#include "src/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "src/error_info.h"
#include "whence/versions.h"

namespace whence {
namespace {

namespace fs = std::filesystem;
using client_internal::MakeError;

// Small wrapper of OpenSSL's SHA-256. Its functions only fail for want of memory or of the
// algorithm, neither of which a program goes on from.
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    Check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void Add(const void* bytes, size_t size) {
    Check(EVP_DigestUpdate(context_.get(), bytes, size) == 1);
  }
  std::string Hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    Check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
      hex += kDigits[digest[i] >> 4];
      hex += kDigits[digest[i] & 0x0f];
    }
    return hex;
  }

 private:
  static void Check(bool good) {
    if (!good) std::abort();
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

absl::Status FileError(const std::string& path, int error) {
  const std::string what = "cannot read " + path + ": " + std::strerror(error);
  if (error == ENOENT || error == ENOTDIR) {
    return MakeError(absl::StatusCode::kNotFound, what, "FILE_NOT_FOUND",
                     "relative paths count from the folder the process was started in", "file");
  }
  const bool denied = error == EACCES || error == EPERM;
  return MakeError(denied ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kInternal, what,
                   "FILE_UNREADABLE", "check the file, or give a digest instead of the file",
                   "file");
}

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Hex digest and size of one file.
absl::StatusOr<std::pair<std::string, int64_t>> HashFile(const std::string& path) {
  const Descriptor file(path);
  if (file.get() < 0) return FileError(path, errno);
  Hasher hasher;
  int64_t size = 0;
  std::vector<char> buffer(size_t{1} << 18);
  for (;;) {
    const ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got == 0) return std::make_pair(hasher.Hex(), size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(path, errno);
    hasher.Add(buffer.data(), static_cast<size_t>(got));
    size += got;
  }
}

// Paths of all files of a folder, relative to it, sorted by bytes.
absl::StatusOr<std::vector<std::string>> FilesOf(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;  // what a dangling link points at is no file
    if (entry->is_regular_file(ignored)) {
      files.push_back(entry->path().lexically_relative(folder).string());
    }
  }
  if (error) return FileError(folder.string(), error.value());
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<PathDigest> DigestFolder(const fs::path& folder) {
  absl::StatusOr<std::vector<std::string>> files = FilesOf(folder);
  if (!files.ok()) return files.status();
  Hasher hasher;
  PathDigest result;
  for (const std::string& file : *files) {
    const auto hashed = HashFile((folder / file).string());
    if (!hashed.ok()) return hashed.status();
    const std::string line = hashed->first + "  " + file + "\n";
    hasher.Add(line.data(), line.size());
    ++result.file_count;
    result.byte_count += hashed->second;
  }
  result.digest = "sha256:" + hasher.Hex();
  return result;
}

}  // namespace

absl::StatusOr<PathDigest> DigestPath(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return FileError(path, error.value());
  if (fs::is_directory(absolute, error)) return DigestFolder(absolute);
  auto hashed = HashFile(absolute.string());
  if (!hashed.ok()) return hashed.status();
  return PathDigest{"sha256:" + hashed->first, 1, hashed->second};
}

namespace client_internal {

std::string Sha256OfText(std::string_view bytes) {
  Hasher hasher;
  hasher.Add(bytes.data(), bytes.size());
  return "sha256:" + hasher.Hex();
}

}  // namespace client_internal
}  // namespace whence
