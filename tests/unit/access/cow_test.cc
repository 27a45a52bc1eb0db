#include "access/cow.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>

namespace whence::access {
namespace {

template <class Map>
std::map<int64_t, int> All(const Map& cow) {
  std::map<int64_t, int> all;
  cow.ForEach([&](int64_t key, int value) { all[key] = value; });
  return all;
}

TEST_CASE("copies of a map go their own ways") {
  std::mt19937_64 random(3);
  CowMap<int64_t, int> map;
  std::map<int64_t, int> model;
  std::vector<std::pair<CowMap<int64_t, int>, std::map<int64_t, int>>> kept;
  for (int i = 0; i < 20'000; ++i) {
    const auto key = static_cast<int64_t>(random() % 3000);
    if (random() % 3 == 0) {
      map.Erase(key);
      model.erase(key);
    } else {
      map.Edit(key) = i;
      model[key] = i;
    }
    if (i % 2000 == 0) kept.emplace_back(map, model);
  }
  kept.emplace_back(map, model);
  for (const auto& [copy, wanted] : kept) CHECK(All(copy) == wanted);
  for (int64_t key = 0; key < 3000; ++key) {
    const int* const found = map.Find(key);
    REQUIRE((found != nullptr) == model.contains(key));
    if (found != nullptr) REQUIRE(*found == model[key]);
  }
}

TEST_CASE("what is not there is not found, and what is alone is changed in place") {
  CowMap<int64_t, int> map;
  CHECK(map.Find(1) == nullptr);
  map.Erase(1);
  map.Edit(1) = 5;
  const int* const place = map.Find(1);
  map.Edit(1) = 6;
  CHECK(map.Find(1) == place);
  const CowMap<int64_t, int> copy = map;
  map.Edit(1) = 7;
  CHECK(map.Find(1) != place);
  CHECK(*copy.Find(1) == 6);
}

TEST_CASE("copies of an array go their own ways") {
  CowArray<int> array;
  CHECK(array.Find(0) == nullptr);
  array.Edit(100'000) = 1;
  CHECK(*array.Find(100'000) == 1);
  CHECK(*array.Find(100'001) == 0);      // beside it
  CHECK(array.Find(99'000) == nullptr);  // where nothing was written near
  CHECK(array.Find(10'000'000) == nullptr);
  const CowArray<int> copy = array;
  array.Edit(100'000) = 2;
  array.Edit(5) = 3;
  CHECK(*copy.Find(100'000) == 1);
  CHECK(copy.Find(5) == nullptr);
  CHECK(*array.Find(100'000) == 2);
  CHECK(*array.Find(5) == 3);
}

}  // namespace
}  // namespace whence::access
