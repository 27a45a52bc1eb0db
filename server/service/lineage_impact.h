// Impact as operations need it: from any root, whatever its grain.
#pragma once

#include "lineage/impact.h"
#include "service/call.h"
#include "service/lineage_root.h"

namespace whence::service {

// Everything downstream of a root that is no prediction.
lineage::ImpactResult ImpactOf(const lineage::Graph& graph, const LineageRoot& root,
                               const lineage::ImpactOptions& options);

}  // namespace whence::service
