#include "access/identity_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "access/config_file.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

constexpr ConfigFile kFile{.malformed = "IDENTITY_CONFIG_MALFORMED",
                           .unreadable = "IDENTITY_CONFIG_UNREADABLE",
                           .page = "docs/identity.md",
                           .flag = "--identity",
                           .max_bytes = kMaxIdentityConfigBytes};

// A text, or a list of texts; empty when the member is not there.
absl::StatusOr<std::vector<std::string>> TextsOf(const YAML::Node& node, std::string_view path,
                                                 std::string_view name) {
  std::vector<std::string> texts;
  const YAML::Node member = node[std::string(name)];
  if (!member.IsDefined()) return texts;
  if (member.IsScalar()) texts.push_back(member.Scalar());
  if (member.IsSequence()) {
    for (const YAML::Node& item : member) {
      texts.push_back(item.IsScalar() ? item.Scalar() : std::string());
    }
  }
  const bool hole =
      std::any_of(texts.begin(), texts.end(), [](const auto& t) { return t.empty(); });
  if (texts.empty() || hole)
    return kFile.Malformed(Inside(path, name), "this should be a list of texts");
  return texts;
}

// https, or http to this machine: whoever can change the keys on their way is every principal.
absl::Status CheckUrl(std::string_view url, std::string_view field) {
  if (url.size() > kMaxUriBytes || !IsPrintableAscii(url))
    return kFile.Malformed(field, "this is no URL");
  if (url.starts_with("https://") && url.size() > 8) return absl::OkStatus();
  for (const std::string_view own : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    if (!url.starts_with(own)) continue;
    const std::string_view rest = url.substr(own.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return absl::OkStatus();
  }
  return kFile.Malformed(field, "this should be a URL with https (http to this machine only)");
}

absl::Status ReadRules(const YAML::Node& node, const std::string& path, JwtRules& rules) {
  WHENCE_ASSIGN_OR_RETURN(rules.issuer, kFile.TextOf(node, path, "issuer"));
  if (rules.issuer.empty()) return kFile.Malformed(Inside(path, "issuer"), "this is missing");
  WHENCE_ASSIGN_OR_RETURN(rules.audiences, TextsOf(node, path, "audience"));
  if (rules.audiences.empty()) return kFile.Malformed(Inside(path, "audience"), "this is missing");
  WHENCE_ASSIGN_OR_RETURN(const std::string type, kFile.TextOf(node, path, "token_type"));
  rules.allow_plain_type = type == "JWT";
  if (!type.empty() && type != "JWT" && type != "at+jwt") {
    return kFile.Malformed(Inside(path, "token_type"), "this should be at+jwt or JWT");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, TextsOf(node, path, "algorithms"));
  if (names.empty()) return absl::OkStatus();
  rules.algorithms.clear();
  for (const std::string& name : names) {
    const auto algorithm = ParseAlgorithm(name);
    if (!algorithm) {
      return kFile.Malformed(Inside(path, "algorithms"),
                             "there are RS256, ES256 and EdDSA to choose from");
    }
    rules.algorithms.push_back(*algorithm);
  }
  return absl::OkStatus();
}

absl::Status ReadPrincipal(const YAML::Node& node, const std::string& path, IssuerConfig& issuer) {
  if (!node.IsDefined()) return absl::OkStatus();
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(node, path, {"claim", "kind", "trust_unverified_email"}));
  WHENCE_ASSIGN_OR_RETURN(const std::string claim, kFile.TextOf(node, path, "claim"));
  if (!claim.empty()) issuer.principal_claim = claim;
  WHENCE_ASSIGN_OR_RETURN(const std::string kind, kFile.TextOf(node, path, "kind"));
  if (kind == "service") issuer.kind = ClaimedKind::kService;
  if (kind == "client") issuer.kind = ClaimedKind::kClient;
  if (!kind.empty() && kind != "user" && kind != "service" && kind != "client") {
    return kFile.Malformed(Inside(path, "kind"), "this should be user, service or client");
  }
  WHENCE_ASSIGN_OR_RETURN(issuer.trust_unverified_email,
                          kFile.FlagOf(node, path, "trust_unverified_email"));
  return absl::OkStatus();
}

