// Whose word is taken for who a caller is, besides that of this server's own tokens.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/certificate.h"
#include "access/identity_config.h"
#include "access/index.h"
#include "access/oidc.h"
#include "base/clock.h"
#include "files/watched.h"

namespace whence::access {

// Purpose: the issuers of tokens that are believed, with their keys, and the rules that say who a
// client certificate is. Made without, it believes nobody. Of a file that is watched, what stands
// in it when a call asks: whom it no longer names is believed no longer, also where a token was
// verified, or a connection made, before.
// Ownership: owns the issuers with their threads; borrows the clock. Thread-safety: all methods
// from any thread; a call that is under way keeps what was in force when it asked.
class Trust {
 public:
  // Told of an issuer that cannot be reached, now or later, from any thread.
  using Problem = std::function<void(const absl::Status&)>;

  Trust() = default;
  // As the settings say, for good. Fetches the issuers' keys; the errors of Issuers::Open.
  static absl::StatusOr<std::unique_ptr<Trust>> Open(IdentityConfig config,
                                                     const Issuers::UrlSource& from_url,
                                                     const Clock* clock, const Problem& problem);
  // As the file says (identity_config.h), now and later. A later content that is wrong is told to
  // `report` and not taken. The errors of ReadIdentityConfig and of Issuers::Open.
  static absl::StatusOr<std::unique_ptr<Trust>> Watch(const std::string& path,
                                                      Issuers::UrlSource from_url,
                                                      const Clock* clock, const Problem& problem,
                                                      files::Report report);
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;

  // Who holds the token of an issuer, by what Jwt::LooksLikeOne. The errors of
  // Issuers::Authenticate and of Snapshot::IdentityOf.
  absl::StatusOr<Identity> OfJwt(std::string_view token, const Snapshot& access) const;
  // Whom a certificate stands for that a door has verified. The errors of PrincipalOf and of
  // Snapshot::IdentityOf, and CERTIFICATE_EXPIRED.
  absl::StatusOr<Identity> OfCertificate(const CertificateNames& names, const Snapshot& access,
                                         absl::Time now) const;
  // Whether what made somebody who it is (its token, or the certificate with these names) would do
  // so still; who came by a token of this server is no business of this. No look at signatures and
  // times. Unauthenticated TOKEN_INVALID, or the errors of PrincipalOf.
  absl::Status StillBelieves(const Identity& who, const CertificateNames& names) const;

 private:
  // What is believed at a time.
  struct Beliefs {
    IdentityConfig config;
    std::shared_ptr<Issuers> issuers;
  };
  using BeliefsRef = std::shared_ptr<const Beliefs>;

  BeliefsRef Current() const;  // null: nobody
  // What the file says, in place of `before`.
  absl::StatusOr<BeliefsRef> Read(const std::string& path, const Issuers::UrlSource& from_url,
                                  const BeliefsRef& before);

  // Keys that nobody asks for any more, while a fetch may be under way: it ends in seconds, and no
  // call is to wait for it. Used by Read alone.
  std::vector<std::shared_ptr<KeyCache>> leaving_;
  BeliefsRef fixed_;                                  // where there is no file
  std::unique_ptr<files::Watched<Beliefs>> watched_;  // null: no file
};

}  // namespace whence::access
