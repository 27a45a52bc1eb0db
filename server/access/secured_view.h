// A whole table as one caller, or one group of callers, may see it: a view in the engine's SQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "access/mask.h"
#include "access/row_filter.h"
#include "access/sql_dialect.h"
#include "access/sql_mask.h"

namespace whence::access {

struct SecuredColumn {
  SqlColumn column;
  std::optional<Mask> mask;
};

struct SecuredView {
  std::vector<std::string> view;   // its name, outermost part first
  std::vector<std::string> table;  // the table's, as the engine knows it
  std::vector<SecuredColumn> columns;
  std::vector<RowFilter> filters;  // all must hold
  // For a view of one principal, its name; for a group's view, empty: the engine knows who asks.
  SqlCaller caller;
};

// The statements that make the view, in order, without semicolons. Filters see the table's values,
// masks are put in afterwards. PostgreSQL's view has a security barrier, Snowflake's is secure, and
// Trino's runs as its definer: whoever is granted the view needs nothing on the table. PostgreSQL
// and SQLite cannot replace a view whose columns change: there it is dropped first, and in
// PostgreSQL its grants with it. InvalidArgument SECURED_VIEW_EMPTY without a name or columns,
// SQL_NAME_UNREPRESENTABLE, SQL_TEXT_UNREPRESENTABLE.
absl::StatusOr<std::vector<std::string>> SecuredViewSql(SqlDialect dialect,
                                                        const SecuredView& secured);

}  // namespace whence::access
