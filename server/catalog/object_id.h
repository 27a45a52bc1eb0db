#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "sql/writer.h"

namespace whence::catalog {

// Securables, versions, runs and declarations share one dense sequence of ids, because these are
// the node ids of the lineage graph. The graph keeps one bit of 32 for itself.
inline constexpr int64_t kMaxObjectId = (int64_t{1} << 31) - 1;

// The next id. ResourceExhausted OBJECT_IDS_EXHAUSTED when none is left.
absl::StatusOr<int64_t> NextObjectId(sql::WriteContext& context);

}  // namespace whence::catalog
