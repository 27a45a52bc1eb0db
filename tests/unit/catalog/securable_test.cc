#include "catalog/securable.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::Path;
using test::ReasonOf;

std::string HintOf(const absl::Status& status) { return GetErrorDetail(status).hint; }

TEST_CASE("kinds have names, numbers and levels") {
  CHECK(KindName(Kind::kTable) == "table");
  CHECK(KindName(Kind::kSchema) == "schema");
  CHECK(KindName(Kind::kUnspecified) == "unspecified");
  CHECK(KindFromNumber(5) == Kind::kModel);
  CHECK(KindFromNumber(101) == Kind::kCatalog);
  CHECK(KindFromNumber(0) == std::nullopt);
  CHECK(KindFromNumber(11) == std::nullopt);
  CHECK(KindFromNumber(103) == std::nullopt);
  CHECK(KindFromNumber(-1) == std::nullopt);
  CHECK(IsAssetKind(Kind::kDashboard));
  CHECK_FALSE(IsAssetKind(Kind::kCatalog));
  CHECK_FALSE(IsAssetKind(Kind::kUnspecified));
  CHECK(NameDepth(Kind::kCatalog) == 1);
  CHECK(NameDepth(Kind::kSchema) == 2);
  CHECK(NameDepth(Kind::kJob) == 3);
}

TEST_CASE("what was created is found by name and by id") {
  CatalogFixture catalog;
  catalog.Create("prod", Kind::kCatalog);
  catalog.Create("prod.fraud", Kind::kSchema);
  const Securable created = catalog
                                .Get([&](sql::WriteContext& context, const ledger::Change& change) {
                                  return CreateSecurable(context, change,
                                                         {.kind = Kind::kModel,
                                                          .path = Path("prod.fraud.scores"),
                                                          .comment = "scores\nof fraud",
                                                          .owner = "group:fraud",
                                                          .properties = std::string("p\0q", 3),
                                                          .detail = "d"});
                                })
                                .value();
  CHECK(created.id == 3);
  CHECK(created.position == 3);
  CHECK(created.creator == "user:ana");
  CHECK(created.updater == "user:ana");
  CHECK(created.create_time == catalog.database.clock.Now());
  CHECK(created.properties == std::string("p\0q", 3));
  CHECK(created.live());
  CHECK(created.FullName() == "prod.fraud.scores");

  CHECK(catalog.At("prod.fraud.scores") == created);
  CHECK(GetSecurableById(catalog.reader(), kNow, created.id).value() == created);
  CHECK(FindSecurable(catalog.reader(), kNow, Path("prod.fraud.scores")).value() ==
        SecurableId{.id = created.id, .kind = Kind::kModel});
  CHECK(FindSecurable(catalog.reader(), kNow, Path("prod.fraud")).value() ==
        SecurableId{.id = 2, .kind = Kind::kSchema});
  CHECK(FindSecurable(catalog.reader(), kNow, Path("prod")).value() ==
        SecurableId{.id = 1, .kind = Kind::kCatalog});
  CHECK(FindSecurable(catalog.reader(), kNow, Path("prod.other.scores")).value() == std::nullopt);
  CHECK(FullNameOf(catalog.reader(), kNow, created.id).value() == "prod.fraud.scores");
}

TEST_CASE("names that need quotes are told apart from paths") {
  CatalogFixture catalog;
  catalog.Create("`s3://lake`", Kind::kCatalog);
  catalog.Create("`s3://lake`.`a.b`", Kind::kSchema);
  const Securable odd = catalog.Create("`s3://lake`.`a.b`.`say ``hi`` Ünïcödé 表`", Kind::kTable);
  CHECK(odd.FullName() == "`s3://lake`.`a.b`.`say ``hi`` Ünïcödé 表`");
  CHECK(catalog.At("`s3://lake`.`a.b`.`say ``hi`` Ünïcödé 表`").id == odd.id);
  CHECK(FindSecurable(catalog.reader(), kNow, Path("`s3://lake`.a.b")).value() == std::nullopt);
  // Case counts, and so does the form of Unicode.
  catalog.Create("`s3://Lake`", Kind::kCatalog);
}

