#include "catalog/securable_list.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::Path;
using test::ReasonOf;

// Names and ids of a list, read in pages of `page` items.
std::vector<std::string> ListInPages(CatalogFixture& catalog, ListQuery query, int page) {
  std::vector<std::string> names;
  for (int pages = 0; pages < 1000; ++pages) {
    int taken = 0;
    const ListEnd end =
        ListSecurables(catalog.reader(), query, [&](const Securable& item) -> absl::StatusOr<bool> {
          if (taken == page) return false;
          ++taken;
          names.push_back(item.FullName() + (item.live() ? "" : absl::StrCat("#", item.id)));
          // What is listed is what getting it by id gives.
          CHECK(GetSecurableById(catalog.reader(), query.as_of, item.id).value() == item);
          return true;
        }).value();
    if (end.complete) return names;
    query.after = end.place;
  }
  FAIL("the list does not end");
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("lists are in order of names, level by level") {
  CatalogFixture catalog;
  for (const char* name : {"b", "a", "`a b`"}) catalog.Create(name, Kind::kCatalog);
  for (const char* name : {"a.z", "a.y", "b.x", "`a b`.w"}) catalog.Create(name, Kind::kSchema);
  for (const char* name : {"a.z.2", "a.z.10", "a.z.1", "a.y.t", "b.x.s"}) {
    catalog.Create(name, Kind::kTable);
  }
  const ListQuery all{.as_of = kNow};
  for (const int page : {1, 2, 3, 100}) {
    ListQuery query = all;
    CHECK(ListInPages(catalog, query, page) == Names{"a.y.t", "a.z.1", "a.z.10", "a.z.2", "b.x.s"});
    query.depth = 2;
    CHECK(ListInPages(catalog, query, page) == Names{"a.y", "a.z", "`a b`.w", "b.x"});
    query.depth = 1;
    CHECK(ListInPages(catalog, query, page) == Names{"a", "`a b`", "b"});
    query = all;
    query.parent = {"a"};
    CHECK(ListInPages(catalog, query, page) == Names{"a.y.t", "a.z.1", "a.z.10", "a.z.2"});
    query.parent = {"a", "z"};
    CHECK(ListInPages(catalog, query, page) == Names{"a.z.1", "a.z.10", "a.z.2"});
    query.parent = {"b"};
    query.depth = 2;
    CHECK(ListInPages(catalog, query, page) == Names{"b.x"});
    query.parent = {"`a b`"};
    query.parent = {"a b"};
    query.depth = 3;
    CHECK(ListInPages(catalog, query, page).empty());
  }
}

TEST_CASE("tombstones are listed when asked for, with what is in them") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t", "u"});  // ids 3, 4
  REQUIRE(catalog.TryDelete("prod.raw.t").ok());
  catalog.Create("prod.raw.t", Kind::kTable);  // 5
  REQUIRE(catalog.TryDelete("prod.raw.t").ok());
  catalog.Create("prod.raw.t", Kind::kTable);   // 6
  catalog.Create("prod.gone", Kind::kSchema);   // 7
  catalog.Create("prod.gone.g", Kind::kTable);  // 8
  REQUIRE(catalog.TryDelete("prod.gone", true).ok());
  for (const int page : {1, 2, 100}) {
    ListQuery query{.as_of = kNow};
    CHECK(ListInPages(catalog, query, page) == Names{"prod.raw.t", "prod.raw.u"});
    query.show_deleted = true;
    CHECK(ListInPages(catalog, query, page) ==
          Names{"prod.gone.g#8", "prod.raw.t#3", "prod.raw.t#5", "prod.raw.t", "prod.raw.u"});
    query.parent = {"prod", "raw"};
    CHECK(ListInPages(catalog, query, page) ==
          Names{"prod.raw.t#3", "prod.raw.t#5", "prod.raw.t", "prod.raw.u"});
    query.depth = 2;
    query.parent = {"prod"};
    CHECK(ListInPages(catalog, query, page) == Names{"prod.gone#7", "prod.raw"});
  }
}

TEST_CASE("a list as of a position is that position's") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a", "b"});                            // 3, 4
  REQUIRE(catalog.TryRename("prod.raw.a", "prod.raw.z").ok());  // 5
  REQUIRE(catalog.TryRename("prod.raw", "prod.new").ok());      // 6
  REQUIRE(catalog.TryDelete("prod.new.b").ok());                // 7
  const auto list = [&](Position as_of) { return ListInPages(catalog, {.as_of = as_of}, 1); };
  CHECK(list(0).empty());
  CHECK(list(3) == Names{"prod.raw.a"});
  CHECK(list(4) == Names{"prod.raw.a", "prod.raw.b"});
  CHECK(list(5) == Names{"prod.raw.b", "prod.raw.z"});
  CHECK(list(6) == Names{"prod.new.b", "prod.new.z"});
  CHECK(list(7) == Names{"prod.new.z"});
  ListQuery query{.as_of = 4, .depth = 3, .parent = {"prod", "new"}};
  CHECK(ReasonOf(ListSecurables(catalog.reader(), query, [](const Securable&) {
                   return absl::StatusOr<bool>(true);
                 }).status()) == "SCHEMA_NOT_FOUND");
}

TEST_CASE("a list looks at no more rows than it may, and goes on from there") {
  CatalogFixture catalog;
  catalog.Create("c", Kind::kCatalog);
  for (int i = 0; i < 6; ++i) catalog.Create(absl::StrCat("c.empty", i), Kind::kSchema);
  catalog.Create("c.full", Kind::kSchema);
  for (int i = 0; i < 3; ++i) catalog.Create(absl::StrCat("c.full.t", i), Kind::kTable);
  catalog.Create("c.late", Kind::kSchema);
  Names names;
  ListQuery query{.as_of = kNow, .max_rows = 2};
  int calls = 0;
  for (bool complete = false; !complete; ++calls) {
    int looked_at = 0;
    const ListEnd end = ListSecurables(catalog.reader(), query, [&](const Securable& item) {
                          names.push_back(item.FullName());
                          ++looked_at;
                          return absl::StatusOr<bool>(true);
                        }).value();
    CHECK(looked_at <= 2);
    complete = end.complete;
    query.after = end.place;
    REQUIRE(calls < 20);
  }
  CHECK(names == Names{"c.full.t0", "c.full.t1", "c.full.t2"});
  CHECK(calls >= 6);
}

TEST_CASE("an error of the visitor ends the list") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a", "b"});
  int visits = 0;
  const absl::Status status = ListSecurables(catalog.reader(), {.as_of = kNow},
                                             [&](const Securable&) -> absl::StatusOr<bool> {
                                               ++visits;
                                               return absl::DataLossError("no");
                                             })
                                  .status();
  CHECK(absl::IsDataLoss(status));
  CHECK(visits == 1);
}

TEST_CASE("a page token's place that never was does no harm") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a", "b"});
  ListQuery query{.as_of = kNow};
  query.after = {{.name = "zzz", .id = 7}, {.name = "", .id = 0}, {.name = "x", .id = 1}};
  CHECK(ListInPages(catalog, query, 10).empty());
  query.after = {{.name = "prod", .id = 999}, {.name = "raw", .id = 2}, {.name = "a", .id = 3}};
  CHECK(ListInPages(catalog, query, 10).size() <= 2);
}

}  // namespace
}  // namespace whence::catalog
