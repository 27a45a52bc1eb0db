#include "tlog/canonical_json.h"

#include <bit>
#include <catch2/catch.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/base_test_util.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::tlog {
namespace {

using whence::testing::AppendUtf8;
using whence::testing::Random;
using whence::testing::RandomCodePoint;
using whence::testing::ReasonOf;

std::string Canonical(std::string_view text) {
  const absl::StatusOr<Json> value = ParseJson(text);
  REQUIRE(value.ok());
  return CanonicalJson(*value).value();
}

TEST_CASE("numbers are those of RFC 8785's appendix B", "[json]") {
  const std::vector<std::pair<uint64_t, const char*>> samples = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) {
    CHECK(EcmaScriptNumber(std::bit_cast<double>(bits)) == text);
    CHECK(Canonical(text) == text);
  }
  for (const double number :
       {std::bit_cast<double>(uint64_t{0x7fffffffffffffff}),
        std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    CHECK(ReasonOf(CanonicalJson(number)) == "NUMBER_NOT_FINITE");
  }
}

TEST_CASE("numbers read back as what they were", "[json]") {
  Random random(9);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random.Next());
    if (!std::isfinite(number)) continue;
    const std::string text = EcmaScriptNumber(number);
    double again = 0;
    REQUIRE(std::from_chars(text.data(), text.data() + text.size(), again).ec == std::errc());
    REQUIRE(again == number);
    REQUIRE(Canonical(text) == text);
  }
}

TEST_CASE("RFC 8785's examples", "[json]") {
  CHECK(Canonical(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })") == R"({"literals":[null,true,false],)"
          R"("numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],)"
          R"("string":"€$\u000f\nA'B\"\\\\\"/"})");
  CHECK(Canonical(R"({
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis"
  })") ==
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
        "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
        "\"\U0001f600\":\"Emoji: Grinning Face\","
        "\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST_CASE("texts are escaped where they must be, and nowhere else", "[json]") {
  CHECK(*CanonicalJson("\b\t\n\f\r\"\\") == R"("\b\t\n\f\r\"\\")");
  CHECK(*CanonicalJson(std::string("\0\x01\x1f\x7f/", 5)) == "\"\\u0000\\u0001\\u001f\x7f/\"");
  CHECK(*CanonicalJson("\u20ac\U0001f600\u2028") == "\"\u20ac\U0001f600\u2028\"");
  CHECK(ReasonOf(CanonicalJson("\xff")) == "TEXT_NOT_UTF8");
  CHECK(ReasonOf(CanonicalJson(Json::Object{{"\xed\xa0\x80", 1}})) == "TEXT_NOT_UTF8");
}

TEST_CASE("values of every kind", "[json]") {
  CHECK(*CanonicalJson(Json()) == "null");
  CHECK(*CanonicalJson(true) == "true");
  CHECK(*CanonicalJson(-17) == "-17");
  CHECK(*CanonicalJson(Json::Array{}) == "[]");
  CHECK(*CanonicalJson(Json::Object{}) == "{}");
  CHECK(*CanonicalJson(Json::Object{{"b", Json::Array{1, "x", false, Json()}}, {"a", 0.5}}) ==
        R"({"a":0.5,"b":[1,"x",false,null]})");
  CHECK(*CanonicalJson(kMaxExactInteger) == "9007199254740991");
  CHECK(*CanonicalJson(-kMaxExactInteger) == "-9007199254740991");
  CHECK(ReasonOf(CanonicalJson(kMaxExactInteger + 1)) == "NUMBER_NOT_EXACT");
  CHECK(ReasonOf(CanonicalJson(std::numeric_limits<int64_t>::min())) == "NUMBER_NOT_EXACT");
  CHECK(ReasonOf(CanonicalJson(Json::Object{{"a", 1}, {"b", 2}, {"a", 1}})) == "JSON_MALFORMED");
  const Json object = Json::Object{{"a", 1}, {"b", "x"}};
  CHECK(*object.Find("b")->text() == "x");
  CHECK(object.Find("c") == nullptr);
  CHECK(Json("x").Find("a") == nullptr);
  CHECK(Json().is_null());
}

