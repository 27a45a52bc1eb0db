#include "access/sql_dialect.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

// PostgreSQL's NAMEDATALEN less one.
constexpr size_t kPostgresNameBytes = 63;

std::string Doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out.push_back(c);
    if (c == quote) out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

// BigQuery's lexical rules, for strings and quoted identifiers alike.
std::string BackslashEscaped(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      StrAppend(&out, "\\u00", absl::BytesToHexString(ToAbsl(std::string_view(&c, 1))));
    } else {
      out.push_back(c);
    }
  }
  out.push_back(quote);
  return out;
}

std::string WithBackslashesDoubled(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out.push_back(c);
    if (c == '\\') out.push_back(c);
  }
  return out;
}

bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

absl::Status Malformed(std::string_view field, std::string_view sql, size_t at,
                       std::string_view what) {
  return InvalidArgument("SQL_EXPRESSION_MALFORMED", field,
                         StrCat(what, " at ", DescribeLocation(sql, at)),
                         "write one expression, without comments, as it would stand in "
                         "parentheses");
}

// The end of the quoted text that begins at `at`: behind its closing quote; npos when it has none.
size_t EndOfQuoted(std::string_view sql, size_t at) {
  const size_t close = sql.find(sql[at], at + 1);
  return close == std::string_view::npos ? close : close + 1;
}

// The name in braces at `at`; empty when there is none.
std::string_view BraceAt(std::string_view sql, size_t at) {
  const size_t close = sql.find('}', at);
  return close == std::string_view::npos ? "" : sql.substr(at + 1, close - at - 1);
}

}  // namespace

std::string_view DialectName(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kTrino:
      return "trino";
    case SqlDialect::kSpark:
      return "spark";
    case SqlDialect::kPostgres:
      return "postgresql";
    case SqlDialect::kSnowflake:
      return "snowflake";
    case SqlDialect::kBigQuery:
      return "bigquery";
    case SqlDialect::kDuckDb:
      return "duckdb";
    case SqlDialect::kSqlite:
      return "sqlite";
  }
  return "";
}

absl::StatusOr<SqlDialect> ParseDialect(std::string_view text, std::string_view field) {
  for (const SqlDialect dialect : kAllDialects) {
    if (absl::EqualsIgnoreCase(ToAbsl(text), ToAbsl(DialectName(dialect)))) return dialect;
  }
  if (absl::EqualsIgnoreCase(ToAbsl(text), "databricks")) return SqlDialect::kSpark;
  if (absl::EqualsIgnoreCase(ToAbsl(text), "postgres")) return SqlDialect::kPostgres;
  return InvalidArgument("DIALECT_UNKNOWN", field, StrCat("no SQL dialect ", QuoteForMessage(text)),
                         "there are trino, spark, postgresql, snowflake, bigquery, duckdb, sqlite");
}

absl::StatusOr<std::string> QuoteIdentifier(SqlDialect dialect, std::string_view name) {
  const bool too_long = dialect == SqlDialect::kPostgres && name.size() > kPostgresNameBytes;
  if (name.empty() || too_long || !IsValidUtf8(name) || HasControlCharacters(name)) {
    return InvalidArgument("SQL_NAME_UNREPRESENTABLE", "",
                           StrCat("the name ", QuoteForMessage(name), " cannot stand in ",
                                  DialectName(dialect), "'s SQL"),
                           "names of one byte or more without control characters can; in "
                           "PostgreSQL of at most 63 bytes");
  }
  switch (dialect) {
    case SqlDialect::kSpark:
      return Doubled(name, '`');
    case SqlDialect::kBigQuery:
      return BackslashEscaped(name, '`');
    default:
      return Doubled(name, '"');
  }
}

absl::StatusOr<std::string> QuoteName(SqlDialect dialect, std::span<const std::string> parts) {
  std::string out;
  for (const std::string& part : parts) {
    WHENCE_ASSIGN_OR_RETURN(std::string quoted, QuoteIdentifier(dialect, part));
    if (!out.empty()) out.push_back('.');
    out += quoted;
  }
  return out;
}

