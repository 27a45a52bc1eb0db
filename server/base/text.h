#pragma once

// Text from outside: is it UTF-8, what is in it, and how to show it in a message.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace whence {

// Takes the first code point off `rest`. Nothing, and `rest` unchanged, if `rest` is empty or does
// not open with well-formed UTF-8 (overlong forms, surrogates and values beyond U+10FFFF are not).
std::optional<char32_t> TakeCodePoint(std::string_view& rest);

// True if every byte is a visible ASCII character or a space, as nearly all of what clients send:
// valid UTF-8, without control characters, one code point a byte.
bool IsPrintableAscii(std::string_view text);

// True if all of `text` is well-formed UTF-8; also for the empty text.
bool IsValidUtf8(std::string_view text);

// True if there is a code point of U+0000 to U+001F, U+007F or U+0080 to U+009F in `text`. Bytes
// that are not UTF-8 are passed over: check IsValidUtf8 first.
bool HasControlCharacters(std::string_view text);

// Unicode's White_Space property, without the control characters among them.
bool IsSpaceCodePoint(char32_t code_point);

// Code points that show nothing: zero-width characters, bidirectional controls, soft hyphen.
bool IsInvisibleCodePoint(char32_t code_point);

// OK if `value` is at most `max_bytes` of UTF-8 without control characters; with `allow_newlines`,
// line feed, carriage return and tab are allowed. Empty is OK. Else InvalidArgument TEXT_TOO_LONG,
// TEXT_NOT_UTF8 or TEXT_HAS_CONTROL_CHARACTER with line and column.
absl::Status ValidateText(std::string_view value, std::string_view field, size_t max_bytes,
                          bool allow_newlines);

// Where a byte offset lies for a person: both from 1, columns in code points.
struct TextLocation {
  size_t line = 1;
  size_t column = 1;
};
TextLocation LocationAt(std::string_view text, size_t offset);

// The same in words: "column 5" on the first line, else "line 2, column 5".
std::string DescribeLocation(std::string_view text, size_t offset);

// `text` in double quotes, fit for an error message or a log line: always valid UTF-8 on one line;
// control characters, invisible ones and stray bytes escaped, cut after about `max_bytes` with
// "...".
std::string QuoteForMessage(std::string_view text, size_t max_bytes = 80);

}  // namespace whence
