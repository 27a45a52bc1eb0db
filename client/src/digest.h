#pragma once

#include <string>
#include <string_view>

namespace whence::client_internal {

// "sha256:<hex>" of bytes in memory.
std::string Sha256OfText(std::string_view bytes);

}  // namespace whence::client_internal
