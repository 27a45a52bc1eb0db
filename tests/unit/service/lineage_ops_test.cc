// GetLineage: directions, grains, kinds, bounds, the past.
#include <catch2/catch.hpp>

#include "lineage_house.h"

namespace whence::service {
namespace {

using test::Edges;
using test::LineageHouse;
using test::Nodes;
using test::RunOf;

// raw.a@1 > run 1 > raw.v (a view) > run 2 > ml.model@1, with columns a#x > v#y.
class Chain : public LineageHouse {
 public:
  Chain() {
    Asset("prod.raw.a", v1::KIND_TABLE);
    Version("prod.raw.a");
    Asset("prod.raw.v", v1::KIND_VIEW);
    Asset("prod.ml.model", v1::KIND_MODEL);
    Version("prod.ml.model");
    v1::Run run = RunOf(1, {"prod.raw.a"}, {"prod.raw.v"}, "prod.raw.job");
    test::MapColumn(run, "prod.raw.a#x", "prod.raw.v#y");
    Record(run);
    Record(RunOf(2, {"prod.raw.v"}, {"prod.ml.model@1"}));
  }
  v1::LineageGraph Up(std::string_view reference, v1::Grain grain = v1::GRAIN_UNSPECIFIED) {
    return Lineage(reference, v1::DIRECTION_UPSTREAM, grain);
  }
};

TEST_CASE("lineage is asked up, down and both ways") {
  Chain house;
  const v1::LineageGraph up = house.Up("prod.ml.model@1");
  CHECK(up.root() == "prod.ml.model@1");
  CHECK(up.position() == house.position());
  CHECK(up.truncations().empty());
  CHECK(Nodes(up) == "prod.ml.model@1/0 run 2/0 prod.raw.v/1 run 1/1 prod.raw.a@1/2s");
  CHECK(Edges(up) ==
        "run 2>prod.ml.model@1 WRITE, prod.raw.v>run 2 READ, run 1>prod.raw.v WRITE, "
        "prod.raw.a@1>run 1 READ");
  CHECK(Nodes(house.Lineage("prod.raw.a@1", v1::DIRECTION_DOWNSTREAM)) ==
        "prod.raw.a@1/0s run 1/0 prod.raw.v/1 run 2/1 prod.ml.model@1/2");
  CHECK(Nodes(house.Lineage("prod.raw.v", v1::DIRECTION_BOTH)) ==
        "prod.raw.v/0 run 1/0 run 2/0 prod.raw.a@1/1s prod.ml.model@1/1");
  CHECK(Nodes(house.Lineage("run:" + test::Uuid(1), v1::DIRECTION_DOWNSTREAM)) ==
        "run 1/0 prod.raw.v/1 run 2/1 prod.ml.model@1/2");
  // A bare asset is all of its versions; nothing said means upstream.
  house.Version("prod.raw.a");
  CHECK(Nodes(house.Lineage("prod.raw.a", v1::DIRECTION_UNSPECIFIED)) ==
        "prod.raw.a@2/0s prod.raw.a@1/0s");
}

TEST_CASE("nodes say who, what and when") {
  Chain house;
  house.Alias("prod.ml.model", "champion", 1);
  house.Tag("prod.ml.model", "team", "fraud");
  const v1::LineageGraph up = house.Up("prod.ml.model@champion");
  CHECK(up.root() == "prod.ml.model@1");
  const v1::DatasetNode& model = up.nodes(0).dataset();
  CHECK(model.asset() == "prod.ml.model");
  CHECK(model.version() == 1);
  CHECK(model.kind() == v1::KIND_MODEL);
  CHECK(model.owner() == "user:ana");
  CHECK(model.digest() == "opaque:2");
  CHECK(model.creator() == "user:ana");
  REQUIRE(model.aliases_size() == 1);
  CHECK(model.aliases(0) == "champion");
  REQUIRE(model.tags_size() == 1);
  CHECK(model.tags(0).value() == "fraud");
  CHECK(model.has_create_time());
  CHECK_FALSE(model.has_detail());
  const v1::Run& run = up.nodes(3).run();
  CHECK(run.id() == test::Uuid(1));
  CHECK(run.job() == "prod.raw.job");
  CHECK(run.state() == v1::RUN_STATE_COMPLETE);
  CHECK(run.reads().empty());
}

TEST_CASE("assets are one node at asset grain") {
  Chain house;
  const v1::LineageGraph up = house.Up("prod.ml.model", v1::GRAIN_ASSET);
  CHECK(Nodes(up) == "prod.ml.model/0 prod.raw.v/1 prod.raw.a/2s");
  CHECK(Edges(up) == "prod.raw.v>prod.ml.model DERIVES, prod.raw.a>prod.raw.v DERIVES");
  CHECK(up.nodes(0).dataset().version() == 0);
  CHECK(Nodes(house.Up("prod.ml.model@1", v1::GRAIN_ASSET)) == Nodes(up));
}

TEST_CASE("columns are asked by column or by table") {
  Chain house;
  const v1::LineageGraph up = house.Up("prod.raw.v#y");
  CHECK(Nodes(up) == "prod.raw.v#y/0 prod.raw.a#x/1s");
  CHECK(Edges(up) == "prod.raw.a#x>prod.raw.v#y COLUMN by run 1");
  CHECK(up.nodes(0).column().asset() == "prod.raw.v");
  CHECK(up.nodes(0).column().kind() == v1::KIND_VIEW);
  CHECK(Nodes(house.Up("prod.raw.v", v1::GRAIN_COLUMN)) == Nodes(up));
  // A column's own lineage at version grain is its table's.
  CHECK(Nodes(house.Up("prod.raw.v#y", v1::GRAIN_VERSION)) ==
        "prod.raw.v/0 run 1/0 prod.raw.a@1/1s");
}

TEST_CASE("a column that nothing was said about stands alone") {
  Chain house;
  v1::UpdateAssetRequest update;
  update.mutable_asset()->set_name("prod.raw.a");
  v1::Column* column = update.mutable_asset()->mutable_detail()->mutable_table()->add_columns();
  column->set_name("lonely");
  column->set_type("int");
  house.Must(kUpdateAsset, update);
  const v1::LineageGraph up = house.Up("prod.raw.a#lonely");
  CHECK(Nodes(up) == "prod.raw.a#lonely/0s");
  CHECK(up.nodes(0).column().type() == "int");
  v1::GetLineageRequest request;
  request.set_reference("prod.raw.a#lonley");
  const absl::Status missing = house.Run(kGetLineage, request).status();
  CHECK(test::ReasonOf(missing) == "COLUMN_NOT_FOUND");
  CHECK(GetErrorDetail(missing).hint == "prod.raw.a#lonely exists");
  CHECK(GetErrorDetail(missing).field == "reference");
}

TEST_CASE("kinds that are left out leave derivation behind") {
  Chain house;
  v1::GetLineageRequest request;
  request.set_reference("prod.ml.model@1");
  request.add_kinds(v1::KIND_TABLE);
  v1::LineageGraph graph = house.Must(kGetLineage, request);
  CHECK(Nodes(graph) == "prod.ml.model@1/0 prod.raw.a@1/2s");
  CHECK(Edges(graph) == "prod.raw.a@1>prod.ml.model@1 DERIVES");
  request.add_kinds(v1::KIND_VIEW);
  CHECK(Nodes(house.Must(kGetLineage, request)) == Nodes(house.Up("prod.ml.model@1")));
  request.set_grain(v1::GRAIN_ASSET);
  request.mutable_kinds()->RemoveLast();
  graph = house.Must(kGetLineage, request);
  CHECK(Edges(graph) == "prod.raw.a>prod.ml.model DERIVES");
}

TEST_CASE("bounds that bite are said") {
  Chain house;
  v1::GetLineageRequest request;
  request.set_reference("prod.ml.model@1");
  request.set_depth(1);
  v1::LineageGraph graph = house.Must(kGetLineage, request);
  CHECK(Nodes(graph) == "prod.ml.model@1/0 run 2/0 prod.raw.v/1c");
  REQUIRE(graph.truncations_size() == 1);
  CHECK(graph.truncations(0) == v1::TRUNCATION_DEPTH);
  request.set_depth(0);
  request.set_max_nodes(2);
  graph = house.Must(kGetLineage, request);
  CHECK(graph.nodes_size() == 2);
  REQUIRE(graph.truncations_size() == 1);
  CHECK(graph.truncations(0) == v1::TRUNCATION_NODES);
}

TEST_CASE("the past is answered as it was") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Asset("prod.raw.b", v1::KIND_TABLE);
  house.Record(RunOf(1, {"prod.raw.a"}, {"prod.raw.b"}));
  const Position then = house.position();
  const std::string before = Nodes(house.Lineage("prod.raw.b", v1::DIRECTION_UPSTREAM));
  house.Rename("prod.raw.a", "prod.raw.`old a`");
  house.Version("prod.raw.b");
  house.Record(RunOf(2, {"prod.raw.b@1"}, {"prod.raw.b"}));
  house.Delete("prod.raw.`old a`");
  const v1::Asset other = house.Asset("prod.raw.`old a`", v1::KIND_TABLE);
  house.Record(RunOf(3, {"prod.raw.`old a`"}, {"prod.raw.b"}));