absl::StatusOr<std::string> QuoteText(SqlDialect dialect, std::string_view text) {
  if (!IsValidUtf8(text) || text.find('\0') != std::string_view::npos) {
    return InvalidArgument("SQL_TEXT_UNREPRESENTABLE", "",
                           StrCat("the text ", QuoteForMessage(text), " cannot stand in ",
                                  DialectName(dialect), "'s SQL"),
                           "SQL holds valid UTF-8 without U+0000");
  }
  const bool backslash = text.find('\\') != std::string_view::npos;
  switch (dialect) {
    case SqlDialect::kSpark: {
      // Whether '' and \ are escapes depends on Spark's version and settings; hexadecimal does not.
      const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != '\'' && c != '\\';
      });
      if (plain) return StrCat("'", text, "'");
      return StrCat("CAST(X'", absl::BytesToHexString(ToAbsl(text)), "' AS STRING)");
    }
    case SqlDialect::kBigQuery:
      return BackslashEscaped(text, '\'');
    case SqlDialect::kSnowflake:
      return Doubled(WithBackslashesDoubled(text), '\'');
    case SqlDialect::kPostgres:
      // E'' means the same whatever standard_conforming_strings is.
      if (backslash) return "E" + Doubled(WithBackslashesDoubled(text), '\'');
      return Doubled(text, '\'');
    case SqlDialect::kTrino:
    case SqlDialect::kDuckDb:
    case SqlDialect::kSqlite:
      return Doubled(text, '\'');
  }
  return Doubled(text, '\'');
}

absl::Status CheckSqlExpression(std::string_view sql, std::string_view field,
                                std::span<const std::string_view> braces) {
  WHENCE_RETURN_IF_ERROR(ValidateText(sql, field, kMaxPolicySqlBytes, /*allow_newlines=*/true));
  size_t depth = 0;
  bool blank = true;
  for (size_t at = 0; at < sql.size(); ++at) {
    const char c = sql[at];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') blank = false;
    const std::string_view pair = sql.substr(at, 2);
    if (IsQuote(c)) {
      const size_t end = EndOfQuoted(sql, at);
      if (end == std::string_view::npos) return Malformed(field, sql, at, "a quote is not closed");
      const std::string_view inside = sql.substr(at + 1, end - at - 2);
      if (!inside.empty() && inside.back() == '\\') {
        return Malformed(field, sql, end - 1, "a backslash stands before a quote");
      }
      at = end - 1;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      if (depth == 0) return Malformed(field, sql, at, "a parenthesis closes what is not open");
      --depth;
    } else if (c == ';' || c == '$' || c == '#' || c == '\\') {
      return Malformed(field, sql, at, StrCat("'", std::string_view(&c, 1), "' outside of quotes"));
    } else if (pair == "--" || pair == "/*" || pair == "*/" || pair == "//") {
      return Malformed(field, sql, at, "a comment");
    } else if (c == '{') {
      const std::string_view name = BraceAt(sql, at);
      if (std::find(braces.begin(), braces.end(), name) == braces.end()) {
        return Malformed(field, sql, at, "unknown braces");
      }
      at += name.size() + 1;
    } else if (c == '}') {
      return Malformed(field, sql, at, "a brace closes what is not open");
    }
  }
  if (depth != 0) return Malformed(field, sql, sql.size(), "a parenthesis is not closed");
  if (blank) return Malformed(field, sql, 0, "nothing");
  return absl::OkStatus();
}

std::string ReplaceBraces(std::string_view sql, std::string_view name, std::string_view value) {
  std::string out;
  for (size_t at = 0; at < sql.size();) {
    if (IsQuote(sql[at])) {
      const size_t end = std::min(EndOfQuoted(sql, at), sql.size());
      out += sql.substr(at, end - at);
      at = end;
    } else if (sql[at] == '{' && BraceAt(sql, at) == name) {
      out += value;
      at += name.size() + 2;
    } else {
      out.push_back(sql[at++]);
    }
  }
  return out;
}

}  // namespace whence::access
