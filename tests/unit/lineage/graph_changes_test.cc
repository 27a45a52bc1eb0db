#include "lineage/graph_changes.h"

#include <catch2/catch.hpp>

#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

constexpr size_t kMost = 3;

// What becomes of changes to a graph whose nodes may have kMost edges on a side.
template <class Add>
std::string Room(const Graph& graph, Add&& add) {
  GraphChanges changes;
  add(changes);
  const absl::Status status = changes.CheckRoom(graph, kMost);
  if (!status.ok()) CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  return ReasonOf(status);
}

TEST_CASE("a node has so many edges on a side, and an asset so many versions",
          "[lineage][graph_changes]") {
  constexpr NodeId kRead = 1;
  constexpr NodeId kWritten = 2;
  constexpr NodeId kVersioned = 3;
  NodeId last = 3;
  Graph graph;
  for (const NodeId asset : {kRead, kWritten, kVersioned}) graph.AddAsset(asset, 1, 1);
  graph.AddColumn(1, kRead, 1);
  graph.AddColumn(2, kWritten, 1);
  const auto grow = [&](uint32_t number) {
    const NodeId run = ++last;
    graph.AddRun(run, 1);
    graph.AddEdge(kRead, run, 1);
    graph.AddEdge(run, kWritten, 1);
    graph.AddColumnEdge(1, 2, run, 1, false, 1);
    graph.AddVersion(++last, kVersioned, number, 1);
    graph.Publish(1);
  };
  const auto read = [](GraphChanges& changes) { changes.AddRead(99, kRead, 2); };
  const auto write = [](GraphChanges& changes) { changes.AddWrite(99, kWritten, 2); };
  const auto version = [](GraphChanges& changes) { changes.AddVersion(98, kVersioned, 9, 2); };
  const auto from = [](GraphChanges& changes) { changes.AddColumnEdge(1, 3, 99, 1, false, 2); };
  const auto to = [](GraphChanges& changes) { changes.AddColumnEdge(3, 2, 99, 1, false, 2); };
  for (uint32_t number = 1; number < kMost; ++number) grow(number);
  CHECK(Room(graph, read) == "OK");
  CHECK(Room(graph, write) == "OK");
  CHECK(Room(graph, version) == "OK");
  CHECK(Room(graph, from) == "OK");
  CHECK(Room(graph, to) == "OK");
  grow(kMost);
  CHECK(Room(graph, read) == "EDGES_EXHAUSTED");
  CHECK(Room(graph, write) == "EDGES_EXHAUSTED");
  CHECK(Room(graph, version) == "EDGES_EXHAUSTED");
  CHECK(Room(graph, from) == "EDGES_EXHAUSTED");
  CHECK(Room(graph, to) == "EDGES_EXHAUSTED");
  // Other sides, and what is new, have room; and so has all of it by the real bound.
  CHECK(Room(graph, [](GraphChanges& changes) {
          changes.AddAsset(100, catalog::Kind::kTable, 2);
          changes.AddRun(101, 2);
          changes.AddRead(101, kWritten, 2);
          changes.AddWrite(101, kRead, 2);
          changes.AddRead(101, 100, 2);
          changes.AddVersion(102, 100, 1, 2);
        }) == "OK");
  GraphChanges changes;
  read(changes);
  static_assert(kMaxNodeEdges > 250'000'000);
  CHECK(changes.CheckRoom(graph).ok());
}

TEST_CASE("what was collected of the column grain can be looked at before it is handed over",
          "[lineage][graph_changes]") {
  GraphChanges changes;
  changes.AddAsset(1, catalog::Kind::kTable, 5);
  changes.AddColumn(7, 1, 5);
  changes.AddRun(2, 5);
  changes.AddRead(2, 1, 5);
  changes.AddColumnEdge(7, 8, 2, 1, true, 5);
  changes.AddColumnEdge(7, 9, 2, 1, false, 5);
  std::string text;
  changes.ForEachColumn([&](ColumnId column) { absl::StrAppend(&text, column, ";"); });
  changes.ForEachColumnEdge([&](ColumnId source, ColumnId target, bool masking) {
    absl::StrAppend(&text, source, masking ? "#" : ">", target, ";");
  });
  CHECK(text == "7;7#8;7>9;");
}

}  // namespace
}  // namespace whence::lineage::test
