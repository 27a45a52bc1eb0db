#pragma once

#include <string>
#include <string_view>

namespace whence::cli {

// What changed from `before` to `after`, as a unified diff with three lines of context and the two
// names in its head; empty if nothing did. Exact: a missing newline at the end is said. Texts that
// differ in more than a few thousand lines come out as one block replaced.
std::string UnifiedDiff(std::string_view before_name, std::string_view before,
                        std::string_view after_name, std::string_view after);

}  // namespace whence::cli
