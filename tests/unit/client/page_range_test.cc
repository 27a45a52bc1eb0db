#include "whence/page_range.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace whence {
namespace {

PageRange<int> RangeOf(std::vector<std::vector<int>> pages) {
  return PageRange<int>([pages = std::move(pages)](const std::string& token) {
    const size_t page = token.empty() ? 0 : std::stoul(token);
    Page<int> result;
    result.items = pages.at(page);
    if (page + 1 < pages.size()) result.next_page_token = std::to_string(page + 1);
    return absl::StatusOr<Page<int>>(std::move(result));
  });
}

std::vector<int> Walk(PageRange<int> range) {
  std::vector<int> items;
  for (const auto& item : range) items.push_back(item.ok() ? *item : -1);
  return items;
}

TEST_CASE("All pages are walked through, empty ones too", "[client][page]") {
  REQUIRE(Walk(RangeOf({{}})).empty());
  REQUIRE(Walk(RangeOf({{1}})) == std::vector<int>{1});
  REQUIRE(Walk(RangeOf({{1, 2}, {}, {}, {3}})) == std::vector<int>{1, 2, 3});
  REQUIRE(Walk(RangeOf({{}, {}, {}})).empty());
}

TEST_CASE("An error is the last element, and nothing is fetched after it", "[client][page]") {
  int fetched = 0;
  PageRange<int> range([&fetched](const std::string&) -> absl::StatusOr<Page<int>> {
    if (++fetched == 2) return absl::UnavailableError("gone");
    return Page<int>{.items = {1}, .next_page_token = "next"};
  });
  REQUIRE(Walk(std::move(range)) == std::vector<int>{1, -1});
  REQUIRE(fetched == 2);
}

TEST_CASE("A range goes with the standard algorithms and can be left in the middle",
          "[client][page]") {
  auto range = RangeOf({{1, 2}, {3, 4}});
  const auto found =
      std::find_if(range.begin(), range.end(), [](const auto& item) { return *item == 3; });
  REQUIRE(found != range.end());
  REQUIRE(**found == 3);
  // Walked through once: begin goes on where the walk stands.
  REQUIRE(**range.begin() == 3);
  auto moved = std::move(range);
  REQUIRE(Walk(std::move(moved)) == std::vector<int>{3, 4});
}

}  // namespace
}  // namespace whence
