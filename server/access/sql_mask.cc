#include "access/sql_mask.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/substitute.h"
#include "access/mask_apply.h"
#include "access/sql_mask_year.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::access {
namespace {

// Four code points and the rest hidden, or the hash; $0 is the column, $1 the hash.
std::string First4(SqlDialect dialect, std::string_view column, std::string_view hash) {
  const std::string_view length = dialect == SqlDialect::kBigQuery ? "char_length" : "length";
  return absl::Substitute("CASE WHEN $2($0) > 4 THEN substr($0, 1, 4) || 'XXXXX' ELSE $1 END",
                          ToAbsl(column), ToAbsl(hash), ToAbsl(length));
}

std::string Last4(SqlDialect dialect, std::string_view column, std::string_view hash) {
  const std::string_view length = dialect == SqlDialect::kBigQuery ? "char_length" : "length";
  // A negative start counts from the end; PostgreSQL's counts from before the beginning.
  const std::string_view last =
      dialect == SqlDialect::kPostgres ? "right($0, 4)" : "substr($0, -4)";
  return absl::Substitute(StrCat("CASE WHEN $2($0) > 4 THEN 'XXXXX' || ", last, " ELSE $1 END"),
                          ToAbsl(column), ToAbsl(hash), ToAbsl(length));
}

// Code points that are not printable ASCII go last: what the first three leave is.
std::string Redact(SqlDialect dialect, std::string_view column) {
  if (dialect == SqlDialect::kSqlite) {
    // No regular expressions there: a walk over the code points.
    return absl::Substitute(
        "CASE WHEN $0 IS NOT NULL THEN (WITH RECURSIVE whence_walk(rest, out) AS ("
        "SELECT CAST($0 AS TEXT), '' UNION ALL SELECT substr(rest, 2), out || "
        "CASE WHEN substr(rest, 1, 1) GLOB '[A-Z]' THEN 'X' "
        "WHEN substr(rest, 1, 1) GLOB '[a-z]' THEN 'x' "
        "WHEN substr(rest, 1, 1) GLOB '[0-9]' THEN '0' "
        "WHEN substr(rest, 1, 1) GLOB '[ -~]' THEN substr(rest, 1, 1) ELSE 'X' END "
        "FROM whence_walk WHERE rest <> '') "
        "SELECT out FROM whence_walk WHERE rest = '') END",
        ToAbsl(column));
  }
  const bool global = dialect == SqlDialect::kPostgres || dialect == SqlDialect::kDuckDb;
  std::string expression(column);
  for (const auto& [pattern, replacement] :
       {std::pair<std::string_view, std::string_view>{"[A-Z]", "X"},
        {"[a-z]", "x"},
        {"[0-9]", "0"},
        {"[^ -~]", "X"}}) {
    expression = StrCat(dialect == SqlDialect::kBigQuery ? "REGEXP_REPLACE(" : "regexp_replace(",
                        expression, ", '", pattern, "', '", replacement, global ? "', 'g')" : "')");
  }
  return expression;
}

// The pattern of a whole address. Engines differ in where $ matches: none is asked.
constexpr std::string_view kAddress = "[^@]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+";

std::string IsAddress(SqlDialect dialect, std::string_view column) {
  switch (dialect) {
    case SqlDialect::kTrino:
      return StrCat("regexp_like(", column, ", '\\A", kAddress, "\\z')");
    case SqlDialect::kSpark:
      // Found whole: \A would be read in one way or another, depending on a setting.
      return StrCat(column, " <> '' AND regexp_extract(", column, ", '", kAddress,
                    "', 0) = ", column);
    case SqlDialect::kPostgres:
      return StrCat(column, " ~ '^", kAddress, "$'");
    case SqlDialect::kSnowflake:
      return StrCat("REGEXP_LIKE(", column, ", '", kAddress, "')");
    case SqlDialect::kBigQuery:
      return StrCat("REGEXP_CONTAINS(", column, ", r'\\A", kAddress, "\\z')");
    case SqlDialect::kDuckDb:
      return StrCat("regexp_full_match(", column, ", '", kAddress, "')");
    case SqlDialect::kSqlite:
      break;
  }
  constexpr std::string_view kDomain = "substr($0, instr($0, '@') + 1)";
  return absl::Substitute(
      StrCat("instr($0, '@') > 1 AND ", kDomain, " GLOB '?*.?*' AND ", kDomain,
             " NOT GLOB '*[^A-Za-z0-9.-]*' AND ", kDomain, " NOT GLOB '.*' AND ", kDomain,
             " NOT GLOB '*.' AND ", kDomain, " NOT GLOB '*..*'"),
      ToAbsl(column));
}

std::string Email(SqlDialect dialect, std::string_view column, std::string_view hash) {
  std::string_view domain;
  switch (dialect) {
    case SqlDialect::kSpark:
      domain = "substring_index($0, '@', -1)";
      break;
    case SqlDialect::kBigQuery:
      domain = "SPLIT($0, '@')[OFFSET(1)]";
      break;
    case SqlDialect::kSqlite:
      domain = "substr($0, instr($0, '@') + 1)";
      break;
    default:
      domain = "split_part($0, '@', 2)";
  }
  return absl::Substitute(StrCat("CASE WHEN $2 THEN 'XXXXX@' || ", domain, " ELSE $1 END"),
                          ToAbsl(column), ToAbsl(hash), IsAddress(dialect, column));
}

absl::StatusOr<std::string> Hash(SqlDialect dialect, const Mask& mask, std::string_view column) {
  std::string salted(column);
  if (!mask.salt.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const std::string salt, QuoteText(dialect, mask.salt));
    salted = StrCat(salt, " || ", column);
  }
  std::string_view call;
  switch (dialect) {
    case SqlDialect::kTrino:
      call = "lower(to_hex(sha256(to_utf8($0))))";
      break;
    case SqlDialect::kSpark:
    case SqlDialect::kSnowflake:
      call = "sha2($0, 256)";
      break;
    case SqlDialect::kPostgres:
      call = "encode(sha256(convert_to($0, 'UTF8')), 'hex')";
      break;
    case SqlDialect::kBigQuery:
      call = "TO_HEX(SHA256($0))";
      break;
    case SqlDialect::kDuckDb:
      call = "sha256($0)";
      break;
    case SqlDialect::kSqlite:
      call = "whence_sha256($0)";
      break;
  }
  return absl::Substitute(ToAbsl(call), salted);
}

