#pragma once

// SQL that flips one bit of a column, for tests that tamper with a database. Header only.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace whence::test {

// The column's value, of whatever type it is, with bit `bit` of its byte `byte` flipped, both from
// 0. In place of the value twice, all is as it was. For rows of HasByteSql.
inline std::string FlippedSql(std::string_view column, int64_t byte, int bit) {
  // SQLite has no exclusive or, and no byte of a number: the byte's hexadecimal digits say where in
  // a table of all bytes its successor stands.
  std::string table;
  for (int i = 0; i < 256; ++i) {
    StrAppend(&table, absl::Hex(static_cast<unsigned char>(i ^ (1 << bit)), absl::kZeroPad2));
  }
  const std::string bytes = StrCat("CAST(", column, " AS BLOB)");
  const std::string hex = StrCat("hex(substr(", bytes, ", ", byte + 1, ", 1))");
  const auto digit = [&](int place) {
    return StrCat("(instr('0123456789ABCDEF', substr(", hex, ", ", place, ", 1)) - 1)");
  };
  const std::string other =
      StrCat("substr(", bytes, ", 1, ", byte, ") || substr(x'", table, "', 16 * ", digit(1), " + ",
             digit(2), " + 1, 1) || substr(", bytes, ", ", byte + 2, ")");
  const auto mask = static_cast<int64_t>(uint64_t{1} << ((8 * byte + bit) % 64));
  return StrCat("CASE typeof(", column, ") WHEN 'integer' THEN (", column, " | ", mask, ") - (",
                column, " & ", mask, ") WHEN 'text' THEN CAST(", other, " AS TEXT) ELSE CAST(",
                other, " AS BLOB) END");
}

// Whether the column's value has such a byte.
inline std::string HasByteSql(std::string_view column, int64_t byte) {
  return StrCat("CASE typeof(", column, ") WHEN 'integer' THEN ", byte < 8 ? 1 : 0,
                " WHEN 'null' THEN 0 ELSE length(CAST(", column, " AS BLOB)) > ", byte, " END");
}

}  // namespace whence::test
