#include "base/name.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "base_test_util.h"

namespace whence {
namespace {

using Parts = std::vector<std::string>;
using testing::Contains;
using testing::FieldOf;
using testing::HintOf;
using testing::MessageOf;
using testing::Random;
using testing::RandomBytes;
using testing::ReasonOf;

TEST_CASE("legal name parts", "[name]") {
  for (const std::string& part :
       {std::string("a"), std::string("A-b_9"), std::string("s3://lake"), std::string("a.b"),
        std::string("home address"), std::string("caf\xc3\xa9"), std::string("`"),
        std::string("say `hi`"), std::string("\xf0\x9f\x98\x80"),
        std::string("..."
                    "x"),
        std::string("a\xe2\x80\x8d"
                    "b"),
        std::string("-"), std::string("\"'\\/@#:"), std::string(255, 'x')}) {
    CAPTURE(part);
    CHECK(ValidateNamePart(part, "name").ok());
  }
}

TEST_CASE("a name part has 1 to 255 bytes", "[name]") {
  CHECK(ReasonOf(ValidateNamePart("", "name")) == "NAME_PART_EMPTY");
  CHECK(ValidateNamePart(std::string(255, 'x'), "name").ok());
  const absl::Status status = ValidateNamePart(std::string(256, 'x'), "name");
  CHECK(ReasonOf(status) == "NAME_PART_TOO_LONG");
  CHECK(FieldOf(status) == "name");
  CHECK(Contains(MessageOf(status), "256 bytes"));
  // Bytes count, not characters.
  std::string accents;
  for (int i = 0; i < 128; ++i) accents += "\xc3\xa9";
  CHECK(ReasonOf(ValidateNamePart(accents, "name")) == "NAME_PART_TOO_LONG");
}

TEST_CASE("a name part is UTF-8 without control characters", "[name]") {
  CHECK(ReasonOf(ValidateNamePart("a\xff", "name")) == "NAME_NOT_UTF8");
  CHECK(ReasonOf(ValidateNamePart("\xed\xa0\x80", "name")) == "NAME_NOT_UTF8");
  for (const char* part : {"a\nb", "\t", "\x1b[31m", "a\x7f", "a\xc2\x9f"}) {
    CAPTURE(part);
    CHECK(ReasonOf(ValidateNamePart(part, "name")) == "NAME_HAS_CONTROL_CHARACTER");
  }
  CHECK(ReasonOf(ValidateNamePart(std::string("a\0b", 3), "name")) == "NAME_HAS_CONTROL_CHARACTER");
}

TEST_CASE("dots, spaces and invisible characters alone are reserved", "[name]") {
  for (const char* part : {".", "..", "...", " ", "   ", ". .", "\xc2\xa0", "\xe3\x80\x80",
                           "\xe2\x80\x8b", "\xef\xbb\xbf.", "\xe2\x80\xae"}) {
    CAPTURE(part);
    CHECK(ReasonOf(ValidateNamePart(part, "name")) == "NAME_PART_RESERVED");
  }
  for (const char* part : {" a", "a ",
                           "\xc2\xa0"
                           "a",
                           "a\xe3\x80\x80"}) {
    CAPTURE(part);
    CHECK(ReasonOf(ValidateNamePart(part, "name")) == "NAME_PART_RESERVED");
  }
  CHECK(ValidateNamePart("a b", "name").ok());
  CHECK(ValidateNamePart("..a", "name").ok());
}

TEST_CASE("parts are quoted where they must be", "[name]") {
  CHECK(QuoteNamePart("scores-v2_X") == "scores-v2_X");
  CHECK(QuoteNamePart("a.b") == "`a.b`");
  CHECK(QuoteNamePart("s3://lake") == "`s3://lake`");
  CHECK(QuoteNamePart("say `hi`") == "`say ``hi```");
  CHECK(QuoteNamePart("`") == "````");
  CHECK(QuoteNamePart("caf\xc3\xa9") == "`caf\xc3\xa9`");
  CHECK(QuoteNamePart("") == "``");
  CHECK(FormatName(Parts{"s3://lake", "default", "a.b"}) == "`s3://lake`.default.`a.b`");
  CHECK(FormatName(Parts{}) == "");
}

TEST_CASE("names parse into their parts", "[name]") {
  CHECK(ParseName("prod", "name").value() == Parts{"prod"});
  CHECK(ParseName("prod.fraud", "name").value() == Parts{"prod", "fraud"});
  CHECK(ParseName("prod.fraud.scores", "name").value() == Parts{"prod", "fraud", "scores"});
  CHECK(ParseName("`s3://lake`.default.`a.b`", "name").value() ==
        Parts{"s3://lake", "default", "a.b"});
  CHECK(ParseName("`say ``hi```.x.````", "name").value() == Parts{"say `hi`", "x", "`"});
  CHECK(ParseName("`prod`", "name").value() == Parts{"prod"});
  CHECK(ParseName("-._.9", "name").value() == Parts{"-", "_", "9"});
  CHECK(ParseName("`a`.`b`.`c`.`d`", "name", 4, 4).value() == Parts{"a", "b", "c", "d"});
}

TEST_CASE("a character that needs quoting is shown with its column and the quoted form", "[name]") {
  struct Case {
    std::string text;
    std::string message;
  };
  for (const Case& c : {
           Case{"prod.caf\xc3\xa9.x",
                "name: \"\xc3\xa9\" at column 9 is only legal in backticks: write "
                "prod.`caf\xc3\xa9`.x"},
           Case{"\xc3\xa9t\xc3\xa9 x",
                "name: \"\xc3\xa9\" at column 1 is only legal in backticks: "
                "write `\xc3\xa9t\xc3\xa9 x`"},
           Case{"s3://lake.a",
                "name: \":\" at column 3 is only legal in backticks: write `s3://lake`.a"},
           Case{"prod. raw.x",
                "name: \" \" at column 6 is only legal in backticks: write "
                "prod.raw.x"},
           Case{"a b..c", "name: \" \" at column 2 is only legal in backticks"},
           Case{"a`b`", "name: \"`\" at column 2 is only legal in backticks"},
           Case{"`a`b.c",
                "name: expected a dot or the end after the closing backtick, found "
                "\"b\" at column 4"},
           Case{"x.`a``", "name: the backtick at column 3 is never closed"},
           Case{"`", "name: the backtick at column 1 is never closed"},
           Case{"a.`b`.`c", "name: the backtick at column 7 is never closed"},
       }) {
    CAPTURE(c.text);
    const auto result = ParseName(c.text, "name");
    CHECK(ReasonOf(result) == "NAME_MALFORMED");
    CHECK(MessageOf(result) == c.message);
    CHECK(Contains(HintOf(result), "backticks"));
  }
}

TEST_CASE("empty parts, wrong depth and bad parts are named", "[name]") {
  CHECK(MessageOf(ParseName("", "name")) == "name: the name is empty");
  for (const char* text : {"", ".", "a.", ".a", "a..b", "``", "a.``"}) {
    CAPTURE(text);
    CHECK(ReasonOf(ParseName(text, "name")) == "NAME_PART_EMPTY");
  }
  CHECK(Contains(MessageOf(ParseName("a..b", "name")), "column 3"));
  CHECK(ReasonOf(ParseName("a.b.c.d", "name")) == "NAME_WRONG_DEPTH");
  CHECK(MessageOf(ParseName("a.b.c.d", "name")) ==
        "name: \"a.b.c.d\" has 4 parts; 1 to 3 expected");
  CHECK(MessageOf(ParseName("a", "name", 3, 3)) == "name: \"a\" has 1 part; 3 expected");
  CHECK(ReasonOf(ParseName("a.b", "name", 1, 1)) == "NAME_WRONG_DEPTH");
  CHECK(ReasonOf(ParseName("`..`.x", "name")) == "NAME_PART_RESERVED");
  CHECK(ReasonOf(ParseName("` a`.x", "name")) == "NAME_PART_RESERVED");
  CHECK(ReasonOf(ParseName("x." + std::string(256, 'y'), "name")) == "NAME_PART_TOO_LONG");
  CHECK(ReasonOf(ParseName("`a\nb`", "name")) == "NAME_HAS_CONTROL_CHARACTER");
  CHECK(ReasonOf(ParseName("`a\xff`", "name")) == "NAME_NOT_UTF8");
  CHECK(ReasonOf(ParseName(std::string(1 << 20, 'a'), "name")) == "NAME_PART_TOO_LONG");
  CHECK(ReasonOf(ParseName(std::string(1 << 20, '`'), "name")) == "NAME_PART_TOO_LONG");
}

TEST_CASE("the longest names there can be make the round trip", "[name]") {
  const Parts plain(3, std::string(255, 'x'));
  const Parts worst(3, std::string(255, '`'));
  CHECK(ParseName(FormatName(plain), "name").value() == plain);
  CHECK(ParseName(FormatName(worst), "name").value() == worst);
}

// A part of random code points, made legal by trying again.
std::string RandomPart(Random& random) {
  while (true) {
    std::string part;
    for (size_t n = 1 + random.Below(12); n > 0; --n) {
      testing::AppendUtf8(part, testing::RandomCodePoint(random));
    }
    if (ValidateNamePart(part, "name").ok()) return part;
  }
}

TEST_CASE("every legal name makes the round trip", "[name]") {
  Random random(2024);
  for (int i = 0; i < 20'000; ++i) {
    Parts parts;
    for (size_t n = 1 + random.Below(3); n > 0; --n) parts.push_back(RandomPart(random));
    const std::string text = FormatName(parts);
    CAPTURE(text);
    const auto parsed = ParseName(text, "name");
    REQUIRE(parsed.ok());
    REQUIRE(*parsed == parts);
    REQUIRE(FormatName(*parsed) == text);
  }
}

TEST_CASE("every single code point is a legal part or refused by name", "[name]") {
  size_t legal = 0;
  for (char32_t c = 1; c <= 0x10ffff; c += (c < 0x3100 ? 1 : 97)) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string part;
    testing::AppendUtf8(part, c);
    const absl::Status valid = ValidateNamePart(part, "name");
    if (!valid.ok()) continue;
    ++legal;
    const auto parsed = ParseName(QuoteNamePart(part), "name");
    if (!parsed.ok() || *parsed != Parts{part}) FAIL("code point " << static_cast<uint32_t>(c));
  }
  CHECK(legal > 20'000);
}

TEST_CASE("hostile text is a legal name or refused by name, in a printable message", "[name]") {
  Random random(77);
  size_t legal = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string text = RandomBytes(random, 40);
    const auto parsed = ParseName(text, "name");
    if (parsed.ok()) {
      ++legal;
      REQUIRE(ParseName(FormatName(*parsed), "name").value() == *parsed);
      continue;
    }
    REQUIRE(ReasonOf(parsed).rfind("NAME_", 0) == 0);
    REQUIRE(IsValidUtf8(MessageOf(parsed)));
    REQUIRE_FALSE(HasControlCharacters(MessageOf(parsed)));
    REQUIRE_FALSE(HintOf(parsed).empty());
  }
  CHECK(legal > 0);
}

TEST_CASE("a suggested form is a legal name", "[name]") {
  Random random(78);
  size_t suggested = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t n = 1 + random.Below(10); n > 0; --n) {
      testing::AppendUtf8(text, testing::RandomCodePoint(random));
    }
    const std::string message = MessageOf(ParseName(text, "name"));
    const size_t at = message.find(": write ");
    if (at == std::string::npos) continue;
    ++suggested;
    CAPTURE(message);
    REQUIRE(ParseName(message.substr(at + 8), "name", 1, 100).ok());
  }
  CHECK(suggested > 100);
}

}  // namespace
}  // namespace whence
