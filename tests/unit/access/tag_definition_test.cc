#include "access/tag_definition.h"

#include "absl/strings/str_cat.h"
#include "access/declassification.h"
#include "access_fixture.h"
#include "base/limits.h"
#include "catalog/securable_write.h"

namespace whence::access {
namespace {

using catalog::Kind;
using test::AccessFixture;
using test::kNow;
using test::ReasonOf;

class Definitions : public AccessFixture {
 public:
  absl::StatusOr<TagDefinition> Define(std::string_view key, const TagRules& rules = {}) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return CreateTagDefinition(context, change, key, rules);
    });
  }
  absl::StatusOr<TagDefinition> Redefine(std::string_view key, const TagRules& rules) {
    const TagDefinition current = GetTagDefinition(reader(), kNow, key).value();
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return UpdateTagDefinition(context, change, current, rules);
    });
  }
  absl::Status Undefine(std::string_view key) {
    const TagDefinition current = GetTagDefinition(reader(), kNow, key).value();
    return Do([&](sql::WriteContext& context, const ledger::Change& change) {
      return DeleteTagDefinition(context, change, current);
    });
  }
  // Assets 1 to `count`, for what refers to them.
  void MakeAssets(int count) {
    for (int i = 1; i <= count; ++i) {
      REQUIRE(Do([i](sql::WriteContext& context, const ledger::Change& change) {
                catalog::NewSecurable wanted;
                wanted.kind = Kind::kCatalog;
                wanted.path = {absl::StrCat("c", i)};
                return catalog::CreateSecurable(context, change, wanted).status();
              }).ok());
    }
  }
  absl::StatusOr<Declassification> Declassify(const DeclassifiedPlace& place,
                                              std::string_view comment) {
    return Get([&](sql::WriteContext& context, const ledger::Change& change) {
      return access::Declassify(context, change, place, comment);
    });
  }
};

TEST_CASE("a definition is kept as states in time") {
  Definitions metastore;
  const PrincipalId ana = metastore.Create("user:ana");
  const TagRules rules{.values = {"phone", "email", "email"},
                       .assigners = {ana},
                       .propagates = true,
                       .comment = "personal"};
  const TagDefinition made = metastore.Define("pii", rules).value();
  CHECK(made.rules.values == std::vector<std::string>{"email", "phone"});
  CHECK(GetTagDefinition(metastore.reader(), kNow, "pii").value() == made);
  const Position defined = metastore.now;
  const TagDefinition changed = metastore.Redefine("pii", {.values = {"none"}}).value();
  CHECK(changed.Etag() != made.Etag());
  CHECK(GetTagDefinition(metastore.reader(), kNow, "pii").value().rules.values ==
        std::vector<std::string>{"none"});
  CHECK(GetTagDefinition(metastore.reader(), defined, "pii").value() == made);
  CHECK(metastore.Undefine("pii").ok());
  CHECK(ReasonOf(GetTagDefinition(metastore.reader(), kNow, "pii").status()) ==
        "TAG_DEFINITION_NOT_FOUND");
  CHECK(FindTagDefinition(metastore.reader(), defined - 1, "pii").value() == std::nullopt);
  CHECK(metastore.Define("pii").ok());  // the key was free again
}

TEST_CASE("definitions are listed by key; those that flow are told apart") {
  Definitions metastore;
  REQUIRE(metastore.Define("b", {.propagates = true}).ok());
  REQUIRE(metastore.Define("c").ok());
  REQUIRE(metastore.Define("a", {.propagates = true}).ok());
  CHECK(ListFlowingKeys(metastore.reader(), kNow).value() == std::vector<std::string>{"a", "b"});
  CHECK(ListFlowingKeys(metastore.reader(), 1).value() == std::vector<std::string>{"b"});
  const auto page = ListTagDefinitions(metastore.reader(), kNow, "a", 1).value();
  REQUIRE(page.size() == 1);
  CHECK(page.front().key == "b");
  CHECK(ReasonOf(metastore.Define("a").status()) == "TAG_DEFINITION_ALREADY_EXISTS");
  const absl::Status missing = GetTagDefinition(metastore.reader(), kNow, "aa").status();
  CHECK(GetErrorDetail(missing).hint == "\"a\" has one");
}

