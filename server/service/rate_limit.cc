#include "service/rate_limit.h"

#include <algorithm>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"

namespace whence::service {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
// Buckets of a shard before those that are full are first forgotten.
constexpr size_t kFewBuckets = 256;

absl::Status Limited(std::string_view reason, std::string_view message, absl::Duration wait,
                     std::string_view field) {
  const std::string delay = absl::FormatDuration(absl::Ceil(wait, absl::Milliseconds(1)));
  return MakeError(absl::StatusCode::kResourceExhausted, message,
                   {.reason = std::string(reason),
                    .field = {},
                    .hint = StrCat("repeat the call in ", delay, ", or have ", field,
                                   " of this principal raised"),
                    .metadata = {{"retry_delay", delay}}});
}

}  // namespace

absl::Duration TokenBuckets::Take(access::PrincipalId principal, int64_t units, int64_t per_second,
                                  absl::Time now) {
  // No overflow: what passes in a second took no more than a second, and units are a request's.
  WHENCE_ASSERT(units <= per_second && units <= INT64_MAX / kSecond);
  const int64_t share = units * kSecond / per_second;
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
  if (wait > 0) return absl::Nanoseconds(wait);
  full_at += share;
  return absl::ZeroDuration();
}

size_t TokenBuckets::size() {
  size_t count = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += shard.full_at.size();
  }
  return count;
}

absl::Status RateLimit::Take(access::PrincipalId principal, int64_t own_per_second,
                             absl::Time now) {
  const int64_t per_second = own_per_second > 0 ? own_per_second : default_calls_;
  if (per_second <= 0 || per_second > kSecond) return absl::OkStatus();
  const absl::Duration wait = calls_.Take(principal, 1, per_second, now);
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  return Limited("RATE_LIMITED",
                 StrCat("this principal makes more than ", per_second,
                        per_second == 1 ? " call a second" : " calls a second"),
                 wait, "max_calls_per_second");
}

absl::Status RateLimit::TakeBytes(access::PrincipalId principal, int64_t per_second, size_t bytes,
                                  absl::Time now) {
  if (per_second <= 0) return absl::OkStatus();
  if (bytes > static_cast<size_t>(per_second)) {
    return ResourceExhausted(
        "REQUEST_OVER_BYTES_LIMIT",
        StrCat("the request has ", bytes, " bytes; this principal may send ", per_second,
               " a second, so it never passes"),
        "send less at a time, or have max_request_bytes_per_second of this principal raised");
  }
  const absl::Duration wait = bytes_.Take(principal, static_cast<int64_t>(bytes), per_second, now);
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  return Limited("REQUEST_BYTES_LIMITED",
                 StrCat("this principal sends more than ", per_second, " bytes a second"), wait,
                 "max_request_bytes_per_second");
}

}  // namespace whence::service
