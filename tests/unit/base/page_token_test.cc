#include "base/page_token.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "base_test_util.h"

namespace whence {
namespace {

using testing::Random;
using testing::RandomBytes;
using testing::ReasonOf;

TEST_CASE("page tokens make the round trip, whatever the key", "[page_token]") {
  Random random(7);
  for (int i = 0; i < 5000; ++i) {
    PageToken token{random.Next(), static_cast<Position>(random.Next() >> 1), {}};
    for (size_t n = random.Below(5); n > 0; --n) token.key.push_back(RandomBytes(random, 300));
    const std::string text = EncodePageToken(token);
    REQUIRE(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_") == std::string::npos);
    const auto decoded = DecodePageToken(text, token.fingerprint);
    REQUIRE(decoded.ok());
    REQUIRE(*decoded == token);
  }
  const PageToken largest{0, kForever, {std::string(3000, '\xff')}};
  CHECK(EncodePageToken(largest).size() <= kMaxPageTokenBytes);
  CHECK(DecodePageToken(EncodePageToken(largest), 0).value() == largest);
}

TEST_CASE("a page token of another request is refused as that", "[page_token]") {
  const std::string text = EncodePageToken({1, 5, {"k"}});
  CHECK(DecodePageToken(text, 1).ok());
  const auto other = DecodePageToken(text, 2);
  CHECK(ReasonOf(other) == "PAGE_TOKEN_OTHER_REQUEST");
  CHECK(testing::FieldOf(other.status()) == "page_token");
  CHECK_FALSE(testing::HintOf(other).empty());
}

TEST_CASE("any single change to a page token is found", "[page_token]") {
  const std::string text = EncodePageToken({42, 1000, {"prod", "fraud", ""}});
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'b', '7', '-', '_', '=', ' ', '\n', '+', '/', '\0', '\xff'}) {
      std::string changed = text;
      changed[i] = c;
      if (changed == text) continue;
      CAPTURE(i, changed);
      REQUIRE(ReasonOf(DecodePageToken(changed, 42)) == "PAGE_TOKEN_INVALID");
    }
    REQUIRE(ReasonOf(DecodePageToken(text.substr(0, i), 42)) == "PAGE_TOKEN_INVALID");
  }
  for (const std::string tail : {"=", "==", " ", "\n", "A", "AAAA"}) {
    CHECK(ReasonOf(DecodePageToken(text + tail, 42)) == "PAGE_TOKEN_INVALID");
    CHECK(ReasonOf(DecodePageToken(tail + text, 42)) == "PAGE_TOKEN_INVALID");
  }
}

TEST_CASE("hostile page tokens are refused", "[page_token]") {
  CHECK(ReasonOf(DecodePageToken("", 0)) == "PAGE_TOKEN_INVALID");
  CHECK(ReasonOf(DecodePageToken("not a token!", 0)) == "PAGE_TOKEN_INVALID");
  CHECK(ReasonOf(DecodePageToken(std::string(kMaxPageTokenBytes + 1, 'A'), 0)) ==
        "PAGE_TOKEN_INVALID");
  CHECK(ReasonOf(DecodePageToken(std::string(kMaxPageTokenBytes, 'A'), 0)) == "PAGE_TOKEN_INVALID");
  Random random(8);
  for (int i = 0; i < 5000; ++i) {
    const std::string bytes = RandomBytes(random, 60);
    REQUIRE(ReasonOf(DecodePageToken(bytes, 0)) == "PAGE_TOKEN_INVALID");
    REQUIRE(ReasonOf(DecodePageToken(absl::WebSafeBase64Escape(bytes), 0)) == "PAGE_TOKEN_INVALID");
  }
}

// The documented checksum, so that bodies behind a right checksum are tested as well.
std::string WithChecksum(std::string body) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : body) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  hash ^= hash >> 32;
  for (size_t i = 0; i < 4; ++i) body.push_back(static_cast<char>((hash >> (8 * i)) & 0xffu));
  return absl::WebSafeBase64Escape(body);
}

TEST_CASE("a right checksum does not make a wrong body right", "[page_token]") {
  const std::string head = std::string("\1", 1) + std::string(16, '\0');
  CHECK(DecodePageToken(WithChecksum(head), 0).ok());
  for (const std::string& body :
       {std::string(), std::string("\1", 1), std::string("\2", 1) + std::string(16, '\0'),
        head.substr(0, 16), head + "\1", head + std::string("\2\0x", 3),
        head + std::string("\xff\xff", 2), std::string("\1", 1) + std::string(15, '\0') + "\x80"}) {
    CHECK(ReasonOf(DecodePageToken(WithChecksum(body), 0)) == "PAGE_TOKEN_INVALID");
  }
  Random random(9);
  for (int i = 0; i < 5000; ++i) {
    const auto decoded = DecodePageToken(WithChecksum(head + RandomBytes(random, 30)), 0);
    if (decoded.ok()) {
      REQUIRE(DecodePageToken(EncodePageToken(*decoded), 0).value() == *decoded);
    } else {
      REQUIRE(ReasonOf(decoded) == "PAGE_TOKEN_INVALID");
    }
  }
}

TEST_CASE("fingerprints are stable and keep their parts apart", "[page_token]") {
  CHECK(Fingerprint({"ListAssets", "prod", ""}) == Fingerprint({"ListAssets", "prod", ""}));
  CHECK(Fingerprint({"ab", "c"}) != Fingerprint({"a", "bc"}));
  CHECK(Fingerprint({"a"}) != Fingerprint({"a", ""}));
  CHECK(Fingerprint({"a", "b"}) != Fingerprint({"b", "a"}));
  CHECK(Fingerprint({}) != Fingerprint({""}));
  CHECK(Fingerprint({"1:a"}) != Fingerprint({"", "a"}));
}

TEST_CASE("page sizes are coerced", "[page_token]") {
  CHECK(CoercePageSize(0).value() == kDefaultPageSize);
  CHECK(CoercePageSize(1).value() == 1);
  CHECK(CoercePageSize(kMaxPageSize - 1).value() == kMaxPageSize - 1);
  CHECK(CoercePageSize(kMaxPageSize).value() == kMaxPageSize);
  CHECK(CoercePageSize(kMaxPageSize + 1).value() == kMaxPageSize);
  CHECK(CoercePageSize(std::numeric_limits<int32_t>::max()).value() == kMaxPageSize);
  CHECK(ReasonOf(CoercePageSize(-1)) == "PAGE_SIZE_NEGATIVE");
  CHECK(ReasonOf(CoercePageSize(std::numeric_limits<int32_t>::min())) == "PAGE_SIZE_NEGATIVE");
  CHECK(testing::FieldOf(CoercePageSize(-1).status()) == "page_size");
}

}  // namespace
}  // namespace whence
