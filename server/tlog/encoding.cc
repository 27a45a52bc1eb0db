#include "tlog/encoding.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/escaping.h"
#include "base/assert.h"
#include "base/limits.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::tlog {
namespace {

template <class Number>
std::string BigEndian(Number number) {
  std::string bytes(sizeof(Number), '\0');
  for (size_t i = sizeof(Number); i-- > 0; number = static_cast<Number>(number >> 8)) {
    bytes[i] = static_cast<char>(number & 0xff);
  }
  return bytes;
}

template <class Number>
Number FromBigEndian(std::string_view bytes) {
  WHENCE_ASSERT(bytes.size() == sizeof(Number));
  Number number = 0;
  for (const char c : bytes) {
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(c));
  }
  return number;
}

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  // Abseil passes over spaces, missing padding and stray bits; those are other spellings.
  if (EncodeBase64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string EncodeBase64(std::string_view bytes) { return absl::Base64Escape(ToAbsl(bytes)); }

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number > kMaxTreeSize) return std::nullopt;
  return number;
}

std::optional<std::string_view> TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

bool IsNoteText(std::string_view text) {
  const auto forbidden = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  return std::none_of(text.begin(), text.end(), forbidden) && IsValidUtf8(text);
}

std::string BigEndian64(uint64_t number) { return BigEndian(number); }
uint64_t FromBigEndian64(std::string_view eight_bytes) {
  return FromBigEndian<uint64_t>(eight_bytes);
}
std::string BigEndian32(uint32_t number) { return BigEndian(number); }
uint32_t FromBigEndian32(std::string_view four_bytes) {
  return FromBigEndian<uint32_t>(four_bytes);
}

}  // namespace whence::tlog
