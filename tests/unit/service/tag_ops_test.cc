#include "service/tag_ops.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::HintOf;

struct Tags : Asked {
  Tags() {
    Asset("prod.raw.t", v1::KIND_TABLE);                                      // 1 to 3
    Ask(kUpdateAsset, R"(asset { name: "prod.raw.t" detail { table {
        columns { name: "email" } columns { name: "home address" } } } })");  // 4
    Version("prod.raw.t");                                                    // 5
  }
};

template <class Tagged>
std::string Text(const Tagged& tagged) {
  std::string text;
  for (const v1::Tag& tag : tagged.tags()) absl::StrAppend(&text, tag.key(), "=", tag.value(), ";");
  return text;
}

TEST_CASE("everything in the catalog can be tagged") {
  Tags house;
  const auto set = [&](const std::string& reference) {
    return house.Ask(kSetTags, "reference: '" + reference + "' set { key: 'k' value: '" +
                                   reference + "' } set { key: 'a' }");
  };
  const auto catalog = set("prod");  // 6
  CHECK(catalog.reference() == "prod");
  CHECK(Text(catalog) == "a=;k=prod;");
  CHECK(catalog.position() == 6);
  set("prod.raw");                    // 7
  set("prod.raw.t");                  // 8
  set("prod.raw.t@1");                // 9
  set("prod.raw.t#email");            // 10
  set("prod.raw.t#`home address`");   // 11
  house.Alias("prod.raw.t", "x", 1);  // 12
  CHECK(house.Ask(kSetTags, "reference: 'prod.raw.t@x' remove: 'a'").reference() == "prod.raw.t@1");
  CHECK(Text(house.Ask(kGetCatalog, "name: 'prod'")) == "a=;k=prod;");
  CHECK(Text(house.Ask(kGetSchema, "name: 'prod.raw'")) == "a=;k=prod.raw;");
  CHECK(Text(house.Ask(kGetVersion, "name: 'prod.raw.t@1'")) == "k=prod.raw.t@1;");
  const v1::Asset asset = house.Ask(kGetAsset, "name: 'prod.raw.t'");
  CHECK(Text(asset) == "a=;k=prod.raw.t;");
  CHECK(Text(asset.detail().table().columns(0)) == "a=;k=prod.raw.t#email;");
  CHECK(Text(asset.detail().table().columns(1)) == "a=;k=prod.raw.t#`home address`;");
  // As of before.
  const v1::Asset before = house.Ask(kGetAsset, "name: 'prod.raw.t' as_of { position: 7 }");
  CHECK(before.tags().empty());
  CHECK(before.detail().table().columns(0).tags().empty());
  // Tags that come back with a read and are sent again are not stored in the detail.
  v1::UpdateAssetRequest request;
  *request.mutable_asset() = asset;
  const Position position = house.position();
  CHECK(house.Run(kUpdateAsset, request).ok());
  CHECK(house.position() == position);
}

TEST_CASE("setting what is set and removing what is not there takes no position") {
  Tags house;
  house.Ask(kSetTags, "reference: 'prod.raw.t' set { key: 'k' value: 'v' }");  // 6
  const auto same =
      house.Ask(kSetTags, "reference: 'prod.raw.t' set { key: 'k' value: 'v' } remove: 'nix'");
  CHECK(same.position() == 6);
  CHECK(Text(same) == "k=v;");
  CHECK(house.Ask(kSetTags, "reference: 'prod.raw' remove: 'nix'").position() == 0);
  CHECK(house.position() == 6);
}

TEST_CASE("tags are refused by name") {
  Tags house;
  CHECK(house.WhyAt(kSetTags, "reference: 'run:00000000-0000-7000-8000-000000000000'") ==
        "REFERENCE_NOT_TAGGABLE at reference");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t@1#email'") ==
        "REFERENCE_NOT_TAGGABLE at reference");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t' set { }") == "TAG_KEY_EMPTY at set[0].key");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t' remove: ''") ==
        "TAG_KEY_EMPTY at remove[0]");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t' set { key: 'a' } set { key: 'a' }") ==
        "TAG_DUPLICATE at set[1].key");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t' set { key: 'a' } remove: 'a'") ==
        "TAG_SET_AND_REMOVED at remove[0]");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t' set { key: 'a' value: '" +
                                  std::string(1001, 'x') + "' }") ==
        "TEXT_TOO_LONG at set[0].value");
  std::string many;
  for (int i = 0; i < 51; ++i) absl::StrAppend(&many, "set { key: 'k", i, "' } ");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw.t' " + many) == "TOO_MANY_TAGS at set");
  const absl::Status column = house.Fail(kSetTags, "reference: 'prod.raw.t#emial'");
  CHECK(test::ReasonOf(column) == "COLUMN_NOT_FOUND");
  CHECK(HintOf(column) == "\"email\" exists");
  CHECK(house.Why(kSetTags, "reference: 'prod.raw.t@2'") == "VERSION_NOT_FOUND");
  CHECK(house.Why(kSetTags, "reference: 'prod.raw.x'") == "ASSET_NOT_FOUND");
  // Where no columns are known, any may be tagged.
  house.Asset("prod.raw.u", v1::KIND_TABLE);
  house.Ask(kSetTags, "reference: 'prod.raw.u#any' set { key: 'a' }");
  for (int i = 0; i < 49; ++i) {
    house.Ask(kSetTags, absl::StrCat("reference: 'prod.raw.u' set { key: 'k", i, "' }"));
  }
  CHECK(house.Why(kSetTags, "reference: 'prod.raw.u' set { key: 'x' } set { key: 'y' }") ==
        "TOO_MANY_TAGS");
}

}  // namespace
}  // namespace whence::service
