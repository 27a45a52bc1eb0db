#include "catalog/version.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::ReasonOf;

constexpr int64_t kAsset = 3;  // prod.raw.m of CreateProdRaw({"m"})

TEST_CASE("versions are numbered from 1 without gaps") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m", "n"});
  CHECK(CurrentVersion(catalog.reader(), kNow, kAsset).value() == std::nullopt);
  CHECK(FindCurrentVersion(catalog.reader(), kNow, kAsset).value() == VersionId{});
  for (int i = 1; i <= 5; ++i) {
    CHECK(catalog.RegisterDigest(kAsset, absl::StrCat("opaque:", i)).number == i);
  }
  CHECK(catalog.RegisterDigest(4, "opaque:1").number == 1);  // per asset
  CHECK(CurrentVersion(catalog.reader(), kNow, kAsset).value()->number == 5);
  // A registration that fails takes no number.
  const absl::Status failed =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        CHECK(RegisterVersion(context, change, kAsset, {.digest = "opaque:x"}).ok());
        return absl::InternalError("no");
      });
  CHECK_FALSE(failed.ok());
  CHECK(catalog.RegisterDigest(kAsset, "opaque:6").number == 6);
}

TEST_CASE("a version comes back as it was registered") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});
  const Registered registered = catalog
                                    .Register(kAsset, {.digest = "sha256:ab",
                                                       .location = "s3://x",
                                                       .detail = std::string("d\0e", 3),
                                                       .comment = "c",
                                                       .properties = std::string("\0", 1)})
                                    .value();
  CHECK(registered.created);
  const Version& version = registered.version;
  CHECK(version.creator == "user:ana");
  CHECK(version.create_time == catalog.database.clock.Now());
  CHECK(version.create_position == 4);
  CHECK(version.position == 4);
  CHECK(GetVersion(catalog.reader(), kNow, kAsset, 1).value() == version);
  CHECK(GetVersionById(catalog.reader(), kNow, version.id).value() == version);
  CHECK(CurrentVersion(catalog.reader(), kNow, kAsset).value() == version);
  CHECK(FindVersionByDigest(catalog.reader(), kNow, kAsset, "sha256:ab").value() == version);
  CHECK(FindVersionByDigest(catalog.reader(), kNow, kAsset, "sha256:AB").value() == std::nullopt);
  CHECK(FindVersion(catalog.reader(), kNow, kAsset, 1).value() ==
        VersionId{.id = version.id, .number = 1});
}

TEST_CASE("the same digest is the same version") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m", "n"});
  const Version first = catalog.RegisterDigest(kAsset, "opaque:a");
  const Registered again =
      catalog.Register(kAsset, {.digest = "opaque:a", .location = "elsewhere", .comment = "other"})
          .value();
  CHECK_FALSE(again.created);
  CHECK(again.version == first);
  // Of another asset it is another one.
  CHECK(catalog.RegisterDigest(4, "opaque:a").id != first.id);
}

TEST_CASE("only comment and properties change, and the past keeps the old ones") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});
  const Version registered = catalog.RegisterDigest(kAsset, "opaque:a");  // 4
  const auto update = [&](const VersionUpdate& fields) {
    return catalog
        .Get([&](sql::WriteContext& context, const ledger::Change& change) {
          const Version current = GetVersion(context.connection(), kNow, kAsset, 1).value();
          return UpdateVersion(context, change, current, fields);
        })
        .value();
  };
  const Version commented = update({.comment = "c"});                     // 5
  const Version with_both = update({.properties = "p"});                  // 6
  const Version unchanged = update({.comment = "c", .properties = "p"});  // 7, nothing
  const Version emptied = update({.comment = "", .properties = ""});      // 8
  CHECK(commented.comment == "c");
  CHECK(commented.position == 5);
  CHECK(with_both.comment == "c");
  CHECK(with_both.properties == "p");
  CHECK(unchanged == with_both);
  CHECK(emptied.create_position == 4);
  const auto at = [&](Position as_of) {
    return GetVersion(catalog.reader(), as_of, kAsset, 1).value();
  };
  CHECK(at(4) == registered);
  CHECK(at(5) == commented);
  CHECK(at(6) == with_both);
  CHECK(at(7) == with_both);
  CHECK(at(kNow) == emptied);
  CHECK(ReasonOf(GetVersion(catalog.reader(), 3, kAsset, 1).status()) == "VERSION_NOT_FOUND");

  CHECK(CheckEtag(emptied, emptied.Etag()).ok());
  CHECK(CheckEtag(emptied, "").ok());
  CHECK(ReasonOf(CheckEtag(emptied, registered.Etag())) == "ETAG_MISMATCH");
}

