#pragma once

// Text between the standard library and Abseil. Debian builds Abseil as C++14, so there
// absl::string_view is a type of its own that does not convert from or to std::string_view, and
// absl::StrCat, absl::Status and heterogeneous map lookups refuse a std::string_view. The house
// speaks std::string_view; here is the bridge. (With an Abseil built as C++17 both are one type and
// all of this still compiles.)

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace whence {

// Neither copies: the result lives as long as the text behind the argument.
inline absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}
inline std::string_view ToStd(absl::string_view text) {
  return std::string_view(text.data(), text.size());
}

namespace strings_internal {

template <typename T>
decltype(auto) Piece(const T& piece) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return ToAbsl(piece);
  } else {
    return (piece);
  }
}

}  // namespace strings_internal

// absl::StrCat and absl::StrAppend that take std::string_view as well.
template <typename... T>
[[nodiscard]] std::string StrCat(const T&... pieces) {
  return absl::StrCat(strings_internal::Piece(pieces)...);
}
template <typename... T>
void StrAppend(std::string* out, const T&... pieces) {
  absl::StrAppend(out, strings_internal::Piece(pieces)...);
}

// Hash and equality for maps and sets keyed by std::string that are asked with a std::string_view:
//   absl::flat_hash_map<std::string, V, StringHash, StringEqual>
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace whence
