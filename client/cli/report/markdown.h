#pragma once

// Markdown (CommonMark with tables) that shows any text as it is.

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace whence::cli {

// A text outside of code: what Markdown or HTML would take for something else is escaped, and it
// stands on one line.
std::string MarkdownText(std::string_view text);
// A name as a code span, also inside a table. Empty for nothing.
std::string MarkdownCode(std::string_view text);

// Purpose: writes a table row by row. Ownership: borrows the stream. Thread-safety: none.
class MarkdownTable {
 public:
  // The head is written with the first row: a table without rows is not there.
  MarkdownTable(std::ostream& out, std::vector<std::string> columns)
      : out_(out), columns_(std::move(columns)) {}

  // As many cells as columns; each is Markdown already.
  void Add(const std::vector<std::string>& cells);
  bool empty() const { return empty_; }

 private:
  void WriteRow(const std::vector<std::string>& cells);

  std::ostream& out_;
  const std::vector<std::string> columns_;
  bool empty_ = true;
};

}  // namespace whence::cli
