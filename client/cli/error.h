#pragma once

// Errors of the command line itself, and how every error is shown:
//
//   error: no asset prod.fraud.scroes (NOT_FOUND, ASSET_NOT_FOUND)
//   hint: prod.fraud.scores exists; see 'whence asset list prod.fraud'

#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/text/style.h"

namespace whence::cli {

// The command line is wrong: exit code 3. Shown without a code in parentheses.
absl::Status UsageError(std::string_view message, std::string_view hint = {});
bool IsUsageError(const absl::Status& status);

// Something on this machine went wrong (a file, the configuration): exit code 1. Shown without a
// code in parentheses.
absl::Status LocalError(std::string_view message, std::string_view hint = {});

// The same error with a hint, where it has none.
absl::Status WithHint(const absl::Status& status, std::string_view hint);
// The same error with this hint in place of its own.
absl::Status WithOtherHint(const absl::Status& status, std::string_view hint);
std::string HintOf(const absl::Status& status);

// The canonical name: "NOT_FOUND".
std::string CodeName(absl::StatusCode code);

// One line, without "error: ": what was wrong and, for a server's error, its code and reason.
std::string ErrorText(const absl::Status& status);

// The lines above.
void PrintError(std::ostream& err, const Styler& styler, const absl::Status& status);

}  // namespace whence::cli
