#include "access/trust.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"

namespace whence::access {

absl::StatusOr<std::unique_ptr<Trust>> Trust::Open(
    IdentityConfig config, const Issuers::UrlSource& from_url, const Clock* clock,
    const std::function<void(const absl::Status&)>& problem) {
  auto trust = std::make_unique<Trust>();
  WHENCE_ASSIGN_OR_RETURN(trust->issuers_, Issuers::Open(config.issuers, from_url, clock, problem));
  trust->certificates_ = std::move(config.certificates);
  return trust;
}

absl::StatusOr<Identity> Trust::OfJwt(std::string_view token, const Snapshot& access) const {
  if (issuers_ == nullptr || issuers_->empty()) {
    return Unauthenticated("TOKEN_INVALID",
                           "the token is an issuer's, and this server believes none",
                           "show a token of this server, or have its admin name the issuer in the "
                           "file of --identity");
  }
  WHENCE_ASSIGN_OR_RETURN(const VerifiedCaller caller, issuers_->Authenticate(token));
  WHENCE_ASSIGN_OR_RETURN(Identity identity, access.IdentityOf(caller.principal));
  identity.credential = CredentialKind::kJwt;
  identity.expire_time = caller.expire_time + kMaxClockSkew;
  identity.claims = std::make_shared<const IssuerClaims>(IssuerClaims{
      .issuer = caller.issuer, .groups = KnownGroups(caller, [&access](std::string_view name) {
                                 return access.Find(name);
                               })});
  return identity;
}

absl::StatusOr<Identity> Trust::OfCertificate(const CertificateNames& names,
                                              const Snapshot& access) const {
  WHENCE_ASSIGN_OR_RETURN(const std::string principal, PrincipalOf(certificates_, names));
  WHENCE_ASSIGN_OR_RETURN(Identity identity, access.IdentityOf(principal));
  identity.credential = CredentialKind::kCertificate;
  return identity;
}

}  // namespace whence::access
