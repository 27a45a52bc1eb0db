#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handbook {

// A piece of the handbook short enough to quote. Rows count from 1, as in the table they make.
struct Passage {
  int row = 0;
  std::string heading;  // where it stands: "Article I, Section 5"; empty before the first heading
  std::string text;     // whole sentences of one section, on one line

  bool operator==(const Passage&) const = default;
};

// Cuts the handbook into passages, in order. A one-line paragraph without closing punctuation is a
// heading; a passage never crosses one. It takes whole sentences, up to six or about ninety words,
// whichever comes first. The same text always gives the same passages.
std::vector<Passage> CutPassages(std::string_view handbook);

// The passages as a table: a header line, then row, heading and text, separated by tabs.
std::string FormatPassages(const std::vector<Passage>& passages);

// Reads what FormatPassages wrote; nothing if that is not what `table` is.
std::optional<std::vector<Passage>> ParsePassages(std::string_view table);

}  // namespace handbook
