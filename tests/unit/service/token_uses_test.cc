#include "service/token_uses.h"

#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "base/limits.h"

namespace whence::service {
namespace {

using Uses = std::vector<std::pair<int64_t, absl::Time>>;

const absl::Time kStart = absl::FromUnixSeconds(1893456000);

TEST_CASE("uses are collected to the minute, the last one of each token") {
  TokenUses uses;
  CHECK_FALSE(uses.Note(7, kStart));
  CHECK_FALSE(uses.Note(7, kStart + absl::Seconds(30)));  // the same minute
  CHECK_FALSE(uses.Note(3, kStart + absl::Seconds(59)));
  CHECK(uses.Take() == Uses{{3, kStart + absl::Seconds(59)}, {7, kStart}});
  CHECK(uses.Take().empty());
}

TEST_CASE("it is time to write kTokenUseInterval after the first use, not before") {
  TokenUses uses;
  CHECK_FALSE(uses.Note(1, kStart));
  CHECK_FALSE(uses.Note(2, kStart + kTokenUseInterval - absl::Microseconds(1)));
  CHECK(uses.Note(1, kStart + kTokenUseInterval));
  CHECK(uses.Take().size() == 2);
  CHECK_FALSE(uses.Note(1, kStart + 10 * kTokenUseInterval));  // the first since then
}

TEST_CASE("what is no token is not noted") {
  TokenUses uses;
  CHECK_FALSE(uses.Note(0, kStart));
  CHECK_FALSE(uses.Note(0, kStart + absl::Hours(1)));
  CHECK(uses.Take().empty());
}

TEST_CASE("tokens that share a place are both noted") {
  TokenUses uses;
  for (int i = 0; i < 3; ++i) {
    uses.Note(1, kStart);
    uses.Note(1 + 1024, kStart);
  }
  CHECK(uses.Take() == Uses{{1, kStart}, {1025, kStart}});
}

TEST_CASE("a clock that is set back does not make a use older") {
  TokenUses uses;
  uses.Note(1, kStart);
  uses.Note(1, kStart - absl::Hours(1));
  CHECK(uses.Take() == Uses{{1, kStart}});
}

TEST_CASE("uses from many threads are all there") {
  TokenUses uses;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&uses, thread] {
      for (int64_t token = 1; token <= 2000; ++token) uses.Note(4 * token + thread, kStart);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(uses.Take().size() == 8000);
}

}  // namespace
}  // namespace whence::service
