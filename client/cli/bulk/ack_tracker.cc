#include "cli/bulk/ack_tracker.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace whence::cli {

void AckTracker::Close(int64_t number, absl::Status status) {
  const auto line =
      std::lower_bound(lines_.begin(), lines_.end(), number,
                       [](const TrackedLine& l, int64_t wanted) { return l.number < wanted; });
  WHENCE_ASSERT(line != lines_.end() && line->number == number && !line->done);
  line->status = std::move(status);
  line->done = true;
}

std::optional<TrackedLine> AckTracker::TakeFinished() {
  if (lines_.empty() || !lines_.front().done) return std::nullopt;
  TrackedLine line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace whence::cli
