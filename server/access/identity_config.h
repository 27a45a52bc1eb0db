// The file that says whose tokens and certificates are believed: YAML, or JSON, which is YAML.
// docs/identity.md describes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "access/certificate.h"
#include "access/jwt.h"

namespace whence::access {

// Who a token's holder is.
enum class ClaimedKind {
  kUser,     // `user:` and the claim
  kService,  // `svc:` and the claim
  kClient,   // `svc:` and client_id when `sub` is the client itself (OAuth's client credentials),
             // otherwise a user
};

struct IssuerConfig {
  JwtRules rules;
  // One of the two.
  std::string keys_file;
  std::string keys_url;  // https, or http on this machine
  // PEM file of the authorities that may have issued the certificate of keys_url's server; empty:
  // the system's.
  std::string keys_ca;
  std::string principal_claim = "sub";
  ClaimedKind kind = ClaimedKind::kUser;
  std::string groups_claim;  // empty: tokens name no groups
  // The claim `email` names a principal only when `email_verified` is true; with this, always.
  bool trust_unverified_email = false;

  friend bool operator==(const IssuerConfig&, const IssuerConfig&) = default;
};

struct IdentityConfig {
  std::vector<IssuerConfig> issuers;
  std::vector<CertificateRule> certificates;

  friend bool operator==(const IdentityConfig&, const IdentityConfig&) = default;
};

// InvalidArgument IDENTITY_CONFIG_MALFORMED, with the path of what is wrong as field; a member that
// is not known is wrong, too. CERTIFICATE_RULE_MALFORMED.
absl::StatusOr<IdentityConfig> ParseIdentityConfig(std::string_view text);
// Besides NotFound IDENTITY_CONFIG_UNREADABLE. Paths of files in it count from its folder.
absl::StatusOr<IdentityConfig> ReadIdentityConfig(const std::string& path);

}  // namespace whence::access
