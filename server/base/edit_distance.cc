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

// Row by row over `a`; only cells within `limit` of the diagonal can hold a distance within it.
size_t Distance(const std::u32string& a, const std::u32string& b, size_t limit) {
  limit = std::min(limit, std::max(a.size(), b.size()));
  const size_t beyond = limit + 1;
  const size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > limit) return beyond;
  std::vector<size_t> two_ago(b.size() + 1, beyond);
  std::vector<size_t> above(b.size() + 1, beyond);
  std::vector<size_t> row(b.size() + 1, beyond);
  for (size_t j = 0; j <= std::min(b.size(), limit); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    const size_t first = i > limit ? i - limit : 1;
    const size_t last = std::min(b.size(), i + limit);
    std::fill(row.begin(), row.end(), beyond);
    if (i <= limit) row[0] = i;
    for (size_t j = first; j <= last; ++j) {
      size_t best =
          std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, two_ago[j - 2] + 1);
      }
      row[j] = std::min(best, beyond);
    }
    std::swap(two_ago, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::u32string Folded(std::string_view text) { return Decode(absl::AsciiStrToLower(ToAbsl(text))); }

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  return Distance(Decode(a), Decode(b), limit);
}

std::optional<std::string> ClosestMatch(std::string_view wanted,
                                        std::span<const std::string> candidates) {
  if (wanted.empty() || wanted.size() > kMaxNamePartBytes) return std::nullopt;
  const std::u32string folded = Folded(wanted);
  // The limit falls to just below the best so far, so a later equal does not replace it.
  size_t limit = std::min(std::max<size_t>(2, folded.size() / 3), folded.size() - 1);
  std::optional<std::string> closest;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(folded, Folded(candidate), limit);
    if (distance > limit) continue;
    closest = candidate;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return closest;
}

}  // namespace whence
