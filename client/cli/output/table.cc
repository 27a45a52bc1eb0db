#include "cli/output/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/assert.h"
#include "cli/text/display_width.h"

namespace whence::cli {
namespace {

constexpr size_t kGap = 2;
// A column gives way down to this; then lines are longer than the terminal.
constexpr size_t kMinColumn = 6;

}  // namespace

TableWriter::TableWriter(std::ostream& out, Styler styler, size_t width,
                         std::vector<TableColumn> columns, size_t indent)
    : out_(out), styler_(styler), width_(width), columns_(std::move(columns)), indent_(indent) {
  for (const TableColumn& column : columns_) widths_.push_back(DisplayWidth(column.name));
}

void TableWriter::Add(std::vector<Cell> row) {
  WHENCE_ASSERT(row.size() == columns_.size());
  for (Cell& cell : row) cell.text = OneLine(cell.text);
  rows_.push_back(std::move(row));
}

void TableWriter::Measure() {
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
    }
  }
}

std::vector<size_t> TableWriter::Fitted() const {
  std::vector<size_t> widths = widths_;
  if (width_ == 0) return widths;
  const size_t gaps = indent_ + kGap * (widths.size() - 1);
  size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
  while (total > width_) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kMinColumn) break;
    --*widest;
    --total;
  }
  return widths;
}

void TableWriter::WriteRow(const std::vector<Cell>& row, const std::vector<size_t>& widths) {
  StyledLine line;
  line.Add(std::string(indent_, ' '));
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line.Add(std::string(kGap, ' '));
    const std::string text = FitWidth(row[i].text, widths[i]);
    const bool last = i + 1 == row.size();
    line.Add(columns_[i].right ? PadLeft(text, widths[i])
             : last            ? text
                               : PadRight(text, widths[i]),
             row[i].tone);
  }
  out_ << line.Render(styler_, 0) << '\n';
}

void TableWriter::Flush() {
  if (rows_.empty()) return;
  Measure();
  const std::vector<size_t> widths = Fitted();
  if (!head_written_) {
    std::vector<Cell> head;
    for (const TableColumn& column : columns_) head.push_back({column.name, Tone::kDim});
    WriteRow(head, widths);
    head_written_ = true;
  }
  for (const std::vector<Cell>& row : rows_) WriteRow(row, widths);
  rows_.clear();
  out_.flush();
}

}  // namespace whence::cli
