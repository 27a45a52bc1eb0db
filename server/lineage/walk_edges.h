// The edges between the nodes that a walk reached.
#pragma once

#include <cstdint>

#include "lineage/graph_store.h"
#include "lineage/walk.h"
#include "lineage/walk_scratch.h"

namespace whence::lineage::internal {

// Fills result->edges or column_edges from result->nodes and the sets of `scratch`, which must
// still hold what was reached. Walks the lists that the walk itself went along: upstream the
// incoming ones, otherwise the outgoing. Sets result->cancelled when told to stop, and
// truncated_by_edges when options.max_edges are not all. Needs an epoch guard.
void CollectEdges(const GraphStore& store, const WalkOptions& options, uint32_t bound,
                  const WalkScratch& scratch, WalkResult* result);

}  // namespace whence::lineage::internal
