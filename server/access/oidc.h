// Tokens of other people's issuers (OpenID Connect, OAuth 2.0): who holds one, by our names.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/identity_config.h"
#include "access/index_state.h"
#include "access/key_cache.h"
#include "access/principal.h"
#include "base/clock.h"

namespace whence::access {

// Who a verified token stands for. That the principal exists and is active is not known here: an
// unknown one is refused (PRINCIPAL_UNKNOWN) by whoever looks it up, and never made at first sight,
// for a principal is a record with a creator.
struct VerifiedCaller {
  std::string principal;            // `user:ana@example.org`
  std::vector<std::string> groups;  // `group:analysts`; for this call only, beside stored ones
  std::string issuer;               // `iss`
  absl::Time expire_time;

  friend bool operator==(const VerifiedCaller&, const VerifiedCaller&) = default;
};

// The ids of those groups that there are, sorted, each once; `find` is Snapshot::Find. Groups that
// an issuer knows and this server does not are nobody's business.
std::vector<PrincipalId> KnownGroups(const VerifiedCaller& caller,
                                     const std::function<PrincipalId(std::string_view)>& find);

// Purpose: all issuers that are believed, with their keys; remembers which tokens it has verified.
// Ownership: owns sources and key caches with their threads; borrows the clock.
// Thread-safety: Authenticate from any thread.
class Issuers {
 public:
  // Makes the source of an issuer's keys behind its keys_url: http/ has one. Null: it cannot.
  using UrlSource = std::function<std::unique_ptr<KeySource>(const IssuerConfig& config)>;

  using Problem = std::function<void(const absl::Status&)>;

  // Fetches every issuer's keys once. Keys in a file must be there and right; an issuer behind a
  // URL that cannot be reached now is asked again later. `problem` is told of that, and of keys
  // that cannot be read any more, from any thread, as long as this lives, or what replaces it: it
  // is for the log.
  // InvalidArgument KEYS_MALFORMED; Unavailable KEYS_UNREADABLE; InvalidArgument
  // IDENTITY_CONFIG_MALFORMED for a URL when `from_url` makes no source.
  static absl::StatusOr<std::unique_ptr<Issuers>> Open(const std::vector<IssuerConfig>& configs,
                                                       const UrlSource& from_url,
                                                       const Clock* clock, const Problem& problem);
  // The issuers of other settings, in place of these. Nobody waits for a server: an issuer that
  // stays keeps its keys, as long as they come from the same place; the keys of others are read
  // now where they are in a file, and must be right; behind a URL they are fetched from now on, and
  // until they are there its tokens are ISSUER_KEYS_REFRESHING. Nothing is remembered of tokens
  // that these verified. The errors of Open.
  absl::StatusOr<std::unique_ptr<Issuers>> Replace(const std::vector<IssuerConfig>& configs,
                                                   const UrlSource& from_url) const;
  Issuers(const Issuers&) = delete;
  Issuers& operator=(const Issuers&) = delete;

  // True when no issuer is configured: no token can be right.
  bool empty() const { return issuers_.empty(); }
  // Verifies everything about the token. Unauthenticated TOKEN_INVALID, TOKEN_EXPIRED; Unavailable
  // ISSUER_KEYS_UNAVAILABLE, ISSUER_KEYS_REFRESHING.
  absl::StatusOr<VerifiedCaller> Authenticate(std::string_view token);
  // The settings by which an issuer is believed; null when it is not. The same pointer, from
  // Replace to Replace, as long as they are the same.
  std::shared_ptr<const IssuerConfig> SettingsOf(std::string_view issuer) const;
  // Of all keys, those that `others` do not use.
  std::vector<std::shared_ptr<KeyCache>> KeysNotIn(const Issuers& others) const;

 private:
  struct Issuer {
    std::shared_ptr<const IssuerConfig> config;
    std::shared_ptr<KeyCache> keys;
  };
  // A token that was right, as long as the keys are those that it was verified with.
  struct Verified {
    VerifiedCaller caller;
    Issuer* issuer = nullptr;
    std::shared_ptr<const KeySet> keys;
  };
  Issuers(const Clock* clock, Problem problem) : clock_(clock), problem_(std::move(problem)) {}
  void Add(std::unique_ptr<Issuer> issuer);
  // How the first fetch of each goes: all at once, so that a start waits for the slowest only.
  static std::vector<absl::Status> FetchAll(const std::vector<Issuer*>& issuers);
  std::shared_ptr<const Verified> Recall(const Digest& digest, absl::Time now);
  void Remember(const Digest& digest, Verified verified, absl::Time now);

  const Clock* const clock_;
  const Problem problem_;
  // By `iss`. Filled by Open.
  absl::flat_hash_map<std::string, std::unique_ptr<Issuer>> issuers_;
  std::mutex mutex_;
  absl::flat_hash_map<Digest, std::shared_ptr<const Verified>, DigestHash, DigestEqual> verified_;
};

}  // namespace whence::access
