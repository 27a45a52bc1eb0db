// What the values of a filter's comparisons can be read as, and which types know which operators.

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/filter_node.h"
#include "base/strings.h"

namespace whence::filter_internal {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::optional<absl::Time> ReadTime(std::string_view text) {
  // Digits first: absl also takes "infinite-future".
  if (text.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) {
    return std::nullopt;
  }
  absl::Time time;
  for (const char* format : {absl::RFC3339_full, "%Y-%m-%d"}) {
    if (absl::ParseTime(format, ToAbsl(text), &time, nullptr)) return time;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> ReadNumber(std::string_view text) {
  double number = 0;
  // absl also takes spaces around, "inf" and "nan".
  if (text.empty() || IsSpace(text.front()) || IsSpace(text.back()) ||
      !absl::SimpleAtod(ToAbsl(text), &number) || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

Literal MakeLiteral(std::string text) {
  Literal literal;
  literal.number = ReadNumber(text);
  literal.time = ReadTime(text);
  if (text == "true") literal.boolean = true;
  if (text == "false") literal.boolean = false;
  literal.text = std::move(text);
  return literal;
}

std::string_view DescribeType(FilterField::Type type) {
  switch (type) {
    case FilterField::kString:
      return "a string";
    case FilterField::kNumber:
      return "a number";
    case FilterField::kTime:
      return "a time";
    case FilterField::kBool:
      return "true or false";
    case FilterField::kMap:
      break;
  }
  return "a map";
}

std::string_view ExampleOfType(FilterField::Type type, std::string_view otherwise) {
  switch (type) {
    case FilterField::kNumber:
      return "Write a number such as 0.5.";
    case FilterField::kTime:
      return "Write a time such as 2026-03-01T00:00:00Z or a date such as 2026-03-01.";
    case FilterField::kBool:
      return "Write true or false.";
    case FilterField::kString:
    case FilterField::kMap:
      break;
  }
  return otherwise;
}

bool HasType(const Literal& value, FilterField::Type type) {
  switch (type) {
    case FilterField::kNumber:
      return value.number.has_value();
    case FilterField::kTime:
      return value.time.has_value();
    case FilterField::kBool:
      return value.boolean.has_value();
    case FilterField::kString:
    case FilterField::kMap:
      break;
  }
  return true;
}

bool Knows(FilterField::Type type, Operator op) {
  const bool ordering = op != Operator::kEqual && op != Operator::kNotEqual && op != Operator::kHas;
  switch (type) {
    case FilterField::kNumber:
    case FilterField::kTime:
      return op != Operator::kHas;
    case FilterField::kBool:
      return op != Operator::kHas && !ordering;
    case FilterField::kString:
    case FilterField::kMap:
      break;
  }
  return true;
}

}  // namespace whence::filter_internal
