#include "support/figure.h"

#include <algorithm>
#include <cstdio>

namespace whence::bench {

void Report(const Figure& f) {
  std::printf(
      "{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.4g,\"floor\":%.4g,\"ratio\":%.4g,"
      "\"reach\":%.4g,\"better\":\"%s\"}\n",
      f.name.c_str(), f.unit.c_str(), f.value, f.floor, f.ratio, f.reach, f.better.c_str());
  std::fflush(stdout);
  std::fprintf(stderr, "%-34s %10.4g %-8s floor %10.4g  ratio %6.3f  (reach %.4g, %s is better)\n",
               f.name.c_str(), f.value, f.unit.c_str(), f.floor, f.ratio, f.reach,
               f.better.c_str());
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace whence::bench
