#include "support/shrink.h"

#include <catch2/catch.hpp>

#include <numeric>

namespace whence::test {
namespace {

std::vector<int> Numbers(int count) {
  std::vector<int> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

bool Has(const std::vector<int>& list, int number) {
  return std::find(list.begin(), list.end(), number) != list.end();
}

TEST_CASE("a failing list shrinks to what makes it fail") {
  const auto shrunk = Shrink<int>(Numbers(200), [](const std::vector<int>& list) {
    return Has(list, 17) && Has(list, 93) && Has(list, 198);
  });
  CHECK(shrunk == std::vector<int>{17, 93, 198});
}

TEST_CASE("operations that only fail together stay together") {
  // Fails if there are at least as many even numbers as odd ones, and some of both.
  const auto fails = [](const std::vector<int>& list) {
    const auto even = std::count_if(list.begin(), list.end(), [](int n) { return n % 2 == 0; });
    const auto odd = std::ssize(list) - even;
    return even > 0 && odd > 0 && even >= odd;
  };
  CHECK(Shrink<int>(Numbers(64), fails).size() == 2);
}

TEST_CASE("operations are made simpler where that still fails") {
  const auto simpler = [](const int& number) {
    return number > 0 ? std::vector<int>{0, number / 2, number - 1} : std::vector<int>{};
  };
  const auto fails = [](const std::vector<int>& list) {
    return std::any_of(list.begin(), list.end(), [](int n) { return n >= 30; });
  };
  CHECK(Shrink<int>(Numbers(200), fails, simpler) == std::vector<int>{30});
}

TEST_CASE("shrinking gives up after so many tries, with a list that fails") {
  int runs = 0;
  const auto fails = [&runs](const std::vector<int>& list) {
    ++runs;
    return Has(list, 63);
  };
  const auto shrunk = Shrink<int>(
      Numbers(64), fails, [](const int&) { return std::vector<int>(); }, 5);
  CHECK(runs == 5);
  CHECK(Has(shrunk, 63));
}

TEST_CASE("a list that fails when empty shrinks to nothing") {
  CHECK(Shrink<int>(Numbers(9), [](const std::vector<int>&) { return true; }).empty());
}

}  // namespace
}  // namespace whence::test
