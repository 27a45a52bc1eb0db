#include "access/certificate.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

constexpr std::string_view kSpiffe = "spiffe://";

char Separator(CertificateRule::Kind kind) {
  switch (kind) {
    case CertificateRule::Kind::kUri:
      return '/';
    case CertificateRule::Kind::kDns:
      return '.';
    case CertificateRule::Kind::kEmail:
      return '@';
  }
  return '/';
}

const std::vector<std::string>& NamesOf(const CertificateNames& names, CertificateRule::Kind kind) {
  if (kind == CertificateRule::Kind::kDns) return names.dns;
  return kind == CertificateRule::Kind::kEmail ? names.emails : names.uris;
}

// The form in which names of a kind are compared.
std::string Comparable(std::string_view name, CertificateRule::Kind kind) {
  std::string text(name);
  const size_t host = kind == CertificateRule::Kind::kEmail ? text.rfind('@') : 0;
  if (kind == CertificateRule::Kind::kUri || host == std::string::npos) return text;
  for (size_t i = host; i < text.size(); ++i) {
    text[i] = absl::ascii_tolower(static_cast<unsigned char>(text[i]));
  }
  return text;
}

// What the `*` of the pattern stands for in the name (empty: the pattern has none); nothing when
// the name does not match.
std::optional<std::string> Match(const CertificateRule& rule, std::string_view name) {
  const std::string pattern = Comparable(rule.pattern, rule.kind);
  const std::string text = Comparable(name, rule.kind);
  const size_t star = pattern.find('*');
  if (star == std::string::npos) {
    return pattern == text ? std::optional<std::string>("") : std::nullopt;
  }
  const std::string_view before = std::string_view(pattern).substr(0, star);
  const std::string_view after = std::string_view(pattern).substr(star + 1);
  if (text.size() <= before.size() + after.size() || !text.starts_with(before) ||
      !text.ends_with(after)) {
    return std::nullopt;
  }
  std::string part = text.substr(star, text.size() - before.size() - after.size());
  // A certificate for a wildcard is none for the names below it, and for the reader of a rule `*`
  // is one part.
  if (part.find(Separator(rule.kind)) != std::string::npos || part == "*") return std::nullopt;
  return part;
}

// A name that could be mistaken for another where it is shown.
bool IsPlain(std::string_view name) {
  return !name.empty() && IsValidUtf8(name) && !HasControlCharacters(name);
}

}  // namespace

absl::Status CertificateExpired(absl::Time end) {
  return Unauthenticated(
      "CERTIFICATE_EXPIRED",
      StrCat("the client certificate ended at ", absl::FormatTime(end, absl::UTCTimeZone())),
      "connect anew with one that was renewed");
}

absl::Status CheckCertificateRule(const CertificateRule& rule, std::string_view field) {
  const auto malformed = [&](std::string_view what) {
    return InvalidArgument("CERTIFICATE_RULE_MALFORMED", field, what,
                           "write for example 'uri: spiffe://example.org/sa/*' and 'principal: "
                           "svc:*'");
  };
  const auto stars = std::count(rule.pattern.begin(), rule.pattern.end(), '*');
  if (!IsPlain(rule.pattern)) return malformed("a rule has no name to match");
  if (stars > 1) return malformed("the name has more than one '*'");
  if (!rule.principal.starts_with("user:") && !rule.principal.starts_with("svc:")) {
    return malformed("the principal does not begin with 'user:' or 'svc:'");
  }
  const std::string_view name =
      std::string_view(rule.principal).substr(rule.principal.find(':') + 1);
  if (!IsPlain(name)) return malformed("the principal has no name");
  if (std::count(name.begin(), name.end(), '*') > stars) {
    return malformed("the principal has a '*' that the name to match does not have");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PrincipalOf(const std::vector<CertificateRule>& rules,
                                        const CertificateNames& names) {
  const auto is_spiffe = [](const std::string& uri) { return uri.starts_with(kSpiffe); };
  if (std::count_if(names.uris.begin(), names.uris.end(), is_spiffe) > 1) {
    return Unauthenticated("CERTIFICATE_AMBIGUOUS", "the client certificate has several SPIFFE ids",
                           "issue certificates with one SPIFFE id each");
  }
  std::string principal;
  for (const CertificateRule& rule : rules) {
    for (const std::string& name : NamesOf(names, rule.kind)) {
      const std::optional<std::string> part = IsPlain(name) ? Match(rule, name) : std::nullopt;
      if (!part) continue;
      std::string made = rule.principal;
      if (const size_t star = made.find('*'); star != std::string::npos) {
        made.replace(star, 1, *part);
      }
      if (!principal.empty() && made != principal) {
        return Unauthenticated(
            "CERTIFICATE_AMBIGUOUS",
            StrCat("the client certificate stands for ", principal, " and for ", made),
            "change the rules for certificates, or issue one for each");
      }
      principal = std::move(made);
    }
  }
  if (principal.empty() || principal.size() > kMaxPrincipalBytes) {
    return Unauthenticated("CERTIFICATE_UNKNOWN",
                           "no rule of this server maps a name of the client certificate",
                           "have the server's admin add one, or show a token");
  }
  return principal;
}

}  // namespace whence::access
