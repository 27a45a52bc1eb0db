#include "access/trust.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"

namespace whence::access {
namespace {

absl::Status BelievesNone() {
  return Unauthenticated("TOKEN_INVALID", "the token is an issuer's, and this server believes none",
                         "show a token of this server, or have its admin name the issuer in the "
                         "file of --identity");
}

absl::Status NoLonger() {
  return Unauthenticated("TOKEN_INVALID",
                         "what this server believes of the token's issuer was changed",
                         "repeat the call: the token is looked at again");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trust>> Trust::Open(IdentityConfig config,
                                                   const Issuers::UrlSource& from_url,
                                                   const Clock* clock, const Problem& problem) {
  auto beliefs = std::make_shared<Beliefs>();
  WHENCE_ASSIGN_OR_RETURN(beliefs->issuers,
                          Issuers::Open(config.issuers, from_url, clock, problem));
  beliefs->config = std::move(config);
  auto trust = std::make_unique<Trust>();
  trust->fixed_ = std::move(beliefs);
  return trust;
}

absl::StatusOr<std::unique_ptr<Trust>> Trust::Watch(const std::string& path,
                                                    Issuers::UrlSource from_url, const Clock* clock,
                                                    const Problem& problem, files::Report report) {
  auto trust = std::make_unique<Trust>();
  const auto read = [raw = trust.get(), path, from_url = std::move(from_url), clock,
                     problem](const BeliefsRef& before) -> absl::StatusOr<BeliefsRef> {
    if (before != nullptr) return raw->Read(path, from_url, before);
    auto first = std::make_shared<Beliefs>();
    WHENCE_ASSIGN_OR_RETURN(first->config, ReadIdentityConfig(path));
    WHENCE_ASSIGN_OR_RETURN(first->issuers,
                            Issuers::Open(first->config.issuers, from_url, clock, problem));
    return first;
  };
  WHENCE_ASSIGN_OR_RETURN(trust->watched_,
                          files::Watched<Beliefs>::Open({path}, read, std::move(report)));
  return trust;
}

absl::StatusOr<Trust::BeliefsRef> Trust::Read(const std::string& path,
                                              const Issuers::UrlSource& from_url,
                                              const BeliefsRef& before) {
  auto next = std::make_shared<Beliefs>();
  WHENCE_ASSIGN_OR_RETURN(next->config, ReadIdentityConfig(path));
  if (next->config == before->config) return before;
  WHENCE_ASSIGN_OR_RETURN(next->issuers, before->issuers->Replace(next->config.issuers, from_url));
  std::erase_if(leaving_, [](const auto& keys) { return keys->Ended(); });
  for (std::shared_ptr<KeyCache>& keys : before->issuers->KeysNotIn(*next->issuers)) {
    keys->Leave();
    leaving_.push_back(std::move(keys));
  }
  return next;
}

Trust::BeliefsRef Trust::Current() const {
  return watched_ == nullptr ? fixed_ : watched_->Current();
}

absl::StatusOr<Identity> Trust::OfJwt(std::string_view token, const Snapshot& access) const {
  const BeliefsRef now = Current();
  if (now == nullptr || now->issuers->empty()) return BelievesNone();
  WHENCE_ASSIGN_OR_RETURN(const VerifiedCaller caller, now->issuers->Authenticate(token));
  WHENCE_ASSIGN_OR_RETURN(Identity identity, access.IdentityOf(caller.principal));
  identity.credential = CredentialKind::kJwt;
  identity.expire_time = caller.expire_time + kMaxClockSkew;
  identity.claims = std::make_shared<const IssuerClaims>(IssuerClaims{
      .issuer = caller.issuer,
      .settings = now->issuers->SettingsOf(caller.issuer),
      .groups =
          KnownGroups(caller, [&access](std::string_view name) { return access.Find(name); })});
  return identity;
}

absl::StatusOr<Identity> Trust::OfCertificate(const CertificateNames& names, const Snapshot& access,
                                              absl::Time now) const {
  if (names.end <= now) return CertificateExpired(names.end);
  const BeliefsRef beliefs = Current();
  if (beliefs == nullptr) return PrincipalOf({}, names).status();
  WHENCE_ASSIGN_OR_RETURN(const std::string principal,
                          PrincipalOf(beliefs->config.certificates, names));
  WHENCE_ASSIGN_OR_RETURN(Identity identity, access.IdentityOf(principal));
  identity.credential = CredentialKind::kCertificate;
  identity.expire_time = names.end;
  return identity;
}

absl::Status Trust::StillBelieves(const Identity& who, const CertificateNames& names) const {
  if (who.credential != CredentialKind::kJwt && who.credential != CredentialKind::kCertificate) {
    return absl::OkStatus();
  }
  const BeliefsRef now = Current();
  if (now == nullptr) return NoLonger();
  if (who.credential == CredentialKind::kJwt) {
    const bool same = who.claims->settings == now->issuers->SettingsOf(who.claims->issuer);
    return same ? absl::OkStatus() : NoLonger();
  }
  WHENCE_ASSIGN_OR_RETURN(const std::string principal,
                          PrincipalOf(now->config.certificates, names));
  if (principal == who.name) return absl::OkStatus();
  return Unauthenticated("CERTIFICATE_UNKNOWN",
                         "the rules for certificates were changed, and name somebody else",
                         "repeat the call");
}

}  // namespace whence::access
