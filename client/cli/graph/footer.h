#pragma once

#include <string>

#include "cli/text/style.h"
#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// "as of position 62 · complete: nothing cut, nothing redacted", or what was cut and how to see it.
StyledLine CompletenessLine(const v1::LineageGraph& graph);

// "cut at the bound on nodes (more with --max-nodes)"; empty where nothing was.
std::string TruncationText(const google::protobuf::RepeatedField<int>& truncations);

}  // namespace whence::cli
