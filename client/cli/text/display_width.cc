#include "cli/text/display_width.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/text.h"
#include "cli/text/width_table.h"

namespace whence::cli {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool Contains(std::span<const CodePointRange> table, char32_t code_point) {
  const auto after =
      std::upper_bound(table.begin(), table.end(), code_point,
                       [](char32_t c, const CodePointRange& range) { return c < range.first; });
  return after != table.begin() && code_point <= std::prev(after)->last;
}

size_t CodePointWidth(char32_t code_point) {
  if (code_point < 0x300) return 1;
  if (Contains(kZeroWidth, code_point)) return 0;
  return Contains(kDoubleWidth, code_point) ? 2 : 1;
}

// Takes the first code point (or stray byte) off `rest`; its width.
size_t TakeWidth(std::string_view& rest) {
  const std::optional<char32_t> code_point = TakeCodePoint(rest);
  if (code_point) return CodePointWidth(*code_point);
  rest.remove_prefix(1);
  return 1;
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

bool IsBlank(char32_t c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85; }

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += TakeWidth(text);
  return width;
}

std::string FitWidth(std::string_view text, size_t width) {
  if (width == 0 || DisplayWidth(text) <= width) return std::string(text);
  std::string_view rest = text;
  size_t used = 0;
  while (!rest.empty()) {
    std::string_view after = rest;
    const size_t step = TakeWidth(after);
    if (used + step > width - 1) break;
    used += step;
    rest = after;
  }
  std::string fitted(text.substr(0, text.size() - rest.size()));
  while (!fitted.empty() && fitted.back() == ' ') fitted.pop_back();
  return fitted.append(kEllipsis);
}

std::string PadRight(std::string_view text, size_t width) {
  const size_t used = DisplayWidth(text);
  std::string padded(text);
  if (used < width) padded.append(width - used, ' ');
  return padded;
}

std::string PadLeft(std::string_view text, size_t width) {
  const size_t used = DisplayWidth(text);
  std::string padded(used < width ? width - used : 0, ' ');
  return padded.append(text);
}

std::string OneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool blank = false;
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> code_point = TakeCodePoint(text);
    if (!code_point) text.remove_prefix(1);
    if (code_point && IsBlank(*code_point)) {
      blank = true;
      continue;
    }
    if (blank && !line.empty()) line.push_back(' ');
    blank = false;
    if (!code_point || IsControl(*code_point)) {
      line.append(kReplacement);
    } else {
      line.append(before.substr(0, before.size() - text.size()));
    }
  }
  return line;
}

}  // namespace whence::cli