// By definition: as UTF-16.
std::u16string Utf16(const std::u32string& text) {
  std::u16string units;
  for (const char32_t c : text) {
    if (c < 0x10000) {
      units.push_back(static_cast<char16_t>(c));
    } else {
      units.push_back(static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10)));
      units.push_back(static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff)));
    }
  }
  return units;
}

std::string Utf8(const std::u32string& text) {
  std::string bytes;
  for (const char32_t c : text) AppendUtf8(bytes, c);
  return bytes;
}

TEST_CASE("members are ordered by UTF-16 code units", "[json]") {
  Random random(10);
  for (int i = 0; i < 20'000; ++i) {
    std::u32string a;
    std::u32string b;
    for (size_t n = random.Below(4); n > 0; --n) a.push_back(RandomCodePoint(random));
    b = a.substr(0, random.Below(a.size() + 1));
    for (size_t n = random.Below(3); n > 0; --n) b.push_back(RandomCodePoint(random));
    REQUIRE(ComesBefore(Utf8(a), Utf8(b)) == (Utf16(a) < Utf16(b)));
  }
}

TEST_CASE("JSON that is none is refused", "[json]") {
  for (const std::string& text : std::vector<std::string>{"",
                                                          " ",
                                                          "nul",
                                                          "nullx",
                                                          "True",
                                                          "'a'",
                                                          "\"",
                                                          "\"a",
                                                          "\"\\x\"",
                                                          "\"\\u12\"",
                                                          "\"\\u12g4\"",
                                                          "\"\\ud800\"",
                                                          "\"\\ud800\\u0041\"",
                                                          "\"\\udc00\"",
                                                          "\"\n\"",
                                                          "\"\xff\"",
                                                          "[",
                                                          "[1",
                                                          "[1,",
                                                          "[1,]",
                                                          "[,1]",
                                                          "[1 2]",
                                                          "]",
                                                          "{",
                                                          "{\"a\"",
                                                          "{\"a\":",
                                                          "{\"a\":1",
                                                          "{\"a\":1,}",
                                                          "{a:1}",
                                                          "{\"a\":1 \"b\":2}",
                                                          "{\"a\":1,\"a\":1}",
                                                          "{\"a\":1,\"\\u0061\":2}",
                                                          "01",
                                                          "-",
                                                          "+1",
                                                          "1.",
                                                          ".5",
                                                          "1e",
                                                          "1e+",
                                                          "-01",
                                                          "1e400",
                                                          "-1e400",
                                                          "0x1",
                                                          "NaN",
                                                          "Infinity",
                                                          "1 1",
                                                          "[1]x",
                                                          "\xef\xbb\xbf"
                                                          "1",
                                                          "/**/1",
                                                          "\"\\u+123\"",
                                                          "\"\\u-123\""}) {
    CAPTURE(text);
    CHECK(ReasonOf(ParseJson(text)) == "JSON_MALFORMED");
    CHECK_FALSE(IsCanonicalJson(text));
  }
}

TEST_CASE("JSON has a bound of its depth", "[json]") {
  const auto nested = [](size_t depth) {
    return StrCat(std::string(depth, '['), std::string(depth, ']'));
  };
  CHECK(ParseJson(nested(kMaxLedgerJsonDepth)).ok());
  CHECK(ReasonOf(ParseJson(nested(kMaxLedgerJsonDepth + 1))) == "JSON_MALFORMED");
  CHECK(ReasonOf(ParseJson(std::string(1'000'000, '['))) == "JSON_MALFORMED");
  Json value;
  for (size_t i = 0; i < kMaxLedgerJsonDepth; ++i) value = Json::Array{value};
  CHECK(CanonicalJson(value).ok());
  CHECK(ReasonOf(CanonicalJson(Json::Object{{"a", value}})) == "JSON_MALFORMED");
}

TEST_CASE("whether a text is in its canonical spelling", "[json]") {
  CHECK(IsCanonicalJson(R"({"a":[1,0.5,"\n"],"b":null})"));
  for (const char* text : {"{\"b\":1,\"a\":1}", "{ }", "[1, 2]", "1.0", "1e2", "-0", "\"\\u0041\"",
                           "\"\\/\"", "\"\\u001F\"", " 1", "1\n"}) {
    CAPTURE(text);
    CHECK(ParseJson(text).ok());
    CHECK_FALSE(IsCanonicalJson(text));
  }
}

}  // namespace
}  // namespace whence::tlog
