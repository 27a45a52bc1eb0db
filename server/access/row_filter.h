// Row filters: which rows of a table are shown.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/sql_dialect.h"
#include "access/sql_mask.h"

namespace whence::access {

// `column = 'value'`, `column IN ('a', 'b')` or `column = caller`.
struct RowCondition {
  std::string column;
  std::vector<std::string> values;  // one or more; empty with `caller`
  bool caller = false;              // the caller's name, without its prefix: `ana` for `user:ana`

  friend bool operator==(const RowCondition&, const RowCondition&) = default;
};

// A row is shown when all conditions hold. Where there is an expression for the dialect, it stands
// in their place; without either, nothing is shown.
struct RowFilter {
  std::vector<RowCondition> conditions;
  std::map<SqlDialect, std::string> sql;  // {caller} stands for the caller's name

  friend bool operator==(const RowFilter&, const RowFilter&) = default;
};

// The portable form:
//   conditions := condition { "AND" condition }
//   condition  := column "=" ( value | "caller" ) | column "IN" "(" value { "," value } ")"
//   column     := bare word | "quoted" | `quoted`      quotes inside are doubled
//   value      := 'text' | number | true | false
// Keywords in any case. InvalidArgument ROW_FILTER_MALFORMED with the place, TOO_MANY_CONDITIONS
// beyond kMaxRowConditions or kMaxRowValues.
absl::StatusOr<std::vector<RowCondition>> ParseRowConditions(std::string_view text,
                                                             std::string_view field);
// The text that parses to the same.
std::string FormatRowConditions(std::span<const RowCondition> conditions);

// OK for a filter that can be stored. InvalidArgument ROW_FILTER_EMPTY, TOO_MANY_CONDITIONS,
// SQL_EXPRESSION_MALFORMED, TEXT_*.
absl::Status ValidateRowFilter(const RowFilter& filter, std::string_view field);

// Whether a row is shown by the conditions, in this process. `value`: the text of a column, nothing
// for NULL and for a column that is not there. False for a filter without conditions.
bool ShowsRow(const RowFilter& filter, std::string_view caller,
              absl::FunctionRef<std::optional<std::string>(std::string_view)> value);

// Whose rows a filter shows, in SQL.
struct SqlCaller {
  // The caller's name without prefix, as a constant; empty: whoever asks the engine, by its own
  // function for the current user. DuckDB and SQLite have none: there, nothing is shown.
  std::string name;
};

// The filter as a boolean expression in parentheses. A condition on a column that is not among
// `columns`, or whose values are none of its type, shows nothing. InvalidArgument
// SQL_NAME_UNREPRESENTABLE, SQL_TEXT_UNREPRESENTABLE.
absl::StatusOr<std::string> RowFilterSql(SqlDialect dialect, const RowFilter& filter,
                                         std::span<const SqlColumn> columns,
                                         const SqlCaller& caller);

}  // namespace whence::access
