#include "support/figure.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace whence::bench {
namespace {

std::string Number(const std::optional<double>& value) {
  if (!value.has_value()) return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", *value);
  return text;
}

}  // namespace

void Report(const Figure& f) {
  const std::string floor = Number(f.floor);
  const std::string ratio = Number(f.ratio);
  const std::string reach = Number(f.reach);
  std::printf(
      "{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.6g,\"floor\":%s,\"ratio\":%s,\"reach\":%s,"
      "\"better\":\"%s\"}\n",
      f.name.c_str(), f.unit.c_str(), f.value, floor.c_str(), ratio.c_str(), reach.c_str(),
      f.better.c_str());
  std::fflush(stdout);
  std::fprintf(stderr, "%-36s %10.4g %-9s floor %10s  ratio %8s  (reach %s, %s is better)\n",
               f.name.c_str(), f.value, f.unit.c_str(), floor.c_str(), ratio.c_str(), reach.c_str(),
               f.better.c_str());
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

double Quantile(std::vector<double> values, double share) {
  Expect(!values.empty(), "nothing was measured");
  const size_t index =
      std::min(values.size() - 1, static_cast<size_t>(static_cast<double>(values.size()) * share));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

void Expect(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "benchmark: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace whence::bench
