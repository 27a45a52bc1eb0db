#include "cli/progress.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/strings.h"

namespace whence::cli {
namespace {

constexpr int64_t kCells = 24;
constexpr absl::Duration kPause = absl::Milliseconds(100);

}  // namespace

std::string ProgressLine(int64_t done, int64_t total, std::string_view text) {
  if (total <= 0) return std::string(text);
  const int64_t shown = std::clamp<int64_t>(done, 0, total);
  const double share = static_cast<double>(shown) / static_cast<double>(total);
  const auto filled = static_cast<size_t>(share * kCells);
  return StrCat("[", std::string(filled, '#'), std::string(kCells - filled, '-'), "] ",
                absl::StrFormat("%3.0f%%", share * 100), "  ", text);
}

void Progress::Show(int64_t done, int64_t total, std::string_view text) {
  if (!on_) return;
  const absl::Time now = absl::Now();
  if (now - last_ < kPause) return;
  last_ = now;
  shown_ = true;
  out_ << "\r\x1b[K" << ProgressLine(done, total, text) << std::flush;
}

void Progress::Clear() {
  if (!shown_) return;
  shown_ = false;
  out_ << "\r\x1b[K" << std::flush;
}

}  // namespace whence::cli
