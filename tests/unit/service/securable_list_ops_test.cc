// Lists of catalogs, schemas and assets: pages, filters, points in history.

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::Parse;

struct Lists : Asked {
  Lists() {
    for (const char* name : {"a.x.t1", "a.x.t2", "a.x.t3", "a.y.t4", "b.z.t5"}) {
      Asset(name, v1::KIND_TABLE);
    }
  }
  // Names of all pages; `between` is done after each page.
  std::string Names(
      const std::string& text, const std::function<void()>& between = [] {}) {
    auto request = Parse<v1::ListAssetsRequest>(text);
    std::string names;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = Run(kListAssets, request);
      REQUIRE(page.ok());
      for (const v1::Asset& asset : page->assets()) absl::StrAppend(&names, asset.name(), " ");
      request.set_page_token(page->next_page_token());
      if (page->next_page_token().empty()) return names;
      between();
    }
    FAIL("the list does not end");
    return names;
  }
};

TEST_CASE("assets are listed by schema, by catalog, and all") {
  Lists house;
  CHECK(house.Names("") == "a.x.t1 a.x.t2 a.x.t3 a.y.t4 b.z.t5 ");
  CHECK(house.Names(R"(parent: "a")") == "a.x.t1 a.x.t2 a.x.t3 a.y.t4 ");
  CHECK(house.Names(R"(parent: "a.y")") == "a.y.t4 ");
  CHECK(house.Why(kListAssets, R"(parent: "c")") == "CATALOG_NOT_FOUND");
  CHECK(house.Why(kListAssets, R"(parent: "a.q")") == "SCHEMA_NOT_FOUND");
  CHECK(house.WhyAt(kListAssets, R"(parent: "a.x.t1")") == "NAME_WRONG_DEPTH at parent");
  CHECK(house.WhyAt(kListSchemas, R"(parent: "a.x")") == "NAME_WRONG_DEPTH at parent");
  CHECK(house.Ask(kListSchemas, "").schemas_size() == 3);
  CHECK(house.Ask(kListSchemas, R"(parent: "a")").schemas_size() == 2);
  CHECK(house.Ask(kListCatalogs, "").catalogs(1).name() == "b");
}

TEST_CASE("pages fit together and stay what they were, whatever is written meanwhile") {
  Lists house;
  CHECK(house.Names("page_size: 1") == house.Names(""));
  CHECK(house.Names("page_size: 2") == house.Names(""));
  int number = 0;
  const std::string before = house.Names("");
  CHECK(house.Names("page_size: 1", [&] {
    ++number;
    house.Asset(absl::StrCat("a.x.new", number), v1::KIND_TABLE);
    if (number == 1) house.Ask(kRenameSchema, R"(name: "a.y" new_name: "a.w")");
    if (number == 2) house.Ask(kDeleteAsset, R"(name: "b.z.t5")");
  }) == before);
  CHECK(house.Names("") != before);
  CHECK(house.Names("page_size: 1 as_of { position: 8 }") == "a.x.t1 a.x.t2 a.x.t3 a.y.t4 ");
}

TEST_CASE("a page token belongs to its request") {
  Lists house;
  const std::string token = house.Ask(kListAssets, "page_size: 1").next_page_token();
  REQUIRE_FALSE(token.empty());
  CHECK(house.WhyAt(kListAssets, "parent: 'a' page_token: '" + token + "'") ==
        "PAGE_TOKEN_OTHER_REQUEST at page_token");
  CHECK(house.WhyAt(kListSchemas, "page_token: '" + token + "'") ==
        "PAGE_TOKEN_OTHER_REQUEST at page_token");
  CHECK(house.WhyAt(kListAssets, "page_token: 'nonsense'") == "PAGE_TOKEN_INVALID at page_token");
  CHECK(house.WhyAt(kListAssets, "page_size: -1") == "PAGE_SIZE_NEGATIVE at page_size");
  CHECK(house.Ask(kListAssets, "page_size: 3 page_token: '" + token + "'").assets_size() == 3);
}

