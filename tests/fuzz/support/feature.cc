#include "support/feature.h"

#include <atomic>

namespace whence::fuzz {
namespace {

constexpr size_t kCounters = size_t{1} << 14;
// libFuzzer finds the counters by their section, and clears them before every input.
__attribute__((section("__libfuzzer_extra_counters"), used)) uint8_t counters[kCounters];
std::atomic<size_t> count = 0;

}  // namespace

void Feature(uint64_t what) {
  what *= 0x9E3779B97F4A7C15U;  // spreads small numbers
  uint8_t& counter = counters[(what >> 32U) % kCounters];
  if (counter != 0) return;
  counter = 1;
  count.fetch_add(1, std::memory_order_relaxed);
}

void Feature(std::string_view text, uint64_t number) {
  uint64_t hash = 0xCBF29CE484222325U ^ number;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  }
  Feature(hash);
}

size_t FeatureCount() { return count.load(std::memory_order_relaxed); }

}  // namespace whence::fuzz
