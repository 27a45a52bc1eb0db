#pragma once

// "Did you mean": the known word nearest to one that is not known.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace whence {

// Number of code points to insert, delete, replace or swap with a neighbour (optimal string
// alignment) to turn `a` into `b`; at most `limit` + 1, which stands for "more than limit". A byte
// that is not UTF-8 counts as one. Memory and time are bounded by the lengths times `limit`.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit);

// The candidate with the smallest edit distance to `wanted`, ignoring ASCII case, if that is at
// most max(2, length / 3) and less than the length (so that no word is suggested that shares
// nothing with it); the first of equals. Nothing if there is none, or if `wanted` is longer than
// kMaxNamePartBytes.
std::optional<std::string> ClosestMatch(std::string_view wanted,
                                        std::span<const std::string> candidates);

}  // namespace whence
