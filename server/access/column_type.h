// What a column's type means to masks and row filters: engines print thousands of types, masks tell
// eleven classes apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whence::access {

enum class TypeClass : int {
  kOther = 0,  // arrays, structs, json, uuid ... and a column whose type is not known
  kString = 1,
  kInteger = 2,
  kFloat = 3,
  kDecimal = 4,
  kBoolean = 5,
  kDate = 6,
  kTimestamp = 7,  // a date and time of day without a zone
  kInstant = 8,    // a point in time: a timestamp with (local) time zone
  kTime = 9,
  kBytes = 10,
};

// "string", "integer" ...
std::string_view TypeClassName(TypeClass type_class);

// The class of a type as an engine prints it, in any case: `VARCHAR(20)`, `bigint`,
// `timestamp(6) with time zone`, `DOUBLE PRECISION`. What an engine calls plain `timestamp` is
// kTimestamp; where it is an instant in a dialect, sql_mask.h knows. Anything unknown is kOther.
TypeClass TypeClassOf(std::string_view type);

// True for type names that can stand in SQL as they are: words, and numbers in parentheses. A type
// comes from whoever registered the schema, so it is never copied into SQL unless this is true.
bool IsPlainType(std::string_view type);

// `text` in the form in which values of the class are written down, whatever engine they come from:
// strings as they are; integers `-12`; decimals and floats as digits with an optional fraction
// (floats also with an exponent); `true` or `false`; dates `2026-03-01`; timestamps and instants
// `2026-03-01 12:00:00` with an optional fraction (instants: in UTC); times `12:00:00`. Nothing
// when `text` is no such value, and for kBytes and kOther.
std::optional<std::string> CanonicalValue(TypeClass type_class, std::string_view text);

}  // namespace whence::access
