// JSON as strangers send it.
#include "access/strict_json.h"

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/match.h"
#include "access/jwk.h"
#include "base/error.h"

namespace whence::access {
namespace {

// What is wrong with a text; empty when it is right.
std::string Wrong(std::string_view text, size_t max_depth = 4) {
  const auto value = ParseStrictJson(text, max_depth);
  if (value.ok()) return "";
  CHECK(absl::IsInvalidArgument(value.status()));
  CHECK(GetErrorDetail(value.status()).reason == "JSON_MALFORMED");
  return std::string(value.status().message());
}

TEST_CASE("strict JSON gives the value it was given") {
  const auto value = ParseStrictJson(
      " {\"a\":[1,-2,18446744073709551615,1.5,true,null],\"b\":{\"c\":\"d\\u00e9\\n\"},\"\":\"\"} ",
      4);
  REQUIRE(value.ok());
  const auto& object = value->get_object();
  CHECK(object.size() == 3);
  CHECK(object.at("a").at(0) == 1);
  CHECK(object.at("a").at(2) == 18446744073709551615ULL);
  CHECK(object.at("a").at(3) == 1.5);
  CHECK(object.at("a").at(5).is_null());
  CHECK(TextOf(*FindString(object.at("b").get_object(), "c")) == "d\u00e9\n");
  CHECK(FindString(object, "a") == nullptr);
  CHECK(FindString(object, "missing") == nullptr);
  CHECK(TextOf(*FindString(object, "")).empty());
  // Keys and texts longer than any buffer of the parser.
  const std::string longest(100'000, 'k');
  const auto large = ParseStrictJson("{\"" + longest + "\":\"" + longest + "\"}", 4);
  REQUIRE(large.ok());
  CHECK(TextOf(*FindString(large->get_object(), longest)) == longest);
}

TEST_CASE("strict JSON has one meaning") {
  CHECK(absl::StrContains(Wrong(R"({"a":1,"a":1})"), "two members of one name"));
  CHECK(absl::StrContains(Wrong(R"({"b":{"a":1,"c":2,"a":3}})"), "two members of one name"));
  CHECK(absl::StrContains(Wrong(R"({"":1,"":1})"), "two members of one name"));
  CHECK(Wrong(R"({"a":{"a":1},"A":2,"b":{"a":3}})").empty());
  CHECK(absl::StrContains(Wrong("1 2"), "something behind the JSON value at byte 2"));
  CHECK(absl::StrContains(Wrong("{}}"), "something behind"));
  CHECK(absl::StrContains(Wrong("0x1"), "something behind"));
  CHECK(absl::StrContains(Wrong("[[[[[]]]]]"), "over 4 arrays and objects"));
  CHECK(Wrong("[[[[]]]]").empty());
  for (const char* text : {"", " ", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "+1", ".5", "1.",
                           "Infinity", "tru", "\"\\x41\"", "\"a", "[", "{\"a\"}", "// c\n1",
                           "\xef\xbb\xbf"
                           "1"}) {
    INFO(text);
    CHECK(absl::StrContains(Wrong(text), "no JSON"));
  }
}

TEST_CASE("keys that are made directly say what is wrong with them") {
  const auto weak = PublicKey::Rsa(std::string(128, '\xff'), "\x01\x00\x01");
  CHECK(absl::IsInvalidArgument(weak.status()));
  CHECK(GetErrorDetail(weak.status()).reason == "KEY_UNUSABLE");
  CHECK(ParseAlgorithm("EdDSA") == JwsAlgorithm::kEdDsa);
  CHECK(ParseAlgorithm("eddsa") == std::nullopt);
  CHECK(ParseAlgorithm("none") == std::nullopt);
}

}  // namespace
}  // namespace whence::access
