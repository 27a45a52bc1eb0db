#pragma once

#include <istream>
#include <string>

#include "absl/status/status.h"

namespace whence::cli {

// Reads lines and knows where each ends. One thread at a time; the stream is not owned.
class LineReader {
 public:
  // `offset` and `number`: what was read of the stream before, for a stream that was positioned
  // there.
  explicit LineReader(std::istream& in, int64_t offset = 0, int64_t number = 0)
      : in_(in), offset_(offset), number_(number) {}

  // The next line, without its line break; false at the end. Lines longer than `kMaxLineBytes` come
  // out cut, and too_long() says so.
  bool Next(std::string& line);

  int64_t number() const { return number_; }
  // Bytes up to the end of the line that Next gave.
  int64_t offset() const { return offset_; }
  bool too_long() const { return too_long_; }
  bool failed() const { return in_.bad(); }

  // No message of the contract is larger (base/limits.h).
  static constexpr size_t kMaxLineBytes = size_t{16} << 20;

 private:
  std::istream& in_;
  int64_t offset_;
  int64_t number_;
  bool too_long_ = false;
};

}  // namespace whence::cli
