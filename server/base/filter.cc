#include "base/filter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/filter_node.h"
#include "base/status_macros.h"

namespace whence {
namespace {

using filter_internal::Comparison;
using filter_internal::Literal;
using filter_internal::Node;
using filter_internal::Operator;

template <typename T>
bool Compare(const T& left, Operator op, const T& right) {
  switch (op) {
    case Operator::kEqual:
      return left == right;
    case Operator::kLess:
      return left < right;
    case Operator::kLessEqual:
      return left <= right;
    case Operator::kGreater:
      return left > right;
    case Operator::kGreaterEqual:
      return left >= right;
    case Operator::kNotEqual:  // taken apart in Matches: NOT of kEqual
    case Operator::kHas:       // strings and maps only
      break;
  }
  return false;
}

bool CompareString(const std::string& left, Operator op, const std::string& right) {
  if (op == Operator::kHas) return left.find(right) != std::string::npos;
  return Compare(left, op, right);
}

// An entry of a map. Strings are ordered as numbers where both are.
bool CompareMapString(const std::string& left, Operator op, const Literal& right) {
  if (op != Operator::kEqual && op != Operator::kHas && right.number) {
    if (const std::optional<double> number = filter_internal::ReadNumber(left)) {
      return Compare(*number, op, *right.number);
    }
  }
  return CompareString(left, op, right.text);
}

// An entry of a map that is no string: it compares in its own type or not at all.
bool CompareMapValue(const FilterValue& left, Operator op, const Literal& right) {
  if (const auto* text = std::get_if<std::string>(&left)) return CompareMapString(*text, op, right);
  if (const auto* number = std::get_if<double>(&left)) {
    return right.number && Compare(*number, op, *right.number);
  }
  if (const auto* time = std::get_if<absl::Time>(&left)) {
    return right.time && Compare(*time, op, *right.time);
  }
  if (const auto* boolean = std::get_if<bool>(&left)) {
    return right.boolean && op == Operator::kEqual && *boolean == *right.boolean;
  }
  return false;
}

bool CompareMap(const Comparison& comparison, Operator op, const FilterLookup& row) {
  if (!comparison.key) {
    return !row.GetMap(comparison.field, comparison.value.text).empty();
  }
  const std::vector<FilterValue> entries = row.GetMap(comparison.field, *comparison.key);
  return std::any_of(entries.begin(), entries.end(), [&](const FilterValue& entry) {
    return CompareMapValue(entry, op, comparison.value);
  });
}

bool CompareField(const Comparison& comparison, Operator op, const FilterLookup& row) {
  const FilterValue value = row.Get(comparison.field);
  if (std::holds_alternative<std::monostate>(value)) return false;
  switch (comparison.type) {
    case FilterField::kString: {
      const auto* text = std::get_if<std::string>(&value);
      WHENCE_ASSERT(text != nullptr);
      return CompareString(*text, op, comparison.value.text);
    }
    case FilterField::kNumber: {
      const auto* number = std::get_if<double>(&value);
      WHENCE_ASSERT(number != nullptr && comparison.value.number);
      return Compare(*number, op, *comparison.value.number);
    }
    case FilterField::kTime: {
      const auto* time = std::get_if<absl::Time>(&value);
      WHENCE_ASSERT(time != nullptr && comparison.value.time);
      return Compare(*time, op, *comparison.value.time);
    }
    case FilterField::kBool: {
      const auto* boolean = std::get_if<bool>(&value);
      WHENCE_ASSERT(boolean != nullptr && comparison.value.boolean);
      return Compare(*boolean, op, *comparison.value.boolean);
    }
    case FilterField::kMap:
      break;
  }
  return false;
}

bool MatchesComparison(const Comparison& comparison, const FilterLookup& row) {
  const bool negate = comparison.op == Operator::kNotEqual;
  const Operator op = negate ? Operator::kEqual : comparison.op;
  const bool holds = comparison.type == FilterField::kMap ? CompareMap(comparison, op, row)
                                                          : CompareField(comparison, op, row);
  return holds != negate;
}

// As deep as the filter's parentheses, which the parser bounds.
bool MatchesNode(const Node& node, const FilterLookup& row) {
  const auto matches = [&row](const Node& child) { return MatchesNode(child, row); };
  switch (node.kind) {
    case Node::Kind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), matches);
    case Node::Kind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), matches);
    case Node::Kind::kNot:
      return !MatchesNode(node.children.front(), row);
    case Node::Kind::kComparison:
      break;
  }
  return MatchesComparison(node.comparison, row);
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

}  // namespace

Filter::Filter(std::string text, std::shared_ptr<const filter_internal::Node> root)
    : text_(std::move(text)), root_(std::move(root)) {}

absl::StatusOr<Filter> Filter::Parse(std::string_view text, std::span<const FilterField> allowed) {
  if (Trim(text).empty()) return Filter();
  WHENCE_ASSIGN_OR_RETURN(Node root, filter_internal::ParseFilter(text, allowed));
  return Filter(std::string(Trim(text)), std::make_shared<const Node>(std::move(root)));
}

bool Filter::Matches(const FilterLookup& row) const {
  return root_ == nullptr || MatchesNode(*root_, row);
}

}  // namespace whence
