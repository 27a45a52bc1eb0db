// The file that says whom to believe.
#include "access/identity_config.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

constexpr std::string_view kWhole = R"(
issuers:
  - issuer: https://login.example.org/realms/data
    audience: [whence, whence-test]
    keys_url: https://login.example.org/realms/data/certs
    keys_ca: login-ca.pem
    token_type: JWT
    algorithms: [RS256, ES256]
    principal: {claim: email, kind: client, trust_unverified_email: true}
    groups: {claim: /realm_access/roles}
  - issuer: https://ci.example.org
    audience: whence
    keys_file: ci-keys.json
    principal:
      kind: service
certificates:
  - uri: spiffe://example.org/sa/*
    principal: svc:*
  - {dns: gateway.example.org, principal: svc:gateway}
  - {email: "*@example.org", principal: "user:*"}
)";

// field: message of the refusal; empty for what is right.
std::string Refusal(std::string_view text) {
  const auto config = ParseIdentityConfig(text);
  if (config.ok()) return "";
  const ErrorDetail detail = GetErrorDetail(config.status());
  CHECK(absl::IsInvalidArgument(config.status()));
  CHECK((detail.reason == "IDENTITY_CONFIG_MALFORMED" ||
         detail.reason == "CERTIFICATE_RULE_MALFORMED"));
  return StrCat(detail.field, "|", config.status().message());
}

std::string With(std::string_view issuer) {
  return StrCat("issuers: [{issuer: 'https://a.b', audience: w, keys_file: k, ", issuer, "}]");
}

TEST_CASE("a whole configuration of identity") {
  const auto config = ParseIdentityConfig(kWhole);
  REQUIRE(config.ok());
  REQUIRE(config->issuers.size() == 2);
  const IssuerConfig& first = config->issuers[0];
  CHECK(first.rules.issuer == "https://login.example.org/realms/data");
  CHECK(first.rules.audiences == std::vector<std::string>{"whence", "whence-test"});
  CHECK(first.rules.allow_plain_type);
  CHECK(first.rules.algorithms == std::vector{JwsAlgorithm::kRs256, JwsAlgorithm::kEs256});
  CHECK(first.keys_url == "https://login.example.org/realms/data/certs");
  CHECK(first.keys_ca == "login-ca.pem");
  CHECK(first.principal_claim == "email");
  CHECK(first.kind == ClaimedKind::kClient);
  CHECK(first.trust_unverified_email);
  CHECK(first.groups_claim == "/realm_access/roles");
  const IssuerConfig& second = config->issuers[1];
  CHECK(second.rules.audiences == std::vector<std::string>{"whence"});
  CHECK_FALSE(second.rules.allow_plain_type);
  CHECK(second.rules.algorithms.size() == 3);
  CHECK(second.keys_file == "ci-keys.json");
  CHECK(second.principal_claim == "sub");
  CHECK(second.kind == ClaimedKind::kService);
  CHECK(second.groups_claim.empty());
  CHECK_FALSE(second.trust_unverified_email);
  REQUIRE(config->certificates.size() == 3);
  CHECK(config->certificates[1] ==
        CertificateRule{CertificateRule::Kind::kDns, "gateway.example.org", "svc:gateway"});
  // JSON is YAML; an empty file believes nobody.
  CHECK(ParseIdentityConfig(R"({"issuers": [{"issuer": "https://a.b", "audience": ["w"],
                                "keys_file": "/k"}]})")
            ->issuers.size() == 1);
  CHECK(ParseIdentityConfig("")->issuers.empty());
  CHECK(ParseIdentityConfig("---\nissuers:\n...\n").ok());
  CHECK(ParseIdentityConfig("issuers:\ncertificates:\n")->issuers.empty());
}

