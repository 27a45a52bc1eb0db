// Impact and FindPath.
#include <catch2/catch.hpp>

#include "lineage_house.h"

namespace whence::service {
namespace {

using test::Edges;
using test::LineageHouse;
using test::Nodes;
using test::RunOf;

std::string Kinds(const google::protobuf::RepeatedPtrField<v1::ImpactByKind>& kinds) {
  return absl::StrJoin(kinds, " ", [](std::string* out, const v1::ImpactByKind& kind) {
    absl::StrAppend(out, v1::Kind_Name(kind.kind()).substr(5), ":", kind.asset_count(), "/",
                    kind.version_count());
  });
}

// "name[versions](columns)/depth".
std::string Assets(const v1::ImpactResponse& impact) {
  return absl::StrJoin(impact.assets(), " ", [](std::string* out, const v1::AffectedAsset& asset) {
    absl::StrAppend(out, asset.asset().asset(), "[", absl::StrJoin(asset.versions(), ","), "](",
                    absl::StrJoin(asset.columns(), ","), ")/", asset.depth());
  });
}

std::string PathOf(const v1::AffectedAsset& asset) {
  return absl::StrJoin(asset.path(), " ", [](std::string* out, const std::string& reference) {
    absl::StrAppend(out, test::Short(reference));
  });
}

// users > contacts (masked) > model > predictions; users > totals by another column.
class Growth : public LineageHouse {
 public:
  Growth() {
    Asset("prod.raw.users", v1::KIND_TABLE);
    Asset("prod.mart.contacts", v1::KIND_TABLE);
    Asset("prod.mart.totals", v1::KIND_TABLE);
    Asset("prod.ml.model", v1::KIND_MODEL);
    v1::Run hash = RunOf(1, {"prod.raw.users"}, {"prod.mart.contacts"});
    hash.mutable_writes(0)->mutable_version()->set_digest("opaque:c1");
    test::MapColumn(hash, "prod.raw.users#email", "prod.mart.contacts#email_hash", true);
    test::MapColumn(hash, "prod.raw.users#email", "prod.mart.contacts#domain");
    Record(hash);
    v1::Run sum = RunOf(2, {"prod.raw.users"}, {"prod.mart.totals"});
    test::MapColumn(sum, "prod.raw.users#age", "prod.mart.totals#age");
    Record(sum);
    v1::Run train = RunOf(3, {"prod.mart.contacts"}, {"prod.ml.model"});
    train.mutable_writes(0)->mutable_version()->set_digest("opaque:m1");
    Record(train);
    for (const char* id : {"p-1", "p-2"}) {
      v1::RecordPredictionRequest request;
      request.mutable_prediction()->set_id(id);
      request.mutable_prediction()->set_model("prod.ml.model");
      Must(kRecordPrediction, request);
    }
    Tag("prod.mart.contacts#email_hash", "pii", "email");
    Tag("prod.mart.contacts#domain", "pii", "email");
  }
};

TEST_CASE("everything downstream is counted") {
  Growth house;
  house.Known("group:ml");
  v1::UpdateAssetRequest owner;
  owner.mutable_asset()->set_name("prod.ml.model");
  owner.mutable_asset()->set_owner("group:ml");
  house.Must(kUpdateAsset, owner);
  const v1::ImpactResponse impact = house.Impact("prod.raw.users");
  CHECK(impact.root() == "prod.raw.users");
  CHECK(Kinds(impact.kinds()) == "TABLE:2/1 MODEL:1/1");
  REQUIRE(impact.owners_size() == 2);
  CHECK(impact.owners(0).owner() == "group:ml");
  CHECK(Kinds(impact.owners(0).kinds()) == "MODEL:1/1");
  CHECK(Kinds(impact.owners(1).kinds()) == "TABLE:2/1");
  CHECK(impact.run_count() == 3);
  CHECK(impact.prediction_count() == 2);
  CHECK(impact.column_count() == 0);
  CHECK(Assets(impact) == "prod.mart.contacts[1]()/1 prod.mart.totals[0]()/1 prod.ml.model[1]()/2");
  CHECK(PathOf(impact.assets(2)) ==
        "prod.raw.users run 1 prod.mart.contacts@1 run 3 prod.ml.model@1");
  CHECK(impact.assets(2).asset().owner() == "group:ml");
  CHECK(impact.position() == house.position());
  CHECK_FALSE(impact.assets_truncated());
}

TEST_CASE("a column's impact is counted with its tags") {
  Growth house;
  const v1::ImpactResponse impact = house.Impact("prod.raw.users#email");
  CHECK(impact.column_count() == 2);
  REQUIRE(impact.column_tags_size() == 1);
  CHECK(impact.column_tags(0).tag().key() == "pii");
  CHECK(impact.column_tags(0).column_count() == 2);
  CHECK(impact.column_tags(0).masked_count() == 1);
  CHECK(Assets(impact) == "prod.mart.contacts[1](email_hash,domain)/1 prod.ml.model[1]()/2");
  CHECK(PathOf(impact.assets(0)) == "prod.raw.users#email prod.mart.contacts#email_hash");
  CHECK(PathOf(impact.assets(1)) ==
        "prod.raw.users#email prod.mart.contacts#email_hash prod.mart.contacts@1 run 3 "
        "prod.ml.model@1");
  CHECK(impact.prediction_count() == 2);
  CHECK(impact.run_count() == 2);
  CHECK(house.Impact("prod.raw.users#age").prediction_count() == 0);
}

TEST_CASE("impact's bounds are said, counts stay whole") {
  Growth house;
  v1::ImpactRequest request;
  request.set_reference("prod.raw.users");
  request.set_max_assets(1);
  v1::ImpactResponse impact = house.Must(kImpact, request);
  CHECK(impact.assets_size() == 1);
  CHECK(impact.assets_truncated());
  CHECK(Kinds(impact.kinds()) == "TABLE:2/1 MODEL:1/1");
  CHECK(impact.assets(0).path().empty());
  request.set_depth(1);
  impact = house.Must(kImpact, request);
  CHECK(Kinds(impact.kinds()) == "TABLE:2/1");
  REQUIRE(impact.truncations_size() == 1);
  CHECK(impact.truncations(0) == v1::TRUNCATION_DEPTH);
  request.set_depth(0);
  request.set_max_nodes(2);
  CHECK(house.Must(kImpact, request).truncations(0) == v1::TRUNCATION_NODES);
  request.set_max_assets(10'001);
  CHECK(house.Reason(kImpact, request) == "MAX_ASSETS_OUT_OF_RANGE");
  request.set_max_assets(0);
  request.set_reference("prediction:p-1");
  CHECK(house.Reason(kImpact, request) == "REFERENCE_NOT_IN_GRAPH");
  // Of a run: what it wrote, and on.
  CHECK(Assets(house.Impact("run:" + test::Uuid(3))) == "prod.ml.model[1]()/1");
  // Of an earlier time.
  request.set_reference("prod.raw.users");
  request.clear_max_nodes();
  request.mutable_as_of()->set_position(house.GetRun(1).position());
  impact = house.Must(kImpact, request);
  CHECK(Kinds(impact.kinds()) == "TABLE:1/1");
  CHECK(impact.prediction_count() == 0);
}

TEST_CASE("a shortest path leads from source to target") {
  Growth house;
  const v1::FindPathResponse path = house.Path("prod.raw.users", "prod.ml.model@1");
  CHECK(path.found());
  CHECK(Nodes(path.path()) ==
        "prod.raw.users/0s run 1/0 prod.mart.contacts@1/1 run 3/1 prod.ml.model@1/2");
  CHECK(Edges(path.path()) ==
        "prod.raw.users>run 1 READ, run 1>prod.mart.contacts@1 WRITE, "
        "prod.mart.contacts@1>run 3 READ, run 3>prod.ml.model@1 WRITE");
  CHECK(path.path().edges(0).position() == house.GetRun(1).position());
  CHECK_FALSE(house.Path("prod.ml.model", "prod.raw.users").found());
  CHECK(Nodes(house.Path("run:" + test::Uuid(1), "run:" + test::Uuid(3)).path()) ==
        "run 1/0 prod.mart.contacts@1/1 run 3/1");
  CHECK(Nodes(house.Path("prod.raw.users", "prod.raw.users").path()) == "prod.raw.users/0s");
}

TEST_CASE("a path leads to a prediction") {
  Growth house;
  const v1::FindPathResponse path = house.Path("prod.mart.contacts@1", "prediction:p-1");
  CHECK(path.found());
  CHECK(Nodes(path.path()) == "prod.mart.contacts@1/0 run 3/0 prod.ml.model@1/1 prediction:p-1/2");
  CHECK(Edges(path.path()).find("prod.ml.model@1>prediction:p-1 MODEL") != std::string::npos);
  CHECK_FALSE(house.Path("prod.mart.totals", "prediction:p-1").found());
}

TEST_CASE("paths of columns follow columns") {
  Growth house;
  const v1::FindPathResponse path =
      house.Path("prod.raw.users#email", "prod.mart.contacts#email_hash");
  CHECK(path.found());
  CHECK(Edges(path.path()) ==
        "prod.raw.users#email>prod.mart.contacts#email_hash COLUMN by run 1 masked");
  CHECK_FALSE(house.Path("prod.raw.users#age", "prod.mart.contacts#domain").found());
  CHECK(house.Path("prod.raw.users", "prod.mart.contacts#domain").found());
  CHECK(house.Path("prod.raw.users#email", "prod.ml.model").found());
  CHECK_FALSE(house.Path("prod.raw.users#age", "prod.ml.model").found());
  const v1::FindPathResponse far = house.Path("prod.raw.users#email", "prediction:p-2");
  CHECK(Nodes(far.path()) ==
        "prod.raw.users#email/0s prod.mart.contacts#email_hash/1 prod.mart.contacts@1/1 run 3/1 "
        "prod.ml.model@1/2 prediction:p-2/3");
  CHECK(Edges(far.path()).find("prod.mart.contacts#email_hash>prod.mart.contacts@1 DERIVES") !=
        std::string::npos);
}

TEST_CASE("a path that a bound hid is not known") {
  Growth house;
  v1::FindPathRequest request;
  request.set_source("prod.raw.users");
  request.set_target("prod.ml.model");
  request.set_max_nodes(1);
  const v1::FindPathResponse path = house.Must(kFindPath, request);
  CHECK_FALSE(path.found());
  REQUIRE(path.path().truncations_size() == 1);
  CHECK(path.path().truncations(0) == v1::TRUNCATION_NODES);
  request.set_source("prediction:p-1");
  CHECK(house.Reason(kFindPath, request) == "REFERENCE_NOT_IN_GRAPH");
  request.set_source("prod.raw.users");
  request.set_target("prediction:no");
  CHECK(house.Reason(kFindPath, request) == "PREDICTION_NOT_FOUND");
  request.set_target("prod.raw.no");
  CHECK(house.Reason(kFindPath, request) == "ASSET_NOT_FOUND");
}

}  // namespace
}  // namespace whence::service
