// One figure of a benchmark, as scripts/bench reads it.
#pragma once

#include <string>
#include <vector>

namespace whence::bench {

struct Figure {
  std::string name;
  std::string unit;
  double value = 0;
  double floor = 0;  // the same for the cheapest thing that could do the job, in the same run
  double ratio = 0;  // value to floor
  double reach = 0;  // the mark we want of the ratio
  std::string better = "higher";
};

// One line of JSON on stdout, the same for people on stderr.
void Report(const Figure& figure);

// The median of an odd number of measurements.
double Median(std::vector<double> values);

}  // namespace whence::bench
