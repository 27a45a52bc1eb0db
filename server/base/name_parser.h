#pragma once

// Private to base: the scanner behind ParseName, for name.cc and reference.cc only.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace whence::name_internal {

// The parts of the name that is text[begin, end); errors have columns within the whole text. No
// check of how many parts there are.
absl::StatusOr<std::vector<std::string>> ParseParts(std::string_view text, size_t begin, size_t end,
                                                    std::string_view field);

}  // namespace whence::name_internal
