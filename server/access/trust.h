// Whose word is taken for who a caller is, besides that of this server's own tokens.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/certificate.h"
#include "access/identity_config.h"
#include "access/index.h"
#include "access/oidc.h"
#include "base/clock.h"

namespace whence::access {

// Purpose: the file of --identity, in force: issuers of tokens with their keys, and the rules that
// say who a client certificate is. Made without, it believes nobody.
// Ownership: owns the issuers with their threads. Thread-safety: all methods from any thread.
class Trust {
 public:
  Trust() = default;
  // Fetches the issuers' keys; the errors of Issuers::Open. `problem` is told of an issuer that
  // cannot be reached now.
  static absl::StatusOr<std::unique_ptr<Trust>> Open(
      IdentityConfig config, const Issuers::UrlSource& from_url, const Clock* clock,
      const std::function<void(const absl::Status&)>& problem);
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;

  // Who holds the token of an issuer, by what Jwt::LooksLikeOne. The errors of
  // Issuers::Authenticate and of Snapshot::IdentityOf.
  absl::StatusOr<Identity> OfJwt(std::string_view token, const Snapshot& access) const;
  // Whom a certificate stands for that a door has verified. The errors of PrincipalOf and of
  // Snapshot::IdentityOf.
  absl::StatusOr<Identity> OfCertificate(const CertificateNames& names,
                                         const Snapshot& access) const;

 private:
  std::unique_ptr<Issuers> issuers_;  // null: none
  std::vector<CertificateRule> certificates_;
};

}  // namespace whence::access
