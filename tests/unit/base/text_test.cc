#include "base/text.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base_test_util.h"

namespace whence {
namespace {

using testing::AppendUtf8;
using testing::Contains;
using testing::FieldOf;
using testing::MessageOf;
using testing::Random;
using testing::RandomBytes;
using testing::ReasonOf;

std::string Utf8(char32_t code_point) {
  std::string text;
  AppendUtf8(text, code_point);
  return text;
}

TEST_CASE("every code point but the surrogates is taken as itself", "[text]") {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    const std::string text = Utf8(c);
    std::string_view rest = text;
    const std::optional<char32_t> taken = TakeCodePoint(rest);
    if (c >= 0xd800 && c <= 0xdfff) {
      if (taken || rest.size() != text.size()) FAIL("surrogate " << static_cast<uint32_t>(c));
    } else if (taken != c || !rest.empty()) {
      FAIL("code point " << static_cast<uint32_t>(c));
    }
  }
  SUCCEED();
}

TEST_CASE("malformed UTF-8 is found", "[text]") {
  for (const char* text : {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xf4\x8f\xbf\xbf", "\xef\xbf\xbf"}) {
    CAPTURE(text);
    CHECK(IsValidUtf8(text));
  }
  CHECK(IsValidUtf8(std::string("a\0b", 3)));
  for (const char* text : {"\x80",
                           "\xbf",
                           "\xc0\x80",
                           "\xc1\xbf",
                           "\xc3",
                           "\xc3(",
                           "\xe0\x80\x80",
                           "\xe0\x9f\xbf",
                           "\xed\xa0\x80",
                           "\xed\xbf\xbf",
                           "\xe2\x82",
                           "\xf0\x80\x80\x80",
                           "\xf0\x8f\xbf\xbf",
                           "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80",
                           "\xf8\x88\x80\x80\x80",
                           "\xfe",
                           "\xff",
                           "ok\xc3",
                           "\xf0\x9f\x98"}) {
    CAPTURE(text);
    CHECK_FALSE(IsValidUtf8(text));
  }
}

TEST_CASE("control characters are C0, DEL and C1", "[text]") {
  for (char32_t c = 0; c < 0x200; ++c) {
    const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    CAPTURE(static_cast<uint32_t>(c));
    CHECK(HasControlCharacters("a" + Utf8(c) + "b") == control);
  }
  CHECK_FALSE(HasControlCharacters(""));
  // A stray continuation byte of the C1 range is no control character, only bad UTF-8.
  CHECK_FALSE(HasControlCharacters("\x85"));
  CHECK(HasControlCharacters("\xff\n"));
}

TEST_CASE("ValidateText holds its bound on both sides", "[text]") {
  CHECK(ValidateText("", "comment", 0, false).ok());
  CHECK(ValidateText(std::string(10, 'x'), "comment", 10, false).ok());
  const absl::Status status = ValidateText(std::string(11, 'x'), "comment", 10, false);
  CHECK(ReasonOf(status) == "TEXT_TOO_LONG");
  CHECK(FieldOf(status) == "comment");
  CHECK(MessageOf(status) == "comment: has 11 bytes; at most 10 are allowed");
}

TEST_CASE("ValidateText allows line breaks and tabs only where asked to", "[text]") {
  CHECK(ValidateText("a\r\n\tb", "comment", 100, true).ok());
  CHECK(ValidateText("caf\xc3\xa9 \xf0\x9f\x98\x80", "comment", 100, false).ok());
  const absl::Status newline = ValidateText("ab\ncd", "comment", 100, false);
  CHECK(ReasonOf(newline) == "TEXT_HAS_CONTROL_CHARACTER");
  CHECK(Contains(MessageOf(newline), "U+000A at column 3"));
  const absl::Status bell = ValidateText("ab\ncd\x07", "comment", 100, true);
  CHECK(ReasonOf(bell) == "TEXT_HAS_CONTROL_CHARACTER");
  CHECK(Contains(MessageOf(bell), "U+0007 at line 2, column 3"));
  CHECK(ReasonOf(ValidateText(std::string(1, '\0'), "c", 9, true)) == "TEXT_HAS_CONTROL_CHARACTER");
  CHECK(ReasonOf(ValidateText("\xc2\x85", "c", 9, true)) == "TEXT_HAS_CONTROL_CHARACTER");
}

TEST_CASE("ValidateText finds bad UTF-8 and says the byte", "[text]") {
  const absl::Status status = ValidateText("ab\xff", "comment", 100, true);
  CHECK(ReasonOf(status) == "TEXT_NOT_UTF8");
  CHECK(Contains(MessageOf(status), "byte 3"));
}

TEST_CASE("locations count lines and code points from 1", "[text]") {
  const std::string text = "a\xc3\xa9z\nxy";
  CHECK(LocationAt(text, 0).column == 1);
  CHECK(LocationAt(text, 3).column == 3);
  CHECK(LocationAt(text, 5).line == 2);
  CHECK(LocationAt(text, 5).column == 1);
  CHECK(LocationAt(text, 999).column == 3);
  CHECK(DescribeLocation(text, 3) == "column 3");
  CHECK(DescribeLocation(text, 6) == "line 2, column 2");
  CHECK(DescribeLocation("", 0) == "column 1");
}

TEST_CASE("QuoteForMessage shows text as it is where that is safe", "[text]") {
  CHECK(QuoteForMessage("") == "\"\"");
  CHECK(QuoteForMessage("caf\xc3\xa9 x") == "\"caf\xc3\xa9 x\"");
  CHECK(QuoteForMessage("a\"b\\c") == R"("a\"b\\c")");
  CHECK(QuoteForMessage("a\nb\tc\rd") == R"("a\nb\tc\rd")");
  CHECK(QuoteForMessage(std::string("\0\x1b\x7f", 3)) == R"("\u0000\u001B\u007F")");
  CHECK(QuoteForMessage("\xe2\x80\x8b\xe2\x80\xae\xef\xbb\xbf\xc2\xa0") ==
        R"("\u200B\u202E\uFEFF\u00A0")");
  CHECK(QuoteForMessage("a\xff") == R"("a\xff")");
}

TEST_CASE("QuoteForMessage cuts between code points", "[text]") {
  CHECK(QuoteForMessage("abcd", 4) == "\"abcd\"");
  CHECK(QuoteForMessage("abcde", 4) == "\"abcd...\"");
  CHECK(QuoteForMessage("abc\xc3\xa9", 4) == "\"abc...\"");
  CHECK(QuoteForMessage("abc", 0) == "\"...\"");
}

TEST_CASE("QuoteForMessage makes any bytes one safe line", "[text]") {
  Random random(11);
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes = RandomBytes(random, 120);
    const std::string quoted = QuoteForMessage(bytes);
    REQUIRE(IsValidUtf8(quoted));
    REQUIRE_FALSE(HasControlCharacters(quoted));
    REQUIRE(quoted.size() <= 80 * 7 + 5);
  }
}

TEST_CASE("spaces and invisible characters are told apart", "[text]") {
  for (const char32_t c :
       {0x20u, 0xa0u, 0x1680u, 0x2000u, 0x200au, 0x2028u, 0x2029u, 0x202fu, 0x205fu, 0x3000u}) {
    CHECK(IsSpaceCodePoint(c));
    CHECK_FALSE(IsInvisibleCodePoint(c));
  }
  for (const char32_t c :
       {0xadu, 0x200bu, 0x200du, 0x200fu, 0x202au, 0x202eu, 0x2060u, 0x2066u, 0xfeffu, 0xe0041u}) {
    CHECK(IsInvisibleCodePoint(c));
    CHECK_FALSE(IsSpaceCodePoint(c));
  }
  for (const char32_t c : {U'a', U'\u00e9', U'.', U'\u2010', U'\u3001', U'\U0001f600'}) {
    CHECK_FALSE(IsSpaceCodePoint(c));
    CHECK_FALSE(IsInvisibleCodePoint(c));
  }
}

}  // namespace
}  // namespace whence
