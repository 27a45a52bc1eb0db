// Bounds of questions about lineage: what may be asked, and what an answer does when it is bitten.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "lineage_house.h"
#include "service/lineage_root.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::ReasonOf;
using whence::test::RunOf;

TEST_CASE("how deep a walk may be asked to go") {
  CHECK(DepthBound(0).value() == kMaxDepth);
  CHECK(DepthBound(1).value() == 1);
  CHECK(DepthBound(kMaxDepth).value() == kMaxDepth);
  CHECK(ReasonOf(DepthBound(kMaxDepth + 1).status()) == "DEPTH_OUT_OF_RANGE");
  CHECK(ReasonOf(DepthBound(-1).status()) == "DEPTH_OUT_OF_RANGE");
}

TEST_CASE("how many nodes a walk may be asked for") {
  CHECK(NodeBound(0, kDefaultWalkNodes).value() == kDefaultWalkNodes);
  CHECK(NodeBound(1, kDefaultWalkNodes).value() == 1);
  CHECK(NodeBound(kMaxWalkNodes, kDefaultWalkNodes).value() == kMaxWalkNodes);
  CHECK(ReasonOf(NodeBound(kMaxWalkNodes + 1, 1).status()) == "MAX_NODES_OUT_OF_RANGE");
  CHECK(ReasonOf(NodeBound(-1, 1).status()) == "MAX_NODES_OUT_OF_RANGE");
}

TEST_CASE("how many edges an answer may have") {
  constexpr size_t kLeast = kMaxEdgesPerNode * size_t{kDefaultWalkNodes};
  CHECK(EdgeBound(1) == kLeast);
  CHECK(EdgeBound(kDefaultWalkNodes) == kLeast);
  CHECK(EdgeBound(kDefaultWalkNodes + 1) == kLeast + kMaxEdgesPerNode);
  CHECK(EdgeBound(kMaxWalkEdges / kMaxEdgesPerNode) == kMaxWalkEdges);
  CHECK(EdgeBound(kMaxWalkNodes) == kMaxWalkEdges);
}

// A house with one table `a.b.root` and a run that makes `count` others of it: `a.b.<letter><i>`.
void Spread(LineageHouse& house, int number, const std::vector<std::string>& reads, char letter,
            size_t count) {
  v1::Run run = RunOf(number, reads, {});
  for (size_t i = 0; i < count; ++i) {
    v1::RunWrite* write = run.add_writes();
    write->set_reference(StrCat("a.b.", std::string(1, letter), i));
    write->set_create_kind(v1::KIND_TABLE);
  }
  house.Record(std::move(run));
}

TEST_CASE("a chain longer than the deepest walk is cut, and that is said") {
  LineageHouse house;
  house.Asset("a.b.t0", v1::KIND_TABLE);
  v1::RecordRunsRequest batch;
  for (int i = 1; i <= kMaxDepth + 1; ++i) {
    v1::Run* run = batch.add_runs();
    *run = RunOf(i, {StrCat("a.b.t", i - 1)}, {StrCat("a.b.t", i)});
    run->mutable_writes(0)->set_create_kind(v1::KIND_TABLE);
    if (batch.runs_size() < static_cast<int>(kMaxBatchItems) && i <= kMaxDepth) continue;
    house.Must(kRecordRuns, batch);
    batch.clear_runs();
  }
  const v1::LineageGraph whole = house.Lineage(StrCat("a.b.t", kMaxDepth), v1::DIRECTION_UPSTREAM);
  CHECK(whole.nodes_size() == 2 * kMaxDepth + 1);
  CHECK(whole.truncations().empty());
  const v1::LineageGraph cut =
      house.Lineage(StrCat("a.b.t", kMaxDepth + 1), v1::DIRECTION_UPSTREAM);
  REQUIRE(cut.truncations_size() == 1);
  CHECK(cut.truncations(0) == v1::TRUNCATION_DEPTH);
}

TEST_CASE("how many affected assets are listed, and how many may be asked for") {
  LineageHouse house;
  house.Asset("a.b.root", v1::KIND_TABLE);
  Spread(house, 1, {"a.b.root"}, 'x', static_cast<size_t>(kDefaultImpactAssets));
  v1::ImpactResponse answer = house.Impact("a.b.root");
  CHECK(answer.assets_size() == kDefaultImpactAssets);
  CHECK_FALSE(answer.assets_truncated());
  Spread(house, 2, {"a.b.root"}, 'y', 1);
  answer = house.Impact("a.b.root");
  CHECK(answer.assets_size() == kDefaultImpactAssets);
  CHECK(answer.assets_truncated());

  v1::ImpactRequest request;
  request.set_reference("a.b.root");
  request.set_max_assets(kMaxImpactAssets);
  CHECK(house.Must(kImpact, request).assets_size() == kDefaultImpactAssets + 1);
  request.set_max_assets(kMaxImpactAssets + 1);
  CHECK(house.Reason(kImpact, request) == "MAX_ASSETS_OUT_OF_RANGE");
  request.set_max_assets(-1);
  CHECK(house.Reason(kImpact, request) == "MAX_ASSETS_OUT_OF_RANGE");
}

