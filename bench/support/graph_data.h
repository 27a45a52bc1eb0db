// A catalog with a large lineage graph and many predictions.
#pragma once

#include <cstddef>
#include <string>

#include "support/options.h"

namespace whence::bench {

// The edges of MakeEdges() as runs of a catalog `lake`, a tenth as many predictions, and the
// origins of MakeOrigins(). Returns the data folder, which is kept: it may be opened and read, not
// written to.
std::string GraphData(const Options& options);

// Edges of GraphData: 10 M at full size.
size_t GraphEdges(const Options& options);
// Origins of GraphData.
int GraphOrigins(const Options& options);

}  // namespace whence::bench
