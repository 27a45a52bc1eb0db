#include <catch2/catch.hpp>

#include "lineage/walk.h"
#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

DeclaredPair Pair(int64_t source, int64_t target) {
  return {.source_node = source,
          .source_alias = "",
          .target_node = target,
          .target_alias = "",
          .column = std::nullopt};
}

DeclaredEdges Declare(LineageFixture& world, const std::vector<DeclaredPair>& pairs) {
  absl::StatusOr<DeclaredEdges> declared;
  REQUIRE(
      world
          .Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges& changes) {
            declared = DeclareEdges(context, change, changes, "why", pairs);
            return declared.status();
          })
          .ok());
  return *declared;
}

// What is downstream of a node, data only.
std::vector<NodeId> Downstream(const Graph& graph, int64_t node) {
  const NodeId roots[] = {static_cast<NodeId>(node)};
  std::vector<NodeId> data;
  for (const Reached& reached : Walk(graph, roots, {}).nodes) {
    if (IsData(graph.type(reached.node)) && reached.node != roots[0]) data.push_back(reached.node);
  }
  return data;
}

TEST_CASE("nothing follows that was not declared", "[lineage][declare]") {
  LineageFixture world;
  std::vector<int64_t> t;
  for (const char* name : {"a", "b", "c", "d", "e"}) t.push_back(world.Table(name));
  // a > c, b > d, a > e: c and e have the same sources, d has others.
  const DeclaredEdges declared =
      Declare(world, {Pair(t[0], t[2]), Pair(t[1], t[3]), Pair(t[0], t[4])});
  CHECK(declared.count == 2);
  const auto ids = [](std::initializer_list<int64_t> list) {
    return std::vector<NodeId>(list.begin(), list.end());
  };
  CHECK(Downstream(world.graph, t[0]) == ids({t[2], t[4]}));
  CHECK(Downstream(world.graph, t[1]) == ids({t[3]}));
  CHECK(world.graph.type(static_cast<NodeId>(declared.first_id)) == NodeType::kDeclaration);
  const Declaration first = GetDeclaration(world.reader(), kNow, declared.first_id).value();
  CHECK(first.comment == "why");
  CHECK(first.creator == "user:ana");
  CHECK(first.position == world.now);
  CHECK(GetDeclaration(world.reader(), kNow, declared.first_id + 1).value().position == world.now);
  CHECK(ReasonOf(GetDeclaration(world.reader(), world.now - 1, declared.first_id).status()) ==
        "DECLARATION_NOT_FOUND");
}

TEST_CASE("all to all is one declaration", "[lineage][declare]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  const int64_t b = world.Table("b");
  const int64_t c = world.Table("c");
  const DeclaredEdges declared =
      Declare(world, {Pair(a, b), Pair(a, c), Pair(a, b), Pair(b, b), Pair(b, c)});
  CHECK(declared.count == 1);
  CHECK(world.graph.edge_count() == 4);
}

TEST_CASE("declared columns stand with their declaration", "[lineage][declare]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  const int64_t b = world.Table("b");
  DeclaredPair pair = Pair(a, b);
  pair.column = LineageFixture::Link(a, "x", b, "y", /*masking=*/true, 3);
  const DeclaredEdges declared = Declare(world, {pair});
  const std::vector<ColumnEdge> in = world.graph.ColumnIn(world.Column(b, "y"));
  REQUIRE(in.size() == 1);
  CHECK(in[0].column == world.Column(a, "x"));
  CHECK(in[0].via == declared.first_id);
  CHECK(in[0].masking);
  CHECK(in[0].transformation == 3);
  CHECK(GetColumn(world.reader(), kNow, in[0].column).value() ==
        ColumnKey{.asset_id = a, .name = "x"});
}

}  // namespace
}  // namespace whence::lineage::test
