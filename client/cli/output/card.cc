#include "cli/output/card.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "cli/text/display_width.h"

namespace whence::cli {
namespace {

constexpr size_t kIndent = 2;

// A line as it is, with its leading spaces, harmless to a terminal.
std::string KeepIndent(std::string_view line) {
  const size_t text = std::min(line.find_first_not_of(" \t"), line.size());
  std::string kept;
  for (const char c : line.substr(0, text)) kept += c == '\t' ? "    " : " ";
  return kept + OneLine(line.substr(text));
}

}  // namespace

Card& Card::Line(std::string_view label, std::string_view value, Tone tone) {
  if (!value.empty()) lines_.push_back({std::string(label), OneLine(value), tone});
  return *this;
}

Card& Card::Text(std::string_view heading, std::string_view text) {
  if (!text.empty()) parts_.emplace_back(TextPart{std::string(heading), std::string(text)});
  return *this;
}

Card& Card::Table(std::string_view heading, std::vector<TableColumn> columns,
                  std::vector<std::vector<Cell>> rows) {
  for (size_t i = columns.size(); i-- > 1 && !rows.empty();) {
    const bool empty = std::all_of(rows.begin(), rows.end(), [i](const std::vector<Cell>& row) {
      return row[i].text.empty();
    });
    if (!empty) continue;
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(i));
    for (std::vector<Cell>& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!rows.empty()) {
    parts_.emplace_back(TablePart{std::string(heading), std::move(columns), std::move(rows)});
  }
  return *this;
}

void Card::Print(std::ostream& out, const Styler& styler, size_t width) const {
  size_t label_width = 0;
  for (const LineItem& line : lines_) label_width = std::max(label_width, line.label.size());
  for (const LineItem& line : lines_) {
    StyledLine styled;
    styled.Add(PadRight(line.label, label_width + 2), Tone::kDim).Add(line.value, line.tone);
    out << styled.Render(styler, width) << '\n';
  }
  bool first = lines_.empty();
  for (const auto& part : parts_) {
    if (!std::exchange(first, false)) out << '\n';
    if (const TextPart* text = std::get_if<TextPart>(&part)) {
      out << styler.Paint(Tone::kDim, text->heading) << '\n';
      std::string_view body = text->text;
      if (body.ends_with('\n')) body.remove_suffix(1);
      for (const absl::string_view line : absl::StrSplit(ToAbsl(body), '\n')) {
        const std::string kept = KeepIndent(ToStd(line));
        out << (kept.empty() ? "" : "  ") << kept << '\n';
      }
    } else if (const TablePart* table = std::get_if<TablePart>(&part)) {
      out << styler.Paint(Tone::kDim, table->heading) << '\n';
      TableWriter writer(out, styler, width, table->columns, kIndent);
      for (const std::vector<Cell>& row : table->rows) writer.Add(row);
      writer.Flush();
    }
  }
}

}  // namespace whence::cli
