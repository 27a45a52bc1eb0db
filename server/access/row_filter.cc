#include "access/row_filter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

bool IsWordChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsKeyword(std::string_view word, std::string_view keyword) {
  return absl::EqualsIgnoreCase(ToAbsl(word), ToAbsl(keyword));
}

// Purpose: reads the portable form, one token of look-ahead. One thread, one use.
class Parser {
 public:
  Parser(std::string_view text, std::string_view field) : text_(text), field_(field) {}

  absl::StatusOr<std::vector<RowCondition>> Run() {
    std::vector<RowCondition> conditions;
    do {
      WHENCE_ASSIGN_OR_RETURN(RowCondition condition, TakeCondition());
      conditions.push_back(std::move(condition));
      SkipSpace();
      if (at_ == text_.size()) return conditions;
    } while (IsKeyword(TakeWord(), "and"));
    return Malformed("AND or the end is expected");
  }

 private:
  absl::StatusOr<RowCondition> TakeCondition() {
    RowCondition condition;
    SkipSpace();
    token_ = at_;
    const char c = Peek();
    if (c == '"' || c == '`') {
      WHENCE_ASSIGN_OR_RETURN(condition.column, TakeQuoted());
    } else {
      condition.column = TakeWord();
    }
    if (condition.column.empty()) return Malformed("a column is expected");
    if (TakeChar('=')) {
      SkipSpace();
      const size_t before = at_;
      if (Peek() != '\'' && IsKeyword(TakeWord(), "caller")) {
        condition.caller = true;
        return condition;
      }
      at_ = before;
      WHENCE_ASSIGN_OR_RETURN(std::string value, TakeValue());
      condition.values.push_back(std::move(value));
      return condition;
    }
    if (!IsKeyword(TakeWord(), "in") || !TakeChar('(')) return Malformed("= or IN ( is expected");
    do {
      WHENCE_ASSIGN_OR_RETURN(std::string value, TakeValue());
      condition.values.push_back(std::move(value));
    } while (TakeChar(','));
    if (!TakeChar(')')) return Malformed(", or ) is expected");
    return condition;
  }

  absl::StatusOr<std::string> TakeValue() {
    SkipSpace();
    token_ = at_;
    if (Peek() == '\'') return TakeQuoted();
    std::string word = TakeWord();
    const bool number =
        !word.empty() && (absl::ascii_isdigit(static_cast<unsigned char>(word[0])) ||
                          (word.size() > 1 && word[0] == '-'));
    if (number || word == "true" || word == "false") return word;
    return Malformed("a value is expected: 'text', a number, true or false");
  }

  // A text in the quotes that stand here; quotes inside are doubled.
  absl::StatusOr<std::string> TakeQuoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != quote) {
        out.push_back(c);
      } else if (at_ < text_.size() && text_[at_] == quote) {
        out.push_back(text_[at_++]);
      } else {
        return out;
      }
    }
    return Malformed("a quote is not closed");
  }

  std::string TakeWord() {
    SkipSpace();
    token_ = at_;
    while (at_ < text_.size() && IsWordChar(text_[at_])) ++at_;
    return std::string(text_.substr(token_, at_ - token_));
  }

  bool TakeChar(char c) {
    SkipSpace();
    token_ = at_;
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) {
      ++at_;
    }
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  absl::Status Malformed(std::string_view what) const {
    return InvalidArgument("ROW_FILTER_MALFORMED", field_,
                           StrCat(what, " at ", DescribeLocation(text_, token_)),
                           "write conditions such as region = 'EU' AND owner = caller AND tier IN "
                           "('a', 'b'); for more, give SQL for each dialect");
  }

  std::string_view text_;
  std::string_view field_;
  size_t at_ = 0;
  size_t token_ = 0;  // where what is looked at begins
};

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out.push_back(c);
    if (c == quote) out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

absl::Status CheckBounds(std::span<const RowCondition> conditions, std::string_view field) {
  size_t values = 0;
  for (const RowCondition& condition : conditions) values += condition.values.size();
  if (conditions.size() <= kMaxRowConditions && values <= kMaxRowValues) return absl::OkStatus();
  return InvalidArgument(
      "TOO_MANY_CONDITIONS", field,
      StrCat("there are ", conditions.size(), " conditions with ", values, " values; at most ",
             kMaxRowConditions, " with ", kMaxRowValues, " are kept"),
      "keep long lists in a table, and give SQL for each dialect");
}

// How the engine names who asks; nothing where it cannot.
std::optional<std::string_view> CurrentUser(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kTrino:
      return "current_user";
    case SqlDialect::kPostgres:
      return "CAST(current_user AS text)";
    case SqlDialect::kSpark:
      return "current_user()";
    case SqlDialect::kSnowflake:
      return "CURRENT_USER()";
    case SqlDialect::kBigQuery:
      return "SESSION_USER()";
    case SqlDialect::kDuckDb:
    case SqlDialect::kSqlite:
      break;
  }
  return std::nullopt;
}

// What shows nothing: SQLite and Snowflake know no bare FALSE in every place.
constexpr std::string_view kNothing = "1 = 0";

absl::StatusOr<std::string> CallerSql(SqlDialect dialect, const SqlCaller& caller) {
  if (!caller.name.empty()) return QuoteText(dialect, caller.name);
  return std::string(CurrentUser(dialect).value_or(""));
}

