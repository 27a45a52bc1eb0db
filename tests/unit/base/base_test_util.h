#pragma once

// What the tests of base share: reasons of errors, and seeded random numbers and texts that are the
// same on every machine.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error.h"

namespace whence::testing {

inline std::string ReasonOf(const absl::Status& status) { return GetErrorDetail(status).reason; }
inline std::string HintOf(const absl::Status& status) { return GetErrorDetail(status).hint; }
inline std::string FieldOf(const absl::Status& status) { return GetErrorDetail(status).field; }
inline std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

template <typename T>
std::string ReasonOf(const absl::StatusOr<T>& result) {
  return ReasonOf(result.status());
}
template <typename T>
std::string MessageOf(const absl::StatusOr<T>& result) {
  return MessageOf(result.status());
}
template <typename T>
std::string HintOf(const absl::StatusOr<T>& result) {
  return HintOf(result.status());
}

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// xorshift64*; good enough to pick test cases.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2685821657736338717u + 1) {}

  uint64_t Next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717u;
  }
  // 0 to bound - 1.
  size_t Below(size_t bound) { return static_cast<size_t>((Next() >> 16) % bound); }
  bool OneIn(size_t n) { return Below(n) == 0; }

  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }

 private:
  uint64_t state_;
};

inline void AppendUtf8(std::string& out, char32_t c) {
  const auto tail = [&out](char32_t bits) {
    out.push_back(static_cast<char>(0x80u | (bits & 0x3fu)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0u | (c >> 6)));
    tail(c);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0u | (c >> 12)));
    tail(c >> 6);
    tail(c);
  } else {
    out.push_back(static_cast<char>(0xf0u | (c >> 18)));
    tail(c >> 12);
    tail(c >> 6);
    tail(c);
  }
}

// A code point of any plane, often one that means something to a parser.
inline char32_t RandomCodePoint(Random& random) {
  constexpr std::u32string_view kSpecial = U"``..@#:/\\\"' (){}[]-_,;=<>!&|%$*?+~^";
  switch (random.Below(6)) {
    case 0:
      return kSpecial[random.Below(kSpecial.size())];
    case 1:
      return static_cast<char32_t>(0x20 + random.Below(0x5f));
    case 2:
      return static_cast<char32_t>(0xa0 + random.Below(0x700 - 0xa0));
    case 3:
      return static_cast<char32_t>(0x800 + random.Below(0xd800 - 0x800));
    case 4:
      return static_cast<char32_t>(0xe000 + random.Below(0x10000 - 0xe000));
    default:
      return static_cast<char32_t>(0x10000 + random.Below(0x110000 - 0x10000));
  }
}

// Any bytes at all, biased to what parsers look at.
inline std::string RandomBytes(Random& random, size_t max_size) {
  std::string bytes;
  const size_t size = random.Below(max_size + 1);
  while (bytes.size() < size) {
    if (random.OneIn(3)) {
      bytes.push_back(static_cast<char>(random.Below(256)));
    } else {
      AppendUtf8(bytes, RandomCodePoint(random));
    }
  }
  return bytes;
}

}  // namespace whence::testing