absl::StatusOr<std::string> MaskText(SqlDialect dialect, const Mask& mask,
                                     std::string_view column) {
  if (mask.type == MaskType::kRedact) return Redact(dialect, column);
  WHENCE_ASSIGN_OR_RETURN(const std::string hash, Hash(dialect, mask, column));
  switch (mask.type) {
    case MaskType::kFirst4:
      return First4(dialect, column, hash);
    case MaskType::kLast4:
      return Last4(dialect, column, hash);
    case MaskType::kEmail:
      return Email(dialect, column, hash);
    default:
      return hash;
  }
}

// NULL of the column's type: a view's column must not become another type by being masked.
std::string TypedNull(SqlDialect dialect, TypeClass type_class, std::string_view type) {
  const std::string_view name = SqlTypeOf(dialect, type_class);
  const bool as_it_is = name.empty() || type_class == TypeClass::kDecimal;
  if (as_it_is && IsPlainType(type)) return StrCat("CAST(NULL AS ", type, ")");
  return name.empty() ? "NULL" : StrCat("CAST(NULL AS ", name, ")");
}

std::string Custom(SqlDialect dialect, const Mask& mask, std::string_view column,
                   std::string_view type, TypeClass type_class) {
  const auto found = mask.custom.find(dialect);
  if (found == mask.custom.end()) return TypedNull(dialect, type_class, type);
  const std::string_view shown = IsPlainType(type) ? type : SqlTypeOf(dialect, type_class);
  // The type first: a name that was put in is not looked through.
  const std::string typed = ReplaceBraces(found->second, "type", shown);
  // Without a type to name, an expression that asks for it cannot be written.
  if (shown.empty() && typed != found->second) return "NULL";
  return StrCat("(", ReplaceBraces(typed, "col", column), ")");
}

absl::StatusOr<std::string> Unwrapped(SqlDialect dialect, const Mask& mask, std::string_view column,
                                      std::string_view type, TypeClass type_class) {
  std::optional<std::string> fixed;
  if (mask.type == MaskType::kDefault) fixed = DefaultValue(type_class);
  if (mask.type == MaskType::kConstant) fixed = CanonicalValue(type_class, mask.constant);
  if (fixed) return SqlValue(dialect, type_class, *fixed);
  if (mask.type == MaskType::kCustom) return Custom(dialect, mask, column, type, type_class);
  const bool looks_at_text = TakesSalt(mask.type) || mask.type == MaskType::kRedact;
  if (looks_at_text && type_class == TypeClass::kString) return MaskText(dialect, mask, column);
  if (mask.type == MaskType::kYear) {
    std::string year = YearSql(dialect, type_class, column);
    if (!year.empty()) return year;
  }
  return TypedNull(dialect, type_class, type);
}

// The type that a decimal is cast to, with all its digits behind the point: `decimal` alone has
// none of them in Trino, Spark and Snowflake, and three in DuckDB, so that 1.5 would be 2. What has
// more digits than the engine can hold is an error there, not another number.
std::string DecimalTypeOf(SqlDialect dialect, std::string_view text) {
  constexpr size_t kNumericScale = 9;  // of BigQuery's NUMERIC
  const std::string_view name = SqlTypeOf(dialect, TypeClass::kDecimal);
  const size_t point = text.find('.');
  const size_t behind = point == std::string_view::npos ? 0 : text.size() - point - 1;
  switch (dialect) {
    case SqlDialect::kPostgres:
    case SqlDialect::kSqlite:
      return std::string(name);
    case SqlDialect::kBigQuery:
      return behind > kNumericScale ? "BIGNUMERIC" : std::string(name);
    default:
      return StrCat(name, "(38, ", behind, ")");
  }
}

}  // namespace

