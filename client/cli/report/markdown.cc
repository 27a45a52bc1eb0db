#include "cli/report/markdown.h"

#include <algorithm>

#include "base/assert.h"
#include "cli/text/display_width.h"

namespace whence::cli {

std::string MarkdownText(std::string_view text) {
  std::string escaped;
  for (const char c : OneLine(text)) {
    if (std::string_view("\\`*_[]<>|~&#").find(c) != std::string_view::npos)
      escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

std::string MarkdownCode(std::string_view text) {
  if (text.empty()) return "";
  // The fence is longer than any run of backticks inside.
  const std::string line = OneLine(text);
  size_t longest = 0;
  size_t run = 0;
  std::string inside;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    // A bar ends a cell, also inside of code.
    if (c == '|') inside.push_back('\\');
    inside.push_back(c);
  }
  const std::string fence(longest + 1, '`');
  const bool padded = line.front() == '`' || line.back() == '`';
  return fence + (padded ? " " : "") + inside + (padded ? " " : "") + fence;
}

void MarkdownTable::Add(const std::vector<std::string>& cells) {
  WHENCE_ASSERT(cells.size() == columns_.size());
  if (empty_) {
    WriteRow(columns_);
    out_ << '|';
    for (size_t i = 0; i < columns_.size(); ++i) out_ << "---|";
    out_ << '\n';
    empty_ = false;
  }
  WriteRow(cells);
}

void MarkdownTable::WriteRow(const std::vector<std::string>& cells) {
  out_ << '|';
  for (const std::string& cell : cells) {
    if (!cell.empty()) out_ << ' ' << cell;
    out_ << " |";
  }
  out_ << '\n';
}

}  // namespace whence::cli
