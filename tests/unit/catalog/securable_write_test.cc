#include "catalog/securable_write.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::Path;
using test::ReasonOf;

TEST_CASE("an update changes what it names and nothing else") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const Securable before = catalog.At("prod.raw.t");
  catalog.actor = "user:bob";
  const Securable after =
      catalog.Update("prod.raw.t", {.comment = "c", .owner = "user:bob"}).value();
  CHECK(after.comment == "c");
  CHECK(after.owner == "user:bob");
  CHECK(after.properties == before.properties);
  CHECK(after.detail == before.detail);
  CHECK(after.updater == "user:bob");
  CHECK(after.creator == "user:ana");
  CHECK(after.create_time == before.create_time);
  CHECK(after.update_time > before.update_time);
  CHECK(after.position == 4);
  CHECK(catalog.At("prod.raw.t") == after);
}

TEST_CASE("an update that changes nothing leaves the state alone") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const Securable before = catalog.Update("prod.raw.t", {.comment = "c"}).value();
  const SecurableUpdate same{.comment = "c", .owner = before.owner, .detail = before.detail};
  CHECK_FALSE(same.Changes(before));
  CHECK_FALSE(SecurableUpdate().Changes(before));
  CHECK(SecurableUpdate{.comment = ""}.Changes(before));
  CHECK(catalog.Update("prod.raw.t", same).value() == before);
  CHECK(catalog.At("prod.raw.t") == before);
}

TEST_CASE("two changes in one mutation leave one state") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const absl::Status done = catalog.Do([&](sql::WriteContext& context,
                                           const ledger::Change& change) {
    sql::Connection& connection = context.connection();
    const Securable t = GetSecurable(connection, kNow, Path("prod.raw.t")).value();
    const Securable once = UpdateSecurable(context, change, t, {.comment = "once"}).value();
    const Securable twice = UpdateSecurable(context, change, once, {.comment = "twice"}).value();
    CHECK(RenameSecurable(context, change, twice, Path("prod.raw.u")).ok());
    CHECK(
        CreateSecurable(context, change, {.kind = Kind::kTable, .path = Path("prod.raw.t")}).ok());
    return absl::OkStatus();
  });
  REQUIRE(done.ok());
  CHECK(catalog.At("prod.raw.t", 3).comment.empty());
  CHECK(catalog.At("prod.raw.u", 4).comment == "twice");
  CHECK(catalog.At("prod.raw.u", 4).id == 3);
  CHECK(catalog.At("prod.raw.t", 4).id == 4);
}

TEST_CASE("a rename keeps everything but the name") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t", "u"});
  catalog.Create("prod.gold", Kind::kSchema);
  const Securable before = catalog.At("prod.raw.t");
  const Securable moved = catalog.TryRename("prod.raw.t", "prod.gold.t2").value();
  CHECK(moved.id == before.id);
  CHECK(moved.creator == before.creator);
  CHECK(moved.parent_id == catalog.At("prod.gold").id);
  CHECK(catalog.At("prod.gold.t2") == moved);
  CHECK(catalog.TryCreate("prod.raw.t", Kind::kTable).ok());  // the old name is free

  CHECK(ReasonOf(catalog.TryRename("prod.gold.t2", "prod.raw.u").status()) ==
        "ASSET_ALREADY_EXISTS");
  CHECK(ReasonOf(catalog.TryRename("prod.gold.t2", "prod.nix.u").status()) == "SCHEMA_NOT_FOUND");
  CHECK(ReasonOf(catalog.TryRename("prod.gold.nix", "prod.gold.v").status()) == "ASSET_NOT_FOUND");
  CHECK(ReasonOf(catalog.TryRename("prod.gold", "prod.raw").status()) == "SCHEMA_ALREADY_EXISTS");
  catalog.Create("dev", Kind::kCatalog);
  CHECK(ReasonOf(catalog.TryRename("prod.gold", "dev.gold").status()) ==
        "SCHEMA_CANNOT_CHANGE_CATALOG");
  CHECK(ReasonOf(catalog.TryRename("dev", "prod").status()) == "CATALOG_ALREADY_EXISTS");
  // To its own name: nothing.
  CHECK(catalog.TryRename("prod.gold.t2", "prod.gold.t2").value() == moved);
  // There and back: the states in between stay.
  CHECK(catalog.TryRename("prod.gold.t2", "prod.gold.t").ok());
  CHECK(catalog.TryRename("prod.gold.t", "prod.gold.t2").ok());
  CHECK(catalog.At("prod.gold.t2").id == before.id);
}

