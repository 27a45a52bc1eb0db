// One figure of a benchmark, as scripts/bench reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace whence::bench {

struct Figure {
  std::string name;
  std::string unit;
  double value = 0;
  // The same for the cheapest thing that could do the job, in the same run.
  std::optional<double> floor = {};
  // Value to floor.
  std::optional<double> ratio = {};
  // The mark we want of the ratio, or of the value where there is no ratio.
  std::optional<double> reach = {};
  std::string better = "higher";
};

// One line of JSON on stdout, the same for people on stderr.
void Report(const Figure& figure);

// The median. Of an even number: the upper one of the two in the middle.
double Median(std::vector<double> values);

// The value below which `share` (0 to 1) of the values are.
double Quantile(std::vector<double> values, double share);

// Ends the process with a message unless it holds: a benchmark of what does not work is worthless.
void Expect(bool holds, const std::string& what);

}  // namespace whence::bench
