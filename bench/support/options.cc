#include "support/options.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "absl/strings/numbers.h"

namespace whence::bench {
namespace {

[[noreturn]] void Usage() {
  std::fputs("usage: whence_bench_NAME [--short] [--data 1..100]\n", stderr);
  std::exit(2);
}

}  // namespace

size_t Options::Scaled(size_t full, size_t brief_size) const {
  if (brief) return brief_size;
  return full / 100 * static_cast<size_t>(data.value_or(100));
}

int Options::rounds() const { return brief ? 1 : data.has_value() ? 3 : 5; }

std::chrono::milliseconds Options::round() const {
  return std::chrono::milliseconds(brief ? 30 : 1000);
}

Options ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--short") {
      options.brief = true;
    } else if (argument == "--data" && i + 1 < argc) {
      int hundredths = 0;
      if (!absl::SimpleAtoi(argv[++i], &hundredths) || hundredths < 1 || hundredths > 100) Usage();
      options.data = hundredths;
    } else {
      Usage();
    }
  }
  return options;
}

}  // namespace whence::bench
