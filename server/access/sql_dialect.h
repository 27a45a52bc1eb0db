// The SQL of engines that policies are compiled for: how each writes names and texts, so that no
// name and no constant can be read as anything else.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace whence::access {

// Stored by name, not by number.
enum class SqlDialect : int {
  kTrino = 0,
  kSpark = 1,  // Databricks as well
  kPostgres = 2,
  kSnowflake = 3,
  kBigQuery = 4,
  kDuckDb = 5,
  kSqlite = 6,
};
inline constexpr std::array kAllDialects = {
    SqlDialect::kTrino,    SqlDialect::kSpark,  SqlDialect::kPostgres, SqlDialect::kSnowflake,
    SqlDialect::kBigQuery, SqlDialect::kDuckDb, SqlDialect::kSqlite};

// "trino", "spark", "postgresql", "snowflake", "bigquery", "duckdb", "sqlite".
std::string_view DialectName(SqlDialect dialect);
// By that name in any case; also "databricks" and "postgres". InvalidArgument DIALECT_UNKNOWN.
absl::StatusOr<SqlDialect> ParseDialect(std::string_view text, std::string_view field);

// A name as a quoted identifier. InvalidArgument SQL_NAME_UNREPRESENTABLE for what the engine
// cannot hold or would read as another name: the empty name, one that is not UTF-8 or has a control
// character, and for PostgreSQL one over 63 bytes, which it would cut to another table's or
// column's.
absl::StatusOr<std::string> QuoteIdentifier(SqlDialect dialect, std::string_view name);

// Parts of a name, each quoted, with dots between.
absl::StatusOr<std::string> QuoteName(SqlDialect dialect, std::span<const std::string> parts);

// A text as an expression of the engine's string type, whatever its settings are.
// InvalidArgument SQL_TEXT_UNREPRESENTABLE for text that is not UTF-8 or contains U+0000.
absl::StatusOr<std::string> QuoteText(SqlDialect dialect, std::string_view text);

// OK for an expression that stays one expression between parentheses in every dialect: quotes and
// parentheses close, and there is no `;`, no comment, no `$` outside of quotes and no backslash
// before a quote (dialects differ in what it means). `braces`: names that may stand in {braces}
// outside of quotes; others are refused. InvalidArgument SQL_EXPRESSION_MALFORMED with the place.
absl::Status CheckSqlExpression(std::string_view sql, std::string_view field,
                                std::span<const std::string_view> braces);

// `sql`, which passed the check, with {name} replaced where it stands outside of quotes.
std::string ReplaceBraces(std::string_view sql, std::string_view name, std::string_view value);

}  // namespace whence::access
