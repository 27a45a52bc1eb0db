#include "service/token_uses.h"

#include <algorithm>

#include "base/limits.h"

namespace whence::service {

bool TokenUses::Note(int64_t token, absl::Time now) {
  if (token == 0) return false;
  const auto minute = static_cast<uint64_t>(absl::ToUnixSeconds(now) / 60);
  // Minutes since the epoch have 25 bits for a while; two tokens that look the same cost a use that
  // is noted a minute late.
  const uint64_t use = static_cast<uint64_t>(token) << 26 ^ minute;
  std::atomic<uint64_t>& seen = seen_[static_cast<size_t>(token) % kSeen];
  if (seen.load(std::memory_order_relaxed) == use) return false;
  seen.store(use, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (last_.empty()) due_ = now + kTokenUseInterval;
  absl::Time& last = last_.try_emplace(token, now).first->second;
  last = std::max(last, now);
  return now >= due_;
}

std::vector<std::pair<int64_t, absl::Time>> TokenUses::Take() {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<int64_t, absl::Time>> uses(last_.begin(), last_.end());
  last_.clear();
  due_ = absl::InfiniteFuture();
  std::sort(uses.begin(), uses.end());
  return uses;
}

}  // namespace whence::service
