// How often each principal may call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "access/principal.h"

namespace whence::service {

// Purpose: a token bucket a principal, which holds the calls of one second: who was quiet may make
// so many at once, and then one whenever its share of a second has passed. A principal without a
// bound costs a comparison and takes no lock.
// Ownership: none. Thread-safety: Take may be called from any thread.
class RateLimit {
 public:
  // `default_per_second` is for principals that have no bound of their own; 0: no bound.
  explicit RateLimit(int64_t default_per_second) : default_per_second_(default_per_second) {}
  RateLimit(const RateLimit&) = delete;
  RateLimit& operator=(const RateLimit&) = delete;

  // Takes a call out of the principal's bucket; `own_per_second` is its own bound, 0 for none.
  // ResourceExhausted RATE_LIMITED, with `retry_delay` in the metadata (rounded up to whole
  // milliseconds, as absl::FormatDuration writes it), when the bucket is empty.
  absl::Status Take(access::PrincipalId principal, int64_t own_per_second, absl::Time now);

  // How many buckets are kept; one that has filled up again need not be.
  size_t buckets();

 private:
  // A bucket is one number: when it will be full again, in nanoseconds since the epoch.
  struct alignas(64) Shard {
    std::mutex mutex;
    absl::flat_hash_map<access::PrincipalId, int64_t> full_at;  // guarded by mutex
    size_t tidy_at = 0;                                         // guarded by mutex
  };
  static constexpr size_t kShards = 16;

  const int64_t default_per_second_;
  std::array<Shard, kShards> shards_;
};

}  // namespace whence::service
