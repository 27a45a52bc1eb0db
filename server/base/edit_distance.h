#pragma once

// "Did you mean": the known word nearest to one that is not known.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace whence {

// Number of code points to insert, delete, replace or swap with a neighbour (optimal string
// alignment) to turn `a` into `b`; at most `limit` + 1, which stands for "more than limit". A byte
// that is not UTF-8 counts as one. Memory and time are bounded by the lengths times `limit`.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit);

// Purpose: finds, among candidates told one by one, the one with the smallest edit distance to
// `wanted`, ignoring ASCII case, if that is at most max(2, length / 3) and less than the length (so
// that no word is suggested that shares nothing with it); the first of equals. Nothing if there is
// none, or if `wanted` is longer than kMaxNamePartBytes. It takes so many steps and no more,
// however many candidates there are: who asks for a wrong name must not hold up others. Ownership:
// a value. Thread-safety: none.
class NearestName {
 public:
  explicit NearestName(std::string_view wanted, size_t max_cells = kMaxHintCells);

  // Looks at one more. False when nothing more is looked at: an equal was found, or the steps are
  // used up.
  bool Consider(std::string_view candidate);

  const std::optional<std::string>& closest() const { return closest_; }
  // Steps taken: bytes read of candidates, and cells of their tables.
  size_t cells() const { return cells_; }

 private:
  std::u32string wanted_;
  size_t limit_ = 0;  // falls to just below the best so far
  size_t cells_ = 0;
  const size_t max_cells_;
  bool done_ = false;
  std::optional<std::string> closest_;
};

// The same among a list.
std::optional<std::string> ClosestMatch(std::string_view wanted,
                                        std::span<const std::string> candidates);

}  // namespace whence
