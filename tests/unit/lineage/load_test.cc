#include <catch2/catch.hpp>

#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

TEST_CASE("a graph that grew and one that is loaded are the same", "[lineage][load]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  const int64_t b = world.Table("b");
  const int64_t a1 = world.Version(a);
  const int64_t b1 = world.Version(b);
  // Edges are given in no order of ids, late ones to an early run.
  world.Record(1, {b1, a1}, {b, a},
               {LineageFixture::Link(b, "y", a, "x"), LineageFixture::Link(a, "x", b, "y", true)});
  world.Record(2, {a1}, {b1});
  world.Record(1, {a, b}, {b1}, {LineageFixture::Link(a, "z", b, "a")});
  Graph loaded;
  REQUIRE(LoadGraph(world.reader(), loaded, world.now).ok());
  CHECK(Dump(loaded) == Dump(world.graph));
}

TEST_CASE("an empty database is an empty graph", "[lineage][load]") {
  whence::test::ScratchDatabase database;
  Graph graph;
  REQUIRE(LoadGraph(database.reader(), graph, 0).ok());
  CHECK(graph.node_count() == 0);
  CHECK(graph.published() == 0);
}

TEST_CASE("damage is found before the graph is built", "[lineage][load]") {
  const auto reason = [](const char* damage, bool keep_last = true) {
    LineageFixture world;
    const int64_t a = world.Table("a");
    const int64_t b = world.Table("b");
    world.Record(1, {a}, {b}, {LineageFixture::Link(a, "x", b, "y")});
    REQUIRE(world
                .Do([&](sql::WriteContext& context, const ledger::Change&, GraphChanges&) {
                  return context.connection().ExecuteScript(damage);
                })
                .ok());
    Graph graph;
    const absl::Status status =
        LoadGraph(world.reader(), graph, keep_last ? world.now : world.now - 3);
    return ReasonOf(status);
  };
  CHECK(reason("") == "OK");
  CHECK(reason("", false) == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE edge SET node_id = 999") == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE edge SET via_id = 3") == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE edge SET position = 1") == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE run SET id = 3") == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE securable SET kind = 99 WHERE kind = 1") == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE column_edge SET via_id = 3") == "LINEAGE_DAMAGED");
  CHECK(reason("UPDATE column_node SET position = 999") == "LINEAGE_DAMAGED");
  CHECK(reason(
            "PRAGMA foreign_keys = 0; INSERT INTO declaration VALUES (2147483648, '', '', 0, 1)") ==
        "LINEAGE_DAMAGED");
}

TEST_CASE("changes of a mutation that fails never reach the graph", "[lineage][load]") {
  LineageFixture world;
  const std::string before = Dump(world.graph);
  CHECK_FALSE(world
                  .Do([](sql::WriteContext&, const ledger::Change& change, GraphChanges& changes) {
                    changes.AddRun(900, change.position);
                    CHECK(changes.size() == 1);
                    return absl::AbortedError("no");
                  })
                  .ok());
  CHECK(Dump(world.graph) == before);
  CHECK(GraphChanges().empty());
}

}  // namespace
}  // namespace whence::lineage::test
