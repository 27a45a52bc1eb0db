#include "access/identity_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

absl::Status Malformed(std::string_view field, std::string_view what) {
  return InvalidArgument("IDENTITY_CONFIG_MALFORMED", field, what,
                         "see docs/identity.md for what the file may say");
}

std::string Inside(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : StrCat(path, ".", name);
}

// OK for a map that has members of these names only, and each once.
absl::Status CheckMembers(const YAML::Node& node, std::string_view path,
                          std::initializer_list<std::string_view> known) {
  if (!node.IsMap()) return Malformed(path, "this should be a map");
  std::set<std::string, std::less<>> seen;
  for (const auto& member : node) {
    if (!member.first.IsScalar()) return Malformed(path, "a member has no plain name");
    const std::string& name = member.first.Scalar();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Malformed(Inside(path, name), "there is no such setting");
    }
    if (!seen.insert(name).second) return Malformed(Inside(path, name), "this stands twice");
  }
  return absl::OkStatus();
}

// The text of a member; empty when it is not there.
absl::StatusOr<std::string> TextOf(const YAML::Node& node, std::string_view path,
                                   std::string_view name) {
  const YAML::Node member = node[std::string(name)];
  if (!member.IsDefined()) return std::string();
  if (!member.IsScalar() || member.Scalar().empty() || HasControlCharacters(member.Scalar())) {
    return Malformed(Inside(path, name), "this should be one line of text");
  }
  return member.Scalar();
}

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
  if (texts.empty() || hole) return Malformed(Inside(path, name), "this should be a list of texts");
  return texts;
}

absl::StatusOr<bool> FlagOf(const YAML::Node& node, std::string_view path, std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(const std::string text, TextOf(node, path, name));
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return Malformed(Inside(path, name), "this should be true or false");
}