TEST_CASE("rules are canonical JSON, and what this version did not write is damage") {
  const TagRules rules{.values = {"a", "b \"c\""}, .assigners = {3, 7}, .propagates = true};
  const std::string json = FormatTagRules(rules);
  CHECK(json == R"({"assigners":[3,7],"propagates":true,"values":["a","b \"c\""]})");
  CHECK(ParseTagRules(json).value() == rules);
  CHECK(FormatTagRules({}) == "{}");
  CHECK(ParseTagRules("{}").value() == TagRules());
  for (const char* damaged :
       {"", "[]", "{", R"({"values":"a"})", R"({"values":[1]})", R"({"assigners":["x"]})",
        R"({"assigners":3})", R"({"propagates":false})", R"({"unknown":1})",
        R"({"values":["a"],"comment":"order"})", R"({"comment":1})"}) {
    CAPTURE(damaged);
    CHECK(ReasonOf(ParseTagRules(damaged).status()) == "TAG_DEFINITION_DAMAGED");
  }
}

TEST_CASE("rules have bounds") {
  const auto values = [](size_t count, size_t bytes) {
    TagRules rules;
    for (size_t i = 0; i < count; ++i) {
      rules.values.push_back(absl::StrCat(i, std::string(bytes, 'x')));
    }
    return rules;
  };
  CHECK(ValidateTagRules(values(kMaxTagDefinitionValues, 1)).ok());
  CHECK(ReasonOf(ValidateTagRules(values(kMaxTagDefinitionValues + 1, 1))) ==
        "TAG_DEFINITION_TOO_LARGE");
  TagRules assigners;
  assigners.assigners.assign(kMaxTagAssigners, 1);
  CHECK(ValidateTagRules(assigners).ok());
  assigners.assigners.push_back(1);
  CHECK(ReasonOf(ValidateTagRules(assigners)) == "TAG_DEFINITION_TOO_LARGE");
  // {"comment":""}
  CHECK(ValidateTagRules({.comment = std::string(kMaxTagDefinitionBytes - 14, 'x')}).ok());
  CHECK(ReasonOf(ValidateTagRules({.comment = std::string(kMaxTagDefinitionBytes - 13, 'x')})) ==
        "TAG_DEFINITION_TOO_LARGE");
  CHECK(ReasonOf(ValidateTagRules(values(1, kMaxTagValueBytes))) == "TEXT_TOO_LONG");
  CHECK(ReasonOf(ValidateTagRules({.comment = "\x01"})) == "TEXT_HAS_CONTROL_CHARACTER");
}

TEST_CASE("a metastore has at most kMaxTagDefinitions") {
  Definitions metastore;
  REQUIRE(metastore
              .Do([](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
                constexpr sql::Query kFill{
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
                    " INSERT INTO tag_definition SELECT 'key' || i, ?2, ?3, '{}', 'x', 0 FROM n"};
                return context.connection().Execute(kFill, int64_t{kMaxTagDefinitions} - 1,
                                                    change.position, kForever);
              })
              .ok());
  CHECK(metastore.Define("last").ok());
  CHECK(ReasonOf(metastore.Define("more").status()) == "TOO_MANY_TAG_DEFINITIONS");
  CHECK(metastore.Undefine("key1").ok());
  CHECK(metastore.Define("more").ok());
}

