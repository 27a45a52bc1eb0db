#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace whence::cli {

// The help of a group or command, examples first, wrapped to `width` columns (0: 100).
std::string HelpText(const CommandTree& tree, const CLI::App* node, size_t width);

// `text` in lines of at most `width` columns, the lines after the first indented by `indent`.
std::string Wrap(std::string_view text, size_t width, size_t indent);

}  // namespace whence::cli
