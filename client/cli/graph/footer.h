#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text/style.h"
#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// "as of position 62" and "complete: nothing cut, nothing redacted", or what was cut and how to see
// it.
std::vector<StyledLine> CompletenessParts(const v1::LineageGraph& graph);

// "cut at the bound on nodes (more with --max-nodes)"; empty where nothing was.
std::string TruncationText(const google::protobuf::RepeatedField<int>& truncations);

// Parts of a line with `gap` between them; what does not fit into `width` columns (0: not bounded)
// goes on in the next line, indented by two.
void PrintParts(std::ostream& out, const Styler& styler, size_t width,
                const std::vector<StyledLine>& parts, std::string_view gap);

}  // namespace whence::cli
