// What grows over many calls: a run. It has a bound, and a small change of a large one stays small.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "lineage_house.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::MapColumn;
using whence::test::ReasonOf;
using whence::test::RunOf;
using whence::test::Uuid;

v1::Run Reads(int number, size_t from, size_t to) {
  v1::Run run = RunOf(number, {}, {});
  for (size_t i = from; i < to; ++i) run.add_reads()->set_reference(StrCat("m.s.a", i));
  return run;
}

v1::Run Creates(int number, size_t from, size_t to) {
  v1::Run run = RunOf(number, {}, {});
  for (size_t i = from; i < to; ++i) {
    v1::RunWrite* write = run.add_writes();
    write->set_reference(StrCat("m.s.a", i));
    write->set_create_kind(v1::KIND_TABLE);
  }
  return run;
}

std::string Why(LineageHouse& house, v1::Run run) {
  v1::UpdateRunRequest request;
  *request.mutable_run() = std::move(run);
  return house.Reason(kUpdateRun, request);
}

TEST_CASE("a run has so many reads and writes, by however many calls") {
  LineageHouse house;
  house.Asset("m.s.more", v1::KIND_TABLE);
  static_assert(kMaxRunEdges == 2 * kMaxRunEndpoints);
  REQUIRE(Why(house, Creates(1, 0, kMaxRunEndpoints)) == "OK");
  REQUIRE(Why(house, Reads(1, 0, kMaxRunEndpoints - 1)) == "OK");
  CHECK(Why(house, Reads(1, kMaxRunEndpoints - 1, kMaxRunEndpoints)) == "OK");
  const Position full = house.position();
  CHECK(Why(house, RunOf(1, {"m.s.more"}, {})) == "TOO_MANY_RUN_EDGES");
  CHECK(Why(house, RunOf(1, {}, {"m.s.more"})) == "TOO_MANY_RUN_EDGES");
  // What is there does not count again, and other fields still change.
  CHECK(Why(house, Reads(1, 0, 10)) == "OK");
  CHECK(house.position() == full);
  v1::Run host = RunOf(1, {}, {});
  host.set_host("here");
  CHECK(Why(house, host) == "OK");
  const v1::Run whole = house.GetRun(1);
  CHECK(whole.reads_size() + whole.writes_size() == static_cast<int>(kMaxRunEdges));
  CHECK_FALSE(whole.edges_omitted());
  CHECK(house.Impact("m.s.more").assets().empty());  // nothing of what was refused is in the graph
}

v1::Run Maps(int number, size_t from, size_t to) {
  v1::Run run = RunOf(number, {}, {});
  if (from == to) return run;
  MapColumn(run, StrCat("m.s.x#c", from), "m.s.y#all");
  for (size_t i = from + 1; i < to; ++i) {
    v1::ColumnSource* source = run.mutable_column_mappings(0)->add_sources();
    source->set_column(StrCat("m.s.x#c", i));
    source->set_transformation(v1::TRANSFORMATION_TYPE_IDENTITY);
  }
  return run;
}

TEST_CASE("a run has so many column mappings, by however many calls") {
  LineageHouse house;
  house.Asset("m.s.x", v1::KIND_TABLE);
  house.Asset("m.s.y", v1::KIND_TABLE);
  REQUIRE(Why(house, Maps(1, 0, kMaxColumnMappings - 1)) == "OK");
  CHECK(Why(house, Maps(1, kMaxColumnMappings - 1, kMaxColumnMappings)) == "OK");
  CHECK(Why(house, Maps(1, kMaxColumnMappings, kMaxColumnMappings + 1)) == "TOO_MANY_RUN_EDGES");
  CHECK(Why(house, Maps(1, 0, 5)) == "OK");
  CHECK(Why(house, Maps(2, kMaxColumnMappings, kMaxColumnMappings + 1)) == "OK");
}

// A run whose columns come from each other in so many characters more.
v1::Run Says(int number, size_t from, size_t characters) {
  v1::Run run = RunOf(number, {}, {});
  MapColumn(run, StrCat("m.s.x#c", from), "m.s.y#all");
  v1::ColumnMapping* mapping = run.mutable_column_mappings(0);
  for (size_t i = from; characters > 0; ++i) {
    const size_t part = std::min(characters, kMaxTransformationBytes);
    v1::ColumnSource* source = i == from ? mapping->mutable_sources(0) : mapping->add_sources();
    source->set_column(StrCat("m.s.x#c", i));
    source->set_transformation(v1::TRANSFORMATION_TYPE_IDENTITY);
    source->set_description(std::string(part, 'd'));
    characters -= part;
  }
  return run;
}

TEST_CASE("a run has so many characters of transformations, by however many calls") {
  LineageHouse house;
  house.Asset("m.s.x", v1::KIND_TABLE);
  house.Asset("m.s.y", v1::KIND_TABLE);
  constexpr size_t kHalf = kMaxRunTransformations / 2;
  REQUIRE(Why(house, Says(1, 0, kHalf)) == "OK");
  CHECK(Why(house, Says(1, 10'000, kHalf)) == "OK");
  CHECK(Why(house, Says(1, 20'000, 1)) == "TOO_MANY_RUN_EDGES");
  CHECK(Why(house, Maps(1, 30'000, 30'001)) == "OK");
  CHECK(Why(house, Says(2, 20'000, 1)) == "OK");
}

TEST_CASE("the answer to a small change of a large run leaves its edges out") {
  LineageHouse house;
  house.Asset("m.s.more", v1::KIND_TABLE);
  const auto host = [&](const char* name) {
    v1::Run run = RunOf(1, {}, {});
    run.set_host(name);
    return house.Update(std::move(run));
  };
  REQUIRE(house.Record(Creates(1, 0, kMaxEchoedEdges)).writes_size() ==
          static_cast<int>(kMaxEchoedEdges));
  const v1::Run at_bound = host("one");
  CHECK(at_bound.writes_size() == static_cast<int>(kMaxEchoedEdges));
  CHECK_FALSE(at_bound.edges_omitted());
  const v1::Run beyond = house.Update(RunOf(1, {"m.s.more"}, {}));
  CHECK(beyond.edges_omitted());
  CHECK(beyond.reads_size() + beyond.writes_size() == 0);
  CHECK(beyond.host() == "one");
  CHECK(host("two").edges_omitted());
  CHECK(house.Finish(1, v1::RUN_STATE_COMPLETE).edges_omitted());
  // GetRun tells them; so does the answer to an event that names as many itself.
  CHECK(house.GetRun(1).reads_size() == 1);
  CHECK(house.GetRun(1).writes_size() == static_cast<int>(kMaxEchoedEdges));
  v1::Run again = Creates(1, 0, kMaxEchoedEdges);
  again.add_reads()->set_reference("m.s.more");
  const v1::Run echoed = house.Update(std::move(again));
  CHECK(echoed.writes_size() == static_cast<int>(kMaxEchoedEdges));
  CHECK(echoed.reads_size() == 1);
  CHECK_FALSE(echoed.edges_omitted());
}

}  // namespace
}  // namespace whence::service
