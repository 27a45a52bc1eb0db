// Names of client certificates, and who they stand for.
#include "access/certificate.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"

namespace whence::access {
namespace {

using Kind = CertificateRule::Kind;

const std::vector<CertificateRule> kRules = {
    {Kind::kUri, "spiffe://example.org/ns/prod/sa/*", "svc:*"},
    {Kind::kUri, "spiffe://example.org/gateway", "svc:gateway"},
    {Kind::kDns, "*.Pipelines.example.org", "svc:pipeline-*"},
    {Kind::kEmail, "*@example.org", "user:*@example.org"},
};

// The principal, or the reason why there is none.
std::string Who(const CertificateNames& names, const std::vector<CertificateRule>& rules = kRules) {
  const auto principal = PrincipalOf(rules, names);
  if (principal.ok()) return *principal;
  CHECK(absl::IsUnauthenticated(principal.status()));
  return GetErrorDetail(principal.status()).reason;
}

TEST_CASE("names of certificates stand for principals") {
  CHECK(Who({.uris = {"spiffe://example.org/ns/prod/sa/trainer"}, .dns = {}, .emails = {}}) ==
        "svc:trainer");
  CHECK(Who({.uris = {"spiffe://example.org/gateway"}, .dns = {}, .emails = {}}) == "svc:gateway");
  CHECK(Who({.uris = {}, .dns = {"NIGHTLY.pipelines.example.ORG"}, .emails = {}}) ==
        "svc:pipeline-nightly");
  CHECK(Who({.uris = {}, .dns = {}, .emails = {"ana@EXAMPLE.org"}}) == "user:ana@example.org");
  // Names that no rule is for do no harm, and two names for one principal are one principal.
  CHECK(Who({.uris = {"https://example.org", "spiffe://example.org/gateway"},
             .dns = {"localhost"},
             .emails = {}}) == "svc:gateway");
}

TEST_CASE("names that nearly match stand for nobody") {
  for (const char* uri :
       {"spiffe://example.org/ns/prod/sa/", "spiffe://example.org/ns/prod/sa/a/b",
        "spiffe://example.org/ns/prod/sa", "spiffe://EXAMPLE.org/ns/prod/sa/x",
        "spiffe://example.org.evil/ns/prod/sa/x", "spiffe://example.org/gateway/", "",
        "spiffe://example.org/gateway\n", "spiffe://example.org/ns/prod/sa/*"}) {
    INFO(uri);
    CHECK(Who({.uris = {uri}, .dns = {}, .emails = {}}) == "CERTIFICATE_UNKNOWN");
    // A name of one kind is none of another.
    CHECK(Who({.uris = {}, .dns = {uri}, .emails = {uri}}) == "CERTIFICATE_UNKNOWN");
  }
  using namespace std::string_literals;
  CHECK(Who({.uris = {"spiffe://example.org/gateway\0"s}, .dns = {}, .emails = {}}) ==
        "CERTIFICATE_UNKNOWN");
  CHECK(Who({.uris = {"spiffe://example.org/ns/prod/sa/a\0b"s}, .dns = {}, .emails = {}}) ==
        "CERTIFICATE_UNKNOWN");
  for (const char* dns :
       {"a.b.pipelines.example.org", "pipelines.example.org", ".pipelines.example.org",
        "*.pipelines.example.org", "a.pipelines.example.org.evil"}) {
    INFO(dns);
    CHECK(Who({.uris = {}, .dns = {dns}, .emails = {}}) == "CERTIFICATE_UNKNOWN");
  }
  for (const char* email :
       {"@example.org", "a@b@example.org", "ana@example.org.evil", "example.org"}) {
    INFO(email);
    CHECK(Who({.uris = {}, .dns = {}, .emails = {email}}) == "CERTIFICATE_UNKNOWN");
  }
  CHECK(Who({}) == "CERTIFICATE_UNKNOWN");
  CHECK(Who({.uris = {}, .dns = {}, .emails = {"ana@example.org"}}, {}) == "CERTIFICATE_UNKNOWN");
  const std::string name(kMaxPrincipalBytes - 4, 'x');
  CHECK(Who({.uris = {"spiffe://example.org/ns/prod/sa/" + name}, .dns = {}, .emails = {}}) ==
        "svc:" + name);
  CHECK(Who({.uris = {"spiffe://example.org/ns/prod/sa/x" + name}, .dns = {}, .emails = {}}) ==
        "CERTIFICATE_UNKNOWN");
}

TEST_CASE("a certificate that stands for two principals stands for none") {
  CHECK(Who({.uris = {"spiffe://example.org/gateway"},
             .dns = {"a.pipelines.example.org"},
             .emails = {}}) == "CERTIFICATE_AMBIGUOUS");
  CHECK(Who({.uris = {"spiffe://example.org/gateway", "spiffe://other.org/x"},
             .dns = {},
             .emails = {}}) == "CERTIFICATE_AMBIGUOUS");
  CHECK(Who({.uris = {}, .dns = {}, .emails = {"a@example.org", "b@example.org"}}) ==
        "CERTIFICATE_AMBIGUOUS");
}

TEST_CASE("rules for certificates that mean nothing are refused") {
  const auto refusal = [](const CertificateRule& rule) {
    const absl::Status status = CheckCertificateRule(rule, "certificates[0]");
    if (status.ok()) return std::string();
    CHECK(GetErrorDetail(status).reason == "CERTIFICATE_RULE_MALFORMED");
    CHECK(GetErrorDetail(status).field == "certificates[0]");
    return std::string(status.message());
  };
  for (const CertificateRule& rule : kRules) CHECK(refusal(rule).empty());
  CHECK(absl::StrContains(refusal({Kind::kUri, "", "svc:a"}), "no name to match"));
  CHECK(absl::StrContains(refusal({Kind::kUri, "a*b*", "svc:*"}), "more than one"));
  CHECK(absl::StrContains(refusal({Kind::kUri, "a", "svc:*"}), "does not have"));
  CHECK(absl::StrContains(refusal({Kind::kUri, "a*", "svc:*-*"}), "does not have"));
  CHECK(absl::StrContains(refusal({Kind::kUri, "a", "group:admins"}), "'user:' or 'svc:'"));
  CHECK(absl::StrContains(refusal({Kind::kUri, "a*", "*"}), "'user:' or 'svc:'"));
  CHECK(absl::StrContains(refusal({Kind::kUri, "a", "svc:"}), "has no name"));
}

}  // namespace
}  // namespace whence::access
