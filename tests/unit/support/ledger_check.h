#pragma once

// Whether a database holds what its ledger says. Header only; who includes it links whence::ledger.

#include <string>

#include "base/strings.h"
#include "ledger/verify.h"
#include "sql/connection.h"

namespace whence::test {

inline std::string TextOf(const ledger::VerifyReport& report) {
  std::string text;
  for (const ledger::Finding& finding : report.findings) {
    StrAppend(&text, finding.position, ": ", finding.what, "\n");
  }
  if (report.found > static_cast<int64_t>(report.findings.size())) {
    StrAppend(&text, report.found, " findings in all\n");
  }
  return text;
}

// What both checks find, a line each; empty when all is well.
inline std::string LedgerFaults(sql::Connection& connection,
                                const ledger::VerifyOptions& options = {}) {
  std::string text;
  for (const auto& check : {ledger::VerifyTree, ledger::VerifyTables}) {
    const absl::StatusOr<ledger::VerifyReport> report = check(connection, options);
    text += report.ok() ? TextOf(*report) : report.status().ToString() + "\n";
  }
  return text;
}

inline std::string LedgerFaults(const std::string& path) {
  const auto connection = sql::Connection::Open(path, {.read_only = true});
  return connection.ok() ? LedgerFaults(**connection) : connection.status().ToString();
}

}  // namespace whence::test