absl::StatusOr<std::string> ConditionSql(SqlDialect dialect, const RowCondition& condition,
                                         std::span<const SqlColumn> columns,
                                         const SqlCaller& caller) {
  const auto column = std::find_if(columns.begin(), columns.end(), [&](const SqlColumn& candidate) {
    return candidate.name == condition.column;
  });
  if (column == columns.end()) return std::string(kNothing);
  WHENCE_ASSIGN_OR_RETURN(const std::string name, QuoteIdentifier(dialect, column->name));
  const TypeClass type_class = TypeClassIn(dialect, column->type);
  if (condition.caller) {
    WHENCE_ASSIGN_OR_RETURN(const std::string who, CallerSql(dialect, caller));
    if (who.empty() || type_class != TypeClass::kString) return std::string(kNothing);
    return StrCat(name, " = ", who);
  }
  std::string list;
  for (const std::string& value : condition.values) {
    const std::optional<std::string> canonical = CanonicalValue(type_class, value);
    if (!canonical) continue;
    WHENCE_ASSIGN_OR_RETURN(const std::string sql, SqlValue(dialect, type_class, *canonical));
    StrAppend(&list, list.empty() ? "" : ", ", sql);
  }
  return list.empty() ? std::string(kNothing) : StrCat(name, " IN (", list, ")");
}

}  // namespace

absl::StatusOr<std::vector<RowCondition>> ParseRowConditions(std::string_view text,
                                                             std::string_view field) {
  WHENCE_RETURN_IF_ERROR(ValidateText(text, field, kMaxPolicySqlBytes, /*allow_newlines=*/true));
  WHENCE_ASSIGN_OR_RETURN(std::vector<RowCondition> conditions, Parser(text, field).Run());
  WHENCE_RETURN_IF_ERROR(CheckBounds(conditions, field));
  return conditions;
}

std::string FormatRowConditions(std::span<const RowCondition> conditions) {
  std::string out;
  for (const RowCondition& condition : conditions) {
    const bool bare = !condition.column.empty() &&
                      std::all_of(condition.column.begin(), condition.column.end(), IsWordChar);
    if (!out.empty()) out += " AND ";
    out += bare ? condition.column : Quoted(condition.column, '"');
    if (condition.caller) {
      out += " = caller";
      continue;
    }
    const bool one = condition.values.size() == 1;
    out += one ? " = " : " IN (";
    std::string_view separator;
    for (const std::string& value : condition.values) {
      StrAppend(&out, separator, Quoted(value, '\''));
      separator = ", ";
    }
    if (!one) out += ")";
  }
  return out;
}

absl::Status ValidateRowFilter(const RowFilter& filter, std::string_view field) {
  if (filter.conditions.empty() && filter.sql.empty()) {
    return InvalidArgument("ROW_FILTER_EMPTY", field, "there is no condition and no SQL",
                           "to show nothing at all, use a deny policy");
  }
  WHENCE_RETURN_IF_ERROR(CheckBounds(filter.conditions, field));
  for (const RowCondition& condition : filter.conditions) {
    WHENCE_RETURN_IF_ERROR(ValidateText(condition.column, field, kMaxNamePartBytes, false));
    if (condition.column.empty() || condition.values.empty() != condition.caller) {
      return InvalidArgument("ROW_FILTER_EMPTY", field,
                             "a condition has no column, or neither values nor the caller");
    }
    for (const std::string& value : condition.values) {
      WHENCE_RETURN_IF_ERROR(ValidateText(value, field, kMaxPolicySqlBytes, true));
    }
  }
  // As it is stored.
  WHENCE_RETURN_IF_ERROR(ValidateText(FormatRowConditions(filter.conditions), field,
                                      kMaxPolicySqlBytes, /*allow_newlines=*/true));
  constexpr std::array<std::string_view, 1> kBraces = {"caller"};
  for (const auto& [dialect, sql] : filter.sql) {
    WHENCE_RETURN_IF_ERROR(
        CheckSqlExpression(sql, StrCat(field, ".sql.", DialectName(dialect)), kBraces));
  }
  return absl::OkStatus();
}

bool ShowsRow(const RowFilter& filter, std::string_view caller,
              absl::FunctionRef<std::optional<std::string>(std::string_view)> value) {
  for (const RowCondition& condition : filter.conditions) {
    const std::optional<std::string> found = value(condition.column);
    if (!found) return false;
    const bool holds = condition.caller
                           ? *found == caller
                           : std::find(condition.values.begin(), condition.values.end(), *found) !=
                                 condition.values.end();
    if (!holds) return false;
  }
  return !filter.conditions.empty();
}

absl::StatusOr<std::string> RowFilterSql(SqlDialect dialect, const RowFilter& filter,
                                         std::span<const SqlColumn> columns,
                                         const SqlCaller& caller) {
  if (const auto found = filter.sql.find(dialect); found != filter.sql.end()) {
    WHENCE_ASSIGN_OR_RETURN(const std::string who, CallerSql(dialect, caller));
    std::string sql = ReplaceBraces(found->second, "caller", who);
    if (who.empty() && sql != found->second) return StrCat("(", kNothing, ")");
    return StrCat("(", sql, ")");
  }
  if (filter.conditions.empty()) return StrCat("(", kNothing, ")");
  std::string out;
  for (const RowCondition& condition : filter.conditions) {
    WHENCE_ASSIGN_OR_RETURN(const std::string sql,
                            ConditionSql(dialect, condition, columns, caller));
    StrAppend(&out, out.empty() ? "(" : " AND ", sql);
  }
  return out + ")";
}

}  // namespace whence::access
