#include "access/secured_view.h"

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::access {
namespace {

std::string Head(SqlDialect dialect, std::string_view view) {
  switch (dialect) {
    case SqlDialect::kTrino:
      return StrCat("CREATE OR REPLACE VIEW ", view, " SECURITY DEFINER AS\n");
    case SqlDialect::kSnowflake:
      return StrCat("CREATE OR REPLACE SECURE VIEW ", view, " AS\n");
    case SqlDialect::kPostgres:
      return StrCat("CREATE VIEW ", view, " WITH (security_barrier) AS\n");
    case SqlDialect::kSqlite:
      return StrCat("CREATE VIEW ", view, " AS\n");
    case SqlDialect::kSpark:
    case SqlDialect::kBigQuery:
    case SqlDialect::kDuckDb:
      break;
  }
  return StrCat("CREATE OR REPLACE VIEW ", view, " AS\n");
}

// Rows first, in a query of their own: a filter never sees what a mask made, whatever an engine
// thinks a name in WHERE means.
absl::StatusOr<std::string> Rows(SqlDialect dialect, const SecuredView& secured,
                                 std::string_view table) {
  std::vector<SqlColumn> columns;
  std::string list;
  for (const SecuredColumn& secured_column : secured.columns) {
    columns.push_back(secured_column.column);
    WHENCE_ASSIGN_OR_RETURN(const std::string name,
                            QuoteIdentifier(dialect, secured_column.column.name));
    // With the table's name: SQLite takes a quoted name that is no column for a text.
    StrAppend(&list, list.empty() ? "" : ", ", "whence_table.", name, " AS ", name);
  }
  std::string sql = StrCat("SELECT ", list, " FROM ", table, " AS whence_table");
  std::string_view joint = "\n    WHERE ";
  for (const RowFilter& filter : secured.filters) {
    WHENCE_ASSIGN_OR_RETURN(const std::string condition,
                            RowFilterSql(dialect, filter, columns, secured.caller));
    StrAppend(&sql, joint, condition);
    joint = " AND ";
  }
  return sql;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SecuredViewSql(SqlDialect dialect,
                                                        const SecuredView& secured) {
  if (secured.view.empty() || secured.table.empty() || secured.columns.empty()) {
    return InvalidArgument("SECURED_VIEW_EMPTY", "", "a view needs a name, a table and columns",
                           "register a version of the table with its columns");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::string view, QuoteName(dialect, secured.view));
  WHENCE_ASSIGN_OR_RETURN(const std::string table, QuoteName(dialect, secured.table));
  WHENCE_ASSIGN_OR_RETURN(const std::string rows, Rows(dialect, secured, table));
  std::string list;
  for (const SecuredColumn& secured_column : secured.columns) {
    WHENCE_ASSIGN_OR_RETURN(const std::string name,
                            QuoteIdentifier(dialect, secured_column.column.name));
    std::string shown = name;
    if (secured_column.mask) {
      WHENCE_ASSIGN_OR_RETURN(shown, MaskSql(dialect, *secured_column.mask, secured_column.column));
      StrAppend(&shown, " AS ", name);
    }
    StrAppend(&list, list.empty() ? "  " : ",\n  ", shown);
  }
  std::vector<std::string> statements;
  if (dialect == SqlDialect::kPostgres || dialect == SqlDialect::kSqlite) {
    statements.push_back(StrCat("DROP VIEW IF EXISTS ", view));
  }
  statements.push_back(
      StrCat(Head(dialect, view), "SELECT\n", list, "\nFROM (", rows, ") AS whence_rows"));
  return statements;
}

}  // namespace whence::access
