#include "catalog/securable_ids.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using Ids = std::vector<int64_t>;

TEST_CASE("what somebody owns is found as of any position, tombstones too") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a", "b"});  // ids 1, 2; 3, 4, at positions 3 and 4
  SecurableUpdate to_bo;
  to_bo.owner = "user:bo";
  REQUIRE(catalog.Update("prod.raw.b", to_bo).ok());  // 5
  REQUIRE(catalog.Update("prod.raw", to_bo).ok());    // 6
  REQUIRE(catalog.TryDelete("prod.raw.b").ok());      // 7
  const auto owned = [&](Position as_of, const char* owner, size_t most = 10) {
    Ids ids = OwnedBy(catalog.reader(), as_of, owner, most).value();
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  CHECK(owned(3, "user:owner") == Ids{1, 2, 3});
  CHECK(owned(4, "user:owner") == Ids{1, 2, 3, 4});
  CHECK(owned(4, "user:bo").empty());
  CHECK(owned(5, "user:bo") == Ids{4});
  CHECK(owned(6, "user:bo") == Ids{2, 4});
  CHECK(owned(7, "user:bo") == Ids{2, 4});
  CHECK(owned(kNow, "user:owner") == Ids{1, 3});
  CHECK(owned(kNow, "user:owner", 1).size() == 1);
  CHECK(owned(kNow, "user:owner", 0).empty());
  CHECK(owned(kNow, "user").empty());
}

TEST_CASE("assets that went to another schema are found by when they did") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a", "b"});                              // 3, 4
  catalog.Create("prod.other", Kind::kSchema);                    // 5
  REQUIRE(catalog.TryRename("prod.raw.a", "prod.raw.z").ok());    // 6: stays where it is
  REQUIRE(catalog.TryRename("prod.raw.z", "prod.other.z").ok());  // 7
  REQUIRE(catalog.TryRename("prod.other", "prod.new").ok());      // 8
  REQUIRE(catalog.TryRename("prod.raw.b", "prod.new.b").ok());    // 9
  REQUIRE(catalog.TryRename("prod.new.z", "prod.raw.z").ok());    // 10
  const auto moved = [&](Position after, size_t most = 10) {
    return MovedSince(catalog.reader(), after, most).value();
  };
  CHECK(moved(0) == Ids{3, 4, 3});
  CHECK(moved(6) == Ids{3, 4, 3});
  CHECK(moved(7) == Ids{4, 3});
  CHECK(moved(9) == Ids{3});
  CHECK(moved(10).empty());
  CHECK(moved(0, 2) == Ids{3, 4});
}

TEST_CASE("moved there and back in one mutation is no conflict") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a"});
  catalog.Create("prod.other", Kind::kSchema);
  REQUIRE(catalog
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                const Securable away = RenameSecurable(context, change, catalog.At("prod.raw.a"),
                                                       test::Path("prod.other.a"))
                                           .value();
                return RenameSecurable(context, change, away, test::Path("prod.raw.a")).status();
              })
              .ok());
  CHECK(MovedSince(catalog.reader(), 0, 10).value() == Ids{3});
  CHECK(catalog.At("prod.raw.a").id == 3);
}

TEST_CASE("the migration finds the moves that were made before it") {
  const whence::test::TemporaryFolder folder;
  const FakeClock clock;
  auto connection = sql::Connection::Open(folder.path() + "/whence.db").value();
  const auto all = EmbeddedMigrations();
  REQUIRE(sql::Migrate(*connection, all.first(3), clock).ok());
  // Asset 4 was made in schema 2, got another name, went to schema 3, was deleted.
  REQUIRE(
      connection
          ->ExecuteScript(
              "INSERT INTO securable VALUES (4, 1, 5, 'user:ana', 0);"
              "INSERT INTO securable_state VALUES"
              " (4, 5, 6, 2, 'a', '', 'user:ana', x'', x'', 0, 'user:ana', 0),"
              " (4, 6, 8, 2, 'b', '', 'user:ana', x'', x'', 0, 'user:ana', 0),"
              " (4, 8, 9, 3, 'b', '', 'user:ana', x'', x'', 0, 'user:ana', 0),"
              " (4, 9, 9223372036854775807, 3, 'b', '', 'user:ana', x'', x'', 1, 'user:ana', 0)")
          .ok());
  REQUIRE(sql::Migrate(*connection, all, clock).ok());
  CHECK(MovedSince(*connection, 0, 10).value() == Ids{4});
  CHECK(MovedSince(*connection, 7, 10).value() == Ids{4});
  CHECK(MovedSince(*connection, 8, 10).value().empty());
}

}  // namespace
}  // namespace whence::catalog
