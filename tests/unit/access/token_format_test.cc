#include "access/token_format.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "base/digest.h"

namespace whence::access {
namespace {

// Made once with a program of its own: the check is CRC-32 as `zlib.crc32` has it, in base 62.
constexpr char kKnown[] = "whence_0123456789ABCDEFGHIJKLMNOPQRST0TAdrN";

TEST_CASE("a token has its prefix, thirty random characters and a check") {
  std::set<std::string> made;
  std::set<char> used;
  for (int i = 0; i < 1000; ++i) {
    const std::string secret = NewTokenSecret();
    REQUIRE(secret.size() == kTokenPrefix.size() + kTokenRandomChars + kTokenCheckChars);
    REQUIRE(secret.starts_with(kTokenPrefix));
    REQUIRE(LooksLikeToken(secret));
    REQUIRE(made.insert(secret).second);
    used.insert(secret.begin() + static_cast<std::ptrdiff_t>(kTokenPrefix.size()), secret.end());
  }
  CHECK(used.size() == 62);
}

TEST_CASE("any one character that is changed, dropped or added is noticed") {
  const std::string secret = NewTokenSecret();
  for (size_t i = 0; i < secret.size(); ++i) {
    for (const char other : {'a', 'Z', '0', '_', ' ', '\0', '\xff'}) {
      std::string changed = secret;
      if (changed[i] == other) continue;
      changed[i] = other;
      REQUIRE_FALSE(LooksLikeToken(changed));
    }
    std::string shorter = secret;
    shorter.erase(i, 1);
    REQUIRE_FALSE(LooksLikeToken(shorter));
    std::string longer = secret;
    longer.insert(i, 1, '0');
    REQUIRE_FALSE(LooksLikeToken(longer));
  }
  CHECK_FALSE(LooksLikeToken(""));
  CHECK_FALSE(LooksLikeToken("whence_"));
}

TEST_CASE("scanners can check a token without us") { CHECK(LooksLikeToken(kKnown)); }

TEST_CASE("a hint shows who it is and gives nothing away") {
  const std::string secret = NewTokenSecret();
  CHECK(TokenHint(secret) == "whence_" + secret.substr(7, 4) + "..." + secret.substr(33, 4));
  CHECK(TokenHint("my password") == "***");
  CHECK(TokenHint(secret + "x") == "***");
}

TEST_CASE("what is kept of a token is its SHA-256") {
  const std::string secret = NewTokenSecret();
  CHECK(TokenDigest(secret) == Sha256Bytes(secret));
  CHECK(TokenDigest(secret).size() == 32);
}

}  // namespace
}  // namespace whence::access
