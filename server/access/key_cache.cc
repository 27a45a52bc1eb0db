#include "access/key_cache.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::access {
namespace {

absl::Status Refreshing() {
  return Unavailable("ISSUER_KEYS_REFRESHING",
                     "the token's key is not known yet; the issuer is being asked for its keys",
                     "repeat in a few seconds");
}

absl::Status Unreadable(const std::string& path, std::string_view why) {
  return Unavailable("KEYS_UNREADABLE", StrCat("cannot read the keys in ", path, ": ", why),
                     "check the path and who may read it");
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FileKeySource::Fetch() {
  // After a failure the document is told again, whether it has changed or not.
  const std::optional<files::Look> last = std::exchange(last_, std::nullopt);
  const files::Look look = files::LookAt(path_);
  if (look == files::Look{}) return Unreadable(path_, "it is not there, or no file");
  if (last == look) {
    last_ = last;
    return std::nullopt;
  }
  std::ifstream file(path_, std::ios::binary);
  if (!file) return Unreadable(path_, std::strerror(errno));
  // A byte beyond the bound, so that what is too long is refused and not cut.
  std::string text(kMaxKeySetBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Unreadable(path_, "reading failed");
  text.resize(static_cast<size_t>(file.gcount()));
  if (!files::IsFresh(look)) last_ = look;
  return text;
}

KeyCache::KeyCache(std::unique_ptr<KeySource> source, const Clock* clock, KeyCacheOptions options)
    : source_(std::move(source)), clock_(clock), options_(options) {}

KeyCache::~KeyCache() {
  Leave();
  if (thread_.joinable()) thread_.join();
}

void KeyCache::Leave() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

bool KeyCache::Ended() const {
  const std::lock_guard lock(mutex_);
  return ended_ || !thread_.joinable();
}

absl::Status KeyCache::Refresh() {
  const std::lock_guard fetch(fetching_);
  const absl::Time begin = clock_->Now();
  {
    const std::lock_guard lock(mutex_);
    known_.tried = begin;
    known_.wanted = false;
    known_.fetching = true;
  }
  absl::StatusOr<std::optional<std::string>> document = source_->Fetch();
  std::shared_ptr<const KeySet> keys;
  absl::Status problem = document.status();
  if (document.ok() && document->has_value()) {
    absl::StatusOr<KeySet> parsed = KeySet::Parse(**document);
    problem = parsed.status();
    if (parsed.ok()) keys = std::make_shared<const KeySet>(*std::move(parsed));
  }
  Report report;
  {
    const std::lock_guard lock(mutex_);
    known_.fetching = false;
    if (document.ok() && !document->has_value()) {
      // Unchanged: as good or as bad as it was.
      if (known_.problem.ok()) known_.confirmed = begin;
      return known_.problem;
    }
    if (keys != nullptr) {
      known_.keys = std::move(keys);
      known_.confirmed = begin;
    }
    if (known_.problem.ok()) report = report_;
    known_.problem = problem;
  }
  if (report && !problem.ok()) report(problem);
  return problem;
}

void KeyCache::Start(Report problem) {
  {
    const std::lock_guard lock(mutex_);
    report_ = std::move(problem);
  }
  if (source_->is_quick()) return;  // fetched by who asks
  WHENCE_ASSERT(!thread_.joinable());
  thread_ = std::thread([this] { Loop(); });
}

void KeyCache::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, absl::ToChronoNanoseconds(options_.refresh_interval),
                   [this] { return stopping_ || known_.wanted; });
    if (stopping_) break;
    lock.unlock();
    Refresh().IgnoreError();  // reported
    lock.lock();
  }
  ended_ = true;
}

// A clock that was set back must not keep anything from being fetched.
bool KeyCache::MayFetch(absl::Time now, absl::Duration gap) const {
  return now < known_.tried || now - known_.tried >= gap;
}

std::shared_ptr<const KeySet> KeyCache::Fresh(absl::Time now) const {
  return now - known_.confirmed <= options_.max_stale ? known_.keys : nullptr;
}

bool KeyCache::Renew() {
  {
    const std::lock_guard lock(mutex_);
    const bool quick = source_->is_quick();
    if (!quick && (known_.wanted || known_.fetching)) return true;
    if (!MayFetch(clock_->Now(), quick ? kKeyFileLookInterval : options_.min_gap)) return false;
    if (!quick) {
      known_.wanted = true;
      wake_.notify_all();
      return true;
    }
  }
  Refresh().IgnoreError();  // reported
  return true;
}

void KeyCache::RenewIfDue() {
  {
    const std::lock_guard lock(mutex_);
    const absl::Duration interval =
        source_->is_quick() ? kKeyFileLookInterval : options_.refresh_interval;
    if (!MayFetch(clock_->Now(), interval)) return;
  }
  Renew();
}

std::shared_ptr<const KeySet> KeyCache::Current() {
  RenewIfDue();
  const std::lock_guard lock(mutex_);
  return Fresh(clock_->Now());
}

absl::StatusOr<KeyCache::Found> KeyCache::Find(std::string_view id) {
  for (const bool renewed : {false, true}) {
    const std::shared_ptr<const KeySet> keys = Current();
    if (keys == nullptr) {
      if (!renewed && Renew() && source_->is_quick()) continue;
      {
        const std::lock_guard lock(mutex_);
        // The first fetch is not over.
        if (known_.keys == nullptr && known_.problem.ok()) return Refreshing();
      }
      return Unavailable("ISSUER_KEYS_UNAVAILABLE",
                         "the keys of the token's issuer cannot be had now",
                         "repeat later; the server's own messages say why");
    }
    if (const PublicKey* key = keys->Find(id); key != nullptr) return Found{*key, keys};
    if (const std::string_view problem = keys->Problem(id); !problem.empty()) {
      return Unauthenticated(
          "TOKEN_INVALID", StrCat("the token is signed with a key that cannot be used: ", problem));
    }
    if (renewed || !Renew()) break;
    if (!source_->is_quick()) return Refreshing();
  }
  return Unauthenticated("TOKEN_INVALID",
                         id.empty()
                             ? "the token names no key, and the issuer has several"
                             : "the token is signed with a key that its issuer does not have",
                         "get another token from the issuer");
}

}  // namespace whence::access