TEST_CASE("edges that stand for runs are bounded by the nodes asked for") {
  // The root makes `width` assets, these make `width` others: width + width * width edges.
  constexpr size_t kBound = kMaxDerivedEdgesPerNode * size_t{kDefaultWalkNodes};
  size_t width = 1;
  while ((width + 1) + (width + 1) * (width + 1) <= kBound) ++width;
  for (const bool more : {false, true}) {
    CAPTURE(more, width);
    LineageHouse house;
    house.Asset("a.b.root", v1::KIND_TABLE);
    Spread(house, 1, {"a.b.root"}, 'x', width + (more ? 1 : 0));
    std::vector<std::string> reads;
    for (size_t i = 0; i < width + (more ? 1 : 0); ++i) reads.push_back(StrCat("a.b.x", i));
    Spread(house, 2, reads, 'y', width + (more ? 1 : 0));
    const v1::LineageGraph graph =
        house.Lineage("a.b.root", v1::DIRECTION_DOWNSTREAM, v1::GRAIN_ASSET);
    if (more) {
      CHECK(graph.edges_size() == static_cast<int>(kBound));
      REQUIRE(graph.truncations_size() == 1);
      CHECK(graph.truncations(0) == v1::TRUNCATION_EDGES);
    } else {
      CHECK(graph.edges_size() == static_cast<int>(width + width * width));
      CHECK(graph.truncations().empty());
    }
  }
}

TEST_CASE("the search for such edges is bounded where most ways lead nowhere") {
  // The root makes models; each of them is read by one and the same run, at the head of a chain of
  // tables at whose end there is no model. From every model the chain is looked through: two steps
  // for each of its tables.
  constexpr size_t kBound =
      kMaxStepsPerDerivedEdge * kMaxDerivedEdgesPerNode * size_t{kDefaultWalkNodes};
  constexpr size_t kChain = 800;
  for (const bool more : {false, true}) {
    const size_t models = kBound / (2 * kChain) + (more ? 50 : 0) - (more ? 0 : 50);
    CAPTURE(more, models);
    LineageHouse house;
    house.Asset("a.b.root", v1::KIND_TABLE);
    v1::Run train = RunOf(1, {"a.b.root"}, {});
    std::vector<std::string> names;
    for (size_t i = 0; i < models; ++i) {
      names.push_back(StrCat("a.b.m", i));
      train.add_writes()->set_reference(names.back());
      train.mutable_writes(static_cast<int>(i))->set_create_kind(v1::KIND_MODEL);
    }
    house.Record(std::move(train));
    Spread(house, 2, names, 't', 1);
    v1::RecordRunsRequest chain;
    for (size_t i = 1; i < kChain; ++i) {
      v1::Run* run = chain.add_runs();
      *run = RunOf(static_cast<int>(i) + 2, {StrCat("a.b.t", i - 1)}, {StrCat("a.b.t", i)});
      run->mutable_writes(0)->set_create_kind(v1::KIND_TABLE);
    }
    house.Must(kRecordRuns, chain);
    v1::GetLineageRequest request;
    request.set_reference("a.b.root");
    request.set_direction(v1::DIRECTION_DOWNSTREAM);
    request.add_kinds(v1::KIND_MODEL);
    const v1::LineageGraph graph = house.Must(kGetLineage, request);
    CHECK(graph.truncations_size() == (more ? 1 : 0));
    if (more) CHECK(graph.truncations(0) == v1::TRUNCATION_EDGES);
  }
}

// Tells the graph alone that the run that read a table did so as many times more: calls would take
// long.
void ReadAgain(LineageHouse& house, int64_t table, size_t times) {
  lineage::Graph& graph = house.house().graph();
  const auto node = static_cast<lineage::NodeId>(table);
  lineage::NodeId via = lineage::kNoNode;
  graph.ForEachOut(node, kForever, [&via](const lineage::Edge& edge) {
    via = edge.node;
    return false;
  });
  REQUIRE(graph.type(via) == lineage::NodeType::kRun);
  const auto tell = [&](sql::WriteContext& context) {
    lineage::GraphChanges changes;
    for (size_t i = 0; i < times; ++i) changes.AddRead(via, node, house.position());
    std::move(changes).CommitWith(context, graph);
    return absl::OkStatus();
  };
  REQUIRE(house.house().writer().RunAndWait(tell).ok());
}

TEST_CASE("edges between a few nodes are bounded, and what is missing is said") {
  constexpr size_t kBound = kMaxEdgesPerNode * size_t{kDefaultWalkNodes};
  LineageHouse house;
  const int64_t root = house.Asset("a.b.root", v1::KIND_TABLE).id();
  house.Record(RunOf(1, {"a.b.root"}, {}));
  ReadAgain(house, root, kBound - 1);
  v1::LineageGraph graph = house.Lineage("a.b.root", v1::DIRECTION_DOWNSTREAM);
  CHECK(graph.nodes_size() == 2);
  CHECK(graph.edges_size() == static_cast<int>(kBound));
  CHECK(graph.truncations().empty());
  CHECK_FALSE(graph.nodes(0).cut());
  ReadAgain(house, root, 1);
  graph = house.Lineage("a.b.root", v1::DIRECTION_DOWNSTREAM);
  CHECK(graph.edges_size() == static_cast<int>(kBound));
  REQUIRE(graph.truncations_size() == 1);
  CHECK(graph.truncations(0) == v1::TRUNCATION_EDGES);
  CHECK(graph.nodes(0).cut());
}

}  // namespace
}  // namespace whence::service
