#include "access/audit_rules.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <utility>

#include "access/config_file.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::access {
namespace {

constexpr ConfigFile kFile{.malformed = "AUDIT_CONFIG_MALFORMED",
                           .unreadable = "AUDIT_CONFIG_UNREADABLE",
                           .page = "docs/ledger.md",
                           .flag = "--audit",
                           .max_bytes = kMaxAuditConfigBytes};

// Operations that decide; others have nothing to record here.
constexpr std::string_view kDeciding[] = {"Decide", "DecideBatch"};

// "always", "never", "1/100".
absl::Status ReadRate(const YAML::Node& node, const std::string& path, std::string_view name,
                      AuditRate* rate) {
  WHENCE_ASSIGN_OR_RETURN(const std::string text, kFile.TextOf(node, path, name));
  if (text.empty()) return absl::OkStatus();
  if (text == "always" || text == "never") {
    *rate = text == "always" ? kAlways : kNever;
    return absl::OkStatus();
  }
  AuditRate number = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with("1/")) {
    const auto [at, error] = std::from_chars(text.data() + 2, end, number);
    if (error == std::errc() && at == end && number >= 1 && number <= kMaxAuditRate) {
      *rate = number;
      return absl::OkStatus();
    }
  }
  return kFile.Malformed(
      Inside(path, name),
      StrCat("this should be always, never, or 1/N with N up to ", kMaxAuditRate));
}

absl::Status ReadRates(const YAML::Node& node, const std::string& path, DecisionRates* rates) {
  WHENCE_RETURN_IF_ERROR(ReadRate(node, path, "denied", &rates->denied));
  return ReadRate(node, path, "allowed", &rates->allowed);
}

absl::Status ReadRules(const YAML::Node& node, AuditRules* rules) {
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(node, "", {"decisions"}));
  const YAML::Node decisions = node["decisions"];
  if (!decisions.IsDefined()) return absl::OkStatus();
  const std::string path = "decisions";
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(decisions, path, {"denied", "allowed", "operations"}));
  WHENCE_RETURN_IF_ERROR(ReadRates(decisions, path, &rules->decisions));
  const YAML::Node operations = decisions["operations"];
  if (!operations.IsDefined()) return absl::OkStatus();
  const std::string inside = Inside(path, "operations");
  WHENCE_RETURN_IF_ERROR(kFile.CheckMap(operations, inside, {kDeciding[0], kDeciding[1]}));
  for (const std::string_view name : kDeciding) {
    const YAML::Node operation = operations[std::string(name)];
    if (!operation.IsDefined()) continue;
    const std::string at = Inside(inside, name);
    WHENCE_RETURN_IF_ERROR(kFile.CheckMap(operation, at, {"denied", "allowed"}));
    DecisionRates rates = rules->decisions;
    WHENCE_RETURN_IF_ERROR(ReadRates(operation, at, &rates));
    rules->operations.emplace(name, rates);
  }
  return absl::OkStatus();
}

}  // namespace

AuditRate AuditRules::RateOf(std::string_view operation, bool denied) const {
  const auto found = operations.find(operation);
  const DecisionRates& rates = found == operations.end() ? decisions : found->second;
  return denied ? rates.denied : rates.allowed;
}

absl::StatusOr<AuditRules> ParseAuditRules(std::string_view text) {
  AuditRules rules;
  WHENCE_RETURN_IF_ERROR(
      kFile.Parse(text, [&](const YAML::Node& node) { return ReadRules(node, &rules); }));
  return rules;
}

absl::StatusOr<std::unique_ptr<AuditFile>> WatchAuditRules(const std::string& path,
                                                           files::Report report) {
  using Rules = std::shared_ptr<const AuditRules>;
  const auto read = [path](const Rules& before) -> absl::StatusOr<Rules> {
    WHENCE_ASSIGN_OR_RETURN(const std::string text, kFile.Read(path));
    WHENCE_ASSIGN_OR_RETURN(AuditRules rules, ParseAuditRules(text));
    if (before != nullptr && rules == *before) return before;
    return std::make_shared<const AuditRules>(std::move(rules));
  };
  return AuditFile::Open({path}, read, std::move(report));
}

}  // namespace whence::access
