#include "base/edit_distance.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/limits.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence {
namespace {

std::u32string Decode(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  while (!text.empty()) {
    if (const std::optional<char32_t> code_point = TakeCodePoint(text)) {
      points.push_back(*code_point);
    } else {
      // A stray byte stands for itself, beyond all of Unicode.
      points.push_back(0x110000u + static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    }
  }
  return points;
}

// Row by row over `a`; only cells within `limit` of the diagonal can hold a distance within it, and
// when none of two rows does, none of the later ones will. Adds the cells it fills to `cells`.
size_t Distance(const std::u32string& a, const std::u32string& b, size_t limit, size_t& cells) {
  limit = std::min(limit, std::max(a.size(), b.size()));
  const size_t beyond = limit + 1;
  const size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > limit) return beyond;
  std::vector<size_t> two_ago(b.size() + 1, beyond);
  std::vector<size_t> above(b.size() + 1, beyond);
  std::vector<size_t> row(b.size() + 1, beyond);
  for (size_t j = 0; j <= std::min(b.size(), limit); ++j) above[j] = j;
  size_t least_above = 0;
  for (size_t i = 1; i <= a.size(); ++i) {
    const size_t first = i > limit ? i - limit : 1;
    const size_t last = std::min(b.size(), i + limit);
    std::fill(row.begin(), row.end(), beyond);
    if (i <= limit) row[0] = i;
    size_t least = row[0];
    cells += last + 1 - first;
    for (size_t j = first; j <= last; ++j) {
      size_t best =
          std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, two_ago[j - 2] + 1);
      }
      row[j] = std::min(best, beyond);
      least = std::min(least, row[j]);
    }
    if (least == beyond && least_above == beyond) return beyond;
    least_above = least;
    std::swap(two_ago, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::u32string Folded(std::string_view text) { return Decode(absl::AsciiStrToLower(ToAbsl(text))); }

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  size_t cells = 0;
  return Distance(Decode(a), Decode(b), limit, cells);
}

NearestName::NearestName(std::string_view wanted, size_t max_cells) : max_cells_(max_cells) {
  done_ = wanted.empty() || wanted.size() > kMaxNamePartBytes;
  if (done_) return;
  wanted_ = Folded(wanted);
  limit_ = std::min(std::max<size_t>(2, wanted_.size() / 3), wanted_.size() - 1);
}

bool NearestName::Consider(std::string_view candidate) {
  const size_t band = std::min(2 * limit_ + 1, candidate.size());
  const size_t most = candidate.size() + wanted_.size() * band;
  done_ = done_ || cells_ + most > max_cells_;
  if (done_) return false;
  cells_ += candidate.size();
  const size_t distance = Distance(wanted_, Folded(candidate), limit_, cells_);
  if (distance > limit_) return true;
  closest_ = std::string(candidate);
  done_ = distance == 0;
  if (!done_) limit_ = distance - 1;
  return !done_;
}

std::optional<std::string> ClosestMatch(std::string_view wanted,
                                        std::span<const std::string> candidates) {
  NearestName nearest(wanted);
  for (const std::string& candidate : candidates) {
    if (!nearest.Consider(candidate)) break;
  }
  return nearest.closest();
}

}  // namespace whence
