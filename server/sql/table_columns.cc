#include "sql/table_columns.h"

#include "base/status_macros.h"

namespace whence::sql {
namespace {

constexpr Query kColumns{"SELECT name FROM pragma_table_info(?1) ORDER BY cid"};

}  // namespace

absl::StatusOr<std::vector<std::string>> ColumnsOf(Connection& connection, std::string_view table) {
  std::vector<std::string> names;
  Rows rows = connection.Run(kColumns, table);
  while (rows.Next()) names.emplace_back(rows.Text(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return names;
}

}  // namespace whence::sql
