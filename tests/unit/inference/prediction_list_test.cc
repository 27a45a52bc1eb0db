#include <catch2/catch.hpp>

#include "inference/inference_fixture.h"

namespace whence::inference {
namespace {

using test::At;
using test::InferenceFixture;

TEST_CASE("a list is newest first; those of one moment, last recorded first") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({{Role::kModel, 1}});
  REQUIRE(fixture.Insert("late", origin, At(9)).ok());
  REQUIRE(fixture.Insert("tie1", origin, At(5)).ok());
  REQUIRE(fixture.Insert("tie2", origin, At(5)).ok());
  REQUIRE(fixture.Insert("early", origin, At(1)).ok());
  const int64_t ids[] = {origin};
  CHECK(fixture.List({.as_of = fixture.now}) == "late tie2 tie1 early");
  CHECK(fixture.List({.as_of = fixture.now, .origins = ids}) == "late tie2 tie1 early");
  CHECK(fixture.List({.as_of = fixture.now - 1}) == "late tie2 tie1");
  CHECK(fixture.List({.as_of = fixture.now - 1, .origins = ids}) == "late tie2 tie1");
  CHECK(fixture.List({.as_of = 0}).empty());
}

TEST_CASE("a list begins at its start time and ends before its end time") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({});
  for (int i = 1; i <= 4; ++i) REQUIRE(fixture.Insert(StrCat(i), origin, At(i)).ok());
  const Position now = fixture.now;
  CHECK(fixture.List({.as_of = now, .start_time = At(2)}) == "4 3 2");
  CHECK(fixture.List({.as_of = now, .end_time = At(3)}) == "2 1");
  CHECK(fixture.List({.as_of = now, .start_time = At(2), .end_time = At(4)}) == "3 2");
  CHECK(fixture.List({.as_of = now, .start_time = At(3), .end_time = At(3)}).empty());
  CHECK(fixture.List({.as_of = now, .start_time = At(4), .end_time = At(2)}).empty());
  CHECK(fixture.Pages({.as_of = now, .start_time = At(2), .end_time = At(4)}, 1) == "3|2");
}

TEST_CASE("origins are merged in time") {
  InferenceFixture fixture;
  const int64_t a = fixture.Intern({{Role::kModel, 1}});
  const int64_t b = fixture.Intern({{Role::kModel, 2}});
  const int64_t c = fixture.Intern({{Role::kModel, 3}});
  const int64_t empty = fixture.Intern({{Role::kModel, 4}});
  REQUIRE(fixture
              .Insert({fixture.Make("a1", a, At(1)), fixture.Make("b2", b, At(2)),
                       fixture.Make("a3", a, At(3)), fixture.Make("c3", c, At(3)),
                       fixture.Make("b3", b, At(3))})
              .ok());
  const int64_t both[] = {b, a};
  CHECK(fixture.List({.as_of = fixture.now, .origins = both}) == "b3 a3 b2 a1");
  const int64_t all[] = {a, b, c, empty};
  CHECK(fixture.List({.as_of = fixture.now, .origins = all}) == "b3 c3 a3 b2 a1");
  CHECK(fixture.Pages({.as_of = fixture.now, .origins = all}, 2) == "b3 c3|a3 b2|a1");
  CHECK(fixture.List({.as_of = fixture.now, .origins = std::span<const int64_t>()}).empty());
}

TEST_CASE("a page is full when one more follows") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({});
  for (int i = 1; i <= 4; ++i) REQUIRE(fixture.Insert(StrCat(i), origin, At(0)).ok());
  const int64_t ids[] = {origin};
  for (const bool merge : {false, true}) {
    ListQuery query{.as_of = fixture.now};
    if (merge) query.origins = ids;
    CHECK(fixture.Pages(query, 1) == "4|3|2|1");
    CHECK(fixture.Pages(query, 2) == "4 3|2 1");
    CHECK(fixture.Pages(query, 3) == "4 3 2|1");
    CHECK(fixture.Pages(query, 4) == "4 3 2 1");
  }
}

TEST_CASE("a list stops after so many rows, also those that it does not show") {
  InferenceFixture fixture;
  const int64_t wanted = fixture.Intern({{Role::kModel, 1}});
  const int64_t other = fixture.Intern({{Role::kModel, 2}});
  REQUIRE(fixture.Insert("w", wanted, At(0)).ok());
  const Position then = fixture.now;
  std::vector<Prediction> many;
  for (int i = 1; i <= 10; ++i) many.push_back(fixture.Make(StrCat("o", i), other, At(i)));
  for (int i = 1; i <= 10; ++i) many.push_back(fixture.Make(StrCat("w", i), wanted, At(i)));
  REQUIRE(fixture.Insert(many).ok());

  const int64_t ids[] = {wanted};
  for (const bool merge : {false, true}) {
    ListQuery query{.as_of = then, .max_rows = 7};  // all but one are too new
    if (merge) query.origins = ids;
    int pages = 1;
    std::string shown;
    for (;; ++pages) {
      const auto rest =
          ForEachPrediction(fixture.reader(), query, [&](const Prediction& prediction) {
            shown += prediction.id;
            return true;
          });
      REQUIRE(rest.ok());
      if (!rest->has_value()) break;
      query.after = **rest;
    }
    CHECK(shown == "w");
    CHECK(pages == (merge ? 2 : 3));
  }
  CHECK(fixture.List({.as_of = fixture.now, .max_rows = 2}) == "w10 o10 ...");
  CHECK(fixture.List({.as_of = fixture.now, .max_rows = 21}).ends_with(" w"));
}

// A kill loop met this on a slow machine, where thousands of predictions begin in one second.
TEST_CASE("a full page ends at what it holds, however many came later behind it") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({});
  REQUIRE(fixture.Insert("old", origin, At(0)).ok());
  REQUIRE(fixture.Insert("new", origin, At(9)).ok());
  const int64_t ids[] = {origin};
  const Position then = fixture.now;
  const auto first_page = [&](bool merge) {
    ListQuery query{.as_of = then, .max_rows = 7};
    if (merge) query.origins = ids;
    std::string shown;
    const auto rest = ForEachPrediction(fixture.reader(), query, [&](const Prediction& prediction) {
      if (!shown.empty()) return false;
      shown = prediction.id;
      return true;
    });
    REQUIRE(rest.ok());
    REQUIRE(rest->has_value());
    return StrCat(shown, " ", absl::ToUnixMicros((*rest)->start_time), " ", (*rest)->row_id);
  };
  const std::string walked = first_page(false);
  const std::string merged = first_page(true);
  std::vector<Prediction> late;
  for (int i = 0; i < 20; ++i) late.push_back(fixture.Make(StrCat("late-", i), origin, At(1)));
  REQUIRE(fixture.Insert(late).ok());
  CHECK(first_page(false) == walked);
  CHECK(first_page(true) == merged);
}

}  // namespace
}  // namespace whence::inference