TEST_CASE("the values that are allowed are named; only assigners may assign") {
  Definitions metastore;
  const TagDefinition pii = metastore.Define("pii", {.values = {"phone", "email"}}).value();
  CHECK(CheckTagValue(pii, {.key = "pii", .value = "email"}, "f").ok());
  const absl::Status other = CheckTagValue(pii, {.key = "pii", .value = "mail"}, "f");
  CHECK(ReasonOf(other) == "TAG_VALUE_NOT_ALLOWED");
  CHECK(GetErrorDetail(other).field == "f");
  CHECK(GetErrorDetail(other).hint == "allowed: \"email\", \"phone\"");
  CHECK(ReasonOf(CheckTagValue(pii, {.key = "pii", .value = ""}, "f")) == "TAG_VALUE_NOT_ALLOWED");
  TagDefinition many = pii;
  for (int i = 0; i < 30; ++i) many.rules.values.push_back(absl::StrCat("v", i));
  CHECK_THAT(GetErrorDetail(CheckTagValue(many, {.key = "pii", .value = "x"}, "f")).hint,
             Catch::EndsWith("and 12 more, see 'whence tag definition pii'"));

  const PrincipalId ana = metastore.Create("user:ana");
  const PrincipalId bo = metastore.Create("user:bo");
  const PrincipalId admin = metastore.Create("user:admin");
  const PrincipalId stewards = metastore.Create("group:stewards");
  metastore.SetOwner(admin);
  REQUIRE(metastore.Add(stewards, ana).ok());
  const auto may = [&](PrincipalId who, const TagRules& rules) {
    return IsAssigner(rules, metastore.snapshot(), metastore.Who(who));
  };
  CHECK(may(bo, {}));
  CHECK(may(ana, {.assigners = {stewards}}));
  CHECK(!may(bo, {.assigners = {stewards}}));
  CHECK(may(bo, {.assigners = {stewards, bo}}));
  // Not a new principal that took the name of one that was deleted.
  REQUIRE(metastore.Delete("user:bo").ok());
  const PrincipalId other_bo = metastore.Create("user:bo");
  CHECK(!may(other_bo, {.assigners = {bo}}));
}

TEST_CASE("declassifications are states in time, listed by place") {
  Definitions metastore;
  metastore.MakeAssets(3);
  const DeclassifiedPlace place{.asset_id = 3, .column = "a", .key = "pii"};
  const Declassification made = metastore.Declassify(place, "counts only").value();
  const Declassification again = metastore.Declassify(place, "other words").value();
  CHECK(FindDeclassification(metastore.reader(), kNow, place).value() == again);
  CHECK(FindDeclassification(metastore.reader(), made.position, place).value() == made);
  REQUIRE(metastore.Declassify({.asset_id = 2, .column = "z", .key = "pii"}, "x").ok());
  REQUIRE(metastore.Declassify({.asset_id = 3, .column = "a", .key = "geo"}, "x").ok());
  const auto list = [&](int64_t asset, const DeclassifiedPlace& after) {
    std::string text;
    const auto all =
        ListDeclassifications(metastore.reader(), kNow, asset, after, [&](Declassification&& one) {
          absl::StrAppend(&text, one.place.asset_id, one.place.column, one.place.key, ";");
          return true;
        });
    CHECK(all.value());
    return text;
  };
  CHECK(list(0, {}) == "2zpii;3ageo;3apii;");
  CHECK(list(3, {}) == "3ageo;3apii;");
  CHECK(list(0, {.asset_id = 3, .column = "a", .key = "geo"}) == "3apii;");
  CHECK(metastore
            .Do([&](sql::WriteContext& context, const ledger::Change& change) {
              return Reclassify(context, change, again);
            })
            .ok());
  CHECK(FindDeclassification(metastore.reader(), kNow, place).value() == std::nullopt);
  CHECK(FindDeclassification(metastore.reader(), again.position, place).value() == again);
}

TEST_CASE("an asset has at most kMaxDeclassificationsPerAsset") {
  Definitions metastore;
  metastore.MakeAssets(8);
  REQUIRE(metastore
              .Do([](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
                constexpr sql::Query kFill{
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
                    " INSERT INTO declassification"
                    " SELECT 7, 'c' || i, 'pii', ?2, ?3, '', 'x', 0 FROM n"};
                return context.connection().Execute(
                    kFill, int64_t{kMaxDeclassificationsPerAsset} - 1, change.position, kForever);
              })
              .ok());
  CHECK(metastore.Declassify({.asset_id = 7, .column = "last", .key = "pii"}, "x").ok());
  CHECK(ReasonOf(
            metastore.Declassify({.asset_id = 7, .column = "more", .key = "pii"}, "x").status()) ==
        "TOO_MANY_DECLASSIFICATIONS");
  // Other words about one that is there take no room.
  CHECK(metastore.Declassify({.asset_id = 7, .column = "last", .key = "pii"}, "y").ok());
  CHECK(metastore.Declassify({.asset_id = 8, .column = "a", .key = "pii"}, "x").ok());
}

}  // namespace
}  // namespace whence::access
