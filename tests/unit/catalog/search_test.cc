#include "catalog/search.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::ReasonOf;

TEST_CASE("an asset is found by its texts and by nothing else") {
  CatalogFixture catalog;
  const auto index = [&](int64_t id, const SearchTexts& texts) {
    REQUIRE(catalog
                .Do([&](sql::WriteContext& context, const ledger::Change&) {
                  return Reindex(context, id, texts);
                })
                .ok());
  };
  const auto find = [&](std::string_view query) {
    std::string ids;
    const auto found = Search(catalog.reader(), query, 10);
    for (const int64_t id : found->ids) {
      absl::StrAppend(&ids, id, " ");
    }
    return ids;
  };
  index(7, {.name = "scores", .comment = "of fraud", .columns = "amount", .tags = "pii email"});
  index(8, {.name = "fraud_model", .comment = "scores", .prompt = "Answer in one word"});
  CHECK(find("scores") == "7 8 ");  // the name counts more
  const int64_t ids[] = {7, 9};
  const auto hits = Hits(catalog.reader(), "scores", ids);
  REQUIRE(hits->size() == 1);
  CHECK(hits->at(7).snippet == "[scores]");
  CHECK(find("amount") == "7 ");
  CHECK(find("pii email") == "7 ");
  CHECK(find("one wo") == "8 ");
  CHECK(find("nothing").empty());
  index(7, {.name = "grades"});
  CHECK(find("scores") == "8 ");
  CHECK(find("grades") == "7 ");
  REQUIRE(
      catalog
          .Do([](sql::WriteContext& context, const ledger::Change&) { return Unindex(context, 7); })
          .ok());
  CHECK(find("grades").empty());
  CHECK(ReasonOf(Search(catalog.reader(), " ", 10).status()) == "SEARCH_QUERY_EMPTY");
}

}  // namespace
}  // namespace whence::catalog
