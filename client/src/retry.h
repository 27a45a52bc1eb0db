#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "whence/options.h"

namespace whence::client_internal {

// Makes a call until it gives something else than UNAVAILABLE, the attempts are used up, or no time
// is left for another: one attempt at least. `attempt` gets the moment by which it must be done.
// Returns the status of the last attempt.
absl::Status CallWithRetries(const RetryPolicy& policy, absl::Duration deadline,
                             const std::function<absl::Status(absl::Time)>& attempt);

}  // namespace whence::client_internal
