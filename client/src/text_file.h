#pragma once

#include <optional>
#include <string>

namespace whence::client_internal {

// The content of a small file (configuration, certificates); nothing when it cannot be read.
std::optional<std::string> ReadTextFile(const std::string& path);

}  // namespace whence::client_internal
