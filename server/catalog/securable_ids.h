#pragma once

// Ids of securables by what is said of them: for lists that look at these alone. Each takes time by
// what it finds, not by what there is or was.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "sql/connection.h"

namespace whence::catalog {

// What the principal of that name owns as of the position, tombstones included, each once; no more
// than `most`.
absl::StatusOr<std::vector<int64_t>> OwnedBy(sql::Connection& connection, Position as_of,
                                             std::string_view owner, size_t most);

// The assets that went from one schema to another after the position, each as often as it did; the
// first `most`.
absl::StatusOr<std::vector<int64_t>> MovedSince(sql::Connection& connection, Position after,
                                                size_t most);

}  // namespace whence::catalog