TEST_CASE("lists are filtered") {
  Lists house;
  house.Known("group:f");
  house.Asset("a.x.m", v1::KIND_MODEL);
  house.Ask(kUpdateAsset, R"(asset { name: "a.x.t2" comment: "of fraud" owner: "group:f"
                                     properties { key: "team" value: "risk" } })");
  house.Ask(kSetTags, R"(reference: "a.y.t4" set { key: "pii" value: "email" })");
  const auto filter = [&](const std::string& text) {
    return house.Names("filter: '" + text + "' page_size: 2");
  };
  CHECK(filter("kind = MODEL") == "a.x.m ");
  CHECK(filter("NOT kind = TABLE") == "a.x.m ");
  CHECK(filter("comment:fraud") == "a.x.t2 ");
  CHECK(filter(R"(owner = "group:f")") == "a.x.t2 ");
  CHECK(filter(R"(properties.team = "risk")") == "a.x.t2 ");
  CHECK(filter("tags:pii") == "a.y.t4 ");
  CHECK(filter("tags.pii = email OR comment:fraud") == "a.x.t2 a.y.t4 ");
  CHECK(filter("name:t5") == "b.z.t5 ");
  CHECK(filter("create_time < 2030-01-01T00:00:00Z").empty());
  CHECK(filter("create_time >= 2030-01-01 AND name:z") == "b.z.t5 ");
  CHECK(house.WhyAt(kListAssets, "filter: 'colour = red'") == "FILTER_UNKNOWN_FIELD at filter");
  CHECK(house.WhyAt(kListAssets, "filter: 'kind ='") == "FILTER_MALFORMED at filter");
  CHECK(house.WhyAt(kListSchemas, "filter: 'kind = TABLE'") == "FILTER_UNKNOWN_FIELD at filter");
  CHECK_FALSE(house.Run(kListAssets, Parse<v1::ListAssetsRequest>("filter: 'kind = TABEL'")).ok());
  CHECK(house.Ask(kListCatalogs, "filter: 'name = b'").catalogs_size() == 1);
  // Tags of the time that is asked for.
  CHECK(house.Names("filter: 'tags:pii' as_of { position: 9 }").empty());
}

TEST_CASE("tombstones are listed when asked for") {
  Lists house;
  house.Ask(kDeleteAsset, R"(name: "a.x.t2")");
  house.Ask(kDeleteSchema, R"(name: "b.z" force: true)");
  CHECK(house.Names("") == "a.x.t1 a.x.t3 a.y.t4 ");
  CHECK(house.Names("show_deleted: true page_size: 1") == "a.x.t1 a.x.t2 a.x.t3 a.y.t4 b.z.t5 ");
  const auto all = house.Ask(kListAssets, "show_deleted: true");
  CHECK(all.assets(0).state() == v1::STATE_ACTIVE);
  CHECK(all.assets(1).state() == v1::STATE_DELETED);
  CHECK(all.assets(4).state() == v1::STATE_DELETED);
}

TEST_CASE("a page of large assets comes back short, and the list goes on") {
  Asked house;
  house.Asset("a.x.seed", v1::KIND_TABLE);
  for (int i = 0; i < 5; ++i) {
    auto request = Parse<v1::CreateAssetRequest>(
        absl::StrCat("asset { kind: KIND_VIEW name: 'a.x.v", i, "' }"));
    request.mutable_asset()->mutable_detail()->mutable_table()->set_view_definition(
        std::string(1'000'000, 'x'));
    request.mutable_asset()->set_comment(std::string(60'000, 'y'));
    for (int p = 0; p < 60; ++p) {
      (*request.mutable_asset()->mutable_properties())[absl::StrCat("p", p)] =
          std::string(16'000, 'z');
    }
    REQUIRE(house.Run(kCreateAsset, request).ok());
  }
  v1::ListAssetsRequest request;
  int pages = 0;
  int assets = 0;
  do {
    const auto page = house.Run(kListAssets, request);
    REQUIRE(page.ok());
    CHECK(page->ByteSizeLong() < 6 << 20);
    CHECK(page->assets_size() > 0);
    assets += page->assets_size();
    ++pages;
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  CHECK(assets == 6);
  CHECK(pages > 1);
}

}  // namespace
}  // namespace whence::service
