#include "access/oidc.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "access/jwt.h"
#include "base/assert.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

absl::Status Invalid(std::string_view what) {
  return Unauthenticated("TOKEN_INVALID", StrCat("the token ", what),
                         "have the server's admin compare the issuer's claims with its settings");
}

// Whether a claim can be the part of a principal's name behind the colon.
bool IsNamePart(std::string_view text, std::string_view prefix) {
  return !text.empty() && prefix.size() + text.size() <= kMaxPrincipalBytes && IsValidUtf8(text) &&
         !HasControlCharacters(text) && text.front() != ' ' && text.back() != ' ';
}

absl::StatusOr<std::string> Named(const Jwt& jwt, std::string_view prefix, std::string_view claim) {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> name, jwt.Text(claim));
  if (!name) return Invalid(StrCat("does not say who its holder is (claim '", claim, "')"));
  if (!IsNamePart(*name, prefix)) {
    return Invalid(StrCat("has a claim '", claim, "' that is no principal's name"));
  }
  return StrCat(prefix, *name);
}

// Whether the holder is the client itself and no person: OAuth's client credentials, where RFC 9068
// wants `sub` to be the client.
absl::StatusOr<bool> IsClient(const Jwt& jwt) {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> subject, jwt.Text("sub"));
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> client, jwt.Text("client_id"));
  return subject && client && *subject == *client;
}

absl::StatusOr<std::string> PrincipalOf(const Jwt& jwt, const IssuerConfig& config) {
  if (config.kind == ClaimedKind::kService) return Named(jwt, "svc:", config.principal_claim);
  if (config.kind == ClaimedKind::kClient) {
    WHENCE_ASSIGN_OR_RETURN(const bool client, IsClient(jwt));
    if (client) return Named(jwt, "svc:", "client_id");
  }
  // By its name or as a pointer.
  const bool by_email = config.principal_claim == "email" || config.principal_claim == "/email";
  if (by_email && !config.trust_unverified_email) {
    // Many issuers let people write any address into their profile.
    WHENCE_ASSIGN_OR_RETURN(const std::optional<bool> verified, jwt.Flag("email_verified"));
    if (!verified.value_or(false)) return Invalid("has an e-mail address that is not verified");
  }
  return Named(jwt, "user:", config.principal_claim);
}

absl::StatusOr<std::vector<std::string>> GroupsOf(const Jwt& jwt, const IssuerConfig& config) {
  std::vector<std::string> groups;
  if (config.groups_claim.empty()) return groups;
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, jwt.Texts(config.groups_claim));
  if (names.size() > kMaxTokenGroups) {
    return Invalid(StrCat("names over ", kMaxTokenGroups, " groups"));
  }
  for (const std::string& name : names) {
    // What can be no group's name is no group.
    if (IsNamePart(name, "group:")) groups.push_back(StrCat("group:", name));
  }
  return groups;
}

absl::StatusOr<std::unique_ptr<KeySource>> SourceOf(const IssuerConfig& config,
                                                    const Issuers::UrlSource& from_url) {
  if (!config.keys_file.empty()) return std::make_unique<FileKeySource>(config.keys_file);
  std::unique_ptr<KeySource> source = from_url ? from_url(config) : nullptr;
  if (source == nullptr) {
    return InvalidArgument("IDENTITY_CONFIG_MALFORMED", "keys_url",
                           StrCat("keys cannot be fetched from ", config.keys_url),
                           "put them into a file and name it with keys_file");
  }
  return source;
}

}  // namespace

