#pragma once

#include <string>

#include "absl/status/status.h"

namespace whence::cli {

// What the process ends with. Stable: scripts depend on it (`whence help exit-codes`).
enum class ExitCode {
  kOk = 0,
  kError = 1,
  kConditionNotMet = 2,
  kUsage = 3,
  kDenied = 4,
  kNotFound = 5,
  kConflict = 6,
  kUnavailable = 7,
};

// The code for a status; a usage error (see error.h) gives kUsage.
ExitCode ExitCodeFor(const absl::Status& status);

// The table that `whence help exit-codes` prints.
std::string ExitCodeHelp();

}  // namespace whence::cli
