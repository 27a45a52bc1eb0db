#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace whence::cli {

// One invocation of `whence` with these words after the program's name; the exit code.
int Run(const std::vector<std::string>& words, const Environment& environment);

}  // namespace whence::cli