// https, or http to this machine: whoever can change the keys on their way is every principal.
absl::Status CheckUrl(std::string_view url, std::string_view field) {
  if (url.size() > kMaxUriBytes || !IsPrintableAscii(url))
    return Malformed(field, "this is no URL");
  if (url.starts_with("https://") && url.size() > 8) return absl::OkStatus();
  for (const std::string_view own : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    if (!url.starts_with(own)) continue;
    const std::string_view rest = url.substr(own.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return absl::OkStatus();
  }
  return Malformed(field, "this should be a URL with https (http to this machine only)");
}

absl::Status ReadRules(const YAML::Node& node, const std::string& path, JwtRules& rules) {
  WHENCE_ASSIGN_OR_RETURN(rules.issuer, TextOf(node, path, "issuer"));
  if (rules.issuer.empty()) return Malformed(Inside(path, "issuer"), "this is missing");
  WHENCE_ASSIGN_OR_RETURN(rules.audiences, TextsOf(node, path, "audience"));
  if (rules.audiences.empty()) return Malformed(Inside(path, "audience"), "this is missing");
  WHENCE_ASSIGN_OR_RETURN(const std::string type, TextOf(node, path, "token_type"));
  rules.allow_plain_type = type == "JWT";
  if (!type.empty() && type != "JWT" && type != "at+jwt") {
    return Malformed(Inside(path, "token_type"), "this should be at+jwt or JWT");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, TextsOf(node, path, "algorithms"));
  if (names.empty()) return absl::OkStatus();
  rules.algorithms.clear();
  for (const std::string& name : names) {
    const auto algorithm = ParseAlgorithm(name);
    if (!algorithm) {
      return Malformed(Inside(path, "algorithms"),
                       "there are RS256, ES256 and EdDSA to choose from");
    }
    rules.algorithms.push_back(*algorithm);
  }
  return absl::OkStatus();
}

absl::Status ReadPrincipal(const YAML::Node& node, const std::string& path, IssuerConfig& issuer) {
  if (!node.IsDefined()) return absl::OkStatus();
  WHENCE_RETURN_IF_ERROR(CheckMembers(node, path, {"claim", "kind", "trust_unverified_email"}));
  WHENCE_ASSIGN_OR_RETURN(const std::string claim, TextOf(node, path, "claim"));
  if (!claim.empty()) issuer.principal_claim = claim;
  WHENCE_ASSIGN_OR_RETURN(const std::string kind, TextOf(node, path, "kind"));
  if (kind == "service") issuer.kind = ClaimedKind::kService;
  if (kind == "client") issuer.kind = ClaimedKind::kClient;
  if (!kind.empty() && kind != "user" && kind != "service" && kind != "client") {
    return Malformed(Inside(path, "kind"), "this should be user, service or client");
  }
  WHENCE_ASSIGN_OR_RETURN(issuer.trust_unverified_email,
                          FlagOf(node, path, "trust_unverified_email"));
  return absl::OkStatus();
}

absl::StatusOr<IssuerConfig> ReadIssuer(const YAML::Node& node, const std::string& path) {
  WHENCE_RETURN_IF_ERROR(CheckMembers(node, path,
                                      {"issuer", "audience", "token_type", "algorithms",
                                       "keys_file", "keys_url", "principal", "groups"}));
  IssuerConfig issuer;
  WHENCE_RETURN_IF_ERROR(ReadRules(node, path, issuer.rules));
  WHENCE_ASSIGN_OR_RETURN(issuer.keys_file, TextOf(node, path, "keys_file"));
  WHENCE_ASSIGN_OR_RETURN(issuer.keys_url, TextOf(node, path, "keys_url"));
  if (issuer.keys_file.empty() == issuer.keys_url.empty()) {
    return Malformed(path, "there should be one of keys_file and keys_url");
  }
  if (!issuer.keys_url.empty()) {
    WHENCE_RETURN_IF_ERROR(CheckUrl(issuer.keys_url, Inside(path, "keys_url")));
  }
  WHENCE_RETURN_IF_ERROR(ReadPrincipal(node["principal"], Inside(path, "principal"), issuer));
  if (const YAML::Node groups = node["groups"]; groups.IsDefined()) {
    const std::string inside = Inside(path, "groups");
    WHENCE_RETURN_IF_ERROR(CheckMembers(groups, inside, {"claim"}));
    WHENCE_ASSIGN_OR_RETURN(issuer.groups_claim, TextOf(groups, inside, "claim"));
    if (issuer.groups_claim.empty()) return Malformed(Inside(inside, "claim"), "this is missing");
  }
  return issuer;
}

absl::StatusOr<CertificateRule> ReadCertificate(const YAML::Node& node, const std::string& path) {
  WHENCE_RETURN_IF_ERROR(CheckMembers(node, path, {"uri", "dns", "email", "principal"}));
  CertificateRule rule;
  int patterns = 0;
  using Kind = CertificateRule::Kind;
  for (const auto& [name, kind] : {std::pair{"uri", Kind::kUri}, std::pair{"dns", Kind::kDns},
                                   std::pair{"email", Kind::kEmail}}) {
    WHENCE_ASSIGN_OR_RETURN(const std::string pattern, TextOf(node, path, name));
    if (pattern.empty()) continue;
    rule.kind = kind;
    rule.pattern = pattern;
    ++patterns;
  }
  if (patterns != 1) return Malformed(path, "there should be one of uri, dns and email");
  WHENCE_ASSIGN_OR_RETURN(rule.principal, TextOf(node, path, "principal"));
  WHENCE_RETURN_IF_ERROR(CheckCertificateRule(rule, path));
  return rule;
}

// The items of a list, read one by one.
template <class T, class Read>
absl::Status ReadList(const YAML::Node& list, std::string_view name, size_t max, Read read,
                      std::vector<T>& out) {
  if (!list.IsDefined() || list.IsNull()) return absl::OkStatus();
  if (!list.IsSequence()) return Malformed(name, "this should be a list");
  if (list.size() > max) return Malformed(name, StrCat("over ", max, " items"));
  for (const YAML::Node& item : list) {
    WHENCE_ASSIGN_OR_RETURN(T value, read(item, StrCat(name, "[", out.size(), "]")));
    out.push_back(std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<IdentityConfig> ReadAll(const YAML::Node& top) {
  IdentityConfig config;
  if (top.IsNull()) return config;
  WHENCE_RETURN_IF_ERROR(CheckMembers(top, "", {"issuers", "certificates"}));
  WHENCE_RETURN_IF_ERROR(
      ReadList(top["issuers"], "issuers", kMaxIssuers, ReadIssuer, config.issuers));
  WHENCE_RETURN_IF_ERROR(ReadList(top["certificates"], "certificates", kMaxCertificateRules,
                                  ReadCertificate, config.certificates));
  std::set<std::string> seen;
  for (const IssuerConfig& issuer : config.issuers) {
    if (!seen.insert(issuer.rules.issuer).second) {
      return Malformed("issuers", StrCat(issuer.rules.issuer, " stands twice"));
    }
  }
  return config;
}

}  // namespace

absl::StatusOr<IdentityConfig> ParseIdentityConfig(std::string_view text) {
  if (text.size() > kMaxIdentityConfigBytes) {
    return Malformed("", StrCat("the file has over ", kMaxIdentityConfigBytes, " bytes"));
  }
  if (!IsValidUtf8(text)) return Malformed("", "the file is not UTF-8");
  try {
    return ReadAll(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {  // yaml-cpp knows no other way
    return Malformed("", error.what());
  }
}

absl::StatusOr<IdentityConfig> ReadIdentityConfig(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxIdentityConfigBytes + 1, '\0');
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    if (!file.is_open() || file.bad()) {
      return NotFound("IDENTITY_CONFIG_UNREADABLE",
                      StrCat("cannot read ", path, ": ", std::strerror(errno)),
                      "check the path given with --identity");
    }
  }
  text.resize(static_cast<size_t>(file.gcount()));
  WHENCE_ASSIGN_OR_RETURN(IdentityConfig config, ParseIdentityConfig(text));
  const size_t slash = path.rfind('/');
  for (IssuerConfig& issuer : config.issuers) {
    const bool relative = !issuer.keys_file.empty() && !issuer.keys_file.starts_with('/');
    if (relative && slash != std::string::npos) {
      issuer.keys_file = StrCat(path.substr(0, slash + 1), issuer.keys_file);
    }
  }
  return config;
}

}  // namespace whence::access
