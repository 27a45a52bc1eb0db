// JSON in the one spelling that RFC 8785 (JCS) gives every value, so that it can be hashed: what
// the ledger's leaves and signed statements are written in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence::tlog {

// Purpose: a JSON value, to be put together or looked through. A value; immutable ones may be read
// on any thread.
class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  // in any order; written in the canonical one

  // NOLINTBEGIN(google-explicit-constructor): a value is written as what it is
  Json();  // null
  Json(bool value);
  Json(int value);
  Json(int64_t value);
  Json(double value);
  Json(const char* value);
  Json(std::string_view value);
  Json(std::string value);
  Json(Array value);
  Json(Object value);
  // NOLINTEND(google-explicit-constructor)
  // Defined where Member is whole.
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // Null where it is something else. What ParseJson read has no integers, only doubles.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&value_); }
  const double* number() const { return std::get_if<double>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  // Of an object: the member's value; null where there is none, or this is no object.
  const Json* Find(std::string_view name) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
  std::string name;
  Json value;
};

// The canonical text: no spaces, members by their names' UTF-16 code units, numbers as ECMAScript
// writes them. InvalidArgument NUMBER_NOT_FINITE; NUMBER_NOT_EXACT: an integer beyond
// kMaxExactInteger, which others would read as another one (write it as text); TEXT_NOT_UTF8;
// JSON_MALFORMED: a name twice in one object, or over kMaxLedgerJsonDepth levels.
absl::StatusOr<std::string> CanonicalJson(const Json& value);

// Appends `text` as a JSON string in its canonical spelling: for who writes an object whose members
// it knows, without making a Json of it. InvalidArgument TEXT_NOT_UTF8, and `out` as it was.
absl::Status AppendJsonText(std::string_view text, std::string* out);

// The value that is all of `text` but white space: RFC 8259 without extensions, at most
// kMaxLedgerJsonDepth arrays and objects inside each other, no object with two members of one name,
// no number that a double cannot hold, no lone surrogate. Otherwise InvalidArgument JSON_MALFORMED,
// which says where.
absl::StatusOr<Json> ParseJson(std::string_view text);

// Whether `text` is JSON in its canonical spelling, as every leaf is.
bool IsCanonicalJson(std::string_view text);

// As ECMAScript's Number::toString: the fewest digits that read back as `number`, which must be
// finite (asserted).
std::string EcmaScriptNumber(double number);

// Whether `a` comes before `b` by their UTF-16 code units; both are UTF-8.
bool ComesBefore(std::string_view a, std::string_view b);

}  // namespace whence::tlog
