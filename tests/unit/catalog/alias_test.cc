#include "catalog/alias.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::ReasonOf;

constexpr int64_t kAsset = 3;

struct AliasFixture : CatalogFixture {
  AliasFixture() {
    CreateProdRaw({"m"});                      // 1 to 3
    one = RegisterDigest(kAsset, "opaque:1");  // 4
    two = RegisterDigest(kAsset, "opaque:2");  // 5
  }
  // What the alias means, 0 for nothing.
  int64_t Number(std::string_view name, Position as_of = kNow) {
    const std::optional<catalog::Alias> alias = FindAlias(reader(), as_of, kAsset, name).value();
    return alias.has_value() ? alias->number : 0;
  }
  // "name=number@position..end" of a list.
  static std::string Text(const std::vector<catalog::Alias>& aliases) {
    std::string text;
    for (const catalog::Alias& alias : aliases) {
      absl::StrAppend(&text, text.empty() ? "" : " ", alias.name, "=", alias.number, "@",
                      alias.position, "..", alias.end == kForever ? "" : absl::StrCat(alias.end));
    }
    return text;
  }
  std::string List(Position as_of = kNow) {
    return Text(ListAliases(reader(), as_of, kAsset, "", 100).value());
  }
  std::string History(std::string_view name, Position as_of = kNow, Position before = kForever,
                      int limit = 100) {
    return Text(AliasHistory(reader(), as_of, kAsset, name, before, limit).value());
  }

  Version one;
  Version two;
};

TEST_CASE("an alias is set, moved, deleted and set again, and remembers") {
  AliasFixture catalog;
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.one).ok());  // 6
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.two).ok());  // 7
  REQUIRE(catalog.Unalias(kAsset, "champion").ok());             // 8
  catalog.actor = "user:bob";
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.one).ok());  // 9
  CHECK(catalog.Number("champion", 5) == 0);
  CHECK(catalog.Number("champion", 6) == 1);
  CHECK(catalog.Number("champion", 7) == 2);
  CHECK(catalog.Number("champion", 8) == 0);
  CHECK(catalog.Number("champion") == 1);
  CHECK(catalog.History("champion") == "champion=1@9.. champion=2@7..8 champion=1@6..7");
  // As it was known then: what ended later had not ended.
  CHECK(catalog.History("champion", 7) == "champion=2@7.. champion=1@6..7");
  CHECK(catalog.History("champion", 8) == "champion=2@7..8 champion=1@6..7");
  CHECK(catalog.History("champion", 5).empty());
  CHECK(catalog.History("champion", kNow, kForever, 2) == "champion=1@9.. champion=2@7..8");
  CHECK(catalog.History("champion", kNow, 7, 2) == "champion=1@6..7");

  const Alias alias = GetAlias(catalog.reader(), kNow, kAsset, "champion").value();
  CHECK(alias.updater == "user:bob");
  CHECK(alias.update_time == catalog.database.clock.Now());
  CHECK(alias.version_id == catalog.one.id);
  CHECK(alias.asset_id == kAsset);
}

TEST_CASE("the same alias again changes nothing") {
  AliasFixture catalog;
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.one).ok());  // 6
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.one).ok());
  CHECK(catalog.History("champion") == "champion=1@6..");
  REQUIRE(catalog.Unalias(kAsset, "never").ok());
}

TEST_CASE("aliases are listed by name, as of a position") {
  AliasFixture catalog;
  REQUIRE(catalog.Alias(kAsset, "prod", catalog.one).ok());      // 6
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.one).ok());  // 7
  REQUIRE(catalog.Alias(kAsset, "a", catalog.two).ok());         // 8
  REQUIRE(catalog.Unalias(kAsset, "champion").ok());             // 9
  CHECK(catalog.List() == "a=2@8.. prod=1@6..");
  CHECK(catalog.List(8) == "a=2@8.. champion=1@7.. prod=1@6..");
  CHECK(catalog.List(6) == "prod=1@6..");
  CHECK(catalog.List(5).empty());
  CHECK(AliasFixture::Text(ListAliases(catalog.reader(), 8, kAsset, "a", 1).value()) ==
        "champion=1@7..");
  const auto of_version = [&](const Version& version, Position as_of) {
    return AliasesOfVersion(catalog.reader(), as_of, kAsset, version.id).value();
  };
  CHECK(of_version(catalog.one, 8) == std::vector<std::string>{"champion", "prod"});
  CHECK(of_version(catalog.one, kNow) == std::vector<std::string>{"prod"});
  CHECK(of_version(catalog.two, 7).empty());
}

TEST_CASE("a missing alias names the closest") {
  AliasFixture catalog;
  REQUIRE(catalog.Alias(kAsset, "champion", catalog.one).ok());
  const absl::Status status = GetAlias(catalog.reader(), kNow, kAsset, "chmapion").status();
  CHECK(ReasonOf(status) == "ALIAS_NOT_FOUND");
  CHECK(status.message() == "prod.raw.m has no alias chmapion");
  CHECK(GetErrorDetail(status).hint ==
        "prod.raw.m@champion exists; see 'whence alias list prod.raw.m'");
  // Names are told apart by case.
  CHECK(ReasonOf(GetAlias(catalog.reader(), kNow, kAsset, "Champion").status()) ==
        "ALIAS_NOT_FOUND");
}

TEST_CASE("an asset has so many aliases and no more") {
  AliasFixture catalog;
  const absl::Status filled =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        for (size_t i = 0; i < kMaxAliasesPerAsset; ++i) {
          const absl::Status set = SetAlias(context, change, kAsset, absl::StrCat("a", i),
                                            catalog.one.id, catalog.one.number);
          if (!set.ok()) return set;
        }
        return absl::OkStatus();
      });
  REQUIRE(filled.ok());
  CHECK(ReasonOf(catalog.Alias(kAsset, "more", catalog.one)) == "TOO_MANY_ALIASES");
  CHECK(catalog.Alias(kAsset, "a7", catalog.two).ok());  // moving one is no new one
  REQUIRE(catalog.Unalias(kAsset, "a8").ok());
  CHECK(catalog.Alias(kAsset, "more", catalog.one).ok());
}

TEST_CASE("changes within one mutation leave no trace in between") {
  AliasFixture catalog;
  REQUIRE(catalog.Alias(kAsset, "x", catalog.one).ok());  // 6
  const absl::Status done =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {  // 7
        const auto set = [&](std::string_view name, const Version& version) {
          return SetAlias(context, change, kAsset, name, version.id, version.number);
        };
        CHECK(set("x", catalog.two).ok());
        CHECK(DeleteAlias(context, change, kAsset, "x").ok());
        CHECK(set("x", catalog.two).ok());
        CHECK(set("y", catalog.one).ok());
        CHECK(set("y", catalog.two).ok());
        CHECK(set("z", catalog.one).ok());
        return DeleteAlias(context, change, kAsset, "z");
      });
  REQUIRE(done.ok());
  CHECK(catalog.List(6) == "x=1@6..");
  CHECK(catalog.List(7) == "x=2@7.. y=2@7..");
  CHECK(catalog.History("z").empty());
}

}  // namespace
}  // namespace whence::catalog
