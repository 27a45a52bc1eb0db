// Names and texts in SQL: nothing gets out of its quotes.
#include "access/sql_dialect.h"

#include <catch2/catch.hpp>

#include "access/mask_corpus.h"
#include "access/sqlite_engine.h"
#include "base/limits.h"
#include "support/scratch_database.h"

namespace whence::access::test {
namespace {

using whence::test::ReasonOf;

TEST_CASE("dialects have names") {
  for (const SqlDialect dialect : kAllDialects) {
    CHECK(ParseDialect(DialectName(dialect), "dialect").value() == dialect);
  }
  CHECK(ParseDialect("Databricks", "dialect").value() == SqlDialect::kSpark);
  CHECK(DialectName(SqlDialect::kPostgres) == "postgresql");
  CHECK(ParseDialect("PostgreSQL", "dialect").value() == SqlDialect::kPostgres);
  CHECK(ParseDialect("postgres", "dialect").value() == SqlDialect::kPostgres);
  CHECK(ReasonOf(ParseDialect("oracle", "dialect").status()) == "DIALECT_UNKNOWN");
}

TEST_CASE("identifiers are quoted as each engine reads them") {
  const auto quote = [](SqlDialect dialect, std::string_view name) {
    return QuoteIdentifier(dialect, name).value();
  };
  const std::string_view name = "a\"b`c\\d";
  for (const SqlDialect dialect :
       {SqlDialect::kTrino, SqlDialect::kPostgres, SqlDialect::kSnowflake, SqlDialect::kDuckDb,
        SqlDialect::kSqlite}) {
    CHECK(quote(dialect, name) == "\"a\"\"b`c\\d\"");
  }
  CHECK(quote(SqlDialect::kSpark, name) == "`a\"b``c\\d`");
  CHECK(quote(SqlDialect::kBigQuery, name) == "`a\"b\\`c\\\\d`");
  CHECK(QuoteName(SqlDialect::kSpark, std::vector<std::string>{"a", "b.c"}).value() == "`a`.`b.c`");
}

TEST_CASE("names that an engine would read as others are refused") {
  for (const SqlDialect dialect : kAllDialects) {
    for (const std::string& name : {std::string(), std::string("a\0b", 3), std::string("a\nb"),
                                    std::string("a\xff"), std::string("\u0085")}) {
      CHECK(ReasonOf(QuoteIdentifier(dialect, name).status()) == "SQL_NAME_UNREPRESENTABLE");
    }
    const std::string longest(63, 'n');
    CHECK(QuoteIdentifier(dialect, longest).ok());
    CHECK(QuoteIdentifier(dialect, longest + "n").ok() == (dialect != SqlDialect::kPostgres));
  }
}

TEST_CASE("texts are quoted as each engine reads them, whatever its settings") {
  const auto quote = [](SqlDialect dialect, std::string_view text) {
    return QuoteText(dialect, text).value();
  };
  const std::string_view text = "it's \\ \n";
  CHECK(quote(SqlDialect::kTrino, text) == "'it''s \\ \n'");
  CHECK(quote(SqlDialect::kDuckDb, text) == "'it''s \\ \n'");
  CHECK(quote(SqlDialect::kSqlite, text) == "'it''s \\ \n'");
  CHECK(quote(SqlDialect::kPostgres, text) == "E'it''s \\\\ \n'");
  CHECK(quote(SqlDialect::kPostgres, "it's") == "'it''s'");
  CHECK(quote(SqlDialect::kSnowflake, text) == "'it''s \\\\ \n'");
  CHECK(quote(SqlDialect::kBigQuery, text) == "'it\\'s \\\\ \\u000a'");
  CHECK(quote(SqlDialect::kSpark, text) == "CAST(X'69742773205c200a' AS STRING)");
  CHECK(quote(SqlDialect::kSpark, "it is ñ") == "'it is ñ'");
  for (const SqlDialect dialect : kAllDialects) {
    CHECK(ReasonOf(QuoteText(dialect, std::string_view("a\0b", 3)).status()) ==
          "SQL_TEXT_UNREPRESENTABLE");
    CHECK(ReasonOf(QuoteText(dialect, "\xC0\x80").status()) == "SQL_TEXT_UNREPRESENTABLE");
  }
}

TEST_CASE("SQLite reads back every text and name, random ones too, as it was") {
  SqliteEngine sqlite;
  std::vector<std::string> all = HostileNames();
  for (const Value& value : Texts()) {
    if (value) all.push_back(*value);
  }
  size_t names = 0;
  for (const std::string& text : all) {
    const auto rows = sqlite.Run("SELECT " + QuoteText(SqlDialect::kSqlite, text).value());
    INFO(text);
    REQUIRE(sqlite.error == "");
    REQUIRE(rows[0][0] == text);
    const auto name = QuoteIdentifier(SqlDialect::kSqlite, text);
    if (!name.ok()) continue;
    // A table of that name with a column of that name is made, and found by the catalog as such.
    sqlite.Run("CREATE TABLE " + *name + " (" + *name + " TEXT)");
    if (sqlite.error.find("already exists") != std::string::npos) continue;
    REQUIRE(sqlite.error == "");
    const auto found = sqlite.Run(
        "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
        " WHERE t.name = ?1",
        {text});
    REQUIRE(found.size() == 1);
    REQUIRE(found[0][1] == text);
    ++names;
  }
  CHECK(names > 150);
}

TEST_CASE("an expression stays one expression between parentheses") {
  constexpr std::string_view kBraces[] = {"col"};
  const auto reason = [&](std::string_view sql) {
    return ReasonOf(CheckSqlExpression(sql, "sql", kBraces));
  };
  for (const char* sql : {"{col}", "upper({col}) || 'x''y'", "CASE WHEN \"a(\" = ')' THEN 1 END",
                          "regexp_replace({col}, '\\d+;--', '$1 #')", "a[1] - -1", "`a``b` / 2"}) {
    INFO(sql);
    CHECK(reason(sql) == "OK");
  }
  for (const char* sql :
       {"", "  ", "a) OR (b", "(a", "a]", "'a", "\"a", "a; DROP TABLE t", "a -- b", "a /* b */",
        "a // b", "a # b", "$$a$$", "'a\\'b'", "a \\ b", "{type}", "{col", "col}", "{}"}) {
    INFO(sql);
    CHECK(reason(sql) == "SQL_EXPRESSION_MALFORMED");
  }
  CHECK(reason("'" + std::string(kMaxPolicySqlBytes - 2, 'a') + "'") == "OK");
  CHECK(reason("'" + std::string(kMaxPolicySqlBytes - 1, 'a') + "'") == "TEXT_TOO_LONG");
}

TEST_CASE("braces are replaced outside of quotes only") {
  CHECK(ReplaceBraces("f({col}, '{col}', \"{col}\", {type}, {col})", "col", "x") ==
        "f(x, '{col}', \"{col}\", {type}, x)");
}

}  // namespace
}  // namespace whence::access::test
