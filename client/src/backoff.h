#pragma once

#include <random>

#include "absl/time/time.h"
#include "whence/options.h"

namespace whence::client_internal {

// Waits between attempts: random between 0 and a bound that grows from initial_backoff by
// multiplier up to max_backoff ("full jitter", so that many clients do not come back at the same
// moment). A policy that makes no sense (negative waits, a multiplier below 1) is taken at its
// nearest sense. One thread at a time.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy);
  // The same waits every time for the same seed, for tests.
  Backoff(const RetryPolicy& policy, unsigned seed);

  // The next wait.
  absl::Duration Next();
  // Begins again with initial_backoff.
  void Reset();

 private:
  absl::Duration initial_;
  absl::Duration max_;
  double multiplier_;
  absl::Duration bound_;  // of the next wait
  std::minstd_rand random_;
};

}  // namespace whence::client_internal