TEST_CASE("what is not empty is deleted by force only") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const absl::Status schema = catalog.TryDelete("prod.raw").status();
  CHECK(ReasonOf(schema) == "SCHEMA_NOT_EMPTY");
  CHECK(schema.message() == "schema prod.raw is not empty: prod.raw.t is in it");
  CHECK(ReasonOf(catalog.TryDelete("prod").status()) == "CATALOG_NOT_EMPTY");
  CHECK(catalog.TryDelete("prod", true).ok());
  CHECK(ReasonOf(GetSecurable(catalog.reader(), kNow, Path("prod.raw.t")).status()) ==
        "CATALOG_NOT_FOUND");
  const Securable inside = GetSecurableById(catalog.reader(), kNow, 3).value();
  CHECK_FALSE(inside.deleted);
  CHECK(inside.parent_deleted);
  CHECK_FALSE(inside.live());
  CHECK(inside.FullName() == "prod.raw.t");
  // It comes back with what it stands in.
  CHECK(catalog.TryUndelete("prod").ok());
  CHECK(catalog.At("prod.raw.t").id == 3);
  // Tombstones do not make a schema full.
  REQUIRE(catalog.TryDelete("prod.raw.t").ok());
  CHECK(catalog.TryDelete("prod.raw").ok());
  CHECK(catalog.TryDelete("prod").ok());
}

TEST_CASE("a deleted name is free, and undelete gives the old one back") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const Securable first = catalog.At("prod.raw.t");
  const Securable tombstone = catalog.TryDelete("prod.raw.t").value();
  CHECK(tombstone.deleted);
  CHECK(ReasonOf(catalog.TryDelete("prod.raw.t").status()) == "ASSET_NOT_FOUND");
  const Securable second = catalog.Create("prod.raw.t", Kind::kModel);
  CHECK(second.id != first.id);

  // Taken: by name and by id.
  CHECK(ReasonOf(catalog.TryUndelete("prod.raw.t").status()) == "ASSET_ALREADY_EXISTS");
  CHECK(ReasonOf(catalog.TryUndeleteId(first.id).status()) == "ASSET_ALREADY_EXISTS");

  // Two tombstones of one name: the newest comes back, the older by id.
  REQUIRE(catalog.TryDelete("prod.raw.t").ok());
  CHECK(catalog.TryUndelete("prod.raw.t").value().id == second.id);
  REQUIRE(catalog.TryRename("prod.raw.t", "prod.raw.other").ok());
  CHECK(catalog.TryUndelete("prod.raw.t").value().id == first.id);
  CHECK(catalog.At("prod.raw.t").kind == Kind::kTable);
  // Again: it is there, nothing to do.
  const Position before = catalog.At("prod.raw.t").position;
  CHECK(catalog.TryUndelete("prod.raw.t").value().position == before);
  CHECK(ReasonOf(catalog.TryUndelete("prod.raw.never").status()) == "ASSET_NOT_FOUND");
}

TEST_CASE("nothing comes back into a deleted parent") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  REQUIRE(catalog.TryDelete("prod.raw.t").ok());
  REQUIRE(catalog.TryDelete("prod.raw").ok());
  const absl::Status by_name = catalog.TryUndelete("prod.raw.t").status();
  CHECK(ReasonOf(by_name) == "PARENT_DELETED");
  CHECK(by_name.message() == "prod.raw.t stands in a deleted schema: prod.raw");
  CHECK(catalog.TryUndeleteId(3).status() == by_name);
  REQUIRE(catalog.TryDelete("prod").ok());
  // Of two, the upper one is named: it has to come back first.
  CHECK(catalog.TryUndeleteId(3).status().message() ==
        "prod.raw.t stands in a deleted catalog: prod");
  CHECK(catalog.TryUndelete("prod.raw.t").status().message() ==
        "prod.raw.t stands in a deleted catalog: prod");
  REQUIRE(catalog.TryUndelete("prod").ok());
  CHECK(ReasonOf(catalog.TryUndelete("prod.raw.t").status()) == "PARENT_DELETED");
  REQUIRE(catalog.TryUndelete("prod.raw").ok());
  CHECK(catalog.TryUndelete("prod.raw.t").value().id == 3);
  CHECK(catalog.At("prod.raw.t").live());
}

TEST_CASE("a tombstone's name follows its parents") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  REQUIRE(catalog.TryDelete("prod.raw.t").ok());
  REQUIRE(catalog.TryRename("prod.raw", "prod.silver").ok());
  CHECK(FullNameOf(catalog.reader(), kNow, 3).value() == "prod.silver.t");
  CHECK(catalog.TryUndelete("prod.silver.t").value().id == 3);
}

}  // namespace
}  // namespace whence::catalog
