// The tags that hold: own, inherited, derived; with where they come from, now, then, and after a
// restart.
#include "service/effective_tag_ops.h"

#include <catch2/catch.hpp>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ask.h"
#include "service/access_operations.h"
#include "service/derived_tags.h"
#include "service/lineage_operations.h"
#include "service/tag_operations.h"

namespace whence::service {
namespace {

using test::Asked;
using test::Parse;

// prod.raw.users#email > prod.mid.mails#email > prod.mart.kpi#who, and #domain from it, masked.
struct Classified : Asked {
  Classified() {
    for (const char* asset : {"prod.raw.users", "prod.mid.mails", "prod.mart.kpi"}) {
      Asset(asset, v1::KIND_TABLE);
    }
    Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
    Ask(kSetTags, "reference: 'prod.raw.users#email' set { key: 'pii' value: 'email' }");
    Map("prod.raw.users#email", "prod.mid.mails#email");
    Map("prod.mid.mails#email", "prod.mart.kpi#who");
    Map("prod.mid.mails#email", "prod.mart.kpi#domain", /*masking=*/true);
  }
  void Map(const std::string& source, const std::string& target, bool masking = false) {
    Ask(kRecordEdges, absl::StrCat("edges { source: '", source, "' target: '", target,
                                   "' masking: ", masking ? "true" : "false", " }"));
  }
  // "pii=email DERIVED by a > b; ..." of what a request in text asks for.
  std::string Show(const std::string& text) { return Show(caller, text); }
  std::string Show(const CallInfo& who, const std::string& text) {
    const auto answer = RunAs(who, kGetEffectiveTags, Parse<v1::GetEffectiveTagsRequest>(text));
    if (!answer.ok()) return test::ReasonOf(answer.status());
    std::vector<std::string> parts;
    const auto add = [&](const std::string& column, const v1::EffectiveTag& tag) {
      const std::string origin = v1::TagOrigin_Name(tag.origin()).substr(11);
      parts.push_back(
          absl::StrCat(column, tag.key(), "=", tag.value(), " ", origin, " ",
                       tag.path().empty() ? tag.source() : absl::StrJoin(tag.path(), " > ")));
    };
    for (const auto& tag : answer->tags()) add("", tag);
    for (const auto& column : answer->columns()) {
      for (const auto& tag : column.tags()) add(column.column() + ": ", tag);
    }
    return absl::StrJoin(parts, "; ") + answer->truncated();
  }
  std::string Of(const std::string& reference) { return Show("reference: '" + reference + "'"); }
};

TEST_CASE("tags are inherited downwards, and what is nearer overrides") {
  Classified house;
  house.Version("prod.raw.users");
  house.Ask(kSetTags, "reference: 'prod' set { key: 'tier' value: 'gold' } set { key: 'a' }");
  house.Ask(kSetTags, "reference: 'prod.raw' set { key: 'tier' value: 'silver' }");
  house.Ask(kSetTags, "reference: 'prod.raw.users' set { key: 'b' value: 'x' }");
  house.Ask(kSetTags, "reference: 'prod.raw.users@1' set { key: 'b' value: 'y' }");
  CHECK(house.Of("prod") == "a= DIRECT prod; tier=gold DIRECT prod");
  CHECK(house.Of("prod.raw") == "a= INHERITED prod; tier=silver DIRECT prod.raw");
  CHECK(house.Of("prod.raw.users") ==
        "a= INHERITED prod; b=x DIRECT prod.raw.users; tier=silver INHERITED prod.raw");
  CHECK(house.Of("prod.raw.users@latest") ==
        "a= INHERITED prod; b=y DIRECT prod.raw.users@1; tier=silver INHERITED prod.raw");
  CHECK(house.Of("prod.raw.users#email") ==
        "a= INHERITED prod; b=x INHERITED prod.raw.users; pii=email DIRECT prod.raw.users#email;"
        " tier=silver INHERITED prod.raw");
  house.Ask(kSetTags, "reference: 'prod.mart.kpi' set { key: 'pii' value: 'none' }");
  // A derived tag is the column's: nearer than its table's.
  CHECK(house.Of("prod.mart.kpi#who") ==
        "a= INHERITED prod; pii=email DERIVED prod.raw.users#email > prod.mid.mails#email >"
        " prod.mart.kpi#who; tier=gold INHERITED prod");
  CHECK(house.Of("prod.mart.kpi#domain") ==
        "a= INHERITED prod; pii=none INHERITED prod.mart.kpi; tier=gold INHERITED prod");
}

TEST_CASE("derived tags come with the way that they came, of one column or all of a table") {
  Classified house;
  const std::string who =
      "pii=email DERIVED prod.raw.users#email > prod.mid.mails#email > prod.mart.kpi#who";
  CHECK(house.Of("prod.mart.kpi#who") == who);
  CHECK(house.Of("prod.mart.kpi#domain").empty());
  CHECK(house.Of("prod.mart.kpi").empty());
  house.Ask(kSetTags, "reference: 'prod.mart.kpi#n' set { key: 'unit' }");
  CHECK(house.Show("reference: 'prod.mart.kpi' columns: true") ==
        "n: unit= DIRECT prod.mart.kpi#n; who: " + who);
  // Two sources of different values: both.
  house.Ask(kSetTags, "reference: 'prod.raw.users#phone' set { key: 'pii' value: 'phone' }");
  house.Map("prod.raw.users#phone", "prod.mart.kpi#who");
  CHECK(house.Of("prod.mart.kpi#who") ==
        who + "; pii=phone DERIVED prod.raw.users#phone > prod.mart.kpi#who");
  // Its own overrides them.
  house.Ask(kSetTags, "reference: 'prod.mart.kpi#who' set { key: 'pii' value: 'id' }");
  CHECK(house.Of("prod.mart.kpi#who") == "pii=id DIRECT prod.mart.kpi#who");
}

TEST_CASE("derived tags go with what they come from, and come back") {
  Classified house;
  const std::string who = house.Of("prod.mart.kpi#who");
  house.Ask(kSetTags, "reference: 'prod.raw.users#email' remove: 'pii'");
  CHECK(house.Of("prod.mart.kpi#who").empty());
  house.Ask(kSetTags, "reference: 'prod.raw.users#email' set { key: 'pii' value: 'email' }");
  CHECK(house.Of("prod.mart.kpi#who") == who);
  house.Ask(kDeclassify, "reference: 'prod.mid.mails#email' key: 'pii' comment: 'hashed'");
  CHECK(house.Of("prod.mid.mails#email").empty());
  CHECK(house.Of("prod.mart.kpi#who").empty());
  house.Ask(kReclassify, "reference: 'prod.mid.mails#email' key: 'pii'");
  CHECK(house.Of("prod.mart.kpi#who") == who);
  house.Ask(kUpdateTagDefinition, "definition { key: 'pii' } update_mask { paths: 'propagates' }");
  CHECK(house.Of("prod.mart.kpi#who").empty());
  house.Ask(kUpdateTagDefinition, "definition { key: 'pii' propagates: true }");
  CHECK(house.Of("prod.mart.kpi#who") == who);
  // Deleting what is in between, or where it was set, does not make the data another's.
  house.Ask(kDeleteAsset, "name: 'prod.mid.mails'");
  house.Ask(kDeleteAsset, "name: 'prod.raw.users'");
  CHECK_THAT(house.Of("prod.mart.kpi#who"),
             Catch::Matches("pii=email DERIVED id:[0-9]+#email > id:[0-9]+#email > "
                            "prod.mart.kpi#who"));
  house.Ask(kDeleteTagDefinition, "key: 'pii'");
  CHECK(house.Of("prod.mart.kpi#who").empty());
}

TEST_CASE("a column that was tagged or declassified before lineage names it") {
  Classified house;
  house.Asset("prod.new.t", v1::KIND_TABLE);
  house.Ask(kSetTags, "reference: 'prod.new.t#a' set { key: 'pii' value: 'x' }");
  house.Ask(kDeclassify, "reference: 'prod.new.t#c' key: 'pii' comment: 'x'");
  // Within one run, through a column that is new as well.
  house.Ask(kRecordRun,
            "run { reads { reference: 'prod.new.t' } writes { reference: 'prod.new.t' }"
            " writes { reference: 'prod.mart.kpi' }"
            " column_mappings { column: 'prod.new.t#b' sources { column: 'prod.new.t#a' } }"
            " column_mappings { column: 'prod.new.t#c' sources { column: 'prod.new.t#b' } }"
            " column_mappings { column: 'prod.mart.kpi#d' sources { column: 'prod.new.t#c' } }"
            " column_mappings { column: 'prod.mart.kpi#e' sources { column: 'prod.new.t#b' } } }");
  CHECK(house.Show("reference: 'prod.new.t' columns: true") ==
        "a: pii=x DIRECT prod.new.t#a; b: pii=x DERIVED prod.new.t#a > prod.new.t#b");
  CHECK(house.Of("prod.mart.kpi#d").empty());
  CHECK(house.Of("prod.mart.kpi#e") ==
        "pii=x DERIVED prod.new.t#a > prod.new.t#b > prod.mart.kpi#e");
}

TEST_CASE("as of the past, everything is as it was; after a restart, as it is") {
  Classified house;
  const std::string all = "reference: 'prod.mart.kpi' columns: true";
  const Position before = house.position();
  const std::string then = house.Show(all);
  house.Map("prod.raw.users#email", "prod.mart.kpi#who");  // a shorter way
  house.Ask(kDeclassify, "reference: 'prod.mid.mails#email' key: 'pii' comment: 'hashed'");
  house.Ask(kSetTags, "reference: 'prod.raw.users#email' set { key: 'pii' value: 'address' }");
  const std::string now = house.Show(all);
  CHECK(now == "who: pii=address DERIVED prod.raw.users#email > prod.mart.kpi#who");
  const auto as_of = [&](Position position) {
    return house.Show(absl::StrCat(all, " as_of { position: ", position, " }"));
  };
  CHECK(as_of(before) == then);
  CHECK(as_of(house.position()) == now);
  CHECK(house.Show(absl::StrCat("reference: 'prod.mart.kpi#who' as_of { position: ", before,
                                " }")) == then.substr(5));
  // Before the last mapping there was nothing to derive.
  CHECK(as_of(before - 2).empty());
  house.Reopen();
  CHECK(house.Show(all) == now);
  CHECK(as_of(before) == then);
  // And it goes on from there.
  house.Ask(kSetTags, "reference: 'prod.raw.users#email' remove: 'pii'");
  CHECK(house.Show(all).empty());
}

TEST_CASE("what a caller may not see is a placeholder in paths, the same as in lineage") {
  Classified house;
  house.Ask(kCreatePrincipal, "principal { name: 'user:eve' }");
  house.Ask(kChangeGrants, "securable { name: 'prod.mart' } principal: 'user:eve' add: 'BROWSE'");
  const CallInfo eve{.bearer = house.Ask(kCreateToken, "token { principal: 'user:eve' }").secret(),
                     .via = "test"};
  const auto answer = house.RunAs(
      eve, kGetEffectiveTags, Parse<v1::GetEffectiveTagsRequest>("reference: 'prod.mart.kpi#who'"));
  REQUIRE(answer.ok());
  REQUIRE(answer->tags_size() == 1);
  const v1::EffectiveTag& tag = answer->tags(0);
  CHECK(tag.value() == "email");
  REQUIRE(tag.path_size() == 3);
  CHECK_THAT(tag.path(0), Catch::Matches("redacted:[0-9a-f]{16}"));
  CHECK(tag.source() == tag.path(0));
  CHECK(tag.path(2) == "prod.mart.kpi#who");
  const auto lineage = house.RunAs(
      eve, kGetLineage,
      Parse<v1::GetLineageRequest>("reference: 'prod.mart.kpi#who' direction: DIRECTION_UPSTREAM"));
  REQUIRE(lineage.ok());
  std::set<std::string> nodes;
  for (const v1::LineageNode& node : lineage->nodes()) nodes.insert(node.reference());
  CHECK(nodes.contains(tag.path(0)));
  CHECK(nodes.contains(tag.path(1)));
  CHECK(house.Show(eve, "reference: 'prod.raw.users#email'") == "PERMISSION_DENIED");
}

TEST_CASE("effective tags are refused by name") {
  Classified house;
  CHECK(house.Of("run:00000000-0000-7000-8000-000000000000") == "REFERENCE_NOT_TAGGABLE");
  CHECK(house.Of("prod.mart.kpi@1#who") == "REFERENCE_NOT_TAGGABLE");
  CHECK(house.Of("prod.mart.none") == "ASSET_NOT_FOUND");
  CHECK(house.Of("") == "REFERENCE_MALFORMED");
  house.Ask(kUpdateAsset,
            "asset { name: 'prod.mart.kpi' detail { table { columns { name: 'total' } } } }");
  CHECK(house.Of("prod.mart.kpi#totl") == "COLUMN_NOT_FOUND");
  CHECK(house.Of("prod.mart.kpi#total").empty());
  // One that lineage knows and the schema does not has tags all the same.
  CHECK_THAT(house.Of("prod.mart.kpi#who"), Catch::StartsWith("pii=email DERIVED"));
}

TEST_CASE("policies get derived tags by column, of now and of then") {
  Classified house;
  const int64_t kpi = house.Ask(kGetAsset, "name: 'prod.mart.kpi'").id();
  const auto derived = [&](Position as_of) {
    auto lease = house.house().readers().Acquire();
    REQUIRE(lease.ok());
    const auto found = DerivedColumnTags(lease->connection(), as_of, kpi);
    REQUIRE(found.ok());
    CHECK(!found->cut);
    std::string text;
    for (const auto& [column, tag] : found->tags) {
      absl::StrAppend(&text, column, " ", tag.key, "=", tag.value, ";");
    }
    return text;
  };
  const Position before = house.position();
  CHECK(derived(before) == "who pii=email;");
  house.Ask(kSetTags, "reference: 'prod.raw.users#email' set { key: 'pii' value: 'x' }");
  CHECK(derived(house.position()) == "who pii=x;");
  CHECK(derived(before) == "who pii=email;");
}

}  // namespace
}  // namespace whence::service
