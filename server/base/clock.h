#pragma once

// The seam for time: whoever needs the time of day is given a Clock, so that tests decide it.

#include <mutex>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace whence {

// Tells the time of day. Not monotone: the machine's clock may be set back; the writer makes
// recorded times monotone (sql/writer.h). Implementations are thread-safe. Whoever is given a
// `const Clock*` does not own it.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// A clock that stands still until it is told otherwise. Thread-safe.
class FakeClock final : public Clock {
 public:
  // Starts at 2030-01-01T00:00:00Z: an ordinary time, and plainly not today's.
  FakeClock() : FakeClock(absl::FromUnixSeconds(1893456000)) {}
  explicit FakeClock(absl::Time start) : now_(start) {}

  absl::Time Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  // Sets the time, also backwards.
  void Set(absl::Time time) {
    const std::lock_guard lock(mutex_);
    now_ = time;
  }

  // Moves the time by `step`, which may be negative.
  void Advance(absl::Duration step) {
    const std::lock_guard lock(mutex_);
    now_ += step;
  }

 private:
  // Not absl::Mutex: Debian's is built without ThreadSanitizer, which then reports what it guards.
  mutable std::mutex mutex_;
  absl::Time now_;  // under mutex_
};

}  // namespace whence
