#include "base/uuid.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base_test_util.h"

namespace whence {
namespace {

int64_t MillisOf(const std::string& uuid) {
  return static_cast<int64_t>(std::stoull(uuid.substr(0, 8) + uuid.substr(9, 4), nullptr, 16));
}

TEST_CASE("a random id is a UUID of version 7 with the clock's time", "[uuid]") {
  FakeClock clock(absl::FromUnixMillis(0x0123456789ab));
  RandomIdSource ids(&clock);
  const std::string id = ids.NewUuid();
  CHECK(IsUuid(id));
  CHECK(id == CanonicalUuid(id));
  CHECK(id.substr(0, 13) == "01234567-89ab");
  CHECK(id[14] == '7');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
}

TEST_CASE("ids grow within one millisecond, beyond its 4096", "[uuid]") {
  FakeClock clock(absl::FromUnixMillis(1000));
  RandomIdSource ids(&clock);
  std::string last = ids.NewUuid();
  for (int i = 0; i < 20'000; ++i) {
    std::string next = ids.NewUuid();
    REQUIRE(last < next);
    last = std::move(next);
  }
  // A used-up millisecond lends from the next: at least 2048 ids fit in each.
  CHECK(MillisOf(last) > 1000);
  CHECK(MillisOf(last) <= 1000 + 20'000 / 2048 + 1);
}

TEST_CASE("ids grow when the clock is set back, and follow it when it overtakes", "[uuid]") {
  FakeClock clock(absl::FromUnixMillis(5000));
  RandomIdSource ids(&clock);
  {
    testing::Random random(3);
    std::string last = ids.NewUuid();
    for (int i = 0; i < 5000; ++i) {
      clock.Advance(absl::Milliseconds(static_cast<int64_t>(random.Below(7)) - 3));
      std::string next = ids.NewUuid();
      REQUIRE(last < next);
      last = std::move(next);
    }
  }
  clock.Set(absl::FromUnixMillis(9'000'000));
  CHECK(MillisOf(ids.NewUuid()) == 9'000'000);
}

TEST_CASE("times that the field cannot hold are bent into it", "[uuid]") {
  for (const absl::Time time :
       {absl::InfinitePast(), absl::UnixEpoch() - absl::Hours(1), absl::InfiniteFuture()}) {
    FakeClock clock(time);
    RandomIdSource ids(&clock);
    std::string last = ids.NewUuid();
    for (int i = 0; i < 10'000; ++i) {
      std::string next = ids.NewUuid();
      REQUIRE(IsUuid(next));
      REQUIRE(last < next);
      last = std::move(next);
    }
  }
}

TEST_CASE("ids of several threads are distinct and grow within each", "[uuid]") {
  const SystemClock clock;
  RandomIdSource ids(&clock);
  constexpr size_t kThreads = 4;
  constexpr size_t kEach = 5000;
  std::vector<std::vector<std::string>> made(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&ids, &mine = made[t]] {
      for (size_t i = 0; i < kEach; ++i) mine.push_back(ids.NewUuid());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const std::vector<std::string>& mine : made) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == kThreads * kEach);
}

TEST_CASE("two sources do not make the same ids", "[uuid]") {
  FakeClock clock;
  RandomIdSource one(&clock);
  RandomIdSource two(&clock);
  CHECK(one.NewUuid() != two.NewUuid());
}

TEST_CASE("seeded ids repeat for a seed, differ between seeds and grow", "[uuid]") {
  SeededIdSource one(42);
  SeededIdSource same(42);
  SeededIdSource other(43);
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = one.NewUuid();
    REQUIRE(IsUuid(id));
    REQUIRE(id[14] == '7');
    REQUIRE(last < id);
    REQUIRE(same.NewUuid() == id);
    REQUIRE(other.NewUuid() != id);
    last = id;
  }
}

TEST_CASE("IsUuid takes the canonical form of either case and nothing else", "[uuid]") {
  CHECK(IsUuid("0190a5c2-1b2c-7def-8a9b-0123456789ab"));
  CHECK(IsUuid("0190A5C2-1B2C-7DEF-8A9B-0123456789AB"));
  CHECK(IsUuid("00000000-0000-0000-0000-000000000000"));
  for (const char* text :
       {"", "0190a5c2", "0190a5c21b2c7def8a9b0123456789ab", "0190a5c2-1b2c-7def-8a9b-0123456789a",
        "0190a5c2-1b2c-7def-8a9b-0123456789abc", "{190a5c2-1b2c-7def-8a9b-0123456789a}",
        "0190a5c2-1b2c-7def-8a9b-0123456789ag", "0190a5c2+1b2c-7def-8a9b-0123456789ab",
        "0190a5c21-b2c-7def-8a9b-0123456789ab", "0190a5c2-1b2c-7def-8a9b-0123456789 b"}) {
    CAPTURE(text);
    CHECK_FALSE(IsUuid(text));
  }
  CHECK_FALSE(IsUuid(std::string(36, '\xc3')));
  CHECK(CanonicalUuid("0190A5C2-1B2C-7DEF-8A9B-0123456789AB") ==
        "0190a5c2-1b2c-7def-8a9b-0123456789ab");
}

}  // namespace
}  // namespace whence
