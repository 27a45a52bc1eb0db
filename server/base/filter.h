#pragma once

// Filters of lists: a small part of AIP-160.
//
//   filter     := [ expression ]                      empty: everything matches
//   expression := term { "OR" term }
//   term       := factor { [ "AND" ] factor }         side by side means AND
//   factor     := [ "NOT" | "-" ] ( "(" expression ")" | comparison )
//   comparison := field operator value
//   field      := name | name "." key                 key: of a map; bare or "quoted"
//   operator   := "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//   value      := "quoted" | bare                     in quotes \" and \\ are escapes
//
// AND binds tighter than OR (AIP-160 has it the other way; use parentheses when in doubt).
// Keywords are upper-case. A bare value is letters, digits, non-ASCII characters and _ . : + - / @;
// it ends at anything else. Times are RFC 3339 ("2026-03-01T00:00:00Z") or a date (midnight UTC).
//
//   kind = MODEL AND create_time >= 2026-01-01
//   tags.pii = "email" OR tags:secret
//   NOT (owner = ana) name:fraud
//
// What a comparison means:
//   - `=` on strings is exact, byte by byte; `<` and the like go by bytes; `:` asks whether the
//     field contains the value, case counting.
//   - Numbers and times compare as such; `:` is not for them. Booleans (true, false) know = and !=.
//   - Maps: `tags:pii` asks whether there is an entry with that key; `tags.pii OP value` asks
//     whether *any* entry with that key compares so. Entries that are strings are ordered as
//     numbers when both sides are numbers, else by bytes; equality of strings is always exact.
//     Entries of another type compare in their type, and never match a value that is not of it.
//   - A field that has no value matches no comparison. `a != b` is exactly `NOT a = b`: so it
//     matches where there is no value, and where none of several map entries is `b`.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace whence {

// A field's value. monostate: the row has none.
using FilterValue = std::variant<std::monostate, std::string, double, absl::Time, bool>;

// A field that a list can be filtered by.
struct FilterField {
  enum Type { kString, kNumber, kTime, kBool, kMap };

  std::string_view name;  // [a-z][a-z0-9_]*
  Type type;
  // For kString: the values there are (an enum's names). If given, `=` and `!=` with any other
  // value are refused instead of silently matching nothing. Must outlive the parse only.
  std::span<const std::string_view> values = {};
};

// How Filter sees a row. Implemented by whoever lists; made on the stack per row.
class FilterLookup {
 public:
  virtual ~FilterLookup() = default;

  // The value of a field that is no map: of the field's type, or monostate (asserted).
  virtual FilterValue Get(std::string_view field) const = 0;

  // All values that a map field has under `key`: none if the key is not there; one per entry if a
  // key can have several (a tag set twice); {""} for a key without a value. Any type but
  // monostate; properties and tags are strings, metrics are doubles.
  virtual std::vector<FilterValue> GetMap(std::string_view field, std::string_view key) const {
    static_cast<void>(field);
    static_cast<void>(key);
    return {};
  }
};

namespace filter_internal {
struct Node;
}  // namespace filter_internal

// A parsed filter. Immutable, cheap to copy, safe to use from several threads at once.
class Filter {
 public:
  // Matches everything.
  Filter() = default;

  // The filter in `text`, over the `allowed` fields. Else InvalidArgument on the field "filter":
  //   FILTER_MALFORMED      the message has the column and what was expected there
  //   FILTER_UNKNOWN_FIELD  the message lists the allowed ones
  //   FILTER_TOO_COMPLEX    longer, with more comparisons or deeper than base/limits.h allows
  static absl::StatusOr<Filter> Parse(std::string_view text, std::span<const FilterField> allowed);

  bool Matches(const FilterLookup& row) const;

  // True if everything matches because nothing was asked for.
  bool empty() const { return root_ == nullptr; }

  // The text it was parsed from, without spaces around it.
  const std::string& text() const { return text_; }

 private:
  Filter(std::string text, std::shared_ptr<const filter_internal::Node> root);

  std::string text_;
  std::shared_ptr<const filter_internal::Node> root_;
};

}  // namespace whence
