#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "sql/writer.h"

namespace whence::catalog {

// The next id of a securable, version, run or declaration. ResourceExhausted OBJECT_IDS_EXHAUSTED
// when kMaxObjectId of them are used.
absl::StatusOr<int64_t> NextObjectId(sql::WriteContext& context);

}  // namespace whence::catalog
