#include "access/column_type.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::access {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes one digit or more off `text`; how many.
size_t TakeDigits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  text.remove_prefix(count);
  return count;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Exactly two digits, at most `most`.
bool TakeTwo(std::string_view& text, int most) {
  if (text.size() < 2 || !IsDigit(text[0]) || !IsDigit(text[1])) return false;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  return value <= most;
}

bool TakeDate(std::string_view& text) {
  if (text.size() < 10) return false;
  int year = 0;
  int month = 0;
  int day = 0;
  std::string_view date = text.substr(0, 10);
  for (const size_t at : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!IsDigit(date[at])) return false;
  }
  if (date[4] != '-' || date[7] != '-') return false;
  if (!absl::SimpleAtoi(ToAbsl(date.substr(0, 4)), &year) ||
      !absl::SimpleAtoi(ToAbsl(date.substr(5, 2)), &month) ||
      !absl::SimpleAtoi(ToAbsl(date.substr(8, 2)), &day)) {
    return false;
  }
  // No engine here has a year 0 (SQLite alone takes one).
  const absl::CivilDay civil(year, month, day);
  if (year == 0 || civil.month() != month || civil.day() != day) return false;
  text.remove_prefix(10);
  return true;
}

// hh:mm:ss with an optional fraction of 1 to 6 digits, to the end.
bool IsTimeOfDay(std::string_view text) {
  if (!TakeTwo(text, 23) || !TakeChar(text, ':') || !TakeTwo(text, 59) || !TakeChar(text, ':') ||
      !TakeTwo(text, 59)) {
    return false;
  }
  if (!TakeChar(text, '.')) return text.empty();
  const size_t digits = TakeDigits(text);
  return digits >= 1 && digits <= 6 && text.empty();
}

bool IsDateAndTime(std::string_view text) {
  return TakeDate(text) && TakeChar(text, ' ') && IsTimeOfDay(text);
}

bool IsInteger(std::string_view text) {
  TakeChar(text, '-');
  if (text.size() > 1 && text.front() == '0') return false;
  const size_t digits = TakeDigits(text);
  return digits >= 1 && digits <= 18 && text.empty();
}

bool IsNumber(std::string_view text, bool exponent) {
  TakeChar(text, '-');
  size_t digits = TakeDigits(text);
  if (digits == 0) return false;
  if (TakeChar(text, '.')) {
    const size_t fraction = TakeDigits(text);
    if (fraction == 0) return false;
    digits += fraction;
  }
  if (exponent && (TakeChar(text, 'e') || TakeChar(text, 'E'))) {
    if (!TakeChar(text, '-')) TakeChar(text, '+');
    const size_t power = TakeDigits(text);
    if (power == 0 || power > 2) return false;
  }
  return digits <= 36 && text.empty();
}

struct TypeName {
  std::string_view name;
  TypeClass type_class;
};

constexpr std::array kTypeNames = {
    TypeName{"string", TypeClass::kString},
    TypeName{"varchar", TypeClass::kString},
    TypeName{"text", TypeClass::kString},
    TypeName{"char", TypeClass::kString},
    TypeName{"character", TypeClass::kString},
    TypeName{"character varying", TypeClass::kString},
    TypeName{"bpchar", TypeClass::kString},
    TypeName{"nvarchar", TypeClass::kString},
    TypeName{"nchar", TypeClass::kString},
    TypeName{"clob", TypeClass::kString},
    TypeName{"utf8", TypeClass::kString},
    TypeName{"large_string", TypeClass::kString},
    TypeName{"integer", TypeClass::kInteger},
    TypeName{"int", TypeClass::kInteger},
    TypeName{"bigint", TypeClass::kInteger},
    TypeName{"smallint", TypeClass::kInteger},
    TypeName{"tinyint", TypeClass::kInteger},
    TypeName{"byteint", TypeClass::kInteger},
    TypeName{"long", TypeClass::kInteger},
    TypeName{"short", TypeClass::kInteger},
    TypeName{"int2", TypeClass::kInteger},
    TypeName{"int4", TypeClass::kInteger},
    TypeName{"int8", TypeClass::kInteger},
    TypeName{"int16", TypeClass::kInteger},
    TypeName{"int32", TypeClass::kInteger},
    TypeName{"int64", TypeClass::kInteger},
    TypeName{"uint8", TypeClass::kInteger},
    TypeName{"uint16", TypeClass::kInteger},
    TypeName{"uint32", TypeClass::kInteger},
    TypeName{"uint64", TypeClass::kInteger},
    TypeName{"hugeint", TypeClass::kInteger},
    TypeName{"float", TypeClass::kFloat},
    TypeName{"float4", TypeClass::kFloat},
    TypeName{"float8", TypeClass::kFloat},
    TypeName{"float32", TypeClass::kFloat},
    TypeName{"float64", TypeClass::kFloat},
    TypeName{"double", TypeClass::kFloat},
    TypeName{"double precision", TypeClass::kFloat},
    TypeName{"real", TypeClass::kFloat},
    TypeName{"decimal", TypeClass::kDecimal},
    TypeName{"dec", TypeClass::kDecimal},
    TypeName{"numeric", TypeClass::kDecimal},
    TypeName{"bignumeric", TypeClass::kDecimal},
    TypeName{"number", TypeClass::kDecimal},
    TypeName{"boolean", TypeClass::kBoolean},
    TypeName{"bool", TypeClass::kBoolean},
    TypeName{"date", TypeClass::kDate},
    TypeName{"date32", TypeClass::kDate},
    TypeName{"timestamp", TypeClass::kTimestamp},
    TypeName{"timestamp without time zone", TypeClass::kTimestamp},
    TypeName{"timestamp_ntz", TypeClass::kTimestamp},
    TypeName{"datetime", TypeClass::kTimestamp},
    TypeName{"timestamp with time zone", TypeClass::kInstant},
    TypeName{"timestamp with local time zone", TypeClass::kInstant},
    TypeName{"timestamptz", TypeClass::kInstant},
    TypeName{"timestamp_tz", TypeClass::kInstant},
    TypeName{"timestamp_ltz", TypeClass::kInstant},
    TypeName{"time", TypeClass::kTime},
    TypeName{"time without time zone", TypeClass::kTime},
    TypeName{"bytes", TypeClass::kBytes},
    TypeName{"bytea", TypeClass::kBytes},
    TypeName{"binary", TypeClass::kBytes},
    TypeName{"varbinary", TypeClass::kBytes},
    TypeName{"blob", TypeClass::kBytes},
};

}  // namespace

