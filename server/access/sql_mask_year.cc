#include "access/sql_mask_year.h"

#include "absl/strings/substitute.h"
#include "base/strings.h"

namespace whence::access {
namespace {

// SQLite keeps dates as text, and takes much for one ('now', 2451545): only the form of
// CanonicalValue is let through. $0: a text of 10 characters or more.
constexpr std::string_view kSqliteDate =
    "substr($0, 1, 10) GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND "
    "date(substr($0, 1, 10), '+0 days') = substr($0, 1, 10) AND $0 >= '0001'";
constexpr std::string_view kSqliteTime =
    " AND substr($0, 11, 9) GLOB '[ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]' AND "
    "time(substr($0, 12, 8), '+0 days') = substr($0, 12, 8) AND (length($0) = 19 OR "
    "length($0) BETWEEN 21 AND 26 AND substr($0, 20) GLOB '.[0-9]*' AND "
    "substr($0, 21) NOT GLOB '*[^0-9]*')";

std::string SqliteYear(TypeClass type_class, std::string_view column) {
  if (type_class == TypeClass::kDate) {
    return absl::Substitute(StrCat("CASE WHEN length($0) = 10 AND ", kSqliteDate,
                                   " THEN substr($0, 1, 4) || '-01-01' END"),
                            ToAbsl(column));
  }
  if (type_class == TypeClass::kTimestamp) {
    return absl::Substitute(StrCat("CASE WHEN ", kSqliteDate, kSqliteTime,
                                   " THEN substr($0, 1, 4) || '-01-01 00:00:00' END"),
                            ToAbsl(column));
  }
  // The moment and its zone apart; the fraction is left out, for SQLite would round it up.
  const std::string moment = absl::Substitute(StrCat(kSqliteDate, kSqliteTime), "whence_moment");
  const std::string utc = "strftime('%Y', substr(whence_moment, 1, 19) || whence_zone)";
  return absl::Substitute(
      "(SELECT CASE WHEN $1 AND (whence_zone IN ('', 'Z') OR "
      "whence_zone GLOB '[+-][0-9][0-9]:[0-5][0-9]') AND $2 BETWEEN '0001' AND '9999' "
      "THEN $2 || '-01-01 00:00:00' END FROM ("
      "SELECT substr(whence_value, 1, length(whence_value) - whence_length) AS whence_moment, "
      "substr(whence_value, length(whence_value) - whence_length + 1) AS whence_zone FROM ("
      "SELECT $0 AS whence_value, CASE WHEN $0 GLOB '*Z' THEN 1 WHEN length($0) > 16 AND "
      "substr($0, -6, 1) IN ('+', '-') THEN 6 ELSE 0 END AS whence_length)))",
      ToAbsl(column), moment, utc);
}

std::string_view DateYear(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kSpark:
      return "trunc($0, 'YEAR')";
    case SqlDialect::kBigQuery:
      return "DATE_TRUNC($0, YEAR)";
    case SqlDialect::kPostgres:  // date_trunc(date) would pass through the session's time zone
    case SqlDialect::kDuckDb:
      return "CAST(date_trunc('year', CAST($0 AS timestamp)) AS date)";
    default:
      return "date_trunc('year', $0)";
  }
}

std::string_view InstantYear(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kSpark:
      return "from_utc_timestamp(date_trunc('YEAR', to_utc_timestamp($0, current_timezone())), "
             "current_timezone())";
    case SqlDialect::kPostgres:
      return "date_trunc('year', $0, 'UTC')";
    case SqlDialect::kSnowflake:
      return "date_trunc('year', convert_timezone('UTC', $0))";
    case SqlDialect::kBigQuery:
      return "TIMESTAMP_TRUNC($0, YEAR, 'UTC')";
    case SqlDialect::kDuckDb:
      return "(date_trunc('year', $0 AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')";
    default:
      return "date_trunc('year', $0 AT TIME ZONE 'UTC')";
  }
}

}  // namespace

std::string YearSql(SqlDialect dialect, TypeClass type_class, std::string_view column) {
  const bool dated = type_class == TypeClass::kDate || type_class == TypeClass::kTimestamp ||
                     type_class == TypeClass::kInstant;
  if (!dated) return "";
  if (dialect == SqlDialect::kSqlite) return SqliteYear(type_class, column);
  std::string_view form =
      dialect == SqlDialect::kBigQuery ? "DATETIME_TRUNC($0, YEAR)" : "date_trunc('year', $0)";
  if (type_class == TypeClass::kDate) form = DateYear(dialect);
  if (type_class == TypeClass::kInstant) form = InstantYear(dialect);
  return absl::Substitute(ToAbsl(form), ToAbsl(column));
}

}  // namespace whence::access
