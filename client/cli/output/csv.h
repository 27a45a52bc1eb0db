#pragma once

#include <span>
#include <string>

namespace whence::cli {

// One line of CSV with a newline: fields that hold a comma, a quote or a line break, or begin or
// end with a space, stand in double quotes, quotes inside doubled (RFC 4180).
std::string CsvLine(std::span<const std::string> fields);

}  // namespace whence::cli