std::string_view TypeClassName(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::kOther:
      return "other";
    case TypeClass::kString:
      return "string";
    case TypeClass::kInteger:
      return "integer";
    case TypeClass::kFloat:
      return "float";
    case TypeClass::kDecimal:
      return "decimal";
    case TypeClass::kBoolean:
      return "boolean";
    case TypeClass::kDate:
      return "date";
    case TypeClass::kTimestamp:
      return "timestamp";
    case TypeClass::kInstant:
      return "instant";
    case TypeClass::kTime:
      return "time";
    case TypeClass::kBytes:
      return "bytes";
  }
  return "other";
}

TypeClass TypeClassOf(std::string_view type) {
  if (!IsPlainType(type)) return TypeClass::kOther;
  std::string name;  // without parameters: `timestamp(6) with time zone` is `timestamp with ...`
  int depth = 0;
  for (const char c : type) {
    if (c == '(') ++depth;
    if (depth == 0) name.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    if (c == ')') --depth;
  }
  absl::RemoveExtraAsciiWhitespace(&name);
  for (const TypeName& known : kTypeNames) {
    if (known.name == name) return known.type_class;
  }
  return TypeClass::kOther;
}

bool IsPlainType(std::string_view type) {
  if (type.empty() || type.size() > kMaxPlainTypeBytes ||
      !absl::ascii_isalpha(static_cast<unsigned char>(type.front()))) {
    return false;
  }
  bool inside = false;  // parentheses
  for (const char c : type) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '(' || c == ')') {
      if (inside != (c == ')')) return false;
      inside = !inside;
    } else if (inside ? !(IsDigit(c) || c == ',' || c == ' ')
                      : !(absl::ascii_isalnum(byte) || c == '_' || c == ' ')) {
      return false;
    }
  }
  return !inside;
}

std::optional<std::string> CanonicalValue(TypeClass type_class, std::string_view text) {
  bool is_one = false;
  switch (type_class) {
    case TypeClass::kString:
      is_one = true;
      break;
    case TypeClass::kInteger:
      is_one = IsInteger(text);
      break;
    case TypeClass::kFloat:
      is_one = IsNumber(text, true);
      break;
    case TypeClass::kDecimal:
      is_one = IsNumber(text, false);
      break;
    case TypeClass::kBoolean:
      is_one = text == "true" || text == "false";
      break;
    case TypeClass::kDate: {
      std::string_view rest = text;
      is_one = TakeDate(rest) && rest.empty();
      break;
    }
    case TypeClass::kTimestamp:
    case TypeClass::kInstant:
      is_one = IsDateAndTime(text);
      break;
    case TypeClass::kTime:
      is_one = IsTimeOfDay(text);
      break;
    case TypeClass::kBytes:
    case TypeClass::kOther:
      break;
  }
  if (!is_one) return std::nullopt;
  return std::string(text);
}

}  // namespace whence::access
