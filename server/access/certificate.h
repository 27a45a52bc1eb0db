// Who a client certificate stands for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace whence::access {

// The subject alternative names of a client certificate whose chain the door has verified, when
// the connection was made.
// A door fills in all that the certificate has, and never one that it did not verify.
struct CertificateNames {
  std::vector<std::string> uris;    // spiffe://example.org/ns/prod/sa/trainer
  std::vector<std::string> dns;     // trainer.prod.example.org
  std::vector<std::string> emails;  // ana@example.org
  // When the certificate ends; its connection may last longer.
  absl::Time end = absl::InfiniteFuture();

  // Whether it names nobody.
  bool empty() const { return uris.empty() && dns.empty() && emails.empty(); }
  friend bool operator==(const CertificateNames&, const CertificateNames&) = default;
};

// Maps names of one kind to principals. `pattern` is a name, with at most one `*` in it, which
// stands for one or more characters of one part: none of `/` in a URI, of `.` in a DNS name, of `@`
// in an e-mail address. A `*` in `principal` is what the pattern's stood for. DNS names, and hosts
// of e-mail addresses, are compared without regard to case; all else byte by byte.
struct CertificateRule {
  enum class Kind { kUri, kDns, kEmail } kind = Kind::kUri;
  std::string pattern;    // spiffe://example.org/ns/*/sa/trainer
  std::string principal;  // svc:trainer-*

  friend bool operator==(const CertificateRule&, const CertificateRule&) = default;
};

// Unauthenticated CERTIFICATE_EXPIRED.
absl::Status CertificateExpired(absl::Time end);

// InvalidArgument CERTIFICATE_RULE_MALFORMED: a pattern that is empty or has two `*`, a principal
// without `user:` or `svc:`, or with a `*` that the pattern does not have.
absl::Status CheckCertificateRule(const CertificateRule& rule, std::string_view field);

// The principal that the certificate stands for: that of every rule that matches one of its names.
// Unauthenticated CERTIFICATE_UNKNOWN: no rule matches. Unauthenticated CERTIFICATE_AMBIGUOUS:
// rules that match name several principals, or the certificate has several SPIFFE ids (which SPIFFE
// forbids).
absl::StatusOr<std::string> PrincipalOf(const std::vector<CertificateRule>& rules,
                                        const CertificateNames& names);

}  // namespace whence::access
