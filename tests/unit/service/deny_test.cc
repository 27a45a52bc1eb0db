// What policies deny is denied in every operation: whether it is done, seen, listed or walked to.

#include <catch2/catch.hpp>

#include <string>

#include "policy_house.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"
#include "service/tag_operations.h"

namespace whence::service {
namespace {

using test::PolicyHouse;
using test::ReasonOf;

TEST_CASE("deny: an operation says which policy denies it") {
  PolicyHouse house;
  house.Deny("hold", "prod.fraud", "privileges: 'MODIFY' privileges: 'MANAGE'");
  const absl::Status status =
      house.Fail(kUpdateAsset, "asset { name: 'prod.fraud.users' comment: 'x' }");
  CHECK(ReasonOf(status) == "PERMISSION_DENIED");
  CHECK(std::string(status.message()) ==
        "user:ana may not MODIFY on table prod.fraud.users: policy hold denies it");
  CHECK(test::HintOf(status) == "no grant helps; ask who manages the policy for an exception");
  CHECK(house.Why(kDeleteAsset, "name: 'prod.fraud.users'") == "PERMISSION_DENIED");
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  house.Drop("hold");
  house.Ask(kUpdateAsset, "asset { name: 'prod.fraud.users' comment: 'x' }");
}

TEST_CASE("deny: what may not be browsed is not there, in lists, search and lineage") {
  PolicyHouse house;
  house.Asset("prod.fraud.scores", v1::KIND_TABLE);
  house.Ask(kRecordEdges, "edges { source: 'prod.fraud.users' target: 'prod.fraud.scores' }");
  house.Ask(kSetTags, "reference: 'prod.fraud.users' set { key: 'sealed' value: 'yes' }");
  const auto listed = [&] { return house.Ask(kListAssets, "").assets_size(); };
  const auto hidden = [&] {
    const auto request = test::Parse<v1::GetLineageRequest>(
        "reference: 'prod.fraud.scores' direction: DIRECTION_UPSTREAM");
    return house.Run(kGetLineage, request).value().redacted_count();
  };
  CHECK(listed() == 2);
  CHECK(hidden() == 0);
  house.Deny("sealed", "", "asset_tags { all: 'sealed' }");
  CHECK(listed() == 1);
  CHECK(hidden() == 1);
  CHECK(house.Ask(kSearch, "query: 'users'").hits().empty());
  CHECK(house.Why(kGetAsset, "name: 'prod.fraud.users'") == "PERMISSION_DENIED");
  // A column alone hides nothing.
  house.Ask(kUpdatePolicy, "policy { name: 'sealed' columns: 'email' }");
  CHECK(listed() == 2);
  CHECK(hidden() == 0);
}

TEST_CASE("deny: who records a read of a column needs that column") {
  PolicyHouse house;
  house.Grant("MANAGE", "prod.fraud", "user:bo");
  house.Deny("no-email", "", "privileges: 'SELECT' columns: 'email' to: 'user:bo'");
  v1::ExplainAccessRequest explain = test::Parse<v1::ExplainAccessRequest>(
      "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.users' }");
  const v1::ExplainAccessResponse answer = house.Run(kExplainAccess, explain).value();
  CHECK_FALSE(answer.allowed());
  CHECK(answer.outcome() == v1::ACCESS_OUTCOME_DENIED_BY_POLICY);
  CHECK(answer.lacks().empty());
  REQUIRE(answer.against_size() == 1);
  CHECK(answer.against(0).kind() == v1::ACCESS_REASON_KIND_POLICY);
  CHECK(answer.against(0).policy() == "no-email");
  CHECK(answer.against(0).privilege() == "SELECT");
  CHECK(answer.against(0).securable().type() == v1::SECURABLE_TYPE_METASTORE);
}

TEST_CASE("deny: a mapping says what a column comes from to who may write it alone") {
  PolicyHouse house;
  house.Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
  house.Mask("mask-email", "nullify", "column_tags { any: 'pii=email' }");
  const auto record = [&] {
    return house
        .RunAs(house.bo, kRecordRun,
               test::Parse<v1::RecordRunRequest>(
                   "run { column_mappings { column: 'prod.fraud.users#id' sources { column:"
                   " 'prod.fraud.users#email' } } }"))
        .status();
  };
  const absl::Status status = record();
  CHECK(ReasonOf(status) == "PERMISSION_DENIED");
  CHECK(test::FieldOf(status) == "run.column_mappings[0].column");
  CHECK(PolicyHouse::Masks(house.Decision()) == "email: nullify by mask-email");
  house.Grant("MODIFY", "prod.fraud.users", "user:bo");
  CHECK(record().ok());
  CHECK(house.Decision().masks_size() == 2);
}

TEST_CASE("deny: what somebody has is told without what policies take, which is told too") {
  PolicyHouse house;
  house.Grant("MODIFY", "prod", "user:bo");
  house.Deny("hold", "prod.fraud", "privileges: 'MODIFY'");
  const v1::GetEffectivePrivilegesResponse answer = house.Ask(
      kGetEffectivePrivileges, "principal: 'user:bo' securable { name: 'prod.fraud.users' }");
  REQUIRE(answer.privileges_size() == 1);
  CHECK(answer.privileges(0).privilege() == "SELECT");
  REQUIRE(answer.denied_size() == 1);
  CHECK(answer.denied(0).privilege() == "MODIFY");
  CHECK(answer.denied(0).reasons(0).policy() == "hold");
  // A grant of it changes nothing, and says so.
  const v1::ChangeGrantsResponse granted = house.Ask(
      kChangeGrants,
      "securable { name: 'prod.fraud.users' } principal: 'user:cy' add: 'MODIFY' dry_run: true");
  CHECK(granted.added_size() == 1);
  CHECK(granted.gained().empty());
}

TEST_CASE("deny: predictions are read by who may read what they were made with") {
  PolicyHouse house;
  house.Asset("prod.fraud.model", v1::KIND_MODEL);
  house.Version("prod.fraud.model");
  house.Ask(kRecordPrediction, "prediction { id: 'p' model: 'prod.fraud.model@1' }");
  const auto get = [&] {
    return ReasonOf(
        house.RunAs(house.bo, kGetPrediction, test::Parse<v1::GetPredictionRequest>("id: 'p'"))
            .status());
  };
  CHECK(get() == "OK");
  house.Deny("no-model", "prod.fraud.model", "privileges: 'SELECT' to: 'group:analysts'");
  CHECK(get() == "PERMISSION_DENIED");
}

TEST_CASE("deny: mutations of one batch see the tags of those before them") {
  PolicyHouse house;
  house.Deny("hold", "", "privileges: 'MODIFY' asset_tags { all: 'hold' }");
  whence::test::Pending<v1::SetTagsResponse> tagged;
  whence::test::Pending<v1::Asset> changed;
  const auto tag =
      test::Parse<v1::SetTagsRequest>("reference: 'prod.fraud.users' set { key: 'hold' }");
  const auto change =
      test::Parse<v1::UpdateAssetRequest>("asset { name: 'prod.fraud.users' comment: 'late' }");
  {
    whence::test::HeldWriter held(house.house());
    house.Begin(house.caller, kSetTags, tag, &tagged);
    house.Begin(house.caller, kUpdateAsset, change, &changed);
  }
  CHECK(tagged.Wait().ok());
  CHECK(ReasonOf(changed.Wait().status()) == "PERMISSION_DENIED");
}

}  // namespace
}  // namespace whence::service
