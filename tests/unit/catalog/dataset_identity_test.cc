#include "catalog/dataset_identity.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::ReasonOf;

constexpr int64_t kOrders = 3;
constexpr int64_t kUsers = 4;

TEST_CASE("an identity leads to its asset, then and now") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"orders", "users"});  // 1 to 4
  const DatasetIdentity attached =
      catalog.Attach(kOrders, "postgres://db:5432", "shop.public.orders").value();  // 5
  CHECK(attached == DatasetIdentity{.name_space = "postgres://db:5432",
                                    .name = "shop.public.orders",
                                    .asset_id = kOrders,
                                    .position = 5});
  const auto resolve = [&](Position as_of) {
    return ResolveIdentity(catalog.reader(), as_of, "postgres://db:5432", "shop.public.orders");
  };
  CHECK(resolve(kNow).value() == attached);
  CHECK(ReasonOf(resolve(4).status()) == "DATASET_IDENTITY_NOT_FOUND");
  // The same again keeps the first position.
  CHECK(catalog.Attach(kOrders, "postgres://db:5432", "shop.public.orders").value() == attached);
  CHECK(ReasonOf(ResolveIdentity(catalog.reader(), kNow, "postgres://db:5432", "shop").status()) ==
        "DATASET_IDENTITY_NOT_FOUND");

  REQUIRE(catalog.Detach("postgres://db:5432", "shop.public.orders").ok());  // 7
  CHECK(ReasonOf(resolve(kNow).status()) == "DATASET_IDENTITY_NOT_FOUND");
  CHECK(resolve(6).value() == attached);
  REQUIRE(catalog.Detach("postgres://db:5432", "shop.public.orders").ok());  // nothing
  CHECK(catalog.Attach(kUsers, "postgres://db:5432", "shop.public.orders").value().asset_id ==
        kUsers);
  CHECK(resolve(6).value().asset_id == kOrders);
  CHECK(resolve(kNow).value().asset_id == kUsers);
}

TEST_CASE("an identity belongs to one live asset at a time") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"orders", "users"});
  REQUIRE(catalog.Attach(kOrders, "ns", "n").ok());  // 5
  const absl::Status taken = catalog.Attach(kUsers, "ns", "n").status();
  CHECK(ReasonOf(taken) == "DATASET_IDENTITY_TAKEN");
  CHECK(taken.message() == "dataset identity (\"ns\", \"n\") belongs to prod.raw.orders");

  // A tombstone holds nothing back, as with names.
  REQUIRE(catalog.TryDelete("prod.raw.orders").ok());  // 6
  const absl::Status gone = ResolveIdentity(catalog.reader(), kNow, "ns", "n").status();
  CHECK(ReasonOf(gone) == "DATASET_IDENTITY_NOT_FOUND");
  CHECK(GetErrorDetail(gone).hint.find("prod.raw.orders") != std::string::npos);
  CHECK(ResolveIdentity(catalog.reader(), 5, "ns", "n").value().asset_id == kOrders);
  REQUIRE(catalog.Attach(kUsers, "ns", "n").ok());
  REQUIRE(catalog.TryUndelete("prod.raw.orders").ok());
  CHECK(ResolveIdentity(catalog.reader(), kNow, "ns", "n").value().asset_id == kUsers);
}

TEST_CASE("an undeleted asset has its identities still") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"orders"});
  REQUIRE(catalog.Attach(kOrders, "ns", "n").ok());
  REQUIRE(catalog.TryDelete("prod.raw", true).ok());
  CHECK(ReasonOf(ResolveIdentity(catalog.reader(), kNow, "ns", "n").status()) ==
        "DATASET_IDENTITY_NOT_FOUND");
  REQUIRE(catalog.TryUndelete("prod.raw").ok());
  CHECK(ResolveIdentity(catalog.reader(), kNow, "ns", "n").value().asset_id == kOrders);
}

TEST_CASE("identities of an asset are listed in order, in pages") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"orders", "users"});
  for (const char* pair : {"b:1", "a:2", "a:10", "c:0"}) {
    REQUIRE(catalog.Attach(kOrders, std::string(1, pair[0]), pair + 2).ok());  // 5 to 8
  }
  REQUIRE(catalog.Attach(kUsers, "a", "5").ok());
  REQUIRE(catalog.Detach("b", "1").ok());
  const auto list = [&](Position as_of, std::string_view space, std::string_view name, int limit) {
    std::string text;
    const auto found = ListIdentities(catalog.reader(), as_of, kOrders, space, name, limit);
    for (const DatasetIdentity& identity : *found) {
      absl::StrAppend(&text, identity.name_space, identity.name, " ");
    }
    return text;
  };
  CHECK(list(kNow, "", "", 10) == "a10 a2 c0 ");
  CHECK(list(8, "", "", 10) == "a10 a2 b1 c0 ");
  CHECK(list(8, "a", "10", 2) == "a2 b1 ");
  CHECK(list(8, "b", "1", 10) == "c0 ");
  CHECK(list(5, "", "", 10) == "b1 ");
}

TEST_CASE("an asset has so many identities and no more") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"orders"});
  const absl::Status filled =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        for (size_t i = 0; i < kMaxDatasetIdentities; ++i) {
          const absl::Status attached =
              AttachIdentity(context, change, kOrders, "ns", absl::StrCat(i)).status();
          if (!attached.ok()) return attached;
        }
        return absl::OkStatus();
      });
  REQUIRE(filled.ok());
  CHECK(ReasonOf(catalog.Attach(kOrders, "ns", "more").status()) == "TOO_MANY_DATASET_IDENTITIES");
  CHECK(catalog.Attach(kOrders, "ns", "7").ok());  // it has that one
}

TEST_CASE("attached, moved and detached in one mutation") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"orders", "users"});
  const absl::Status done =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        CHECK(AttachIdentity(context, change, kOrders, "ns", "n").ok());
        CHECK(DetachIdentity(context, change, "ns", "n").ok());
        return AttachIdentity(context, change, kUsers, "ns", "n").status();
      });
  REQUIRE(done.ok());
  CHECK(ResolveIdentity(catalog.reader(), kNow, "ns", "n").value().asset_id == kUsers);
}

}  // namespace
}  // namespace whence::catalog
