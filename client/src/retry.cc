#include "src/retry.h"

#include "absl/time/clock.h"
#include "src/backoff.h"

namespace whence::client_internal {

absl::Status CallWithRetries(const RetryPolicy& policy, absl::Duration deadline,
                             const std::function<absl::Status(absl::Time)>& attempt) {
  const absl::Time end = absl::Now() + deadline;
  Backoff backoff(policy);
  absl::Status unavailable;  // of the attempt before
  for (int made = 1;; ++made) {
    absl::Status status = attempt(end);
    if (absl::IsDeadlineExceeded(status) && !unavailable.ok()) {
      return unavailable;  // why it took so long, which says more
    }
    if (!absl::IsUnavailable(status) || made == policy.max_attempts) return status;
    const absl::Duration wait = backoff.Next();
    if (absl::Now() + wait >= end) return status;
    absl::SleepFor(wait);
    unavailable = std::move(status);
  }
}

}  // namespace whence::client_internal
