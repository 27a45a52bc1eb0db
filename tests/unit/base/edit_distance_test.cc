#include "base/edit_distance.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base_test_util.h"

namespace whence {
namespace {

using testing::Random;

constexpr size_t kNoLimit = 1000;

// The textbook: a whole matrix, no band.
size_t NaiveDistance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

TEST_CASE("edit distances by hand", "[edit_distance]") {
  CHECK(EditDistance("", "", kNoLimit) == 0);
  CHECK(EditDistance("", "abc", kNoLimit) == 3);
  CHECK(EditDistance("abc", "", kNoLimit) == 3);
  CHECK(EditDistance("kitten", "sitting", kNoLimit) == 3);
  CHECK(EditDistance("scores", "socres", kNoLimit) == 1);
  CHECK(EditDistance("caf\xc3\xa9", "cafe", kNoLimit) == 1);
  CHECK(EditDistance("\xff", "\xfe", kNoLimit) == 1);
  CHECK(EditDistance("abc", "abc", 0) == 0);
  CHECK(EditDistance("abc", "abd", 0) == 1);
  CHECK(EditDistance("kitten", "sitting", 2) == 3);
  CHECK(EditDistance("aaaaaaaaaa", "bbbbbbbbbb", 3) == 4);
}

TEST_CASE("the banded distance is the textbook's, up to its limit", "[edit_distance]") {
  Random random(21);
  const auto word = [&random] {
    std::string text;
    for (size_t n = random.Below(9); n > 0; --n) {
      text.push_back(static_cast<char>('a' + random.Below(3)));
    }
    return text;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = word();
    const std::string b = word();
    const size_t limit = random.Below(10);
    CAPTURE(a, b, limit);
    REQUIRE(EditDistance(a, b, limit) == std::min(NaiveDistance(a, b), limit + 1));
    REQUIRE(EditDistance(a, b, limit) == EditDistance(b, a, limit));
  }
}

TEST_CASE("the closest candidate is found", "[edit_distance]") {
  const std::vector<std::string> names = {"scores", "stores", "model", "raw-users", "x"};
  CHECK(ClosestMatch("socres", names) == "scores");
  CHECK(ClosestMatch("stoers", names) == "stores");
  CHECK(ClosestMatch("MODEL", names) == "model");
  CHECK(ClosestMatch("raw_user", names) == "raw-users");
  CHECK(ClosestMatch("scores", names) == "scores");
  CHECK(ClosestMatch("zzzzzz", names) == std::nullopt);
  CHECK(ClosestMatch("", names) == std::nullopt);
  CHECK(ClosestMatch("scores", {}) == std::nullopt);
  // The first of equals.
  CHECK(ClosestMatch("ztores", names) == "stores");
  CHECK(ClosestMatch("s?ores", names) == "scores");
}

TEST_CASE("short words need something in common", "[edit_distance]") {
  CHECK(ClosestMatch("a", std::vector<std::string>{"b", "ab"}) == std::nullopt);
  CHECK(ClosestMatch("A", std::vector<std::string>{"b", "a"}) == "a");
  CHECK(ClosestMatch("ab", std::vector<std::string>{"cd"}) == std::nullopt);
  CHECK(ClosestMatch("ab", std::vector<std::string>{"ac"}) == "ac");
  CHECK(ClosestMatch("abc", std::vector<std::string>{"abxy"}) == "abxy");
  CHECK(ClosestMatch("abc", std::vector<std::string>{"axyz"}) == std::nullopt);
}

TEST_CASE("long words may differ by a third", "[edit_distance]") {
  const std::string wanted(30, 'a');
  const auto with_errors = [](size_t errors) {
    return std::vector<std::string>{std::string(errors, 'b') + std::string(30 - errors, 'a')};
  };
  CHECK(ClosestMatch(wanted, with_errors(10)).has_value());
  CHECK_FALSE(ClosestMatch(wanted, with_errors(11)).has_value());
  CHECK(ClosestMatch(std::string(255, 'a'), std::vector<std::string>{std::string(255, 'a')}));
  CHECK_FALSE(ClosestMatch(std::string(256, 'a'), std::vector<std::string>{std::string(256, 'a')}));
  CHECK_FALSE(ClosestMatch("abc", std::vector<std::string>{std::string(1 << 20, 'a')}));
}

// How many of the candidates were looked at.
size_t Offer(NearestName& nearest, const std::vector<std::string>& candidates) {
  size_t looked_at = 0;
  for (const std::string& candidate : candidates) {
    if (!nearest.Consider(candidate)) break;
    ++looked_at;
  }
  return looked_at;
}

TEST_CASE("looking for the nearest name takes so many steps and no more", "[edit_distance]") {
  // Five hundred neighbours of usual length are all looked at.
  std::vector<std::string> neighbours;
  for (int i = 0; i < 500; ++i) neighbours.push_back(absl::StrCat("customer_orders_", 1000 + i));
  NearestName usual("customer_orders_9999");
  CHECK(Offer(usual, neighbours) == neighbours.size());
  CHECK(usual.closest().has_value());
  CHECK(usual.cells() <= kMaxHintCells);
  // Ten thousand of the greatest length, alike enough that each takes its whole band, are not.
  const std::string longest(kMaxNamePartBytes, 'x');
  NearestName hostile(longest);
  const std::vector<std::string> many(kMaxColumns, longest.substr(0, 200) + std::string(55, 'y'));
  CHECK(Offer(hostile, many) < many.size() / 100);
  CHECK(hostile.cells() <= kMaxHintCells);
  CHECK(hostile.closest() == many.front());  // of what it saw it gives the best
  // Once it has stopped it stays so.
  CHECK_FALSE(hostile.Consider(longest));
  CHECK(hostile.closest() == many.front());
}

TEST_CASE("the bound of steps, from both sides", "[edit_distance]") {
  const std::vector<std::string> candidates(50, "abcdefgx");
  NearestName free("abcdefgh");
  CHECK(Offer(free, candidates) == candidates.size());
  // The most that one candidate may take is asked for before it is begun.
  constexpr size_t kMost = 8 + 8 * 5;
  NearestName enough("abcdefgh", kMost);
  CHECK(enough.Consider(candidates.front()));
  NearestName scarce("abcdefgh", kMost - 1);
  CHECK_FALSE(scarce.Consider(candidates.front()));
  CHECK(scarce.cells() == 0);
}

TEST_CASE("what cannot be near any more is given up", "[edit_distance]") {
  const std::string wanted(200, 'a');
  NearestName nearest(wanted);
  CHECK(nearest.Consider(std::string(200, 'b')));
  // Each row raises the least distance by one: after a third of the rows it is over the limit.
  CHECK(nearest.cells() < 70 * 140);
  CHECK_FALSE(nearest.closest().has_value());
}

}  // namespace
}  // namespace whence
