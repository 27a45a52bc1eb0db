#include "service/rate_limit.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace whence::service {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
// Buckets of a shard before those that are full are first forgotten.
constexpr size_t kFewBuckets = 256;

absl::Status RateLimited(int64_t per_second, int64_t wait) {
  const absl::Duration delay = absl::Ceil(absl::Nanoseconds(wait), absl::Milliseconds(1));
  return MakeError(absl::StatusCode::kResourceExhausted,
                   StrCat("this principal makes more than ", per_second,
                          per_second == 1 ? " call a second" : " calls a second"),
                   {.reason = "RATE_LIMITED",
                    .field = {},
                    .hint = StrCat("repeat the call in ", absl::FormatDuration(delay),
                                   ", or have max_calls_per_second of this principal raised"),
                    .metadata = {{"retry_delay", absl::FormatDuration(delay)}}});
}

}  // namespace

absl::Status RateLimit::Take(access::PrincipalId principal, int64_t own_per_second,
                             absl::Time now) {
  const int64_t per_second = own_per_second > 0 ? own_per_second : default_per_second_;
  if (per_second <= 0 || per_second > kSecond) return absl::OkStatus();
  const int64_t share = kSecond / per_second;
  const int64_t at = absl::ToUnixNanos(now);
  Shard& shard = shards_[static_cast<size_t>(principal) % kShards];
  const std::lock_guard lock(shard.mutex);
  if (shard.full_at.size() >= std::max(shard.tidy_at, kFewBuckets)) {
    absl::erase_if(shard.full_at, [at](const auto& bucket) { return bucket.second <= at; });
    shard.tidy_at = 2 * shard.full_at.size();
  }
  int64_t& full_at = shard.full_at[principal];
  // Never further ahead than an empty bucket is, whatever became of the clock or the bound.
  full_at = std::clamp(full_at, at, at + kSecond);
  const int64_t wait = full_at + share - (at + kSecond);
  if (wait > 0) return RateLimited(per_second, wait);
  full_at += share;
  return absl::OkStatus();
}

size_t RateLimit::buckets() {
  size_t count = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.full_at.size();
  }
  return count;
}

}  // namespace whence::service
