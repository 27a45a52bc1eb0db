#include "base/digest.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/limits.h"
#include "base/strings.h"
#include "base_test_util.h"

namespace whence {
namespace {

using testing::Contains;
using testing::HintOf;
using testing::MessageOf;
using testing::Random;
using testing::RandomBytes;
using testing::ReasonOf;

constexpr char kEmptySha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbcSha256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_CASE("SHA-256 gives the published values", "[digest]") {
  CHECK(Sha256Hex("") == kEmptySha256);
  CHECK(Sha256Hex("abc") == kAbcSha256);
  CHECK(Sha256Hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(Sha256Digest("abc") == StrCat("sha256:", kAbcSha256));
  CHECK(Sha256Bytes("abc").size() == 32);
  CHECK(Sha256Bytes("abc").substr(0, 2) == "\xba\x78");
}

TEST_CASE("content in pieces has the hash of the whole", "[digest]") {
  Random random(5);
  for (int i = 0; i < 50; ++i) {
    Sha256 hash;
    std::string whole;
    for (size_t n = random.Below(10); n > 0; --n) {
      const std::string piece = RandomBytes(random, 200);
      hash.Update(piece);
      whole += piece;
      // Looking does not end it.
      REQUIRE(hash.HexDigest() == Sha256Hex(whole));
    }
    REQUIRE(hash.Digest() == Sha256Bytes(whole));
  }
}

TEST_CASE("a hash under way can be moved", "[digest]") {
  Sha256 first;
  first.Update("ab");
  Sha256 second = std::move(first);
  second.Update("c");
  CHECK(second.HexDigest() == kAbcSha256);
  Sha256 third;
  third = std::move(second);
  CHECK(third.HexDigest() == kAbcSha256);
}

TEST_CASE("digests of every algorithm need their number of digits", "[digest]") {
  struct Case {
    std::string algorithm;
    size_t digits;
  };
  for (const Case& c : {Case{"sha256", 64}, Case{"sha512", 128}, Case{"sha1", 40}, Case{"md5", 32},
                        Case{"blake3", 64}}) {
    CAPTURE(c.algorithm);
    CHECK(ValidateDigest(c.algorithm + ":" + std::string(c.digits, 'a'), "digest").ok());
    for (const size_t wrong : {size_t{0}, c.digits - 1, c.digits + 1}) {
      const absl::Status status =
          ValidateDigest(c.algorithm + ":" + std::string(wrong, 'a'), "digest");
      CHECK(ReasonOf(status) == "DIGEST_MALFORMED");
      CHECK(Contains(MessageOf(status), std::to_string(c.digits)));
    }
  }
  CHECK(ValidateDigest(Sha256Digest("x"), "digest").ok());
}

TEST_CASE("other digests are refused, with what to do", "[digest]") {
  const std::string upper = "sha256:" + std::string(64, 'A');
  CHECK(ReasonOf(ValidateDigest(upper, "digest")) == "DIGEST_MALFORMED");
  CHECK(HintOf(ValidateDigest(upper, "digest")) == "Write sha256:" + std::string(64, 'a'));
  CHECK(Contains(MessageOf(ValidateDigest("", "version.digest")), "version.digest: "));
  CHECK(Contains(MessageOf(ValidateDigest("crc32:0011", "digest")), "crc32"));
  for (const std::string& digest :
       {std::string(), std::string("sha256"), std::string(64, 'a'), std::string(":"),
        ":" + std::string(64, 'a'), "SHA256:" + std::string(64, 'a'),
        " sha256:" + std::string(64, 'a'), "sha256:" + std::string(63, 'a') + "g",
        "sha256:" + std::string(63, 'a') + " ", std::string("sha256:") + std::string(64, '\0')}) {
    CAPTURE(digest);
    CHECK(ReasonOf(ValidateDigest(digest, "digest")) == "DIGEST_MALFORMED");
  }
}

TEST_CASE("opaque digests are 1 to 200 bytes that can be printed", "[digest]") {
  CHECK(ValidateDigest("opaque:x", "digest").ok());
  CHECK(ValidateDigest("opaque:snapshot 17 / \xc3\xa9tag \"5:6\"", "digest").ok());
  const std::string longest = "opaque:" + std::string(200, 'x');
  CHECK(longest.size() == kMaxDigestBytes);
  CHECK(ValidateDigest(longest, "digest").ok());
  for (const std::string& text :
       {std::string(), std::string(201, 'x'), std::string("a\nb"), std::string("\xff"),
        std::string("a\xe2\x80\x8b"), std::string("a\0b", 3)}) {
    CAPTURE(text);
    CHECK(ReasonOf(ValidateDigest("opaque:" + text, "digest")) == "DIGEST_MALFORMED");
  }
}

TEST_CASE("secrets are equal byte for byte") {
  CHECK(EqualInConstantTime("", ""));
  CHECK(EqualInConstantTime(Sha256Bytes("a"), Sha256Bytes("a")));
  std::string other = Sha256Bytes("a");
  for (char& byte : other) {
    byte ^= 1;
    CHECK_FALSE(EqualInConstantTime(Sha256Bytes("a"), other));
    byte ^= 1;
  }
  CHECK_FALSE(EqualInConstantTime("a", ""));
  CHECK_FALSE(EqualInConstantTime("a", "ab"));
  CHECK_FALSE(EqualInConstantTime(std::string(3, '\0'), std::string(4, '\0')));
}

}  // namespace
}  // namespace whence
