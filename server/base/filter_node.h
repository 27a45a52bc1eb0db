#pragma once

// Private to base: the tree of a parsed filter, between filter_parser.cc, which builds it, and
// filter.cc, which evaluates it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/filter.h"

namespace whence::filter_internal {

enum class Operator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kHas
};

// The value of a comparison, read in every way that it can be.
struct Literal {
  std::string text;
  std::optional<double> number;
  std::optional<absl::Time> time;
  std::optional<bool> boolean;
};

struct Comparison {
  std::string field;
  FilterField::Type type = FilterField::kString;
  std::optional<std::string> key;  // maps: set but for `field:key`, where the value is the key
  Operator op = Operator::kEqual;
  Literal value;
};

// An inner node has children: kAnd and kOr two or more, kNot one. A kComparison has none.
struct Node {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kComparison };

  Kind kind = Kind::kComparison;
  std::vector<Node> children;
  Comparison comparison;
};

// A number in decimal notation; nothing for other text, infinities and NaN.
std::optional<double> ReadNumber(std::string_view text);

// `text` read in every way that it can be.
Literal MakeLiteral(std::string text);

// Whether a literal can be compared with fields of the type.
bool HasType(const Literal& value, FilterField::Type type);

// Whether fields of the type know the operator at all.
bool Knows(FilterField::Type type, Operator op);

// For messages: "a number", and what to write ("Write a number such as 0.5."); `otherwise` for
// types that take any text.
std::string_view DescribeType(FilterField::Type type);
std::string_view ExampleOfType(FilterField::Type type, std::string_view otherwise);

// The tree of a filter that is not blank. Errors as Filter::Parse.
absl::StatusOr<Node> ParseFilter(std::string_view text, std::span<const FilterField> allowed);

}  // namespace whence::filter_internal
