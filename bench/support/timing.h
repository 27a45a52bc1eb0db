// How long something takes.
#pragma once

#include <chrono>

namespace whence::bench {

// Seconds by the clock on the wall.
template <class Thing>
double SecondsOf(const Thing& thing) {
  const auto start = std::chrono::steady_clock::now();
  thing();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace whence::bench
