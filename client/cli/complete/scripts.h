#pragma once

#include <string_view>

namespace whence::cli {

// The completion script of a shell: bash, zsh or fish; empty for others. Each asks `whence
// __complete`, so that the scripts know no command themselves.
std::string_view CompletionScript(std::string_view shell);

}  // namespace whence::cli
