// Row filters and the views that they and masks make.
#include "access/row_filter.h"

#include <catch2/catch.hpp>

#include "access/mask_apply.h"
#include "access/mask_corpus.h"
#include "access/secured_view.h"
#include "access/sqlite_engine.h"
#include "base/limits.h"
#include "support/scratch_database.h"

namespace whence::access::test {
namespace {

using whence::test::ReasonOf;

std::vector<RowCondition> Parse(std::string_view text) {
  return ParseRowConditions(text, "filter").value();
}

TEST_CASE("the portable form is parsed, and printed so that it parses to the same") {
  const std::vector<RowCondition> conditions =
      Parse("region = 'E''U' and owner=CALLER\nAND `a \"b` In ('x', 5 , true) AND \"c\" = -1.5");
  REQUIRE(conditions.size() == 4);
  CHECK(conditions[0] == RowCondition{"region", {"E'U"}, false});
  CHECK(conditions[1] == RowCondition{"owner", {}, true});
  CHECK(conditions[2] == RowCondition{"a \"b", {"x", "5", "true"}, false});
  CHECK(conditions[3] == RowCondition{"c", {"-1.5"}, false});
  CHECK(FormatRowConditions(conditions) ==
        "region = 'E''U' AND owner = caller AND \"a \"\"b\" IN ('x', '5', 'true') AND c = '-1.5'");
  CHECK(Parse(FormatRowConditions(conditions)) == conditions);
  CHECK(Parse("a = 'caller'") == std::vector<RowCondition>{{"a", {"caller"}, false}});
}

TEST_CASE("what is no portable form is refused with its place") {
  for (const char* text :
       {"", "region", "region =", "region = EU", "region = 'EU", "= 'EU'", "region IN ()",
        "region IN ('a'", "region IN 'a'", "a = 'b' OR c = 'd'", "a = 'b' AND", "a = 'b' c = 'd'",
        "a <> 'b'", "a = 'b'; DROP TABLE t", "a = caller()", "\"a = 'b'"}) {
    INFO(text);
    CHECK(ReasonOf(ParseRowConditions(text, "filter").status()) == "ROW_FILTER_MALFORMED");
  }
}

TEST_CASE("a filter has bounds") {
  const auto list = [](size_t values) {
    std::string text = "a IN (1";
    for (size_t i = 1; i < values; ++i) text += ",1";
    return ReasonOf(ParseRowConditions(text + ")", "filter").status());
  };
  CHECK(list(kMaxRowValues) == "OK");
  CHECK(list(kMaxRowValues + 1) == "TOO_MANY_CONDITIONS");
  RowFilter filter;
  filter.conditions.assign(kMaxRowConditions, {"a", {"b"}, false});
  CHECK(ReasonOf(ValidateRowFilter(filter, "filter")) == "OK");
  filter.conditions.push_back({"a", {"b"}, false});
  CHECK(ReasonOf(ValidateRowFilter(filter, "filter")) == "TOO_MANY_CONDITIONS");
  CHECK(ReasonOf(ValidateRowFilter({}, "filter")) == "ROW_FILTER_EMPTY");
  CHECK(ReasonOf(ValidateRowFilter({{{"a", {}, false}}, {}}, "filter")) == "ROW_FILTER_EMPTY");
  CHECK(ReasonOf(ValidateRowFilter({{}, {{SqlDialect::kTrino, "a = 1) OR (1=1"}}}, "filter")) ==
        "SQL_EXPRESSION_MALFORMED");
}

TEST_CASE("a filter in SQL: typed values, the caller, and nothing where it means nothing") {
  const std::vector<SqlColumn> columns = {{"region", "varchar"},
                                          {"n", "bigint"},
                                          {"day", "date"},
                                          {"doc", "json"},
                                          {"price", "decimal(10,2)"}};
  const auto sql = [&](SqlDialect dialect, std::string_view text, std::string_view caller = "") {
    return RowFilterSql(dialect, {Parse(text), {}}, columns, {std::string(caller)}).value();
  };
  CHECK(sql(SqlDialect::kTrino, "region = 'EU' AND n IN (1, 2)") ==
        "(\"region\" IN (CAST('EU' AS varchar)) AND "
        "\"n\" IN (CAST('1' AS bigint), CAST('2' AS bigint)))");
  CHECK(sql(SqlDialect::kTrino, "region = caller") == "(\"region\" = current_user)");
  CHECK(sql(SqlDialect::kSpark, "region = caller") == "(`region` = current_user())");
  CHECK(sql(SqlDialect::kPostgres, "region = caller", "o'neil") == "(\"region\" = 'o''neil')");
  CHECK(sql(SqlDialect::kDuckDb, "region = caller") == "(1 = 0)");
  CHECK(sql(SqlDialect::kSqlite, "n = caller", "5") == "(1 = 0)");
  CHECK(sql(SqlDialect::kTrino, "n = 'EU'") == "(1 = 0)");
  CHECK(sql(SqlDialect::kTrino, "doc = 'x'") == "(1 = 0)");
  // With all digits behind the point, which `decimal` alone would round away: 1.5 is not 2.
  CHECK(sql(SqlDialect::kTrino, "price IN (1.50, 2)") ==
        "(\"price\" IN (CAST('1.50' AS decimal(38, 2)), CAST('2' AS decimal(38, 0))))");
  CHECK(sql(SqlDialect::kSpark, "price = -1.5") == "(`price` IN (CAST('-1.5' AS DECIMAL(38, 1))))");
  CHECK(sql(SqlDialect::kSnowflake, "price = 1.5") ==
        "(\"price\" IN (CAST('1.5' AS NUMBER(38, 1))))");
  CHECK(sql(SqlDialect::kDuckDb, "price = 1.2345") ==
        "(\"price\" IN (CAST('1.2345' AS DECIMAL(38, 4))))");
  CHECK(sql(SqlDialect::kPostgres, "price = 1.5") == "(\"price\" IN (CAST('1.5' AS numeric)))");
  CHECK(sql(SqlDialect::kBigQuery, "price = 1.123456789") ==
        "(`price` IN (CAST('1.123456789' AS NUMERIC)))");
  CHECK(sql(SqlDialect::kBigQuery, "price = 1.1234567891") ==
        "(`price` IN (CAST('1.1234567891' AS BIGNUMERIC)))");
  CHECK(sql(SqlDialect::kTrino, "nowhere = 'x'") == "(1 = 0)");
  const RowFilter own{
      Parse("region = 'EU'"),
      {{SqlDialect::kTrino, "owner = {caller}"}, {SqlDialect::kDuckDb, "owner = {caller}"}}};
  CHECK(RowFilterSql(SqlDialect::kTrino, own, columns, {"ana"}).value() == "(owner = 'ana')");
  CHECK(RowFilterSql(SqlDialect::kDuckDb, own, columns, {}).value() == "(1 = 0)");
  CHECK(RowFilterSql(SqlDialect::kSqlite, own, columns, {}).value() == "(\"region\" IN ('EU'))");
  CHECK(RowFilterSql(SqlDialect::kSqlite, {}, columns, {}).value() == "(1 = 0)");
}

TEST_CASE("SQLite shows the rows that Whence shows, over tricky texts") {
  SqliteEngine sqlite;
  const std::vector<Value> texts = Texts();
  const std::vector<SqlColumn> columns = {{"a", "text"}, {"b", "text"}};
  size_t shown = 0;
  size_t asked = 0;
  for (size_t i = 1; i < texts.size(); ++i) {
    const std::string& value = *texts[i];
    const std::string& other = *texts[1 + i * 7 % (texts.size() - 1)];
    const RowFilter filter{{{"a", {value, other}, false}, {"b", {}, true}}, {}};
    const auto sql = RowFilterSql(SqlDialect::kSqlite, filter, columns, {"who's"}).value();
    for (const Value& a : {Value(value), Value(other), Value(value + " "), Value()}) {
      for (const Value& b : {Value("who's"), Value("who"), Value()}) {
        const auto rows =
            sqlite.Run("SELECT 1 FROM (SELECT ?1 AS a, ?2 AS b) WHERE " + sql, {a, b});
        REQUIRE(sqlite.error == "");
        const bool ours = ShowsRow(filter, "who's",
                                   [&](std::string_view column) { return column == "a" ? a : b; });
        INFO(sql);
        REQUIRE(ours == !rows.empty());
        ++asked;
        if (ours) ++shown;
      }
    }
  }
  CHECK(asked > 3000);
  CHECK(shown > 500);
}

TEST_CASE("a secured view in each dialect") {
  SecuredView secured;
  secured.view = {"safe", "scores"};
  secured.table = {"prod", "scores"};
  secured.columns = {{{"id", "bigint"}, std::nullopt},
                     {{"email", "varchar(99)"}, Mask{.type = MaskType::kHash, .salt = "s"}}};
  secured.filters = {{Parse("id = 7"), {}}};
  const auto last = [&](SqlDialect dialect) { return SecuredViewSql(dialect, secured)->back(); };
  CHECK(last(SqlDialect::kTrino) ==
        "CREATE OR REPLACE VIEW \"safe\".\"scores\" SECURITY DEFINER AS\nSELECT\n  \"id\",\n"
        "  CAST(lower(to_hex(sha256(to_utf8('s' || \"email\")))) AS varchar(99)) AS \"email\"\n"
        "FROM (SELECT whence_table.\"id\" AS \"id\", whence_table.\"email\" AS \"email\" "
        "FROM \"prod\".\"scores\" AS whence_table\n    WHERE (\"id\" IN (CAST('7' AS bigint)))) "
        "AS whence_rows");
  CHECK(last(SqlDialect::kPostgres)
            .starts_with("CREATE VIEW \"safe\".\"scores\" WITH (security_barrier) AS\n"));
  CHECK(last(SqlDialect::kSnowflake)
            .starts_with("CREATE OR REPLACE SECURE VIEW \"safe\".\"scores\" AS\n"));
  CHECK(last(SqlDialect::kSpark).starts_with("CREATE OR REPLACE VIEW `safe`.`scores` AS\n"));
  CHECK(SecuredViewSql(SqlDialect::kSqlite, secured)->front() ==
        "DROP VIEW IF EXISTS \"safe\".\"scores\"");
  secured.columns.clear();
  CHECK(ReasonOf(SecuredViewSql(SqlDialect::kTrino, secured).status()) == "SECURED_VIEW_EMPTY");
}

TEST_CASE("random hostile names and constants stay what they are in SQLite's views") {
  SqliteEngine sqlite;
  sqlite.Run("CREATE TABLE whence_canary (name TEXT)");
  sqlite.Run("INSERT INTO whence_canary VALUES ('alive')");
  const std::vector<std::string> names = HostileNames();
  for (size_t at = 0; at < names.size(); ++at) {
    const auto name = [&](size_t i) { return names[(at + i * 7) % names.size()]; };
    const SqlColumn key{"0" + name(1), "text"};
    const SqlColumn hidden{"1" + name(2), "text"};
    SecuredView secured;
    secured.table = {"t" + std::to_string(at) + name(0)};
    secured.view = {"v" + std::to_string(at) + name(0)};
    secured.columns = {{key, std::nullopt},
                       {hidden, Mask{.type = MaskType::kConstant, .constant = name(3)}}};
    secured.filters = {{{{key.name, {name(4)}, false}}, {}}};
    const auto quote = [](std::string_view text) {
      return QuoteIdentifier(SqlDialect::kSqlite, text).value();
    };
    sqlite.Run("CREATE TABLE " + quote(secured.table[0]) + " (" + quote(key.name) + ", " +
               quote(hidden.name) + ")");
    REQUIRE(sqlite.error == "");
    sqlite.Run("INSERT INTO " + quote(secured.table[0]) + " VALUES (?1, 'secret'), ('x', 'secret')",
               {name(4)});
    const std::vector<std::string> statements =
        SecuredViewSql(SqlDialect::kSqlite, secured).value();
    for (const std::string& sql : statements) {
      INFO(sql);
      sqlite.Run(sql);
      REQUIRE(sqlite.error == "");
    }
    const auto rows = sqlite.Run("SELECT * FROM " + quote(secured.view[0]));
    INFO(statements.back());
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0] == std::vector<Value>{name(4), name(3)});
    REQUIRE(sqlite.Run("SELECT name FROM whence_canary").at(0).at(0) == "alive");
  }
  const auto count = sqlite.Run("SELECT count(*) FROM sqlite_schema");
  CHECK(count[0][0] == std::to_string(2 * names.size() + 1));
}

}  // namespace
}  // namespace whence::access::test
