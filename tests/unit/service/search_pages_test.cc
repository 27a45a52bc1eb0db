// Pages of a search: what the first page found, whatever is written meanwhile.
#include <catch2/catch.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ask.h"
#include "base/limits.h"
#include "service/open_searches.h"

namespace whence::service {
namespace {

using test::Asked;
using test::Parse;
using test::ReasonOf;

struct SearchHouse : Asked {
  // Tables 0 to `count` - 1, whose comments have the word; each word once more in each, so that
  // their order is known.
  void MakeTables(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = NameOf(i);
      Asset(name, v1::KIND_TABLE);
      std::string comment;
      for (int more = 0; more <= count - i; ++more) comment += "fraud ";
      Ask(kUpdateAsset, "asset { name: '" + name + "' comment: '" + comment + "' }");
      Tag(name);
    }
  }
  static std::string NameOf(int i) { return absl::StrCat("prod.raw.t", i); }
  void Tag(const std::string& name) {
    Ask(kSetTags, "reference: '" + name + "' set { key: 'pii' value: 'x' }");
  }
  // A hit without what the moment of the page decides.
  static std::string Text(const v1::SearchHit& hit) {
    return absl::StrCat(hit.asset().id(), " ", hit.asset().name(), " ", hit.asset().comment(), " ",
                        hit.asset().tags_size(), " ", hit.asset().position(), "\n");
  }
  // All hits, a few a page; `between` is called after each page.
  template <class Between>
  std::string Pages(v1::SearchRequest request, Between between) {
    std::string text;
    for (;;) {
      const auto page = Run(kSearch, request);
      REQUIRE(ReasonOf(page.status()) == "OK");
      for (const v1::SearchHit& hit : page->hits()) text += Text(hit);
      if (page->next_page_token().empty()) return text;
      request.set_page_token(page->next_page_token());
      between();
    }
  }
  std::string Whole(v1::SearchRequest request) {
    request.set_page_size(kMaxPageSize);
    return Pages(request, [] {});
  }
};

const char* const kTagged = "query: 'fraud' tag: 'pii' page_size: 2";

TEST_CASE("what is written between the pages of a search neither repeats nor displaces a hit") {
  SearchHouse house;
  house.MakeTables(8);
  const std::string before = house.Whole(Parse<v1::SearchRequest>(kTagged));
  REQUIRE(before.find(SearchHouse::NameOf(7)) != std::string::npos);
  int step = 0;
  const std::string paged = house.Pages(Parse<v1::SearchRequest>(kTagged), [&] {
    switch (step++) {
      case 0:  // one to come goes, one that was shown would come again, another would come first
        house.Ask(kDeleteAsset, "name: 'prod.raw.t4'");
        house.Ask(kUpdateAsset, "asset { name: 'prod.raw.t0' comment: 'fraud' }");
        house.Asset("prod.raw.fraud", v1::KIND_TABLE);
        house.Tag("prod.raw.fraud");
        break;
      case 1:  // tags, words and names that were asked for go
        house.Ask(kSetTags, "reference: 'prod.raw.t5' remove: 'pii'");
        house.Ask(kUpdateAsset, "asset { name: 'prod.raw.t6' comment: 'nothing' }");
        house.Ask(kRenameSchema, "name: 'prod.raw' new_name: 'prod.bronze'");
        break;
      default:
        house.Ask(kDeleteSchema, "name: 'prod.bronze' force: true");
    }
  });
  CHECK(step == 3);
  CHECK(paged == before);
  CHECK(house.Whole(Parse<v1::SearchRequest>(kTagged)).empty());
}

TEST_CASE("pages of searches are as of the first, for any writes") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    SearchHouse house;
    house.MakeTables(12);
    std::mt19937_64 random(seed);
    const auto below = [&random](uint64_t n) { return static_cast<int>(random() % n); };
    int made = 0;
    const auto write = [&] {
      const std::string name = "name: '" + SearchHouse::NameOf(below(12)) + "'";
      const std::string reference = "reference: '" + SearchHouse::NameOf(below(12)) + "'";
      // Each may be refused, for what it names is gone.
      switch (below(7)) {
        case 0:
          return (void)house.Run(kDeleteAsset, Parse<v1::DeleteAssetRequest>(name));
        case 1:
          return (void)house.Run(kUndeleteAsset, Parse<v1::UndeleteAssetRequest>(name));
        case 2:
          return (void)house.Run(
              kRenameAsset, Parse<v1::RenameAssetRequest>(
                                absl::StrCat(name, " new_name: 'prod.raw.fraud", below(100), "'")));
        case 3:
          return (void)house.Run(kUpdateAsset,
                                 Parse<v1::UpdateAssetRequest>(absl::StrCat(
                                     "asset { ", name, " comment: 'fraud", below(2), " fraud' }")));
        case 4:
          return (void)house.Run(kSetTags, Parse<v1::SetTagsRequest>(reference + " remove: 'pii'"));
        case 5:
          return (void)house.Run(kSetTags, Parse<v1::SetTagsRequest>(
                                               reference + " set { key: 'pii' value: 'fraud' }"));
        default: {
          const std::string fresh = absl::StrCat("prod.raw.new_fraud", ++made);
          house.Asset(fresh, v1::KIND_TABLE);
          house.Tag(fresh);
        }
      }
    };
    for (int round = 0; round < 5; ++round) {
      for (const char* query : {kTagged, "query: 'fraud' page_size: 3", "query: 'fr' page_size: 1",
                                "query: 'prod.raw.t' page_size: 2"}) {
        const auto request = Parse<v1::SearchRequest>(query);
        const std::string before = house.Whole(request);
        CHECK(house.Pages(request, write) == before);
      }
    }
  }
}

