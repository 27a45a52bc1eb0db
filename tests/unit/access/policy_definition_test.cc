// Definitions of policies: their canonical text, and what is refused.
#include "access/policy_definition.h"

#include <catch2/catch.hpp>

#include "access/strict_json.h"
#include "access/tag_definition.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

using whence::test::ReasonOf;

PolicyDefinition Full() {
  PolicyDefinition definition{.kind = PolicyKind::kColumnMask};
  definition.to = {7, 3, 7};
  definition.except = {9};
  definition.asset_tags.none = {{"public", std::nullopt}};
  definition.columns = {"mail", "e\"mail"};
  definition.column_tags.all = {{"pii", "email=x"}, {"pii", std::nullopt}};
  definition.mask = {.type = MaskType::kCustom};
  definition.mask.custom = {{SqlDialect::kTrino, "upper({col})"},
                            {SqlDialect::kDuckDb, "lower({col})\n|| 'ñ'"}};
  definition.priority = -5;
  definition.comment = "two\nlines";
  return definition;
}

TEST_CASE("a definition is canonical JSON, and comes back from it") {
  const PolicyDefinition definition = Normalized(Full());
  const std::string text = FormatDefinition(definition);
  CHECK(text ==
        R"j({"asset_tags":{"none":["public"]},"column_tags":{"all":["pii","pii=email=x"]},)j"
        R"j("columns":["e\"mail","mail"],"comment":"two\nlines","except":[9],"kind":"mask",)j"
        R"j("mask":{"sql":{"duckdb":"lower({col})\n|| 'ñ'","trino":"upper({col})"},)j"
        R"j("type":"custom"},"priority":-5,"to":[3,7]})j");
  CHECK(ParseDefinition(text).value() == definition);
  PolicyDefinition filter{.kind = PolicyKind::kRowFilter};
  filter.filter = {ParseRowConditions("a = 'it''s' AND b = caller", "where").value(),
                   {{SqlDialect::kSqlite, "a = {caller}"}, {SqlDialect::kPostgres, "false"}}};
  CHECK(FormatDefinition(filter) ==
        R"j({"filter":{"sql":{"postgres":"false","sqlite":"a = {caller}"},)j"
        R"j("where":"a = 'it''s' AND b = caller"},"kind":"filter"})j");
  CHECK(ParseDefinition(FormatDefinition(filter)).value() == filter);
  PolicyDefinition deny;
  deny.privileges = PrivilegeSet(Privilege::kSelect) | Privilege::kModify;
  CHECK(FormatDefinition(deny) == R"({"kind":"deny","privileges":["SELECT","MODIFY"]})");
  CHECK(ParseDefinition(FormatDefinition(deny)).value() == deny);
  CHECK(FormatDefinition({}) == R"({"kind":"deny"})");
  PolicyDefinition audit{.kind = PolicyKind::kAudit};
  CHECK(FormatDefinition(audit) == R"({"kind":"audit"})");
  audit.privileges = PrivilegeSet(Privilege::kSelect);
  audit.columns = {"mail"};
  CHECK(ParseDefinition(FormatDefinition(audit)).value() == audit);
}

TEST_CASE("a stored text that this version would not write is damage, not a weaker policy") {
  for (const char* text :
       {"", "{}", "[]", R"({"kind":"mask"})", R"({"kind":"deny","to":["ana"]})",
        R"({"kind":"deny","unknown":1})", R"({"kind":"deny","priority":0})", R"({"kind":"allow"})",
        R"({"kind":"deny","kind":"deny"})", R"({"to":[1],"kind":"deny"})",
        R"({"kind":"mask","mask":{"type":"shuffle"}})", R"({"kind":"deny","privileges":["READ"]})",
        R"({"filter":{"where":"a = "},"kind":"filter"})", R"({"kind":"deny"} )",
        R"({"column_tags":{"all":[""]},"kind":"deny"})"}) {
    INFO(text);
    CHECK(ReasonOf(ParseDefinition(text).status()) == "POLICY_DAMAGED");
  }
}

TEST_CASE("stored definitions are read to kMaxDefinitionDepth") {
  const auto nested = [](size_t depth) {
    return StrCat(std::string(depth, '['), std::string(depth, ']'));
  };
  CHECK(ParseStrictJson(nested(kMaxDefinitionDepth), kMaxDefinitionDepth).ok());
  CHECK_FALSE(ParseStrictJson(nested(kMaxDefinitionDepth + 1), kMaxDefinitionDepth).ok());
  // What reads them recurses: a damaged one must not end the server.
  const std::string hostile = StrCat(R"({"values":)", nested(1'000'000), "}");
  CHECK(ReasonOf(ParseDefinition(hostile).status()) == "POLICY_DAMAGED");
  CHECK(ReasonOf(ParseTagRules(hostile).status()) == "TAG_DEFINITION_DAMAGED");
}

