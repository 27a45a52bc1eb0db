#include "catalog/tag.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "catalog_fixture.h"

namespace whence::catalog {
namespace {

using test::CatalogFixture;
using test::ReasonOf;

constexpr int64_t kAsset = 3;

std::string Text(const std::vector<Tag>& tags) {
  std::string text;
  for (const Tag& tag : tags) absl::StrAppend(&text, tag.key, "=", tag.value, ";");
  return text;
}

TEST_CASE("tags are set, changed and removed, and the past keeps them") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  const auto at = [&](Position as_of) {
    return Text(ListTags(catalog.reader(), as_of, kAsset, "").value());
  };
  CHECK(Text(catalog.SetTagsOn(kAsset, "", {{"pii", "email"}, {"a", ""}}).value()) ==
        "a=;pii=email;");                                                                   // 4
  CHECK(Text(catalog.SetTagsOn(kAsset, "", {{"pii", "name"}}).value()) == "a=;pii=name;");  // 5
  CHECK(Text(catalog.SetTagsOn(kAsset, "", {}, {"a", "nix"}).value()) == "pii=name;");      // 6
  CHECK(Text(catalog.SetTagsOn(kAsset, "", {{"pii", "name"}}, {"nix"}).value()) ==
        "pii=name;");                                                                   // 7
  CHECK(Text(catalog.SetTagsOn(kAsset, "", {{"a", "1"}}, {"pii"}).value()) == "a=1;");  // 8
  CHECK(at(3).empty());
  CHECK(at(4) == "a=;pii=email;");
  CHECK(at(5) == "a=;pii=name;");
  CHECK(at(6) == "pii=name;");
  CHECK(at(7) == "pii=name;");
  CHECK(at(kNow) == "a=1;");
  const auto position = [&](Position as_of) {
    return TagsPosition(catalog.reader(), as_of, kAsset, "").value();
  };
  CHECK(position(3) == 0);
  CHECK(position(4) == 4);
  CHECK(position(6) == 6);  // a removal is a change
  CHECK(position(7) == 6);  // nothing is none
  CHECK(position(kNow) == 8);
}

TEST_CASE("a target's tags and its columns' tags do not mix") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  REQUIRE(catalog.SetTagsOn(kAsset, "", {{"k", "asset"}}).ok());
  REQUIRE(catalog.SetTagsOn(kAsset, "email", {{"k", "column"}, {"j", ""}}).ok());  // 5
  REQUIRE(catalog.SetTagsOn(kAsset, "`b`", {{"k", "odd"}}).ok());
  CHECK(Text(ListTags(catalog.reader(), kNow, kAsset, "").value()) == "k=asset;");
  CHECK(Text(ListTags(catalog.reader(), kNow, kAsset, "email").value()) == "j=;k=column;");
  const auto columns = [&](Position as_of) {
    return ListColumnTags(catalog.reader(), as_of, kAsset).value();
  };
  CHECK(columns(kNow) == std::vector<ColumnTag>{{"`b`", {"k", "odd"}},
                                                {"email", {"j", ""}},
                                                {"email", {"k", "column"}}});
  CHECK(columns(5).size() == 2);
  CHECK(columns(4).empty());
}

TEST_CASE("applying tags is setting them") {
  const std::vector<Tag> current = {{"a", "1"}, {"b", "2"}};
  const std::vector<Tag> set = {{"c", "3"}, {"a", "9"}};
  const std::vector<std::string> remove = {"b", "a", "nix"};
  CHECK(Text(ApplyTags(current, set, remove)) == "a=9;c=3;");
  CHECK(ApplyTags(current, {}, {}) == current);
}

TEST_CASE("a target has so many tags and no more") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  std::vector<Tag> tags;
  for (size_t i = 0; i < kMaxTagsPerTarget; ++i) tags.push_back({absl::StrCat("k", i), ""});
  REQUIRE(catalog.SetTagsOn(kAsset, "", tags).ok());
  CHECK(ReasonOf(catalog.SetTagsOn(kAsset, "", {{"more", ""}}).status()) == "TOO_MANY_TAGS");
  CHECK(catalog.SetTagsOn(kAsset, "", {{"more", ""}}, {"k0"}).ok());
  CHECK(catalog.SetTagsOn(kAsset, "column", tags).ok());  // each column has its own room
}

TEST_CASE("the columns of an asset have so many tags together and no more") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t", "other"});
  std::vector<Tag> tags;
  for (size_t i = 0; i < kMaxTagsPerTarget; ++i)
    tags.push_back({.key = absl::StrCat("k", i), .value = ""});
  const size_t columns = kMaxColumnTagsPerAsset / kMaxTagsPerTarget;
  for (size_t i = 0; i < columns; ++i) {
    REQUIRE(catalog.SetTagsOn(kAsset, absl::StrCat("c", i), tags).ok());
  }
  const absl::Status refusal = catalog.SetTagsOn(kAsset, "more", {{"k", ""}}).status();
  CHECK(absl::IsFailedPrecondition(refusal));
  CHECK(ReasonOf(refusal) == "TOO_MANY_COLUMN_TAGS");
  CHECK(ListColumnTags(catalog.reader(), kNow, kAsset)->size() == kMaxColumnTagsPerAsset);
  // Others are not touched by it, and what is there may change and make room.
  CHECK(catalog.SetTagsOn(kAsset, "", {{"k", ""}}).ok());
  CHECK(catalog.SetTagsOn(kAsset + 1, "more", {{"k", ""}}).ok());
  CHECK(catalog.SetTagsOn(kAsset, "c0", {{"k0", "changed"}}).ok());
  CHECK(catalog.SetTagsOn(kAsset, "c0", {}, {"k0"}).ok());
  CHECK(catalog.SetTagsOn(kAsset, "more", {{"k", ""}}).ok());
  CHECK(ReasonOf(catalog.SetTagsOn(kAsset, "more", {{"l", ""}}).status()) ==
        "TOO_MANY_COLUMN_TAGS");
}

TEST_CASE("tags changed twice in one mutation have one state") {
  CatalogFixture catalog;
  catalog.CreateProdRaw({"t"});
  REQUIRE(catalog.SetTagsOn(kAsset, "", {{"k", "0"}}).ok());  // 4
  const absl::Status done =
      catalog.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        const auto set = [&](const std::vector<Tag>& tags, const std::vector<std::string>& keys) {
          CHECK(SetTags(context, change, kAsset, "", tags, keys).ok());
        };
        set({{"k", "1"}}, {});
        set({}, {"k"});
        set({{"k", "2"}, {"new", ""}}, {});
        set({}, {"new"});
        return absl::OkStatus();
      });
  REQUIRE(done.ok());
  CHECK(Text(ListTags(catalog.reader(), 4, kAsset, "").value()) == "k=0;");
  CHECK(Text(ListTags(catalog.reader(), 5, kAsset, "").value()) == "k=2;");
}

}  // namespace
}  // namespace whence::catalog
