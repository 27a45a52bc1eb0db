// Prints what the tests of compiled SQL run in an engine, and what must come out:
//
//   whence_masks_dump DIALECT
//
// Lines of fields with tabs between. Texts are hexadecimal UTF-8; "-" is NULL.
//   case CLASS TYPE LABEL SQL   a mask over a column named v of that type
//   row VALUE EXPECTED          a value of it and its masked value
//   view TABLE VIEW CALLER      a table with hostile names that a view stands in front of
//   column NAME TYPE            one of its columns
//   put VALUE...                a row of the table
//   run SQL                     a statement that makes the view
//   see VALUE...                a row of the view; all of them, in order of the first column
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "access/mask_apply.h"
#include "access/mask_corpus.h"
#include "access/row_filter.h"
#include "access/secured_view.h"
#include "access/sql_mask.h"
#include "base/strings.h"

namespace whence::access::test {
namespace {

std::string Hex(std::string_view text) { return absl::BytesToHexString(ToAbsl(text)); }
std::string Hex(const Value& value) { return value ? "=" + Hex(std::string_view(*value)) : "-"; }

// As SqlTypeOf; in Trino a decimal with digits behind the point, for `decimal` alone has none.
std::string ColumnType(SqlDialect dialect, TypeClass type_class) {
  const bool whole = dialect == SqlDialect::kTrino && type_class == TypeClass::kDecimal;
  return whole ? "decimal(38, 10)" : std::string(SqlTypeOf(dialect, type_class));
}

void PrintMasks(SqlDialect dialect) {
  for (const TypeClass type_class : kAllClasses) {
    if (type_class == TypeClass::kOther || type_class == TypeClass::kBytes) continue;
    const SqlColumn column{"v", ColumnType(dialect, type_class)};
    for (const NamedMask& named : AllMasks()) {
      const auto sql = MaskSql(dialect, named.mask, column);
      if (!sql.ok()) continue;  // what the dialect cannot hold is tested elsewhere
      std::cout << "case\t" << TypeClassName(type_class) << '\t' << column.type << '\t'
                << Hex(std::string_view(named.name)) << '\t' << Hex(std::string_view(*sql)) << '\n';
      for (const Value& value : ValuesOf(type_class)) {
        std::cout << "row\t" << Hex(value) << '\t' << Hex(ApplyMask(named.mask, type_class, value))
                  << '\n';
      }
    }
  }
}

// A table and a view whose every name is hostile: an id, a filtered column and two masked ones.
void PrintView(SqlDialect dialect, const std::vector<std::string>& names, size_t at) {
  const auto name = [&](size_t i) { return names[(at + i * 7) % names.size()]; };
  SecuredView secured;
  secured.table = {StrCat("t", at, name(0)).substr(0, 60)};
  secured.view = {StrCat("v", at, name(0)).substr(0, 60)};
  const std::string text(SqlTypeOf(dialect, TypeClass::kString));
  std::vector<SqlColumn> columns = {{StrCat("0", name(1)), text},
                                    {StrCat("1", name(2)), text},
                                    {StrCat("2", name(3)), text},
                                    {StrCat("3", name(4)), text}};
  secured.columns = {{columns[0], std::nullopt},
                     {columns[1], std::nullopt},
                     {columns[2], Mask{.type = MaskType::kConstant, .constant = name(5)}},
                     {columns[3], Mask{.type = MaskType::kHash, .salt = name(6)}}};
  const std::string wanted = name(8);
  secured.filters = {{{{columns[1].name, {name(9), wanted}, false}}, {}},
                     {{{columns[2].name, {}, true}}, {}}};
  secured.caller.name = StrCat("who ", name(10));
  std::cout << "view\t" << Hex(std::string_view(secured.table[0])) << '\t'
            << Hex(std::string_view(secured.view[0])) << '\n';
  for (const SqlColumn& column : columns) {
    std::cout << "column\t" << Hex(std::string_view(column.name)) << '\t' << column.type << '\n';
  }
  const std::vector<std::vector<std::string>> rows = {
      {"a", wanted, secured.caller.name, name(11)},       // shown
      {"b", wanted, "somebody else", name(11)},           // hidden by the second filter
      {"c", wanted + "x", secured.caller.name, name(11)}  // hidden by the first
  };
  for (const auto& row : rows) {
    std::cout << "put";
    for (const std::string& value : row) std::cout << '\t' << Hex(Value(value));
    std::cout << '\n';
  }
  const auto statements = SecuredViewSql(dialect, secured);
  if (!statements.ok()) {
    std::cerr << statements.status() << '\n';
    std::exit(1);
  }
  for (const std::string& statement : *statements) {
    std::cout << "run\t" << Hex(std::string_view(statement)) << '\n';
  }
  std::cout << "see";
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& mask = secured.columns[i].mask;
    const Value shown = mask ? ApplyMask(*mask, TypeClass::kString, rows[0][i]) : Value(rows[0][i]);
    std::cout << '\t' << Hex(shown);
  }
  std::cout << '\n';
}

}  // namespace
}  // namespace whence::access::test

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto dialect = whence::access::ParseDialect(arguments[1], "DIALECT");
  if (!dialect.ok()) return 2;
  whence::access::test::PrintMasks(*dialect);
  const std::vector<std::string> names = whence::access::test::HostileNames();
  for (size_t at = 0; at < names.size(); ++at) {
    whence::access::test::PrintView(*dialect, names, at);
  }
}
