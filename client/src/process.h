#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace whence::client_internal {

// Runs a program found on PATH, without a shell, in `folder`, and gives what it wrote to stdout.
// Nothing when it cannot be run, does not end with 0, writes more than a megabyte, or takes longer
// than `timeout` (then it is killed). Its stdin and stderr are /dev/null.
std::optional<std::string> RunProgram(const std::string& folder,
                                      const std::vector<std::string>& command,
                                      absl::Duration timeout);

}  // namespace whence::client_internal
