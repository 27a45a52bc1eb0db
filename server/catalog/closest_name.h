// What a wrong name may have been meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sql/connection.h"

namespace whence::catalog {

// The name nearest to `wanted` (base/edit_distance.h) among its neighbours in order of names: the
// first column of `from`, which begins at `wanted` and goes up, and of `before`, which goes down
// from it; kHintNamesPerSide of each are enough. Nothing when none is near.
absl::StatusOr<std::optional<std::string>> ClosestName(std::string_view wanted, sql::Rows from,
                                                       sql::Rows before);

}  // namespace whence::catalog
