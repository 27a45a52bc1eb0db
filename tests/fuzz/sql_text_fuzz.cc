// Texts, names and expressions in SQL: what is put into quotes, a reader of those quotes finds as
// it was and nothing behind it; an expression that passes the check closes what it opens.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/row_filter.h"
#include "access/sql_dialect.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "support/feature.h"

namespace {

using whence::access::SqlDialect;

// Reads a text in quotes where only doubled quotes are special; true when nothing stands behind it.
bool ReadsBack(std::string_view sql, std::string_view text, char quote) {
  if (sql.size() < 2 || sql.front() != quote) return false;
  std::string read;
  for (size_t at = 1; at < sql.size(); ++at) {
    if (sql[at] != quote) {
      read.push_back(sql[at]);
    } else if (at + 1 < sql.size() && sql[at + 1] == quote) {
      read.push_back(sql[at++]);
    } else {
      return at + 1 == sql.size() && read == text;
    }
  }
  return false;
}

// The same where a backslash keeps the next character from being special: only one at the end may
// close it. What the escapes stand for is left to the unit tests.
bool EndsWhereItShould(std::string_view sql, char quote) {
  for (size_t at = 1; at < sql.size(); ++at) {
    if (sql[at] == '\\') {
      ++at;
    } else if (sql[at] == quote) {
      if (at + 1 == sql.size()) return true;
      if (sql[++at] != quote) return false;
    }
  }
  return false;
}

void CheckQuotes(std::string_view text) {
  for (const SqlDialect dialect : {SqlDialect::kTrino, SqlDialect::kDuckDb, SqlDialect::kSqlite}) {
    const auto quoted = whence::access::QuoteText(dialect, text);
    if (quoted.ok()) WHENCE_ASSERT(ReadsBack(*quoted, text, '\''));
    const auto name = whence::access::QuoteIdentifier(dialect, text);
    if (name.ok()) WHENCE_ASSERT(ReadsBack(*name, text, '"'));
  }
  const auto spark = whence::access::QuoteIdentifier(SqlDialect::kSpark, text);
  if (spark.ok()) WHENCE_ASSERT(ReadsBack(*spark, text, '`'));
  const auto big_query = whence::access::QuoteIdentifier(SqlDialect::kBigQuery, text);
  if (big_query.ok()) WHENCE_ASSERT(EndsWhereItShould(*big_query, '`'));
  for (const SqlDialect dialect : {SqlDialect::kSnowflake, SqlDialect::kBigQuery}) {
    const auto quoted = whence::access::QuoteText(dialect, text);
    if (quoted.ok()) WHENCE_ASSERT(EndsWhereItShould(*quoted, '\''));
  }
  const auto postgres = whence::access::QuoteText(SqlDialect::kPostgres, text);
  if (!postgres.ok()) return;
  const bool escapes = postgres->front() == 'E';
  WHENCE_ASSERT(escapes ? EndsWhereItShould(std::string_view(*postgres).substr(1), '\'')
                        : ReadsBack(*postgres, text, '\''));
}

void CheckExpression(std::string_view text) {
  constexpr std::string_view kBraces[] = {"col"};
  const absl::Status status = whence::access::CheckSqlExpression(text, "sql", kBraces);
  if (!status.ok()) {
    const std::string reason = whence::GetErrorDetail(status).reason;
    WHENCE_ASSERT(whence::IsErrorReason(reason));
    return whence::fuzz::Feature(reason, text.size() / 8);
  }
  whence::fuzz::Feature("expression", text.size() / 8);
  // A name put in its place cannot open or close anything, so the whole passes again.
  const std::string replaced = whence::access::ReplaceBraces(text, "col", "\"a)('b\"");
  WHENCE_ASSERT(replaced.size() > whence::kMaxPolicySqlBytes ||
                whence::access::CheckSqlExpression(replaced, "sql", {}).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckQuotes(text);
  CheckExpression(text);
  const auto conditions = whence::access::ParseRowConditions(text, "filter");
  if (conditions.ok()) {
    whence::fuzz::Feature("conditions", conditions->size());
    const std::string printed = whence::access::FormatRowConditions(*conditions);
    const auto again = whence::access::ParseRowConditions(printed, "filter");
    // The printed form may be longer than the bound.
    WHENCE_ASSERT(again.ok() ? *again == *conditions : printed.size() > whence::kMaxPolicySqlBytes);
  }
  return 0;
}
