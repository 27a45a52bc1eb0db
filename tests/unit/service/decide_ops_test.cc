// The decision that engines ask for.

#include <catch2/catch.hpp>

#include <string>

#include "base/limits.h"
#include "policy_house.h"
#include "service/lineage_operations.h"
#include "service/tag_operations.h"

namespace whence::service {
namespace {

using test::PolicyHouse;
using test::ReasonOf;

TEST_CASE("decide_ops: grants decide, and the reason says how") {
  PolicyHouse house;
  v1::Decision decision = house.Decision();
  CHECK(decision.allowed());
  CHECK(decision.outcome() == v1::ACCESS_OUTCOME_ALLOWED);
  CHECK(decision.reason() == "user:bo may SELECT on table prod.fraud.users");
  CHECK(decision.securable().name() == "prod.fraud.users");
  CHECK(decision.position() == house.position());
  CHECK(decision.masks().empty());

  decision = house.Ask(kDecide,
                       "principal: 'user:cy' privilege: 'SELECT' securable { name: "
                       "'prod.fraud.users' }");
  CHECK_FALSE(decision.allowed());
  CHECK(decision.outcome() == v1::ACCESS_OUTCOME_NO_USE_CATALOG);
  CHECK(decision.reason() ==
        "user:cy may not SELECT on table prod.fraud.users: USE CATALOG was not granted on its "
        "catalog");
  // Without a principal the caller is meant.
  CHECK(house.Ask(kDecide, "privilege: 'MODIFY' securable { name: 'prod' }").principal() ==
        "user:ana");
}

TEST_CASE("decide_ops: what cannot be asked") {
  PolicyHouse house;
  const std::string table = " securable { name: 'prod.fraud.users' }";
  CHECK(house.Why(kDecide, "privilege: 'READ'" + table) == "PRIVILEGE_UNKNOWN");
  CHECK(house.Why(kDecide, "privilege: 'CREATE CATALOG'" + table) == "PRIVILEGE_NOT_APPLICABLE");
  CHECK(house.Why(kDecide, "principal: 'user:none' privilege: 'SELECT'" + table) ==
        "PRINCIPAL_NOT_FOUND");
  CHECK(house.Why(kDecide, "privilege: 'SELECT' securable { name: 'prod.fraud.none' }") ==
        "ASSET_NOT_FOUND");
  CHECK(house.WhyNotDecided("columns: ''") == "NAME_PART_EMPTY");
  CHECK(house.WhyNotDecided("extra_groups: 'user:cy'") == "PRINCIPAL_NOT_A_GROUP");
  CHECK(house.WhyNotDecided("dialect: 99") == "ENUM_VALUE_UNKNOWN");
}

TEST_CASE("decide_ops: masks by tag, with the engine's SQL; an exception sees all") {
  PolicyHouse house;
  house.Mask("mask-email", "email", "column_tags { any: 'pii=email' } except: 'group:fraud'");
  v1::Decision decision = house.Decision("dialect: SQL_DIALECT_TRINO");
  CHECK(decision.allowed());
  CHECK(PolicyHouse::Masks(decision) == "email: email by mask-email");
  CHECK_THAT(decision.masks(0).sql(), Catch::Contains("\"email\""));
  CHECK(decision.policies_size() == 1);
  CHECK_THAT(decision.reason(), Catch::EndsWith("; masked columns: 1"));
  // Only what is asked for, under the name that it is asked by.
  CHECK(house.Decision("columns: 'id'").masks().empty());
  CHECK(PolicyHouse::Masks(house.Decision("columns: 'EMAIL'")) == "EMAIL: email by mask-email");

  // At the word of who asks.
  CHECK(house.Decision("extra_groups: 'group:fraud'").masks().empty());
  CHECK(house.Decision("extra_groups: 'group:none'").masks_size() == 1);
  house.Ask(kAddMember, "group: 'group:fraud' member: 'user:bo'");
  CHECK(house.Decision().masks().empty());

  // A tag that is taken off takes the mask off.
  house.Ask(kRemoveMember, "group: 'group:fraud' member: 'user:bo'");
  CHECK(house.Decision().masks_size() == 1);
  house.Ask(kSetTags, "reference: 'prod.fraud.users#email' remove: 'pii'");
  CHECK(house.Decision().masks().empty());
}

TEST_CASE("decide_ops: columns that are not known are masked by name and by policies for all") {
  PolicyHouse house;
  house.Asset("prod.fraud.bare", v1::KIND_TABLE);
  const std::string bare =
      "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.bare' }"
      " columns: 'Email' columns: 'email' columns: 'id'";
  house.Mask("by-name", "nullify", "columns: 'email'");
  v1::Decision decision = house.Ask(kDecide, bare);
  CHECK_THAT(PolicyHouse::Masks(decision), Catch::Contains("nullify by by-name"));
  CHECK(decision.masks_size() == 2);
  house.Mask("all", "redact", "priority: 1");
  CHECK(house.Ask(kDecide, bare).masks_size() == 3);
  CHECK(PolicyHouse::Masks(house.Decision("columns: 'id'")) == "id: redact by all");
}

TEST_CASE("decide_ops: masks are compiled for the types that the engine has, where it tells them") {
  PolicyHouse house;
  house.Mask("mask-email", "redact", "columns: 'email'");
  const auto sql = [&house](const std::string& columns) {
    const v1::Decision decision = house.Decision("dialect: SQL_DIALECT_TRINO " + columns);
    REQUIRE(decision.masks_size() == 1);
    return decision.masks(0).sql();
  };
  const std::string known = sql("columns: ['id', 'email']");
  CHECK_THAT(known, Catch::Contains("regexp_replace"));
  CHECK(sql("columns: ['id', 'email'] column_types: ['', '']") == known);
  CHECK_THAT(sql("columns: ['id', 'email'] column_types: ['varchar(7)', 'varchar(15)']"),
             Catch::StartsWith("CAST(regexp_replace") && Catch::EndsWith(" AS varchar(15))"));
  // What the mask has no meaning for is NULL, whatever is known here.
  CHECK(sql("columns: 'email' column_types: 'bigint'") == "CAST(CAST(NULL AS bigint) AS bigint)");
  // Nested types, and what tries to be more than a type, are in no cast.
  for (const char* type : {"row(a varchar)", "varchar) FROM t --", "array(row(\"x y\" bigint))"}) {
    CHECK(sql(std::string("columns: 'email' column_types: '") + type + "'") == "NULL");
  }
  // Asked by a name in another case, and by two.
  CHECK_THAT(sql("columns: 'EMAIL' column_types: 'varchar(9)'"),
             Catch::EndsWith(" AS varchar(9))"));
  const auto fails = [&house](const std::string& more) {
    return ReasonOf(house.Fail(
        kDecide,
        "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.users' } " + more));
  };
  CHECK(fails("columns: ['id', 'email'] column_types: 'bigint'") == "COLUMN_TYPES_MISMATCH");
  CHECK(fails("column_types: 'bigint'") == "COLUMN_TYPES_MISMATCH");
  const auto long_type = [](size_t bytes) {
    return "columns: 'email' column_types: '" + std::string(bytes, 'x') + "'";
  };
  CHECK(sql(long_type(kMaxColumnTypeBytes)) == "NULL");
  CHECK(fails(long_type(kMaxColumnTypeBytes + 1)) == "TEXT_TOO_LONG");
}

TEST_CASE("decide_ops: rows of several filters, for a dialect and its asker") {
  PolicyHouse house;
  house.Policy("eu", "prod", "kind: POLICY_KIND_FILTER filter { conditions: \"region = 'EU'\" }");
  house.Policy("own", "prod.fraud.users",
               "kind: POLICY_KIND_FILTER filter { conditions: 'email = caller' }");
  const v1::Decision decision = house.Decision("dialect: SQL_DIALECT_POSTGRESQL");
  REQUIRE(decision.filters_size() == 2);
  CHECK(decision.filters(0).policy() == "eu");
  CHECK_THAT(decision.filters(0).sql(), Catch::Contains("\"region\""));
  CHECK_THAT(decision.filters(1).sql(), Catch::Contains("bo"));
  CHECK(decision.filters(1).filter().conditions() == "email = caller");
  CHECK_THAT(decision.reason(), Catch::Contains("; some rows, by eu, own"));
  // Who changes the table reads no rows.
  house.Grant("MODIFY", "prod", "user:bo");
  CHECK(house
            .Ask(kDecide,
                 "principal: 'user:bo' privilege: 'MODIFY' securable { name: "
                 "'prod.fraud.users' }")
            .filters()
            .empty());
}

TEST_CASE("decide_ops: two masks on one column fail closed and are named") {
  PolicyHouse house;
  house.Mask("one", "redact", "column_tags { any: 'pii' }");
  house.Mask("two", "nullify", "columns: 'email'");
  const absl::Status status = house.Fail(
      kDecide, "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.users' }");
  CHECK(ReasonOf(status) == "MASK_CONFLICT");
  CHECK_THAT(std::string(status.message()), Catch::Contains("one") && Catch::Contains("two"));
  CHECK(house.Decision("columns: 'id'").allowed());
  house.Ask(kUpdatePolicy, "policy { name: 'two' priority: 5 }");
  CHECK(PolicyHouse::Masks(house.Decision()) == "email: nullify by two");
}

TEST_CASE("decide_ops: a deny beats grants, ownership and the administrator") {
  PolicyHouse house;
  const std::string mine = "privilege: 'SELECT' securable { name: 'prod.fraud.users' }";
  CHECK(house.Ask(kDecide, mine).allowed());
  house.Deny("hold", "", "privileges: 'SELECT' asset_tags { all: 'legal-hold' }");
  CHECK(house.Ask(kDecide, mine).allowed());
  // The tag of the catalog reaches down to the table, and a nearer one takes its place.
  house.Ask(kSetTags, "reference: 'prod' set { key: 'legal-hold' value: 'yes' }");
  v1::Decision decision = house.Ask(kDecide, mine);
  CHECK_FALSE(decision.allowed());
  CHECK(decision.outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
  CHECK(decision.policies(0) == "hold");
  CHECK(decision.reason() ==
        "user:ana may not SELECT on table prod.fraud.users: policy hold denies it");
  CHECK_FALSE(house.Decision().allowed());
  house.Deny("yes-only", "", "privileges: 'MODIFY' asset_tags { all: 'legal-hold=yes' }");
  const std::string change = "privilege: 'MODIFY' securable { name: 'prod.fraud.users' }";
  CHECK_FALSE(house.Ask(kDecide, change).allowed());
  // APPLY TAG is not denied: so she may say otherwise.
  house.Ask(kSetTags, "reference: 'prod.fraud.users' set { key: 'legal-hold' value: 'no' }");
  CHECK(house.Ask(kDecide, change).allowed());
  house.Drop("hold");
  CHECK(house.Ask(kDecide, mine).allowed());
}

TEST_CASE("decide_ops: a deny of a gate closes what is behind it") {
  PolicyHouse house;
  house.Deny("closed", "prod.fraud", "privileges: 'USE SCHEMA' to: 'group:analysts'");
  CHECK(house.Decision().outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
  CHECK(house.Ask(kDecide, "privilege: 'SELECT' securable { name: 'prod.fraud.users' }").allowed());
}

TEST_CASE("decide_ops: a deny of columns holds for who asks for one of them") {
  PolicyHouse house;
  house.Deny("no-email", "", "privileges: 'SELECT' columns: 'EMAIL' to: 'user:bo'");
  CHECK_FALSE(house.Decision().allowed());
  CHECK_FALSE(house.Decision("columns: 'id' columns: 'email'").allowed());
  CHECK(house.Decision("columns: 'id'").allowed());
}

TEST_CASE("decide_ops: as fresh as is asked for, and as it was") {
  PolicyHouse house;
  const Position before = house.position();
  const v1::Policy policy = house.Deny("closed", "prod");
  // Acknowledged before data is read: holds for every decision that knows of it.
  const std::string fresh = absl::StrCat("at_least_position: ", policy.position());
  CHECK_FALSE(house.Decision(fresh).allowed());
  CHECK(house.WhyNotDecided(absl::StrCat("at_least_position: ", policy.position() + 1)) ==
        "POSITION_NOT_REACHED");
  const v1::Decision then = house.Decision(absl::StrCat("as_of { position: ", before, " }"));
  CHECK(then.allowed());
  CHECK(then.position() == before);
  CHECK(house.WhyNotDecided(absl::StrCat("as_of { position: ", before, " } ", fresh)) ==
        "POSITION_NOT_REACHED");
}

TEST_CASE("decide_ops: what policies in dry run would change, and only that") {
  PolicyHouse house;
  house.Mask("soon", "redact", "columns: 'email' state: POLICY_STATE_DRY_RUN");
  CHECK(house.Decision().masks().empty());
  CHECK_FALSE(house.Decision().has_dry_run());
  v1::Decision decision = house.Decision("with_dry_run: true");
  REQUIRE(decision.has_dry_run());
  CHECK(PolicyHouse::Masks(decision.dry_run()) == "email: redact by soon");
  CHECK_FALSE(house.Decision("with_dry_run: true columns: 'id'").has_dry_run());
  house.Mask("now", "nullify", "columns: 'email'");
  decision = house.Decision("with_dry_run: true");
  CHECK(decision.dry_run().error() == "MASK_CONFLICT");
  CHECK_FALSE(decision.dry_run().allowed());
  house.Drop("now");
  house.Ask(kUpdatePolicy, "policy { name: 'soon' state: POLICY_STATE_ENABLED }");
  CHECK(PolicyHouse::Masks(house.Decision()) == "email: redact by soon");
}

TEST_CASE("decide_ops: a batch answers in order, and what cannot be answered with a no") {
  PolicyHouse house;
  house.Mask("one", "redact", "columns: 'email'");
  house.Mask("two", "nullify", "columns: 'email'");
  const std::string ask = "questions { principal: 'user:bo' privilege: 'SELECT' securable { name: ";
  const int64_t position = house.position();  // that some are denied is an entry, soon after
  const v1::DecideBatchResponse answer = house.Ask(
      kDecideBatch, ask + "'prod.fraud.users' } columns: 'id' } " + ask + "'prod.none' } } " + ask +
                        "'prod.fraud.users' } } " + "questions { privilege: 'SELECT' }");
  REQUIRE(answer.decisions_size() == 4);
  CHECK(answer.position() == position);
  CHECK(answer.decisions(0).allowed());
  CHECK(answer.decisions(0).error().empty());
  CHECK(answer.decisions(1).error() == "SCHEMA_NOT_FOUND");
  CHECK(answer.decisions(2).error() == "MASK_CONFLICT");
  CHECK(answer.decisions(2).outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
  CHECK(answer.decisions(3).error() == "SECURABLE_MISSING");
  for (int i = 1; i < 4; ++i) CHECK_FALSE(answer.decisions(i).allowed());

  // Who may not ask hears no more than that.
  const v1::DecideBatchResponse his =
      house
          .RunAs(house.bo, kDecideBatch,
                 test::Parse<v1::DecideBatchRequest>(
                     "questions { principal: 'user:cy' privilege: 'SELECT' securable { name: "
                     "'prod' } } questions { privilege: 'SELECT' securable { name: 'prod' } }"))
          .value();
  CHECK(his.decisions(0).error() == "PERMISSION_DENIED");
  CHECK(his.decisions(1).allowed());
}

// What user:bo hears: the reason of the error, or "OK".
template <class Operation, class Request>
std::string ToBo(PolicyHouse& house, const Operation& operation, const Request& request) {
  return ReasonOf(house.RunAs(house.bo, operation, request).status());
}

TEST_CASE("decide_ops: who names groups that it is not in asks about somebody else") {
  PolicyHouse house;
  house.Mask("mask-email", "nullify", "column_tags { any: 'pii' } except: 'group:fraud'");
  const auto ask = [&](const std::string& groups) {
    const std::string question =
        "privilege: 'SELECT' securable { name: 'prod.fraud.users' } " + groups;
    const auto alone = ToBo(house, kDecide, test::Parse<v1::DecideRequest>(question));
    const auto batch = house.RunAs(
        house.bo, kDecideBatch,
        test::Parse<v1::DecideBatchRequest>(absl::StrCat("questions { ", question, " }")));
    CHECK(batch.value().decisions(0).error() == (alone == "OK" ? "" : alone));
    return alone;
  };
  CHECK(ask("") == "OK");
  CHECK(ask("extra_groups: 'group:analysts'") == "OK");
  for (const char* principal : {"", "principal: 'user:bo' "}) {
    CHECK(ask(absl::StrCat(principal, "extra_groups: 'group:fraud'")) == "PERMISSION_DENIED");
    // Nor is it told which groups there are.
    CHECK(ask(absl::StrCat(principal, "extra_groups: 'group:none'")) == "PERMISSION_DENIED");
  }
  house.Grant("BROWSE", "", "user:bo");
  CHECK(ask("extra_groups: 'group:fraud'") == "OK");
}

TEST_CASE("decide_ops: SQL with a salt in it is for who may ask about others") {
  PolicyHouse house;
  house.Policy("salted", "",
               "kind: POLICY_KIND_MASK mask { type: 'hash' salt: 'sesame' }"
               " columns: 'email'");
  const std::string question = "privilege: 'SELECT' securable { name: 'prod.fraud.users' } ";
  const std::string trino = question + "dialect: SQL_DIALECT_TRINO";
  const auto decide = [&](const std::string& text) {
    return house.RunAs(house.bo, kDecide, test::Parse<v1::DecideRequest>(text));
  };
  CHECK(decide(question).value().masks(0).mask().salted());
  CHECK(ReasonOf(decide(trino).status()) == "SALT_WITHHELD");
  CHECK(decide(trino + " columns: 'id'").ok());
  const auto view = test::Parse<v1::CompileViewRequest>(
      "principal: 'user:bo' securable { name: 'prod.fraud.users' } dialect: SQL_DIALECT_TRINO");
  CHECK(ToBo(house, kCompileView, view) == "SALT_WITHHELD");
  house.Grant("MANAGE", "prod.fraud", "user:bo");
  CHECK_THAT(decide(trino).value().masks(0).sql(), Catch::Contains("sesame"));
  CHECK(ToBo(house, kCompileView, view) == "OK");
}

TEST_CASE("decide_ops: a name of the past needs today what its thing needs") {
  PolicyHouse house;
  const Position then = house.position();
  house.Ask(kCreateSchema, "schema { name: 'prod.vault' }");
  house.Ask(kRenameAsset, "name: 'prod.fraud.users' new_name: 'prod.vault.users'");
  house.Deny("shut", "prod.vault", "to: 'user:bo'");
  house.Asset("prod.fraud.users", v1::KIND_TABLE);
  house.Grant("MANAGE", "prod.fraud.users", "user:bo");
  const std::string now = "securable { name: 'prod.fraud.users' } ";
  const std::string past = absl::StrCat(now, "as_of { position: ", then, " } ");
  const auto decide = [&](const std::string& text) {
    return ToBo(house, kDecide, test::Parse<v1::DecideRequest>("privilege: 'SELECT' " + text));
  };
  CHECK(decide(now) == "OK");
  CHECK(decide(now + "principal: 'user:cy'") == "OK");
  CHECK(decide(past) == "PERMISSION_DENIED");
  CHECK(decide(past + "principal: 'user:cy'") == "PERMISSION_DENIED");
  const auto batch = house.RunAs(
      house.bo, kDecideBatch,
      test::Parse<v1::DecideBatchRequest>(absl::StrCat("questions { privilege: 'SELECT' ", now,
                                                       " } as_of { position: ", then, " }")));
  CHECK(batch.value().decisions(0).error() == "PERMISSION_DENIED");
  CHECK(ToBo(house, kCompileView,
             test::Parse<v1::CompileViewRequest>(
                 past + "principal: 'user:cy' dialect: SQL_DIALECT_TRINO")) == "PERMISSION_DENIED");
  CHECK(ToBo(house, kExplainAccess,
             test::Parse<v1::ExplainAccessRequest>(past + "privilege: 'SELECT'")) ==
        "PERMISSION_DENIED");
  CHECK(ToBo(house, kGetEffectivePrivileges,
             test::Parse<v1::GetEffectivePrivilegesRequest>(past)) == "PERMISSION_DENIED");
  CHECK(ToBo(house, kListGrants, test::Parse<v1::ListGrantsRequest>(past)) == "PERMISSION_DENIED");
  CHECK(ToBo(house, kListPolicies, test::Parse<v1::ListPoliciesRequest>(past)) ==
        "PERMISSION_DENIED");
  // Who may see it where it is now hears what was then.
  house.Drop("shut");
  CHECK(decide(past) == "OK");
  CHECK(ToBo(house, kListGrants, test::Parse<v1::ListGrantsRequest>(past)) == "OK");
}

TEST_CASE("decide_ops: what tags and lineage call a column in other case is the schema's") {
  PolicyHouse house;
  house.Mask("mask-iban", "nullify", "column_tags { any: 'pii=iban' }");
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  house.Asset("prod.raw.accounts", v1::KIND_TABLE);
  house.Ask(kSetTags, "reference: 'prod.raw.accounts#IBAN' set { key: 'pii' value: 'iban' }");
  house.Ask(kRecordEdges,
            "edges { source: 'prod.raw.accounts#IBAN'"
            " target: 'prod.fraud.users#REGION' }");
  CHECK(PolicyHouse::Masks(house.Decision()) == "region: nullify by mask-iban");
  CHECK(PolicyHouse::Masks(house.Decision("columns: 'region'")) == "region: nullify by mask-iban");
  const auto view = house.Ask(kCompileView,
                              "principal: 'user:bo' securable { name: 'prod.fraud.users' }"
                              " dialect: SQL_DIALECT_DUCKDB");
  CHECK(view.statements(0).find("REGION") == std::string::npos);
  CHECK_THAT(view.statements(0), Catch::Contains("NULL"));
  house.Deny("no-iban", "", "privileges: 'MODIFY' column_tags { any: 'pii=iban' }");
  CHECK(house.Why(kUpdateAsset, "asset { name: 'prod.fraud.users' comment: 'x' }") ==
        "PERMISSION_DENIED");
}

TEST_CASE("decide_ops: filters and masks of one answer have kMaxDecisionBytes") {
  PolicyHouse house;
  v1::UpdateAssetRequest wide;
  wide.mutable_asset()->set_name("prod.fraud.users");
  for (size_t i = 0; i < kMaxColumns; ++i) {
    wide.mutable_asset()->mutable_detail()->mutable_table()->add_columns()->set_name(
        i == 0 ? "email" : absl::StrCat("c", i));
  }
  REQUIRE(house.Run(kUpdateAsset, wide).ok());
  const std::string constant(kMaxMaskConstantBytes, 'x');
  house.Policy(
      "all", "",
      absl::StrCat("kind: POLICY_KIND_MASK mask { type: 'constant' constant: '", constant, "' }"));
  const v1::Decision one = house.Decision();
  REQUIRE(one.masks_size() == static_cast<int>(kMaxColumns));
  size_t bytes = 0;
  for (const v1::ColumnMask& mask : one.masks()) bytes += mask.ByteSizeLong();
  v1::DecideBatchRequest batch;
  const size_t fit = kMaxDecisionBytes / bytes;
  REQUIRE(fit >= 2);
  for (size_t i = 0; i < fit + 2; ++i) {
    *batch.add_questions() = test::Parse<v1::DecideRequest>(
        "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.users' }");
  }
  const auto answer = house.Run(kDecideBatch, batch);
  REQUIRE(answer.ok());
  for (size_t i = 0; i < fit + 2; ++i) {
    const v1::Decision& decision = answer->decisions(static_cast<int>(i));
    CHECK(decision.allowed() == (i < fit));
    CHECK(decision.error() == (i < fit ? "" : "DECISION_TOO_LARGE"));
  }
  CHECK(answer->ByteSizeLong() < kMaxDecisionBytes + kMaxDecisionBytes / 8);
}

TEST_CASE("decide_ops: one name stands for no more columns than a table has") {
  PolicyHouse house;
  // As many as there are ways to write seven letters.
  constexpr unsigned kWays = 128;
  v1::UpdateAssetRequest request;
  request.mutable_asset()->set_name("prod.fraud.users");
  for (unsigned way = 0; way < kWays; ++way) {
    std::string name = "colnumn";
    for (size_t i = 0; i < name.size(); ++i) {
      if ((way >> i & 1U) != 0) name[i] = static_cast<char>(name[i] - 'a' + 'A');
    }
    request.mutable_asset()->mutable_detail()->mutable_table()->add_columns()->set_name(name);
  }
  REQUIRE(house.Run(kUpdateAsset, request).ok());
  house.Mask("all", "nullify");
  v1::DecideRequest question = test::Parse<v1::DecideRequest>(
      "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.users' }");
  for (size_t i = 0; i < kMaxColumns / kWays; ++i) question.add_columns("colnumn");
  CHECK(house.Run(kDecide, question).value().masks_size() ==
        static_cast<int>(kMaxColumns / kWays * kWays));
  question.add_columns("colnumn");
  CHECK(ReasonOf(house.Run(kDecide, question).status()) == "TOO_MANY_ITEMS");
}

TEST_CASE("decide_ops: no more questions, groups and columns than their bounds") {
  PolicyHouse house;
  v1::DecideBatchRequest batch;
  for (size_t i = 0; i < kMaxDecideQuestions; ++i) batch.add_questions()->set_privilege("SELECT");
  CHECK(batch.questions_size() > kMaxBriefQuestions);  // decided on a worker
  CHECK(house.Run(kDecideBatch, batch).ok());
  batch.add_questions();
  CHECK(ReasonOf(house.Run(kDecideBatch, batch).status()) == "TOO_MANY_ITEMS");

  v1::DecideRequest request = test::Parse<v1::DecideRequest>(
      "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.users' }");
  for (size_t i = 0; i < kMaxExtraGroups; ++i) request.add_extra_groups("group:fraud");
  CHECK(house.Run(kDecide, request).ok());
  request.add_extra_groups("group:fraud");
  CHECK(ReasonOf(house.Run(kDecide, request).status()) == "TOO_MANY_ITEMS");
  request.clear_extra_groups();
  for (size_t i = 0; i < kMaxColumns; ++i) request.add_columns(absl::StrCat("c", i));
  CHECK(house.Run(kDecide, request).ok());
  request.add_columns("c");
  CHECK(ReasonOf(house.Run(kDecide, request).status()) == "TOO_MANY_ITEMS");
}

}  // namespace
}  // namespace whence::service
