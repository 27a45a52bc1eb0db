// The keys of one issuer, kept and renewed.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/jwks.h"
#include "base/clock.h"
#include "base/limits.h"
#include "files/look.h"

namespace whence::access {

// Purpose: where an issuer's JWKS document comes from. That it comes from the right place (a file
// of ours, a server whose certificate was checked) is the implementation's duty.
// Thread-safety: Fetch is called by one thread at a time.
class KeySource {
 public:
  KeySource() = default;
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;
  virtual ~KeySource() = default;

  // The document; nothing when it is the one that the last Fetch gave, which did not fail. Gives up
  // by itself in seconds, and at kMaxKeySetBytes.
  virtual absl::StatusOr<std::optional<std::string>> Fetch() = 0;
  // True when Fetch is so quick that a call may wait for it: a file.
  virtual bool is_quick() const = 0;
};

// Purpose: a JWKS document in a file, read again when the file's time, size or place has changed.
class FileKeySource final : public KeySource {
 public:
  explicit FileKeySource(std::string path) : path_(std::move(path)) {}
  // Unavailable KEYS_UNREADABLE.
  absl::StatusOr<std::optional<std::string>> Fetch() override;
  bool is_quick() const override { return true; }

 private:
  const std::string path_;
  std::optional<files::Look> last_;
};

struct KeyCacheOptions {
  // How often the keys are fetched when nothing else asks for it.
  absl::Duration refresh_interval = kKeyRefreshInterval;
  // The least time between two fetches, whatever asks: tokens with made-up key ids, too.
  absl::Duration min_gap = kMinKeyRefreshGap;
  // How long keys are trusted while their source cannot be read.
  absl::Duration max_stale = kMaxKeyStaleness;
};

// Purpose: answers with an issuer's key, and never makes a call wait for another server: what takes
// time is fetched by a thread of its own. A key that is no longer in the document is gone with the
// next fetch; while the source is down, or sends what is no key set, the last keys stay for
// max_stale.
// Ownership: owns the source and the thread; borrows the clock. Thread-safety: all methods from any
// thread.
class KeyCache {
 public:
  KeyCache(std::unique_ptr<KeySource> source, const Clock* clock, KeyCacheOptions options = {});
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  // Fetches once, on this thread, whatever the gap; the server does before it opens its doors. An
  // error leaves the keys as they were.
  absl::Status Refresh();
  // From now on fetches at intervals and when a key is missing, and tells `problem`, when it is not
  // null, of a source that has begun to fail: callers, who are strangers yet, are not told what and
  // where it is. `problem` is called on the thread that fetches, and must not call back. Once.
  using Report = std::function<void(const absl::Status&)>;
  void Start(Report problem);
  // Fetches no more, but for what is under way. Does not wait.
  void Leave();
  // Whether destroying it waits for nothing: nothing is under way any more.
  bool Ended() const;

  struct Found {
    PublicKey key;
    std::shared_ptr<const KeySet> set;  // that it is from
  };
  // The key of that id (empty: see KeySet::Find).
  // Unauthenticated TOKEN_INVALID: there is none, also not after a fetch, or it cannot be used.
  // Unavailable ISSUER_KEYS_UNAVAILABLE: no keys that are recent enough, and the source is down.
  // Unavailable ISSUER_KEYS_REFRESHING: none of that id, or none at all, yet, and a fetch is under
  // way.
  absl::StatusOr<Found> Find(std::string_view id);
  // The set that Find would ask now; null when there is none, or it is too old.
  std::shared_ptr<const KeySet> Current();

 private:
  // What is known, read and written under mutex_.
  struct Known {
    std::shared_ptr<const KeySet> keys;
    absl::Time confirmed = absl::InfinitePast();  // when the source last gave, or confirmed, them
    absl::Time tried = absl::InfinitePast();      // when a fetch last began
    absl::Status problem;                         // of the last fetch
    bool wanted = false;                          // the thread is to fetch
    bool fetching = false;                        // a fetch is under way
  };
  bool MayFetch(absl::Time now, absl::Duration gap) const;  // under mutex_
  void RenewIfDue();
  // Fetches now or lets the thread do it. False when it is too early for another fetch.
  bool Renew();
  std::shared_ptr<const KeySet> Fresh(absl::Time now) const;  // under mutex_
  void Loop();

  const std::unique_ptr<KeySource> source_;
  const Clock* const clock_;
  const KeyCacheOptions options_;
  std::mutex fetching_;  // one fetch at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Known known_;
  Report report_;  // under mutex_
  bool stopping_ = false;
  bool ended_ = false;  // the thread does nothing any more
  std::thread thread_;
};

}  // namespace whence::access