std::vector<PrincipalId> KnownGroups(const VerifiedCaller& caller,
                                     const std::function<PrincipalId(std::string_view)>& find) {
  std::vector<PrincipalId> ids;
  for (const std::string& group : caller.groups) {
    if (const PrincipalId id = find(group); id != kNobody) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

absl::StatusOr<std::unique_ptr<Issuers>> Issuers::Open(const std::vector<IssuerConfig>& configs,
                                                       const UrlSource& from_url,
                                                       const Clock* clock, const Problem& problem) {
  std::unique_ptr<Issuers> issuers(new Issuers(clock, problem));
  std::vector<Issuer*> made;
  for (const IssuerConfig& config : configs) {
    WHENCE_ASSIGN_OR_RETURN(std::unique_ptr<KeySource> source, SourceOf(config, from_url));
    auto issuer = std::make_unique<Issuer>(
        Issuer{.config = std::make_shared<const IssuerConfig>(config),
               .keys = std::make_shared<KeyCache>(std::move(source), clock)});
    made.push_back(issuer.get());
    issuers->Add(std::move(issuer));
  }
  const std::vector<absl::Status> outcomes = FetchAll(made);
  for (size_t i = 0; i < made.size(); ++i) {
    if (!outcomes[i].ok() && !made[i]->config->keys_file.empty()) return outcomes[i];
    if (!outcomes[i].ok()) problem(outcomes[i]);
    made[i]->keys->Start(problem);
  }
  return issuers;
}

void Issuers::Add(std::unique_ptr<Issuer> issuer) {
  // The configuration names each once.
  const std::string& name = issuer->config->rules.issuer;
  const bool is_new = issuers_.emplace(name, std::move(issuer)).second;
  WHENCE_ASSERT(is_new);
}

absl::StatusOr<std::unique_ptr<Issuers>> Issuers::Replace(const std::vector<IssuerConfig>& configs,
                                                          const UrlSource& from_url) const {
  const auto keys_from = [](const IssuerConfig& config) {
    return std::tie(config.keys_file, config.keys_url, config.keys_ca);
  };
  std::unique_ptr<Issuers> issuers(new Issuers(clock_, problem_));
  std::vector<KeyCache*> made;
  for (const IssuerConfig& config : configs) {
    const auto found = issuers_.find(config.rules.issuer);
    auto issuer = found == issuers_.end() ? std::make_unique<Issuer>()
                                          : std::make_unique<Issuer>(*found->second);
    if (issuer->config == nullptr || keys_from(*issuer->config) != keys_from(config)) {
      WHENCE_ASSIGN_OR_RETURN(std::unique_ptr<KeySource> source, SourceOf(config, from_url));
      issuer->keys = std::make_shared<KeyCache>(std::move(source), clock_);
      if (!config.keys_file.empty()) WHENCE_RETURN_IF_ERROR(issuer->keys->Refresh());
      made.push_back(issuer->keys.get());
    }
    if (issuer->config == nullptr || *issuer->config != config) {
      issuer->config = std::make_shared<const IssuerConfig>(config);
    }
    issuers->Add(std::move(issuer));
  }
  // Once nothing can go wrong: to let go of keys that are being fetched would be to wait.
  for (KeyCache* const keys : made) {
    keys->Start(problem_);
    keys->Current();  // whoever asks first has them fetched
  }
  return issuers;
}

std::shared_ptr<const IssuerConfig> Issuers::SettingsOf(std::string_view issuer) const {
  const auto found = issuers_.find(ToAbsl(issuer));
  return found == issuers_.end() ? nullptr : found->second->config;
}

std::vector<std::shared_ptr<KeyCache>> Issuers::KeysNotIn(const Issuers& others) const {
  std::vector<std::shared_ptr<KeyCache>> keys;
  for (const auto& [name, issuer] : issuers_) {
    const auto same = others.issuers_.find(name);
    if (same == others.issuers_.end() || same->second->keys != issuer->keys) {
      keys.push_back(issuer->keys);
    }
  }
  return keys;
}

std::vector<absl::Status> Issuers::FetchAll(const std::vector<Issuer*>& issuers) {
  std::vector<absl::Status> outcomes(issuers.size());
  std::vector<std::thread> fetching;
  for (size_t i = 0; i < issuers.size(); ++i) {
    fetching.emplace_back([&, i] { outcomes[i] = issuers[i]->keys->Refresh(); });
  }
  for (std::thread& one : fetching) one.join();
  return outcomes;
}

absl::StatusOr<VerifiedCaller> Issuers::Authenticate(std::string_view token) {
  const absl::Time now = clock_->Now();
  if (token.size() > kMaxTokenBytes) return Jwt::Parse(token).status();
  const Digest digest = ToDigest(Sha256Bytes(token));
  if (const auto known = Recall(digest, now); known != nullptr) return known->caller;
  WHENCE_ASSIGN_OR_RETURN(const Jwt jwt, Jwt::Parse(token));
  const auto found = issuers_.find(jwt.issuer());
  if (found == issuers_.end()) {
    return Invalid("is from an issuer that this server does not believe");
  }
  Issuer& issuer = *found->second;
  WHENCE_ASSIGN_OR_RETURN(const KeyCache::Found key, issuer.keys->Find(jwt.key_id()));
  WHENCE_RETURN_IF_ERROR(jwt.CheckSignature(key.key));
  WHENCE_RETURN_IF_ERROR(jwt.Check(issuer.config->rules, now));
  VerifiedCaller caller;
  caller.issuer = jwt.issuer();
  caller.expire_time = jwt.expire_time();
  WHENCE_ASSIGN_OR_RETURN(caller.principal, PrincipalOf(jwt, *issuer.config));
  WHENCE_ASSIGN_OR_RETURN(caller.groups, GroupsOf(jwt, *issuer.config));
  Remember(digest, {.caller = caller, .issuer = &issuer, .keys = key.set}, now);
  return caller;
}

std::shared_ptr<const Issuers::Verified> Issuers::Recall(const Digest& digest, absl::Time now) {
  std::shared_ptr<const Verified> known;
  {
    const std::lock_guard lock(mutex_);
    const auto found = verified_.find(digest);
    if (found == verified_.end()) return nullptr;
    known = found->second;
  }
  // An expired one is verified again, which says so; so is one whose keys were replaced or grew
  // old.
  if (now >= known->caller.expire_time + kMaxClockSkew) return nullptr;
  return known->issuer->keys->Current() == known->keys ? known : nullptr;
}

void Issuers::Remember(const Digest& digest, Verified verified, absl::Time now) {
  auto kept = std::make_shared<const Verified>(std::move(verified));
  const std::lock_guard lock(mutex_);
  if (verified_.size() >= kMaxVerifiedTokens) {
    absl::erase_if(verified_, [now](const auto& entry) {
      return now >= entry.second->caller.expire_time + kMaxClockSkew;
    });
    if (verified_.size() >= kMaxVerifiedTokens) verified_.clear();
  }
  verified_.insert_or_assign(digest, std::move(kept));
}

}  // namespace whence::access
