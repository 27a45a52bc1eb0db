#pragma once

#include <deque>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace whence::cli {

// One line under way: where it ends in its file, and how it went.
struct TrackedLine {
  int64_t number = 0;
  int64_t end_offset = 0;
  std::string text;
  absl::Status status;
  bool done = false;
};

// Lines finish in any order; they are handed out in the order of the file, so that messages come in
// order and "everything up to here is done" is one number. Used by one thread.
class AckTracker {
 public:
  void Open(int64_t number, int64_t end_offset, std::string text) {
    lines_.push_back({number, end_offset, std::move(text), absl::OkStatus(), false});
  }

  // The line must be open. Lines are numbered upwards, not necessarily without gaps (blank ones).
  void Close(int64_t number, absl::Status status);

  // The next line of the file if it is done.
  std::optional<TrackedLine> TakeFinished();

  size_t open() const { return lines_.size(); }

 private:
  std::deque<TrackedLine> lines_;
};

}  // namespace whence::cli
