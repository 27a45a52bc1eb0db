// Filters of the lists of catalogs, schemas and assets.
#pragma once

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/filter.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "sql/connection.h"

namespace whence::service {

// The fields of a list at `depth`: name, comment, owner, create_time, update_time, tags,
// properties; of assets (3) also kind.
std::span<const FilterField> SecurableFilterFields(size_t depth);

// True if the filter matches the securable as of the position. Tags and properties are read only if
// the filter asks for them.
absl::StatusOr<bool> MatchesSecurable(const Filter& filter, sql::Connection& connection,
                                      Position as_of, const catalog::Securable& securable);

}  // namespace whence::service