TEST_CASE("mistakes in a configuration of identity are named") {
  CHECK(Refusal(With("principal: {kind: user}")).empty());
  for (const auto& [text, part] : {
           std::pair{With("audiance: x"), "issuers[0].audiance|"},
           std::pair{With("principal: {clame: x}"), "issuers[0].principal.clame|"},
           std::pair{With("principal: sub"), "issuers[0].principal|"},
           std::pair{With("principal: {kind: admin}"), "issuers[0].principal.kind|"},
           std::pair{With("principal: {trust_unverified_email: maybe}"), "true or false"},
           std::pair{With("token_type: ID"), "at+jwt or JWT"},
           std::pair{With("algorithms: [HS256]"), "RS256, ES256 and EdDSA"},
           std::pair{With("algorithms: none"), "RS256, ES256 and EdDSA"},
           std::pair{With("algorithms: []"), "list of texts"},
           std::pair{With("groups: {}"), "issuers[0].groups.claim|"},
           std::pair{With("keys_url: 'https://a.b/k'"), "one of keys_file and keys_url"},
           std::pair{With("keys_ca: ca.pem"), "issuers[0].keys_ca|"},
           std::pair{With("keys_file: other"), "stands twice"},
           std::pair{std::string("issuers: [{audience: w, keys_file: k}]"), "issuers[0].issuer|"},
           std::pair{std::string("issuers: [{issuer: i, keys_file: k}]"), "issuers[0].audience|"},
           std::pair{std::string("issuers: [{issuer: i, audience: [w, ''], keys_file: k}]"),
                     "list of texts"},
           std::pair{std::string("issuers: [{issuer: i, audience: w}]"), "one of keys_file"},
           std::pair{std::string("issuers: {issuer: i}"), "issuers|"},
           std::pair{std::string("issuers: [{issuer: i, audience: w, keys_file: k}, "
                                 "{issuer: i, audience: x, keys_file: l}]"),
                     "stands twice"},
           std::pair{std::string("tokens: []"), "tokens|"},
           std::pair{std::string("- a"), "should be a map"},
           std::pair{std::string("a: [b"), "yaml-cpp"},
           std::pair{std::string("issuers: \xff"), "UTF-8"},
           std::pair{std::string("issuers:\n---\ncertificates:\n"), "first document"},
           std::pair{std::string("{\"issuers\":[]},{}"), "first document"},
           std::pair{std::string("certificates: [{principal: 'svc:a'}]"),
                     "one of uri, dns and email"},
           std::pair{std::string("certificates: [{uri: a, dns: b, principal: 'svc:a'}]"),
                     "one of uri, dns and email"},
           std::pair{std::string("certificates: [{uri: a, principal: 'group:a'}]"),
                     "certificates[0]|"},
       }) {
    INFO(text);
    const std::string refusal = Refusal(text);
    INFO(refusal);
    CHECK(absl::StrContains(refusal, part));
  }
}

TEST_CASE("keys are fetched over https only, or from this machine") {
  const auto refusal = [](std::string_view url) {
    return Refusal(StrCat("issuers: [{issuer: i, audience: w, keys_url: '", url, "'}]"));
  };
  for (const char* good : {"https://a.b/k", "http://localhost:8080/k", "http://127.0.0.1/k",
                           "http://[::1]:1/k", "http://localhost"}) {
    CHECK(refusal(good).empty());
  }
  for (const char* bad : {"http://a.b/k", "http://localhost.evil/k", "http://127.0.0.1.evil/k",
                          "https://", "file:///etc/passwd", "ftp://a", "http://localhost@evil/k"}) {
    INFO(bad);
    CHECK(absl::StrContains(refusal(bad), "issuers[0].keys_url|"));
  }
}

TEST_CASE("a configuration of identity has bounds") {
  const auto issuers = [](size_t count) {
    std::string text = "issuers:\n";
    for (size_t i = 0; i < count; ++i) {
      StrAppend(&text, " - {issuer: i", i, ", audience: w, keys_file: k}\n");
    }
    return text;
  };
  CHECK(Refusal(issuers(kMaxIssuers)).empty());
  CHECK(absl::StrContains(Refusal(issuers(kMaxIssuers + 1)), "over 100 items"));
  const auto rules = [](size_t count) {
    std::string text = "certificates:\n";
    for (size_t i = 0; i < count; ++i) text += " - {uri: 'spiffe://a/b', principal: 'svc:b'}\n";
    return text;
  };
  CHECK(Refusal(rules(kMaxCertificateRules)).empty());
  CHECK(absl::StrContains(Refusal(rules(kMaxCertificateRules + 1)), "over 1000 items"));
  CHECK(Refusal(std::string(kMaxIdentityConfigBytes, ' ')).empty());
  CHECK(absl::StrContains(Refusal(std::string(kMaxIdentityConfigBytes + 1, ' ')), "bytes"));
}

TEST_CASE("a configuration of identity comes from a file") {
  whence::test::TemporaryFolder folder;
  const std::string path = folder.path() + "/identity.yaml";
  const auto missing = ReadIdentityConfig(path);
  CHECK(absl::IsNotFound(missing.status()));
  CHECK(GetErrorDetail(missing.status()).reason == "IDENTITY_CONFIG_UNREADABLE");
  CHECK(GetErrorDetail(ReadIdentityConfig(folder.path()).status()).reason ==
        "IDENTITY_CONFIG_UNREADABLE");
  std::ofstream(path) << kWhole;
  const auto config = ReadIdentityConfig(path);
  REQUIRE(config.ok());
  CHECK(config->issuers[1].keys_file == folder.path() + "/ci-keys.json");
}

}  // namespace
}  // namespace whence::access
