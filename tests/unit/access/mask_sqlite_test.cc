// The SQL of masks, run by SQLite, gives the bytes that Whence's own masks give.
#include <catch2/catch.hpp>

#include "access/mask_apply.h"
#include "access/mask_corpus.h"
#include "access/sql_mask.h"
#include "access/sqlite_engine.h"

namespace whence::access::test {
namespace {

std::string Show(const Value& value) { return value ? "'" + *value + "'" : "NULL"; }

// The numbers of SQLite's own text forms: 0.0 and 0 are one value.
bool Same(TypeClass type_class, const Value& a, const Value& b) {
  if (a == b) return true;
  if (type_class == TypeClass::kBoolean && a && b) {
    return (*a == "true" ? "1" : *a == "false" ? "0" : *a) == *b;
  }
  const bool number = type_class == TypeClass::kFloat || type_class == TypeClass::kDecimal;
  return number && a && b && std::stod(*a) == std::stod(*b);
}

TEST_CASE("every mask of every class gives the same bytes in SQLite as in Whence") {
  SqliteEngine sqlite;
  size_t compared = 0;
  size_t shown = 0;  // masks that leave something
  for (const TypeClass type_class : kAllClasses) {
    const std::string type =
        type_class == TypeClass::kOther ? "json" : std::string(TypeClassName(type_class));
    const SqlColumn column{"v", type_class == TypeClass::kInstant ? "timestamptz" : type};
    REQUIRE(TypeClassOf(column.type) == type_class);
    std::vector<Value> values = ValuesOf(type_class);
    for (Value& value : MalformedOf(type_class)) values.push_back(std::move(value));
    for (const NamedMask& named : AllMasks()) {
      const auto sql = MaskSql(SqlDialect::kSqlite, named.mask, column);
      REQUIRE(sql.ok());
      for (const Value& value : values) {
        const auto rows = sqlite.Run("SELECT " + *sql + " FROM (SELECT ?1 AS v)", {value});
        REQUIRE(sqlite.error == "");
        REQUIRE(rows.size() == 1);
        const Value expected = ApplyMask(named.mask, type_class, value);
        INFO(TypeClassName(type_class) << " " << named.name << " of " << Show(value) << ": Whence "
                                       << Show(expected) << ", SQLite " << Show(rows[0][0]));
        REQUIRE(Same(type_class, expected, rows[0][0]));
        ++compared;
        if (expected) ++shown;
      }
    }
  }
  CHECK(compared > 5000);
  CHECK(shown > 3000);
}

TEST_CASE("a custom expression stands in the dialect that it is for, and is NULL elsewhere") {
  SqliteEngine sqlite;
  Mask mask{.type = MaskType::kCustom};
  mask.custom[SqlDialect::kSqlite] = "CAST(length({col}) AS {type}) || '{col}'";
  const auto sql = MaskSql(SqlDialect::kSqlite, mask, {"a\"{type}", "text"});
  REQUIRE(sql.ok());
  const auto rows = sqlite.Run("SELECT " + *sql + " FROM (SELECT ?1 AS \"a\"\"{type}\")", {"four"});
  REQUIRE(sqlite.error == "");
  CHECK(rows[0][0] == "4{col}");
  CHECK(*MaskSql(SqlDialect::kDuckDb, mask, {"a", "text"}) == "CAST(NULL AS VARCHAR)");
  CHECK(*MaskSql(SqlDialect::kSqlite, mask, {"a", "map<x,y>"}) == "NULL");
  CHECK(ApplyMask(mask, TypeClass::kString, "four") == std::nullopt);
}

}  // namespace
}  // namespace whence::access::test
