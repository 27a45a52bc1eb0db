#include "access/audit_rules.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

using test::ReasonOf;

TEST_CASE("without a file what was denied is recorded, and nothing else") {
  const AuditRules rules;
  CHECK(rules.RateOf("Decide", /*denied=*/true) == kAlways);
  CHECK(rules.RateOf("Decide", /*denied=*/false) == kNever);
}

TEST_CASE("rules are read as they are written") {
  const AuditRules rules = ParseAuditRules(
                               "decisions:\n"
                               "  denied: 1/10\n"
                               "  allowed: always\n"
                               "  operations:\n"
                               "    DecideBatch: {allowed: never}\n")
                               .value();
  CHECK(rules.RateOf("Decide", true) == 10);
  CHECK(rules.RateOf("Decide", false) == kAlways);
  CHECK(rules.RateOf("DecideBatch", true) == 10);
  CHECK(rules.RateOf("DecideBatch", false) == kNever);
  CHECK(ParseAuditRules("{}").value() == AuditRules{});
  CHECK(ParseAuditRules("decisions: {}").value() == AuditRules{});
  CHECK(ParseAuditRules(StrCat("decisions: {allowed: 1/", kMaxAuditRate, "}"))
            .value()
            .decisions.allowed == kMaxAuditRate);
}

TEST_CASE("what a file of rules may not say is an error with its place") {
  const auto [text, field] = GENERATE(table<std::string, std::string>({
      {"decisions: {denied: often}", "decisions.denied"},
      {"decisions: {denied: 1/0}", "decisions.denied"},
      {"decisions: {denied: 1/-3}", "decisions.denied"},
      {"decisions: {denied: 1/2x}", "decisions.denied"},
      {"decisions: {denied: 2/3}", "decisions.denied"},
      {"decisions: {denied: 1/1000001}", "decisions.denied"},
      {"decisions: {operations: {GetAsset: {}}}", "decisions.operations.GetAsset"},
      {"decisions: {operations: {Decide: {allow: never}}}", "decisions.operations.Decide.allow"},
      {"decisions: [1]", "decisions"},
      {"reads: {}", "reads"},
  }));
  INFO(text);
  const absl::Status status = ParseAuditRules(text).status();
  CHECK(ReasonOf(status) == "AUDIT_CONFIG_MALFORMED");
  CHECK(GetErrorDetail(status).field == field);
}

TEST_CASE("the file is read anew when it changes, and has a bound") {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() + "/audit.yaml";
  CHECK(ReasonOf(WatchAuditRules(path, nullptr).status()) == "AUDIT_CONFIG_UNREADABLE");
  std::ofstream(path) << "decisions: {allowed: always}\n";
  std::vector<std::string> reports;
  const auto file = WatchAuditRules(path, [&](const absl::Status& status) {
                      reports.push_back(ReasonOf(status));
                    }).value();
  CHECK(file->Current()->decisions.allowed == kAlways);
  std::ofstream(path) << "decisions: {allowed: 1/7}\n";
  CHECK(file->Current()->decisions.allowed == 7);
  std::ofstream(path) << "decisions: {allowed: x}\n";
  CHECK(file->Current()->decisions.allowed == 7);
  CHECK(reports == std::vector<std::string>{"OK", "AUDIT_CONFIG_MALFORMED"});
  const std::string padding(kMaxAuditConfigBytes, '\n');
  CHECK(ReasonOf(ParseAuditRules("{}" + padding).status()) == "AUDIT_CONFIG_MALFORMED");
}

}  // namespace
}  // namespace whence::access
