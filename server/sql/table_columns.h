#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sql/connection.h"

namespace whence::sql {

// The names of a table's columns in the order of its declaration, which is how RowChange numbers
// them; none where there is no such table. Fails with the reasons of connection.h.
absl::StatusOr<std::vector<std::string>> ColumnsOf(Connection& connection, std::string_view table);

}  // namespace whence::sql