TEST_CASE("tags in conditions") {
  const std::vector<catalog::Tag> tags = {{"pii", "email"}, {"tier", ""}};
  const auto term = [](std::string_view text) { return ParseTagTerm(text, "tags").value(); };
  CHECK(FormatTagTerm(term("pii=a=b")) == "pii=a=b");
  CHECK(term("pii=").value == "");
  CHECK(ReasonOf(ParseTagTerm("=x", "tags").status()) == "TAG_TERM_MALFORMED");
  CHECK(TagCondition{}.Holds(tags));
  CHECK(TagCondition{{term("pii"), term("tier=")}, {}, {}}.Holds(tags));
  CHECK_FALSE(TagCondition{{term("pii"), term("other")}, {}, {}}.Holds(tags));
  CHECK(TagCondition{{}, {term("other"), term("pii=email")}, {}}.Holds(tags));
  CHECK_FALSE(TagCondition{{}, {term("other"), term("pii=phone")}, {}}.Holds(tags));
  CHECK(TagCondition{{}, {}, {term("pii=phone")}}.Holds(tags));
  CHECK_FALSE(TagCondition{{}, {}, {term("pii")}}.Holds(tags));
}

TEST_CASE("a policy takes the arguments of its kind and no others") {
  const auto reason = [](const PolicyDefinition& definition) {
    return ReasonOf(ValidateDefinition(definition));
  };
  PolicyDefinition mask = Full();
  CHECK(reason(mask) == "OK");
  mask.privileges = Privilege::kSelect;
  CHECK(reason(mask) == "POLICY_ARGUMENT");
  PolicyDefinition filter{.kind = PolicyKind::kRowFilter};
  CHECK(reason(filter) == "ROW_FILTER_EMPTY");
  filter.filter.conditions = {{"a", {"b"}, false}};
  CHECK(reason(filter) == "OK");
  filter.columns = {"a"};
  CHECK(reason(filter) == "POLICY_ARGUMENT");
  PolicyDefinition deny;
  CHECK(reason(deny) == "OK");
  deny.privileges = Privilege::kAllPrivileges;
  CHECK(reason(deny) == "POLICY_ARGUMENT");
  deny.privileges = {};
  deny.priority = 1;
  CHECK(reason(deny) == "POLICY_ARGUMENT");
  deny.priority = 0;
  deny.filter = filter.filter;
  CHECK(reason(deny) == "POLICY_ARGUMENT");
  deny.filter = {};
  deny.mask = {.type = MaskType::kHash};
  CHECK(reason(deny) == "POLICY_ARGUMENT");
  deny.mask = {};
  deny.columns = {""};
  CHECK(reason(deny) == "POLICY_ARGUMENT");
  deny.columns = {};
  deny.column_tags.all = {{"a=b", std::nullopt}};
  CHECK(reason(deny) == "POLICY_ARGUMENT");
  PolicyDefinition audit{.kind = PolicyKind::kAudit};
  CHECK(reason(audit) == "OK");
  audit.privileges = Privilege::kSelect;
  audit.columns = {"mail"};
  CHECK(reason(audit) == "OK");
  audit.privileges = Privilege::kAllPrivileges;
  CHECK(reason(audit) == "POLICY_ARGUMENT");
  audit.privileges = {};
  audit.priority = 1;
  CHECK(reason(audit) == "POLICY_ARGUMENT");
  audit.priority = 0;
  audit.mask = {.type = MaskType::kHash};
  CHECK(reason(audit) == "POLICY_ARGUMENT");
}

TEST_CASE("a policy has bounds") {
  const auto reason = [](const PolicyDefinition& definition) {
    return ReasonOf(ValidateDefinition(definition));
  };
  PolicyDefinition definition;
  for (auto* list : {&definition.to, &definition.except}) {
    list->assign(kMaxPolicyPrincipals, 1);
    CHECK(reason(definition) == "OK");
    list->push_back(1);
    CHECK(reason(definition) == "POLICY_TOO_LARGE");
    list->clear();
  }
  definition.columns.assign(kMaxPolicyColumns, "c");
  CHECK(reason(definition) == "OK");
  definition.columns.emplace_back("c");
  CHECK(reason(definition) == "POLICY_TOO_LARGE");
  definition.columns.clear();
  for (auto* condition : {&definition.column_tags, &definition.asset_tags}) {
    condition->any.assign(kMaxPolicyTags, {"t", std::nullopt});
    CHECK(reason(definition) == "OK");
    condition->none.push_back({"t", std::nullopt});
    CHECK(reason(definition) == "POLICY_TOO_LARGE");
    *condition = {};
  }
  PolicyDefinition mask{.kind = PolicyKind::kColumnMask};
  for (const int64_t sign : {1, -1}) {
    mask.priority = sign * kMaxPolicyPriority;
    CHECK(reason(mask) == "OK");
    mask.priority += sign;
    CHECK(reason(mask) == "POLICY_TOO_LARGE");
  }
  // Each within its bound, all together too much.
  definition.columns.assign(260, std::string(240, 'c'));
  CHECK(reason(definition) == "OK");
  definition.columns.assign(280, std::string(240, 'c'));
  CHECK(FormatDefinition(definition).size() > kMaxPolicyBytes);
  CHECK(reason(definition) == "POLICY_TOO_LARGE");
}

}  // namespace
}  // namespace whence::access
