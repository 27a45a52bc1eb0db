#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace whence::client_internal {

// Where Abseil was built as C++14 (Debian), its string_view is another type than the standard's and
// does not convert. Neither copies.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace whence::client_internal
