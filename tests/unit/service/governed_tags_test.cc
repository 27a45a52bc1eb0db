// Definitions of tags through the corridor, and what they forbid.
#include "service/governed_tags.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ask.h"
#include "service/access_operations.h"
#include "service/policy_operations.h"
#include "service/tag_operations.h"

namespace whence::service {
namespace {

using test::Asked;
using test::HintOf;
using test::Parse;
using test::ReasonOf;

struct Governed : Asked {
  Governed() {
    Asset("prod.raw.users", v1::KIND_TABLE);  // 1 to 3
    Ask(kCreatePrincipal, "principal { name: 'group:stewards' }");
  }
  absl::Status SetAs(const CallInfo& who, const std::string& text) {
    return RunAs(who, kSetTags, Parse<v1::SetTagsRequest>(text)).status();
  }
};

TEST_CASE("a definition is made, read, changed and deleted") {
  Governed house;
  const v1::TagDefinition made =
      house.Ask(kCreateTagDefinition,
                "definition { key: 'pii' values: 'phone' values: 'email' propagates: true"
                " assigners: 'group:stewards' comment: 'personal' }");
  CHECK(absl::StrJoin(made.values(), " ") == "email phone");
  CHECK(absl::StrJoin(made.assigners(), " ") == "group:stewards");
  CHECK(made.updater() == "user:ana");
  CHECK(made.position() == house.position());
  CHECK(house.Ask(kGetTagDefinition, "key: 'pii'").SerializeAsString() == made.SerializeAsString());
  CHECK(house.Why(kCreateTagDefinition, "definition { key: 'pii' }") ==
        "TAG_DEFINITION_ALREADY_EXISTS");
  // Without a mask, what is set; with one, what it names.
  v1::TagDefinition changed =
      house.Ask(kUpdateTagDefinition, "definition { key: 'pii' comment: 'people' }");
  CHECK(changed.comment() == "people");
  CHECK(changed.propagates());
  changed = house.Ask(kUpdateTagDefinition,
                      "definition { key: 'pii' } update_mask { paths: 'propagates' paths: "
                      "'assigners' }");
  CHECK(!changed.propagates());
  CHECK(changed.assigners().empty());
  CHECK(changed.values_size() == 2);
  const Position before = house.position();
  CHECK(house.Ask(kUpdateTagDefinition, "definition { key: 'pii' comment: 'people' }").position() ==
        changed.position());
  CHECK(house.position() == before);  // nothing changed
  CHECK(house.Why(kUpdateTagDefinition, absl::StrCat("definition { key: 'pii' comment: 'x' etag: '",
                                                     made.etag(), "' }")) == "ETAG_MISMATCH");
  CHECK(
      house.WhyAt(kUpdateTagDefinition, "definition { key: 'pii' } update_mask { paths: 'key' }") ==
      "UPDATE_MASK_INVALID at update_mask.paths[0]");
  CHECK(house.Why(kDeleteTagDefinition, "key: 'pii' etag: 'x'") == "ETAG_MISMATCH");
  const Position deleted = house.Ask(kDeleteTagDefinition, "key: 'pii'").position();
  CHECK(deleted == house.position());
  CHECK(house.Why(kGetTagDefinition, "key: 'pii'") == "TAG_DEFINITION_NOT_FOUND");
  CHECK(house.Ask(kGetTagDefinition, absl::StrCat("key: 'pii' as_of { position: ", before, " }"))
            .comment() == "people");
}

TEST_CASE("definitions are refused by name") {
  Governed house;
  CHECK(house.WhyAt(kCreateTagDefinition, "definition { }") == "TAG_KEY_EMPTY at definition.key");
  CHECK(house.WhyAt(kCreateTagDefinition, "definition { key: 'a' assigners: 'ana' }") ==
        "PRINCIPAL_MALFORMED at definition.assigners[0]");
  const absl::Status nobody = house.Fail(
      kCreateTagDefinition, "definition { key: 'a' assigners: 'user:ana' assigners: 'user:no' }");
  CHECK(ReasonOf(nobody) == "PRINCIPAL_NOT_FOUND");
  CHECK(test::FieldOf(nobody) == "definition.assigners[1]");
  std::string values;
  for (size_t i = 0; i <= kMaxTagDefinitionValues; ++i)
    absl::StrAppend(&values, "values: '", i, "' ");
  CHECK(house.WhyAt(kCreateTagDefinition, absl::StrCat("definition { key: 'a' ", values, "}")) ==
        "TAG_DEFINITION_TOO_LARGE at definition.values");
}

TEST_CASE("definitions are listed page by page, as of the first page") {
  Governed house;
  for (const char* key : {"c", "a", "b"}) {
    house.Ask(kCreateTagDefinition, StrCat("definition { key: '", key, "' }"));
  }
  auto page = house.Ask(kListTagDefinitions, "page_size: 2");
  REQUIRE(page.definitions_size() == 2);
  CHECK(page.definitions(1).key() == "b");
  house.Ask(kCreateTagDefinition, "definition { key: 'd' }");
  page = house.Ask(kListTagDefinitions,
                   absl::StrCat("page_size: 2 page_token: '", page.next_page_token(), "'"));
  REQUIRE(page.definitions_size() == 1);
  CHECK(page.definitions(0).key() == "c");
  CHECK(page.next_page_token().empty());
}

TEST_CASE("only allowed values are set, only by those who may; APPLY TAG is needed besides") {
  Governed house;
  house.Ask(kSetTags, "reference: 'prod.raw' set { key: 'pii' value: 'old' }");
  house.Ask(kCreateTagDefinition,
            "definition { key: 'pii' values: 'email' assigners: 'group:stewards' }");
  const CallInfo bo = house.Colleague("user:bo");
  const absl::Status denied =
      house.SetAs(bo, "reference: 'prod.raw.users' set { key: 'pii' value: 'email' }");
  CHECK(ReasonOf(denied) == "TAG_NOT_ASSIGNABLE");
  CHECK(HintOf(denied) == "who may: group:stewards");
  CHECK(ReasonOf(house.SetAs(bo, "reference: 'prod.raw' remove: 'pii'")) == "TAG_NOT_ASSIGNABLE");
  CHECK(house.SetAs(bo, "reference: 'prod.raw.users' set { key: 'free' }").ok());

  house.Ask(kAddMember, "group: 'group:stewards' member: 'user:bo'");
  const absl::Status value =
      house.SetAs(bo, "reference: 'prod.raw.users' set { key: 'a' } set { key: 'pii' }");
  CHECK(ReasonOf(value) == "TAG_VALUE_NOT_ALLOWED");
  CHECK(test::FieldOf(value) == "set[1].value");
  CHECK(HintOf(value) == "allowed: \"email\"");
  CHECK(house.SetAs(bo, "reference: 'prod.raw.users#e' set { key: 'pii' value: 'email' }").ok());
  // What stood before stays, and may be removed.
  CHECK(house.Ask(kGetSchema, "name: 'prod.raw'").tags(0).value() == "old");
  CHECK(house.SetAs(bo, "reference: 'prod.raw' remove: 'pii'").ok());
  // Who manages the metastore may always, within the values.
  house.Ask(kSetTags, "reference: 'prod.raw.users' set { key: 'pii' value: 'email' }");
  CHECK(house.Why(kSetTags, "reference: 'prod' set { key: 'pii' value: 'x' }") ==
        "TAG_VALUE_NOT_ALLOWED");
  // Unless a policy takes that away.
  house.Ask(kCreatePolicy,
            "policy { name: 'no-admin' securable { type: SECURABLE_TYPE_METASTORE }"
            " kind: POLICY_KIND_DENY privileges: 'MANAGE' to: 'user:ana' }");
  CHECK(house.Why(kSetTags, "reference: 'prod' set { key: 'pii' value: 'email' }") ==
        "TAG_NOT_ASSIGNABLE");
  house.Ask(kDeletePolicy, "name: 'no-admin'");
  house.Ask(kSetTags, "reference: 'prod' set { key: 'pii' value: 'email' }");
  house.Ask(kSetTags, "reference: 'prod' remove: 'pii'");

  // To be a steward is not enough.
  house.Ask(kCreatePrincipal, "principal { name: 'user:cy' }");
  house.Ask(kAddMember, "group: 'group:stewards' member: 'user:cy'");
  const auto token = house.Ask(kCreateToken, "token { principal: 'user:cy' }");
  CHECK(ReasonOf(house.SetAs({.bearer = token.secret(), .via = "test"},
                             "reference: 'prod.raw.users' set { key: 'pii' value: 'email' }")) ==
        "PERMISSION_DENIED");
}

TEST_CASE("a tag that stands already may be said again, whatever its definition says by now") {
  Governed house;
  house.Ask(kSetTags, "reference: 'prod.raw' set { key: 'pii' value: 'old' }");
  house.Ask(kCreateTagDefinition,
            "definition { key: 'pii' values: 'email' assigners: 'group:stewards' }");
  const CallInfo bo = house.Colleague("user:bo");
  const Position before = house.position();
  CHECK(house.SetAs(bo, "reference: 'prod.raw' set { key: 'pii' value: 'old' }").ok());
  CHECK(house.Ask(kSetTags, "reference: 'prod.raw' set { key: 'pii' value: 'old' }").tags_size() ==
        1);
  CHECK(house.position() == before);  // nothing changed
  // Only there, and only as it is; the fields of what is refused keep their numbers.
  house.Ask(kSetTags, "reference: 'prod.raw' set { key: 'pii' value: 'old' } set { key: 'a' }");
  CHECK(house.WhyAt(kSetTags, "reference: 'prod.raw' set { key: 'a' } set { key: 'pii' }") ==
        "TAG_VALUE_NOT_ALLOWED at set[1].value");
  CHECK(house.Why(kSetTags, "reference: 'prod.raw.users' set { key: 'pii' value: 'old' }") ==
        "TAG_VALUE_NOT_ALLOWED");
}

TEST_CASE("declassifying needs a definition, a reason, a column, and an assigner") {
  Governed house;
  const std::string place = "reference: 'prod.raw.users#e' key: 'pii'";
  CHECK(house.Why(kDeclassify, place + " comment: 'x'") == "TAG_DEFINITION_NOT_FOUND");
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' assigners: 'group:stewards' }");
  CHECK(house.WhyAt(kDeclassify, place) == "COMMENT_MISSING at comment");
  CHECK(house.WhyAt(kDeclassify, StrCat(place, " comment: '",
                                        std::string(kMaxDeclassificationCommentBytes + 1, 'x'),
                                        "'")) == "TEXT_TOO_LONG at comment");
  CHECK(house.WhyAt(kDeclassify, "reference: 'prod.raw.users' key: 'pii' comment: 'x'") ==
        "REFERENCE_NOT_A_COLUMN at reference");
  CHECK(house.WhyAt(kReclassify, "reference: 'prod.raw.users#e'") == "TAG_KEY_EMPTY at key");
  const auto made = house.Ask(
      kDeclassify,
      StrCat(place, " comment: '", std::string(kMaxDeclassificationCommentBytes, 'x'), "'"));
  CHECK(made.reference() == "prod.raw.users#e");
  CHECK(made.creator() == "user:ana");
  CHECK(made.position() == house.position());
  // The same again takes no position; other words do.
  CHECK(house.Ask(kDeclassify, StrCat(place, " comment: '", made.comment(), "'")).position() ==
        made.position());
  CHECK(house.Ask(kDeclassify, place + " comment: 'y'").position() == made.position() + 1);
  // Who owns the table and is no steward may not.
  const CallInfo bo = house.Colleague("user:bo");
  house.Ask(kUpdateAsset, "asset { name: 'prod.raw.users' owner: 'user:bo' }");
  const auto request = Parse<v1::ReclassifyRequest>(place);
  CHECK(ReasonOf(house.RunAs(bo, kReclassify, request).status()) == "TAG_NOT_ASSIGNABLE");
  const Position ended = house.Ask(kReclassify, place).position();
  CHECK(ended == house.position());
  CHECK(house.Ask(kReclassify, place).position() == 0);  // there was nothing to end
}

TEST_CASE("declassifications are listed as far as the caller sees, page by page and of the past") {
  Governed house;
  house.Asset("secret.raw.users", v1::KIND_TABLE);
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' }");
  for (const char* column : {"prod.raw.users#b", "prod.raw.users#a", "secret.raw.users#`x y`"}) {
    house.Ask(kDeclassify, StrCat("reference: '", column, "' key: 'pii' comment: 'x'"));
  }
  const Position all = house.position();
  const auto list = [&](const CallInfo& who, const std::string& text) {
    const auto page =
        house.RunAs(who, kListDeclassifications, Parse<v1::ListDeclassificationsRequest>(text));
    REQUIRE(page.ok());
    std::vector<std::string> names;
    for (const auto& one : page->declassifications()) names.push_back(one.reference());
    return absl::StrJoin(names, " ") + (page->next_page_token().empty() ? "" : " ...");
  };
  CHECK(list(house.caller, "") == "prod.raw.users#a prod.raw.users#b secret.raw.users#`x y`");
  CHECK(list(house.caller, "asset: 'prod.raw.users'") == "prod.raw.users#a prod.raw.users#b");
  CHECK(list(house.caller, "page_size: 1") == "prod.raw.users#a ...");
  const auto first = house.Ask(kListDeclassifications, "page_size: 1");
  CHECK(list(house.caller, absl::StrCat("page_size: 5 page_token: '", first.next_page_token(),
                                        "'")) == "prod.raw.users#b secret.raw.users#`x y`");
  house.Ask(kReclassify, "reference: 'prod.raw.users#a' key: 'pii'");
  CHECK(list(house.caller, "asset: 'prod.raw.users'") == "prod.raw.users#b");
  CHECK(list(house.caller, absl::StrCat("asset: 'prod.raw.users' as_of { position: ", all, " }")) ==
        "prod.raw.users#a prod.raw.users#b");
  house.Ask(kCreatePrincipal, "principal { name: 'user:cy' }");
  house.Ask(kChangeGrants, "securable { name: 'prod' } principal: 'user:cy' add: 'BROWSE'");
  const auto token = house.Ask(kCreateToken, "token { principal: 'user:cy' }");
  CHECK(list({.bearer = token.secret(), .via = "test"}, "") == "prod.raw.users#b");
}

}  // namespace
}  // namespace whence::service