TEST_CASE("creating fails by name") {
  CatalogFixture catalog;
  CHECK(ReasonOf(catalog.TryCreate("prod.raw", Kind::kSchema).status()) == "CATALOG_NOT_FOUND");
  catalog.Create("prod", Kind::kCatalog);
  CHECK(ReasonOf(catalog.TryCreate("prod.raw.t", Kind::kTable).status()) == "SCHEMA_NOT_FOUND");
  catalog.Create("prod.raw", Kind::kSchema);
  catalog.Create("prod.raw.t", Kind::kTable);
  CHECK(ReasonOf(catalog.TryCreate("prod", Kind::kCatalog).status()) == "CATALOG_ALREADY_EXISTS");
  CHECK(ReasonOf(catalog.TryCreate("prod.raw", Kind::kSchema).status()) == "SCHEMA_ALREADY_EXISTS");
  CHECK(ReasonOf(catalog.TryCreate("prod.raw.t", Kind::kModel).status()) == "ASSET_ALREADY_EXISTS");
  // A failed creation takes neither a position nor an id.
  CHECK(catalog.now == 3);
  CHECK(catalog.Create("prod.raw.u", Kind::kTable).id == 4);
}

TEST_CASE("what is missing is named, with the closest name there is") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"scores", "users", "orders"});
  const auto missing = [&](std::string_view name) {
    return GetSecurable(catalog.reader(), kNow, Path(name)).status();
  };
  CHECK(missing("prod.raw.scroes").message() == "no asset prod.raw.scroes");
  CHECK(ReasonOf(missing("prod.raw.scroes")) == "ASSET_NOT_FOUND");
  CHECK(HintOf(missing("prod.raw.scroes")) ==
        "prod.raw.scores exists; see 'whence asset list prod.raw'");
  CHECK(HintOf(missing("prod.raw.nothing_like_it")) == "see 'whence asset list prod.raw'");
  // The first part that is missing counts.
  CHECK(missing("prod.rwa.scores").message() == "no schema prod.rwa");
  CHECK(ReasonOf(missing("prod.rwa.scores")) == "SCHEMA_NOT_FOUND");
  CHECK(HintOf(missing("prod.rwa.scores")) == "prod.raw exists; see 'whence schema list prod'");
  CHECK(ReasonOf(missing("prdo.raw.scores")) == "CATALOG_NOT_FOUND");
  CHECK(HintOf(missing("prdo.raw.scores")) == "prod exists; see 'whence catalog list'");
  CHECK(absl::IsNotFound(missing("prdo")));
}

TEST_CASE("so many names on a side of a missing one are compared with it") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"users"});
  const auto hint = [&catalog] {
    return HintOf(GetSecurable(catalog.reader(), kNow, Path("prod.raw.usres")).status());
  };
  // In order of names these stand between the two, and are like neither.
  const auto fill = [&catalog](int from, int to) {
    for (int i = from; i < to; ++i) {
      catalog.Create(StrCat("prod.raw.userz_and_a_long_rest_", i), Kind::kTable);
    }
  };
  fill(0, kHintNamesPerSide - 1);
  CHECK(hint() == "prod.raw.users exists; see 'whence asset list prod.raw'");
  fill(kHintNamesPerSide - 1, kHintNamesPerSide);
  CHECK(hint() == "see 'whence asset list prod.raw'");
}

TEST_CASE("what was renamed or deleted says so") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"a", "b"});
  REQUIRE(catalog.TryRename("prod.raw.a", "prod.raw.zzz").ok());
  REQUIRE(catalog.TryDelete("prod.raw.b").ok());
  const auto hint = [&](std::string_view name) {
    return HintOf(GetSecurable(catalog.reader(), kNow, Path(name)).status());
  };
  CHECK(hint("prod.raw.a") == "it is now called prod.raw.zzz");
  CHECK(hint("prod.raw.b") == "it was deleted; 'whence asset undelete prod.raw.b' takes that back");
  // In a deleted schema the schema is what is missing.
  REQUIRE(catalog.TryDelete("prod.raw", true).ok());
  CHECK(ReasonOf(GetSecurable(catalog.reader(), kNow, Path("prod.raw.b")).status()) ==
        "SCHEMA_NOT_FOUND");
  CHECK(hint("prod.raw.b") == "it was deleted; 'whence schema undelete prod.raw' takes that back");
}

