#pragma once

// Columns of a terminal: how many a text takes, and how to make a text take a given number.

#include <cstddef>
#include <string>
#include <string_view>

namespace whence::cli {

// Columns that `text` takes: wide characters two, combining and invisible ones none, a byte that is
// not UTF-8 one. `text` holds no control characters and no escape sequences (see OneLine).
size_t DisplayWidth(std::string_view text);

// `text` if it takes at most `width` columns, else its beginning and "…", together at most `width`
// columns. `width` 0 stands for "as wide as it is".
std::string FitWidth(std::string_view text, size_t width);

// `text` followed, or preceded, by spaces up to `width` columns.
std::string PadRight(std::string_view text, size_t width);
std::string PadLeft(std::string_view text, size_t width);

// `text` on one line and harmless to a terminal: runs of white space become one space, control
// characters (which could move the cursor or change the terminal) and stray bytes become U+FFFD.
std::string OneLine(std::string_view text);

}  // namespace whence::cli