TEST_CASE("a version registered and changed in one mutation has one state") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});
  const absl::Status done =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        const Version version =
            RegisterVersion(context, change, kAsset, {.digest = "opaque:a"}).value().version;
        const Version once = UpdateVersion(context, change, version, {.comment = "1"}).value();
        return UpdateVersion(context, change, once, {.comment = "2"}).status();
      });
  REQUIRE(done.ok());
  CHECK(GetVersion(catalog.reader(), kNow, kAsset, 1).value().comment == "2");
}

TEST_CASE("versions are listed newest first, in pages, as of a position") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});
  for (int i = 1; i <= 7; ++i) catalog.RegisterDigest(kAsset, absl::StrCat("opaque:", i));
  const auto list = [&](Position as_of, int64_t before, int limit) {
    std::string numbers;
    const auto all = ListVersions(catalog.reader(), as_of, kAsset, before, [&](Version&& version) {
      absl::StrAppend(&numbers, version.number);
      return static_cast<int>(numbers.size()) < limit;  // nothing is read after that
    });
    CHECK(all.value() == (static_cast<int>(numbers.size()) < limit));
    return numbers;
  };
  CHECK(list(kNow, 0, 100) == "7654321");
  CHECK(list(kNow, 0, 3) == "765");
  CHECK(list(kNow, 5, 3) == "432");
  CHECK(list(kNow, 1, 3).empty());
  CHECK(list(3, 0, 100).empty());
  // Positions 4 to 10 registered 1 to 7.
  for (Position as_of = 4; as_of <= 10; ++as_of) {
    const auto newest = static_cast<int64_t>(as_of - 3);
    CHECK(FindCurrentVersion(catalog.reader(), as_of, kAsset).value().number == newest);
    CHECK(list(as_of, 0, 1) == absl::StrCat(newest));
    CHECK(list(as_of, 100, 1) == absl::StrCat(newest));
    CHECK(FindVersion(catalog.reader(), as_of, kAsset, newest + 1).value() == VersionId{});
  }
}

TEST_CASE("a missing version tells the newest") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});
  const auto missing = [&](int64_t number) {
    return GetVersion(catalog.reader(), kNow, kAsset, number).status();
  };
  CHECK(missing(1).message() == "prod.raw.m has no version 1");
  CHECK(GetErrorDetail(missing(1)).hint == "it has no versions");
  catalog.RegisterDigest(kAsset, "opaque:a");
  CHECK(GetErrorDetail(missing(9)).hint ==
        "its newest version is 1; see 'whence version list prod.raw.m'");
  CHECK(ReasonOf(missing(0)) == "VERSION_NOT_FOUND");
  CHECK(ReasonOf(missing(-1)) == "VERSION_NOT_FOUND");
  CHECK(ReasonOf(GetVersionById(catalog.reader(), kNow, kAsset).status()) == "VERSION_NOT_FOUND");
}

TEST_CASE("versions outlive rename and deletion") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"m"});
  const Version version = catalog.RegisterDigest(kAsset, "opaque:a");
  REQUIRE(catalog.TryRename("prod.raw.m", "prod.raw.n").ok());
  REQUIRE(catalog.TryDelete("prod.raw.n").ok());
  CHECK(GetVersionById(catalog.reader(), kNow, version.id).value() == version);
  catalog.Create("prod.raw.n", Kind::kModel);
  REQUIRE(catalog.TryRename("prod.raw.n", "prod.raw.o").ok());
  REQUIRE(catalog.TryUndelete("prod.raw.n").ok());
  CHECK(CurrentVersion(catalog.reader(), kNow, kAsset).value() == version);
}

}  // namespace
}  // namespace whence::catalog