TEST_CASE("snippets say what matched when the page was made") {
  SearchHouse house;
  house.MakeTables(3);
  auto request = Parse<v1::SearchRequest>("query: 'fraud' page_size: 1");
  auto page = house.Run(kSearch, request).value();
  REQUIRE(page.hits_size() == 1);
  CHECK(page.hits(0).snippet() == "[fraud] [fraud] [fraud] [fraud] ");
  house.Ask(kUpdateAsset, "asset { name: 'prod.raw.t1' comment: 'no fraud now' }");
  house.Ask(kUpdateAsset, "asset { name: 'prod.raw.t2' comment: 'nothing' }");
  request.set_page_token(page.next_page_token());
  page = house.Run(kSearch, request).value();
  REQUIRE(page.hits_size() == 1);
  CHECK(page.hits(0).asset().comment() == "fraud fraud fraud ");
  CHECK(page.hits(0).snippet() == "no [fraud] now");
  request.set_page_token(page.next_page_token());
  page = house.Run(kSearch, request).value();
  REQUIRE(page.hits_size() == 1);
  CHECK(page.hits(0).asset().comment() == "fraud fraud ");
  CHECK(page.hits(0).snippet().empty());
  CHECK(page.hits(0).score() == 0);
  CHECK(page.next_page_token().empty());
}

TEST_CASE("a page may be asked for again, and a forgotten search says so") {
  SearchHouse house;
  house.MakeTables(5);
  auto request = Parse<v1::SearchRequest>("query: 'fraud' page_size: 2");
  const auto first = house.Run(kSearch, request).value();
  request.set_page_token(first.next_page_token());
  const auto second = house.Run(kSearch, request).value();
  CHECK(house.Run(kSearch, request).value().DebugString() == second.DebugString());
  house.Reopen();
  const absl::Status forgotten = house.Run(kSearch, request).status();
  CHECK(absl::IsAborted(forgotten));
  CHECK(ReasonOf(forgotten) == "SEARCH_EXPIRED");
}

constexpr sql::Query kManyTexts{
    "INSERT INTO search_text (rowid, name, comment, columns, tags, prompt)"
    " WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)"
    " SELECT i, 'common', '', '', '', '' FROM n"};

// Lets the index find the word in so many assets that nobody made: what it lists before they are
// published.
void PutTexts(Asked& house, int64_t first, int64_t count) {
  whence::test::Pending<v1::Asset> done;
  house.house().writer().Submit({.execute =
                                     [&](sql::WriteContext& context) {
                                       return context.connection().Execute(kManyTexts, first,
                                                                           first + count);
                                     },
                                 .finish = [&](absl::Status status) { done.Answer(status); }});
  REQUIRE(done.Wait().ok());
}

TEST_CASE("a search goes through so many hits, and says when there are more") {
  SearchHouse house;
  house.Asset("prod.raw.uncommon", v1::KIND_TABLE);
  PutTexts(house, 1'000'000, kMaxSearchHits);
  auto request = Parse<v1::SearchRequest>("query: 'common'");
  auto page = house.Run(kSearch, request).value();
  CHECK_FALSE(page.truncated());
  // Each page looks at so many; none of them is an asset.
  int pages = 1;
  for (; !page.next_page_token().empty(); ++pages) {
    request.set_page_token(page.next_page_token());
    page = house.Run(kSearch, request).value();
    CHECK(page.hits().empty());
  }
  CHECK(pages == kMaxSearchHits / kMaxScanPerPage);
  request.clear_page_token();
  PutTexts(house, 2'000'000, 1);
  CHECK(house.Run(kSearch, request).value().truncated());
  CHECK_FALSE(house.Ask(kSearch, "query: 'uncommon'").truncated());
}

// A search that takes about so many bytes.
std::shared_ptr<const OpenSearch> SearchOf(size_t bytes) {
  auto search = std::make_shared<OpenSearch>();
  search->ranking.ids.resize((bytes - sizeof(OpenSearch)) / sizeof(int64_t));
  search->ranking.ids.shrink_to_fit();
  return search;
}

TEST_CASE("searches are remembered up to so many bytes, those asked about last") {
  OpenSearches searches;
  const size_t third = kMaxSearchBytes / 3;
  for (const char* name : {"a", "b", "c"}) searches.Keep(name, SearchOf(third));
  CHECK(searches.Find("b") != nullptr);
  CHECK(searches.Find("a") != nullptr);
  CHECK(searches.Find("c") != nullptr);
  CHECK(searches.Find("d") == nullptr);
  searches.Keep("d", SearchOf(third));
  CHECK(searches.Find("b") == nullptr);
  CHECK(searches.Find("a") != nullptr);
  CHECK(searches.Find("d") != nullptr);
  searches.Keep("large", SearchOf(2 * kMaxSearchBytes));
  CHECK(searches.Find("large") != nullptr);
  CHECK(searches.Find("a") == nullptr);
  searches.Keep("small", SearchOf(third));
  CHECK(searches.Find("large") == nullptr);
  CHECK(searches.Find("small") != nullptr);
}

}  // namespace
}  // namespace whence::service