TEST_CASE("ids that never were are not found") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({});
  for (const int64_t id : {int64_t{0}, int64_t{-1}, int64_t{99}, int64_t{1} << 40}) {
    CHECK(ReasonOf(GetSecurableById(catalog.reader(), kNow, id).status()) == "SECURABLE_NOT_FOUND");
    CHECK(ReasonOf(PathOf(catalog.reader(), kNow, id).status()) == "SECURABLE_NOT_FOUND");
    CHECK_FALSE(IsLive(catalog.reader(), kNow, id).value());
  }
}

TEST_CASE("the past is what it was") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});  // 1, 2, 3
  const Securable at_3 = catalog.At("prod.raw.t");
  REQUIRE(catalog.Update("prod.raw.t", {.comment = "new"}).ok());     // 4
  REQUIRE(catalog.TryRename("prod.raw", "prod.bronze").ok());         // 5
  REQUIRE(catalog.TryRename("prod.bronze.t", "prod.bronze.u").ok());  // 6
  REQUIRE(catalog.TryRename("prod", "main").ok());                    // 7
  REQUIRE(catalog.TryDelete("main.bronze.u").ok());                   // 8

  CHECK(catalog.At("prod.raw.t", 3) == at_3);
  CHECK(catalog.At("prod.raw.t", 4).comment == "new");
  CHECK(catalog.At("prod.raw.t", 4).position == 4);
  CHECK(catalog.At("prod.bronze.t", 5).id == at_3.id);
  CHECK(catalog.At("prod.bronze.u", 6).id == at_3.id);
  CHECK(catalog.At("main.bronze.u", 7).id == at_3.id);
  const auto reason = [&](std::string_view name, Position as_of) {
    return ReasonOf(GetSecurable(catalog.reader(), as_of, Path(name)).status());
  };
  CHECK(reason("prod.raw.t", 0) == "CATALOG_NOT_FOUND");
  CHECK(reason("prod.raw.t", 1) == "SCHEMA_NOT_FOUND");
  CHECK(reason("prod.raw.t", 2) == "ASSET_NOT_FOUND");
  CHECK(reason("prod.raw.t", 5) == "SCHEMA_NOT_FOUND");
  CHECK(reason("main.bronze.u", 6) == "CATALOG_NOT_FOUND");
  CHECK(reason("main.bronze.u", 8) == "ASSET_NOT_FOUND");

  // By id its names are those of the time, and it is never gone.
  const auto name = [&](Position as_of) {
    return FullNameOf(catalog.reader(), as_of, at_3.id).value();
  };
  CHECK(name(4) == "prod.raw.t");
  CHECK(name(5) == "prod.bronze.t");
  CHECK(name(6) == "prod.bronze.u");
  CHECK(name(8) == "main.bronze.u");
  CHECK(GetSecurableById(catalog.reader(), 7, at_3.id).value().live());
  CHECK_FALSE(GetSecurableById(catalog.reader(), 8, at_3.id).value().live());
  CHECK(ReasonOf(GetSecurableById(catalog.reader(), 2, at_3.id).status()) == "SECURABLE_NOT_FOUND");
}

TEST_CASE("an etag guards its state") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const Securable before = catalog.At("prod.raw.t");
  CHECK(CheckEtag(before, "").ok());
  CHECK(CheckEtag(before, before.Etag()).ok());
  const Securable after = catalog.Update("prod.raw.t", {.comment = "x"}).value();
  CHECK(after.Etag() != before.Etag());
  const absl::Status mismatch = CheckEtag(after, before.Etag());
  CHECK(absl::IsAborted(mismatch));
  CHECK(ReasonOf(mismatch) == "ETAG_MISMATCH");
  CHECK(ReasonOf(CheckEtag(after, "nonsense")) == "ETAG_MISMATCH");
}

}  // namespace
}  // namespace whence::catalog
