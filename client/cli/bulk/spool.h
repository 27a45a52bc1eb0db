#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace whence::cli {

// Keeps lines on disk, in a file without a name, to give them back in the order they came or the
// other way round: lists of the contract come newest first and are exported oldest first. One
// thread at a time.
class Spool {
 public:
  Spool() = default;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  absl::Status Add(std::string_view line);

  absl::Status ForEach(const std::function<absl::Status(const std::string&)>& use);
  absl::Status ForEachBackwards(const std::function<absl::Status(const std::string&)>& use);

  int64_t count() const { return count_; }

 private:
  absl::Status Read(int64_t offset, int64_t length, std::string& line);

  std::FILE* file_ = nullptr;
  int64_t end_ = 0;
  int64_t count_ = 0;
};

}  // namespace whence::cli
