#pragma once

// One resource for people: labels and values, then longer parts under headings.

#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/output/table.h"
#include "cli/text/style.h"

namespace whence::cli {

// Collects, then prints. Empty values, texts and tables are left out.
class Card {
 public:
  Card& Line(std::string_view label, std::string_view value, Tone tone = Tone::kPlain);
  // Several lines as they are, but for control characters.
  Card& Text(std::string_view heading, std::string_view text);
  // Columns without any content are left out, but for the first.
  Card& Table(std::string_view heading, std::vector<TableColumn> columns,
              std::vector<std::vector<Cell>> rows);

  void Print(std::ostream& out, const Styler& styler, size_t width) const;

 private:
  struct LineItem {
    std::string label;
    std::string value;
    Tone tone;
  };
  struct TextPart {
    std::string heading;
    std::string text;
  };
  struct TablePart {
    std::string heading;
    std::vector<TableColumn> columns;
    std::vector<std::vector<Cell>> rows;
  };
  std::vector<LineItem> lines_;
  std::vector<std::variant<TextPart, TablePart>> parts_;
};

}  // namespace whence::cli
