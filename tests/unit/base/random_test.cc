#include "base/random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace whence {
namespace {

TEST_CASE("random bytes are drawn in any number, and do not repeat") {
  SystemRandom random;
  std::set<std::vector<unsigned char>> drawn;
  for (int i = 0; i < 2000; ++i) {
    std::vector<unsigned char> bytes(16);
    random.Fill(bytes);
    CHECK(drawn.insert(bytes).second);
  }
  // More than it keeps, across its buffer's end.
  std::vector<unsigned char> many(10'000, 0);
  random.Fill(many);
  CHECK(std::count(many.begin(), many.end(), 0) < 200);
  random.Fill({});
}

}  // namespace
}  // namespace whence
