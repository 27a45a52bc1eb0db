// How often each principal may call, and with how much.
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

// Purpose: a token bucket a principal, which holds what passes in one second: who was quiet may
// take so much at once, and then again whenever its share of a second has passed. Ownership: none.
// Thread-safety: all methods may be called from any thread.
class TokenBuckets {
 public:
  TokenBuckets() = default;
  TokenBuckets(const TokenBuckets&) = delete;
  TokenBuckets& operator=(const TokenBuckets&) = delete;

  // Takes `units` out of the principal's bucket, which holds `per_second` (1 or more), at least as
  // many (asserted). Zero when they were there; else how long it is until they are, and nothing is
  // taken.
  absl::Duration Take(access::PrincipalId principal, int64_t units, int64_t per_second,
                      absl::Time now);

  // How many buckets are kept; one that has filled up again need not be.
  size_t size();

 private:
  // A bucket is one number: when it will be full again, in nanoseconds since the epoch.
  struct alignas(64) Shard {
    std::mutex mutex;
    absl::flat_hash_map<access::PrincipalId, int64_t> full_at;  // guarded by mutex
    size_t tidy_at = 0;                                         // guarded by mutex
  };
  static constexpr size_t kShards = 16;

  std::array<Shard, kShards> shards_;
};

// Purpose: bounds each principal's calls, and the bytes of its requests. A principal without a
// bound costs a comparison and takes no lock. Ownership: none. Thread-safety: all methods may be
// called from any thread.
class RateLimit {
 public:
  // What principals may that have no bound of their own, a second; 0: no bound.
  explicit RateLimit(int64_t default_calls, int64_t default_bytes = 0)
      : default_calls_(default_calls), default_bytes_(default_bytes) {}
  RateLimit(const RateLimit&) = delete;
  RateLimit& operator=(const RateLimit&) = delete;

  // Takes a call; `own_per_second` is the principal's own bound, 0 for none. ResourceExhausted
  // RATE_LIMITED, with `retry_delay` in the metadata (rounded up to whole milliseconds, as
  // absl::FormatDuration writes it), when the bucket is empty.
  absl::Status Take(access::PrincipalId principal, int64_t own_per_second, absl::Time now);

  // The bytes a second of who has this bound of its own, 0 for none; 0: they need not be counted.
  int64_t BytesPerSecond(int64_t own_per_second) const {
    return own_per_second > 0 ? own_per_second : default_bytes_;
  }
  // Takes the bytes of one request, `per_second` as BytesPerSecond says. ResourceExhausted
  // REQUEST_BYTES_LIMITED, with `retry_delay` as above, while there are too few in the bucket;
  // ResourceExhausted REQUEST_OVER_BYTES_LIMIT, without it, when the bucket never holds as many.
  absl::Status TakeBytes(access::PrincipalId principal, int64_t per_second, size_t bytes,
                         absl::Time now);

  // How many buckets are kept.
  size_t buckets() { return calls_.size() + bytes_.size(); }

 private:
  const int64_t default_calls_;
  const int64_t default_bytes_;
  TokenBuckets calls_;
  TokenBuckets bytes_;
};

}  // namespace whence::service
