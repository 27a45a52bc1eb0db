// What a benchmark is told on its command line.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace whence::bench {

struct Options {
  // --short: tiny data and a blink of time, to see that the benchmark works. Its figures say
  // nothing.
  bool brief = false;
  // --data N: how much data there is, in hundredths of the full size (10 M edges, 1 M assets).
  // Unset: what the line in the table is about, which is an empty catalog or the full size.
  std::optional<int> data;

  // `full` at --data 100, in proportion below; `brief_size` in a short run.
  size_t Scaled(size_t full, size_t brief_size) const;
  // How often a measurement is repeated; odd.
  int rounds() const;
  // How long one measurement lasts.
  std::chrono::milliseconds round() const;
};

// Ends the process with a message when the arguments are wrong.
Options ParseOptions(int argc, char** argv);

}  // namespace whence::bench
