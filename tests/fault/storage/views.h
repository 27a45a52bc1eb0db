// What a server has in memory, beside what its tables say.
#pragma once

#include <string>

#include "service/house.h"

namespace whence::fault {

// Empty, or which of the views in memory (the lineage graph; who may what, with all policies; what
// columns are by lineage) differs from one that is loaded anew as of the published position, and
// in what. On the writer's thread, or while it does nothing.
std::string DifferenceOfViews(service::House& house);

}  // namespace whence::fault
