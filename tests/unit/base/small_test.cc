// The small headers: clock, hash, strings, limits.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/position.h"
#include "base/strings.h"

namespace whence {
namespace {

TEST_CASE("the system clock tells today's time", "[clock]") {
  const SystemClock clock;
  const absl::Time before = absl::Now();
  const absl::Time now = clock.Now();
  CHECK(before <= now);
  CHECK(now <= absl::Now());
}

TEST_CASE("the fake clock stands still until told otherwise", "[clock]") {
  FakeClock clock;
  const absl::Time start = clock.Now();
  CHECK(start == absl::FromUnixSeconds(1893456000));
  CHECK(clock.Now() == start);
  clock.Advance(absl::Seconds(5));
  CHECK(clock.Now() == start + absl::Seconds(5));
  clock.Advance(-absl::Seconds(6));
  CHECK(clock.Now() == start - absl::Seconds(1));
  clock.Set(absl::UnixEpoch());
  CHECK(clock.Now() == absl::UnixEpoch());
  CHECK(FakeClock(absl::UnixEpoch()).Now() == absl::UnixEpoch());
}

TEST_CASE("the fake clock can be moved by several threads", "[clock]") {
  FakeClock clock(absl::UnixEpoch());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&clock] {
      for (int i = 0; i < 1000; ++i) clock.Advance(absl::Milliseconds(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(clock.Now() == absl::UnixEpoch() + absl::Seconds(4));
}

TEST_CASE("the stable hash is FNV-1a, published values", "[hash]") {
  CHECK(StableHash("") == 0xcbf29ce484222325u);
  CHECK(StableHash("a") == 0xaf63dc4c8601ec8cu);
  CHECK(StableHash("foobar") == 0x85944171f73967e8u);
  CHECK(StableHash("bar", StableHash("foo")) == StableHash("foobar"));
  CHECK(StableHash("\xff") == StableHash(std::string(1, '\xff')));
  static_assert(StableHash("a") != StableHash("b"));
}

TEST_CASE("StrCat takes both kinds of string_view and all that absl takes", "[strings]") {
  const std::string owned = "owned";
  const std::string_view view = owned;
  const absl::string_view absl_view = owned;
  CHECK(StrCat() == "");
  CHECK(StrCat(view) == "owned");
  CHECK(StrCat("a", view, absl_view, owned, 42, -1, 1.5, absl::Hex(255)) ==
        "aownedownedowned42-11.5ff");
  std::string out = "x";
  StrAppend(&out, view.substr(0, 2), uint64_t{7}, std::string_view());
  CHECK(out == "xow7");
  CHECK(ToStd(ToAbsl(view)) == view);
  CHECK(ToStd(ToAbsl(std::string_view("a\0b", 3))).size() == 3);
  CHECK(ToAbsl(std::string_view()).empty());
}

TEST_CASE("maps by string can be asked with a view", "[strings]") {
  absl::flat_hash_map<std::string, int, StringHash, StringEqual> map = {{"one", 1}, {"two", 2}};
  const std::string_view wanted = "two";
  CHECK(map.find(wanted)->second == 2);
  CHECK_FALSE(map.contains(std::string_view("three")));
}

TEST_CASE("limits fit together", "[limits]") {
  // A page token holds the longest name and then some, in base64.
  static_assert(kMaxPageTokenBytes * 3 / 4 > kMaxNameParts * kMaxNamePartBytes + 1000);
  static_assert(kDefaultPageSize <= kMaxPageSize);
  static_assert(kDefaultWalkNodes <= kMaxWalkNodes);
  // One request can hold the largest template, and one column of each at its longest.
  static_assert(kMaxTemplateBytes < static_cast<size_t>(kMaxRequestBytes));
  static_assert(kNoPosition < kForever);
  SUCCEED();
}

}  // namespace
}  // namespace whence