TypeClass TypeClassIn(SqlDialect dialect, std::string_view type) {
  const TypeClass type_class = TypeClassOf(type);
  const bool instants = dialect == SqlDialect::kSpark || dialect == SqlDialect::kBigQuery;
  if (!instants || type_class != TypeClass::kTimestamp) return type_class;
  const bool plain = absl::StartsWithIgnoreCase(ToAbsl(type), "timestamp") &&
                     type.find('_') == std::string_view::npos &&
                     type.find(' ') == std::string_view::npos;
  return plain ? TypeClass::kInstant : type_class;
}

std::string_view SqlTypeOf(SqlDialect dialect, TypeClass type_class) {
  // By class, then by dialect: Trino, Spark, PostgreSQL, Snowflake, BigQuery, DuckDB, SQLite.
  using Names = std::array<std::string_view, kAllDialects.size()>;
  static constexpr std::array<Names, 11> kTypes = {
      Names{},
      Names{"varchar", "STRING", "text", "VARCHAR", "STRING", "VARCHAR", "TEXT"},
      Names{"bigint", "BIGINT", "bigint", "INTEGER", "INT64", "BIGINT", "INTEGER"},
      Names{"double", "DOUBLE", "double precision", "DOUBLE", "FLOAT64", "DOUBLE", "REAL"},
      Names{"decimal", "DECIMAL", "numeric", "NUMBER", "NUMERIC", "DECIMAL", "NUMERIC"},
      Names{"boolean", "BOOLEAN", "boolean", "BOOLEAN", "BOOL", "BOOLEAN", "INTEGER"},
      Names{"date", "DATE", "date", "DATE", "DATE", "DATE", "TEXT"},
      Names{"timestamp(6)", "timestamp_ntz", "timestamp", "timestamp_ntz", "DATETIME", "TIMESTAMP",
            "TEXT"},
      Names{"timestamp(6) with time zone", "TIMESTAMP", "timestamptz", "timestamp_tz", "TIMESTAMP",
            "TIMESTAMPTZ", "TEXT"},
      Names{"time(6)", "STRING", "time", "TIME", "TIME", "TIME", "TEXT"},
      Names{"varbinary", "BINARY", "bytea", "BINARY", "BYTES", "BLOB", "BLOB"},
  };
  return kTypes.at(static_cast<size_t>(type_class)).at(static_cast<size_t>(dialect));
}

absl::StatusOr<std::string> SqlValue(SqlDialect dialect, TypeClass type_class,
                                     std::string_view text) {
  std::string whole(text);
  if (dialect == SqlDialect::kSqlite && type_class == TypeClass::kBoolean) {
    return text == "true" ? "1" : "0";
  }
  if (type_class == TypeClass::kInstant && dialect != SqlDialect::kSqlite) {
    whole += dialect == SqlDialect::kTrino       ? " UTC"
             : dialect == SqlDialect::kSnowflake ? " +0000"
             : dialect == SqlDialect::kSpark     ? "+00:00"
                                                 : "+00";
  }
  if (type_class == TypeClass::kDecimal) {
    WHENCE_ASSIGN_OR_RETURN(const std::string number, QuoteText(dialect, whole));
    return StrCat("CAST(", number, " AS ", DecimalTypeOf(dialect, text), ")");
  }
  if (type_class == TypeClass::kBytes) {  // the empty one: no other has a text
    if (dialect == SqlDialect::kBigQuery) return "b''";
    const bool cast = dialect == SqlDialect::kPostgres || dialect == SqlDialect::kDuckDb;
    return cast ? StrCat("CAST('' AS ", SqlTypeOf(dialect, type_class), ")") : "X''";
  }
  WHENCE_ASSIGN_OR_RETURN(std::string quoted, QuoteText(dialect, whole));
  const bool text_in_sqlite = SqlTypeOf(SqlDialect::kSqlite, type_class) == "TEXT";
  if (dialect == SqlDialect::kSqlite && text_in_sqlite) return quoted;
  return StrCat("CAST(", quoted, " AS ", SqlTypeOf(dialect, type_class), ")");
}

absl::StatusOr<std::string> MaskSql(SqlDialect dialect, const Mask& mask, const SqlColumn& column) {
  WHENCE_ASSIGN_OR_RETURN(const std::string quoted, QuoteIdentifier(dialect, column.name));
  WHENCE_ASSIGN_OR_RETURN(std::string expression, Unwrapped(dialect, mask, quoted, column.type,
                                                            TypeClassIn(dialect, column.type)));
  // Trino takes a mask only if it has the column's very type: varchar is not varchar(20).
  if (dialect == SqlDialect::kTrino && IsPlainType(column.type)) {
    return StrCat("CAST(", expression, " AS ", column.type, ")");
  }
  return expression;
}

}  // namespace whence::access
