// When tokens were used last, until that is written down.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace whence::service {

// Purpose: collects uses of tokens, to the minute, so that they are written once a minute and not
// once a call. A use in a minute that is noted already costs one look and takes no lock.
// Ownership: none. Thread-safety: all methods may be called from any thread.
class TokenUses {
 public:
  TokenUses() = default;
  TokenUses(const TokenUses&) = delete;
  TokenUses& operator=(const TokenUses&) = delete;

  // Notes a use; 0 is no token. True when it is time to Take and write: kTokenUseInterval after the
  // first use that is not taken yet.
  bool Note(int64_t token, absl::Time now);
  // What was collected since the last time: (token id, when it was used last), by id.
  std::vector<std::pair<int64_t, absl::Time>> Take();

 private:
  static constexpr size_t kSeen = 1024;

  // Which (token, minute) was noted last, by a hash of the token.
  std::array<std::atomic<uint64_t>, kSeen> seen_{};
  std::mutex mutex_;
  absl::flat_hash_map<int64_t, absl::Time> last_;  // guarded by mutex_
  absl::Time due_ = absl::InfiniteFuture();        // guarded by mutex_
};

}  // namespace whence::service
