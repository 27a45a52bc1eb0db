// The year of a date as SQL: what sql_mask.h says of MaskType::kYear.
#pragma once

#include <string>
#include <string_view>

#include "access/column_type.h"
#include "access/sql_dialect.h"

namespace whence::access {

// The first moment of the year of `column` (a quoted name), in UTC; empty for classes that have no
// year.
std::string YearSql(SqlDialect dialect, TypeClass type_class, std::string_view column);

}  // namespace whence::access
