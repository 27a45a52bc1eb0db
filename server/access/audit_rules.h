// Which decisions are put on the record: a file in YAML. docs/ledger.md describes it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "files/watched.h"

namespace whence::access {

// One of so many; 0: none of them.
using AuditRate = int64_t;
inline constexpr AuditRate kNever = 0;
inline constexpr AuditRate kAlways = 1;

struct DecisionRates {
  AuditRate denied = kAlways;
  AuditRate allowed = kNever;

  friend bool operator==(const DecisionRates&, const DecisionRates&) = default;
};

// Without a file: what was denied, always; what was allowed, never.
struct AuditRules {
  DecisionRates decisions{};
  // By operation, where it has rates of its own.
  std::map<std::string, DecisionRates, std::less<>> operations{};

  AuditRate RateOf(std::string_view operation, bool denied) const;

  friend bool operator==(const AuditRules&, const AuditRules&) = default;
};

// The rules of a file that others change.
using AuditFile = files::Watched<AuditRules>;

// InvalidArgument AUDIT_CONFIG_MALFORMED, with the path of what is wrong as field; a member that is
// not known is wrong, too.
absl::StatusOr<AuditRules> ParseAuditRules(std::string_view text);
// Besides NotFound AUDIT_CONFIG_UNREADABLE. What the file says later is told to `report`.
absl::StatusOr<std::unique_ptr<AuditFile>> WatchAuditRules(const std::string& path,
                                                           files::Report report);

}  // namespace whence::access
