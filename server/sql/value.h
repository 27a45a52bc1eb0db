#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace whence::sql {

// Binds SQL NULL.
struct Null {};

// Binds the bytes as a BLOB instead of TEXT. An empty Blob is an empty blob, not NULL.
struct Blob {
  std::string_view bytes;
};

namespace internal {

// One bound argument: a small tagged value that borrows text and blobs from the caller.
struct Argument {
  enum class Kind : uint8_t { kNull, kInteger, kReal, kText, kBlob };
  Kind kind = Kind::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string_view bytes;
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
inline constexpr bool kUnsupported = false;

// Microseconds since the epoch; the infinities map to the limits of int64 and back.
int64_t TimeToInteger(absl::Time time);
absl::Time TimeFromInteger(int64_t micros);

// The types a statement accepts. A 64-bit unsigned value does not fit an INTEGER column, so it is
// refused at compile time: cast it knowingly. A NaN is stored as NULL (SQLite has no NaN).
template <class T>
Argument ToArgument(const T& value) {
  Argument out;
  if constexpr (IsOptional<T>::value) {
    return value.has_value() ? ToArgument(*value) : out;
  } else if constexpr (std::is_same_v<T, Null> || std::is_same_v<T, std::nullopt_t>) {
    return out;
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    out.kind = Argument::Kind::kInteger;
    out.integer = TimeToInteger(value);
  } else if constexpr (std::is_same_v<T, Blob>) {
    out.kind = Argument::Kind::kBlob;
    out.bytes = value.bytes;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    out.kind = Argument::Kind::kText;
    out.bytes = value;
  } else if constexpr (std::is_same_v<T, absl::string_view>) {
    out.kind = Argument::Kind::kText;
    out.bytes = std::string_view(value.data(), value.size());
  } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
    static_assert(std::is_enum_v<T> || sizeof(T) < 8 || std::is_signed_v<T>,
                  "an unsigned 64-bit value does not fit INTEGER: cast it to int64_t knowingly");
    out.kind = Argument::Kind::kInteger;
    out.integer = static_cast<int64_t>(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    out.kind = Argument::Kind::kReal;
    out.real = static_cast<double>(value);
  } else {
    static_assert(kUnsupported<T>, "this type cannot be bound to an SQL parameter");
  }
  return out;
}

}  // namespace internal
}  // namespace whence::sql