absl::StatusOr<IssuerConfig> ReadIssuer(const YAML::Node& node, const std::string& path) {
  WHENCE_RETURN_IF_ERROR(
      kFile.CheckMap(node, path,
                     {"issuer", "audience", "token_type", "algorithms", "keys_file", "keys_url",
                      "keys_ca", "principal", "groups"}));
  IssuerConfig issuer;
  WHENCE_RETURN_IF_ERROR(ReadRules(node, path, issuer.rules));
  WHENCE_ASSIGN_OR_RETURN(issuer.keys_file, kFile.TextOf(node, path, "keys_file"));
  WHENCE_ASSIGN_OR_RETURN(issuer.keys_url, kFile.TextOf(node, path, "keys_url"));
  if (issuer.keys_file.empty() == issuer.keys_url.empty()) {
    return kFile.Malformed(path, "there should be one of keys_file and keys_url");
  }
  if (!issuer.keys_url.empty()) {
    WHENCE_RETURN_IF_ERROR(CheckUrl(issuer.keys_url, Inside(path, "keys_url")));
  }
  WHENCE_ASSIGN_OR_RETURN(issuer.keys_ca, kFile.TextOf(node, path, "keys_ca"));
  if (!issuer.keys_ca.empty() && !issuer.keys_url.starts_with("https://")) {
    return kFile.Malformed(Inside(path, "keys_ca"), "this is for a keys_url with https");
  }
  WHENCE_RETURN_IF_ERROR(ReadPrincipal(node["principal"], Inside(path, "principal"), issuer));
  if (const YAML::Node groups = node["groups"]; groups.IsDefined()) {
    const std::string inside = Inside(path, "groups");
    WHENCE_RETURN_IF_ERROR(kFile.CheckMap(groups, inside, {"claim"}));
    WHENCE_ASSIGN_OR_RETURN(issuer.groups_claim, kFile.TextOf(groups, inside, "claim"));
    if (issuer.groups_claim.empty())
      return kFile.Malformed(Inside(inside, "claim"), "this is missing");
  }
  return issuer;
}

absl::StatusOr<CertificateRule> ReadCertificate(const YAML::Node& node, const std::string& path) {
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(node, path, {"uri", "dns", "email", "principal"}));
  CertificateRule rule;
  int patterns = 0;
  using Kind = CertificateRule::Kind;
  for (const auto& [name, kind] : {std::pair{"uri", Kind::kUri}, std::pair{"dns", Kind::kDns},
                                   std::pair{"email", Kind::kEmail}}) {
    WHENCE_ASSIGN_OR_RETURN(const std::string pattern, kFile.TextOf(node, path, name));
    if (pattern.empty()) continue;
    rule.kind = kind;
    rule.pattern = pattern;
    ++patterns;
  }
  if (patterns != 1) return kFile.Malformed(path, "there should be one of uri, dns and email");
  WHENCE_ASSIGN_OR_RETURN(rule.principal, kFile.TextOf(node, path, "principal"));
  WHENCE_RETURN_IF_ERROR(CheckCertificateRule(rule, path));
  return rule;
}

// The items of a list, read one by one.
template <class T, class Read>
absl::Status ReadList(const YAML::Node& list, std::string_view name, size_t max, Read read,
                      std::vector<T>& out) {
  if (!list.IsDefined() || list.IsNull()) return absl::OkStatus();
  if (!list.IsSequence()) return kFile.Malformed(name, "this should be a list");
  if (list.size() > max) return kFile.Malformed(name, StrCat("over ", max, " items"));
  for (const YAML::Node& item : list) {
    WHENCE_ASSIGN_OR_RETURN(T value, read(item, StrCat(name, "[", out.size(), "]")));
    out.push_back(std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<IdentityConfig> ReadAll(const YAML::Node& top) {
  IdentityConfig config;
  if (top.IsNull()) return config;
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(top, "", {"issuers", "certificates"}));
  WHENCE_RETURN_IF_ERROR(
      ReadList(top["issuers"], "issuers", kMaxIssuers, ReadIssuer, config.issuers));
  WHENCE_RETURN_IF_ERROR(ReadList(top["certificates"], "certificates", kMaxCertificateRules,
                                  ReadCertificate, config.certificates));
  std::set<std::string> seen;
  for (const IssuerConfig& issuer : config.issuers) {
    if (!seen.insert(issuer.rules.issuer).second) {
      return kFile.Malformed("issuers", StrCat(issuer.rules.issuer, " stands twice"));
    }
  }
  return config;
}

}  // namespace

absl::StatusOr<IdentityConfig> ParseIdentityConfig(std::string_view text) {
  IdentityConfig config;
  WHENCE_RETURN_IF_ERROR(kFile.Parse(text, [&config](const YAML::Node& top) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(config, ReadAll(top));
    return absl::OkStatus();
  }));
  return config;
}

absl::StatusOr<IdentityConfig> ReadIdentityConfig(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const std::string text, kFile.Read(path));
  WHENCE_ASSIGN_OR_RETURN(IdentityConfig config, ParseIdentityConfig(text));
  const size_t slash = path.rfind('/');
  for (IssuerConfig& issuer : config.issuers) {
    for (std::string* const named : {&issuer.keys_file, &issuer.keys_ca}) {
      const bool relative = !named->empty() && !named->starts_with('/');
      if (relative && slash != std::string::npos)
        *named = StrCat(path.substr(0, slash + 1), *named);
    }
  }
  return config;
}

}  // namespace whence::access