  CHECK(Nodes(house.Lineage("prod.raw.b", v1::DIRECTION_UPSTREAM, v1::GRAIN_UNSPECIFIED, then)) ==
        before);
  const v1::LineageGraph now = house.Lineage("prod.raw.b", v1::DIRECTION_UPSTREAM);
  // Two assets of one name: the deleted one goes by its id, and can be asked by it.
  CHECK(Nodes(now) ==
        "prod.raw.b@1/0 prod.raw.b/0 run 2/0 run 3/0 run 1/0 prod.raw.`old a`/1s id:3/1s");
  CHECK(now.nodes(6).dataset().deleted());
  CHECK(now.nodes(6).dataset().asset() == "prod.raw.`old a`");
  CHECK(Nodes(house.Lineage("id:3", v1::DIRECTION_DOWNSTREAM)) == "id:3/0s run 1/0 prod.raw.b/1");
  CHECK(house.Lineage("id:3", v1::DIRECTION_DOWNSTREAM).root() == "id:3");
  CHECK(house.Lineage("id:4", v1::DIRECTION_DOWNSTREAM).root() == "prod.raw.b");

  // Loading the graph again changes no answer.
  house.Reopen();
  CHECK(house.Lineage("prod.raw.b", v1::DIRECTION_UPSTREAM).DebugString() == now.DebugString());
}

TEST_CASE("cycles are walked once") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Asset("prod.raw.b", v1::KIND_TABLE);
  house.Record(RunOf(1, {"prod.raw.a"}, {"prod.raw.b"}));
  house.Record(RunOf(2, {"prod.raw.b"}, {"prod.raw.a", "prod.raw.b"}));
  CHECK(house.Lineage("prod.raw.a", v1::DIRECTION_BOTH).nodes_size() == 4);
  CHECK(Edges(house.Lineage("prod.raw.b", v1::DIRECTION_UPSTREAM, v1::GRAIN_ASSET)) ==
        "prod.raw.a>prod.raw.b DERIVES, prod.raw.b>prod.raw.b DERIVES, "
        "prod.raw.b>prod.raw.a DERIVES");
}

