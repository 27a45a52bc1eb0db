#include "cli/bulk/spool.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "base/status_macros.h"
#include "cli/files.h"

namespace whence::cli {
namespace {

// Each line stands between its length and its length, so that it can be found from either side.
constexpr int64_t kLengthBytes = sizeof(int64_t);

absl::Status SpoolError(std::string_view verb) {
  return FileError(verb, "a temporary file", errno);
}

}  // namespace

Spool::~Spool() {
  if (file_ != nullptr) std::fclose(file_);
}

absl::Status Spool::Add(std::string_view line) {
  if (file_ == nullptr) file_ = std::tmpfile();
  if (file_ == nullptr) return SpoolError("make");
  const auto length = static_cast<int64_t>(line.size());
  if (fseeko(file_, end_, SEEK_SET) != 0) return SpoolError("write");
  if (std::fwrite(&length, kLengthBytes, 1, file_) != 1 ||
      std::fwrite(line.data(), 1, line.size(), file_) != line.size() ||
      std::fwrite(&length, kLengthBytes, 1, file_) != 1) {
    return SpoolError("write");
  }
  end_ += 2 * kLengthBytes + length;
  ++count_;
  return absl::OkStatus();
}

absl::Status Spool::Read(int64_t offset, int64_t length, std::string& line) {
  line.resize(static_cast<size_t>(length));
  if (fseeko(file_, offset, SEEK_SET) != 0 ||
      std::fread(line.data(), 1, line.size(), file_) != line.size()) {
    return SpoolError("read");
  }
  return absl::OkStatus();
}

absl::Status Spool::ForEach(const std::function<absl::Status(const std::string&)>& use) {
  std::string text;
  for (int64_t at = 0; at < end_;) {
    int64_t length = 0;
    WHENCE_RETURN_IF_ERROR(Read(at, kLengthBytes, text));
    std::memcpy(&length, text.data(), kLengthBytes);
    WHENCE_RETURN_IF_ERROR(Read(at + kLengthBytes, length, text));
    WHENCE_RETURN_IF_ERROR(use(text));
    at += 2 * kLengthBytes + length;
  }
  return absl::OkStatus();
}

absl::Status Spool::ForEachBackwards(const std::function<absl::Status(const std::string&)>& use) {
  std::string text;
  for (int64_t at = end_; at > 0;) {
    int64_t length = 0;
    WHENCE_RETURN_IF_ERROR(Read(at - kLengthBytes, kLengthBytes, text));
    std::memcpy(&length, text.data(), kLengthBytes);
    at -= 2 * kLengthBytes + length;
    WHENCE_RETURN_IF_ERROR(Read(at + kLengthBytes, length, text));
    WHENCE_RETURN_IF_ERROR(use(text));
  }
  return absl::OkStatus();
}

}  // namespace whence::cli
