#include "src/backoff.h"

#include <algorithm>

namespace whence::client_internal {

Backoff::Backoff(const RetryPolicy& policy) : Backoff(policy, std::random_device()()) {}

Backoff::Backoff(const RetryPolicy& policy, unsigned seed)
    : initial_(std::max(policy.initial_backoff, absl::ZeroDuration())),
      max_(std::max(policy.max_backoff, initial_)),
      multiplier_(std::max(policy.multiplier, 1.0)),
      bound_(initial_),
      random_(seed) {}

absl::Duration Backoff::Next() {
  const double share = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  const absl::Duration wait = bound_ * share;
  bound_ = std::min(bound_ * multiplier_, max_);
  return wait;
}

void Backoff::Reset() { bound_ = initial_; }

}  // namespace whence::client_internal
