#pragma once

// Makes a failing list of operations short: what a random test found in hundreds of steps, a person
// can read in three.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"

namespace whence::test {

// A shortest list of operations, as far as `max_runs` tries reach, that still fails. `fails` must
// give the same answer for the same list every time, and true for `operations`. First leaves out
// runs of operations, halving their length down to one, until nothing more can go; then puts
// simpler operations in the place of others, as `simpler` offers them (simplest first; none by
// default). Without either, the result is what remains.
template <class Operation>
std::vector<Operation> Shrink(
    std::vector<Operation> operations, absl::FunctionRef<bool(const std::vector<Operation>&)> fails,
    absl::FunctionRef<std::vector<Operation>(const Operation&)> simpler =
        [](const Operation&) { return std::vector<Operation>(); },
    int max_runs = 2000) {
  int runs = 0;
  const auto try_it = [&](const std::vector<Operation>& shorter) {
    return runs < max_runs && (++runs, fails(shorter));
  };

  // Leaves out operations[at, at + length) wherever that still fails.
  const auto leave_out = [&](size_t length) {
    bool any = false;
    for (size_t at = 0; at + length <= operations.size();) {
      std::vector<Operation> shorter = operations;
      const auto from = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.erase(from, from + static_cast<std::ptrdiff_t>(length));
      if (try_it(shorter)) {
        operations = std::move(shorter);
        any = true;
      } else {
        ++at;
      }
    }
    return any;
  };
  const auto simplify = [&] {
    bool any = false;
    for (size_t at = 0; at < operations.size(); ++at) {
      for (Operation& candidate : simpler(operations[at])) {
        std::vector<Operation> changed = operations;
        changed[at] = std::move(candidate);
        if (!try_it(changed)) continue;
        operations = std::move(changed);
        any = true;
        break;
      }
    }
    return any;
  };

  bool progress = true;
  while (progress && runs < max_runs) {
    progress = false;
    for (size_t length = std::max<size_t>(operations.size() / 2, 1); length > 0; length /= 2) {
      while (leave_out(length) && runs < max_runs) progress = true;
    }
    progress = simplify() || progress;
  }
  return operations;
}

}  // namespace whence::test