TEST_CASE("questions that make no sense are refused") {
  Chain house;
  const auto reason = [&house](auto change) {
    v1::GetLineageRequest request;
    request.set_reference("prod.raw.a");
    change(request);
    return house.Reason(kGetLineage, request);
  };
  CHECK(reason([](auto&) {}) == "OK");
  CHECK(reason([](auto& r) { r.set_reference("prod.raw"); }) == "REFERENCE_NOT_AN_ASSET");
  CHECK(reason([](auto& r) { r.set_reference(""); }) == "REFERENCE_MALFORMED");
  CHECK(reason([](auto& r) { r.set_reference("prod.raw.no"); }) == "ASSET_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("prod.raw.a@9"); }) == "VERSION_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("prod.raw.v@latest"); }) == "VERSION_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("prod.raw.a@no"); }) == "ALIAS_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("id:"); }) == "ID_MALFORMED");
  CHECK(reason([](auto& r) { r.set_reference("id:1"); }) == "REFERENCE_NOT_AN_ASSET");
  CHECK(reason([](auto& r) { r.set_reference("id:999"); }) == "SECURABLE_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("declaration:1"); }) == "DECLARATION_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("declaration:x"); }) == "ID_MALFORMED");
  CHECK(reason([](auto& r) { r.set_reference("run:" + test::Uuid(9)); }) == "RUN_NOT_FOUND");
  CHECK(reason([](auto& r) { r.set_reference("prediction:p"); }) == "REFERENCE_NOT_IN_GRAPH");
  CHECK(reason([](auto& r) { r.set_depth(-1); }) == "DEPTH_OUT_OF_RANGE");
  CHECK(reason([](auto& r) { r.set_depth(1001); }) == "DEPTH_OUT_OF_RANGE");
  CHECK(reason([](auto& r) { r.set_max_nodes(1'000'001); }) == "MAX_NODES_OUT_OF_RANGE");
  CHECK(reason([](auto& r) { r.add_kinds(static_cast<v1::Kind>(99)); }) == "ENUM_VALUE_UNKNOWN");
  CHECK(reason([](auto& r) { r.set_direction(static_cast<v1::Direction>(9)); }) ==
        "ENUM_VALUE_UNKNOWN");
  CHECK(reason([](auto& r) { r.set_grain(static_cast<v1::Grain>(9)); }) == "ENUM_VALUE_UNKNOWN");
  CHECK(reason([](auto& r) {
          r.set_reference("run:" + test::Uuid(1));
          r.set_grain(v1::GRAIN_COLUMN);
        }) == "GRAIN_NOT_OF_REFERENCE");
  CHECK(reason([](auto& r) { r.mutable_as_of()->set_position(1); }) == "SCHEMA_NOT_FOUND");
  CHECK(reason([](auto& r) { r.mutable_as_of()->set_position(-1); }) == "POSITION_NEGATIVE");
}

TEST_CASE("a caller that has gone gets no answer") {
  Chain house;
  std::atomic<bool> gone{false};
  house.caller.cancelled = &gone;
  CHECK(house.Up("prod.ml.model@1").nodes_size() == 5);
  gone = true;
  v1::ImpactRequest request;
  request.set_reference("prod.raw.a");
  CHECK(house.Reason(kImpact, request) == "CALL_CANCELLED");
}

}  // namespace
}  // namespace whence::service
