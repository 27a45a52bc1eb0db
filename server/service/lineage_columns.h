// Where the columns of an explanation's datasets come from.
#pragma once

#include "absl/status/status.h"
#include "lineage/answer.h"
#include "service/call.h"
#include "service/graph_draft.h"
#include "service/lineage_convert.h"

namespace whence::service {

// Puts the column lineage that the runs and declarations of `answer` recorded for its datasets into
// `out`, at most `max_nodes` columns and EdgeBound(max_nodes) pairs of them; what is left out is
// said in truncations. Nodes get `add_depth` steps more.
absl::Status AddColumnOrigins(Call& call, GraphWriter& writer, const lineage::Answer& answer,
                              size_t max_nodes, uint32_t add_depth, GraphDraft* out);

}  // namespace whence::service
