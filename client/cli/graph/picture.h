#pragma once

// Graphs as pictures for other programs.

#include <string>
#include <string_view>
#include <vector>

#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// Graphviz. Several graphs become one picture.
std::string WriteDot(const std::vector<const v1::LineageGraph*>& graphs);
// Mermaid flowchart.
std::string WriteMermaid(const std::vector<const v1::LineageGraph*>& graphs);

// A text inside a double-quoted label of each language.
std::string EscapeDot(std::string_view text);
std::string EscapeMermaid(std::string_view text);

}  // namespace whence::cli
