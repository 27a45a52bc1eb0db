#pragma once

// Tables for people: columns as wide as their content, streamed page by page, fitted to the
// terminal.

#include <ostream>
#include <string>
#include <vector>

#include "cli/text/style.h"

namespace whence::cli {

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

struct TableColumn {
  std::string name;
  bool right = false;  // numbers
};

// Collects rows and writes them at each Flush, the head before the first. A later page may widen
// the columns, never narrow them. Text is put on one line; where the width is bounded, the widest
// columns give way and end in "…". One thread at a time; the stream is not owned.
class TableWriter {
 public:
  // `width` 0: not bounded. `indent`: spaces before each line.
  TableWriter(std::ostream& out, Styler styler, size_t width, std::vector<TableColumn> columns,
              size_t indent = 0);

  // As many cells as columns.
  void Add(std::vector<Cell> row);
  void Flush();

 private:
  void Measure();
  // The columns' widths after those that are too wide have given way.
  std::vector<size_t> Fitted() const;
  void WriteRow(const std::vector<Cell>& row, const std::vector<size_t>& widths);

  std::ostream& out_;
  const Styler styler_;
  const size_t width_;
  const std::vector<TableColumn> columns_;
  const size_t indent_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<size_t> widths_;
  bool head_written_ = false;
};

}  // namespace whence::cli
