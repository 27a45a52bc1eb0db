#include <catch2/catch.hpp>

#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

RunUpdate Event(int number, RunState state = RunState::kUnspecified) {
  RunUpdate update;
  update.uuid = Uuid(number);
  update.state = state;
  return update;
}

RunUpdate Start(int number) {
  RunUpdate update = Event(number, RunState::kRunning);
  update.fill_only = true;
  return update;
}

NewEdge Read(int64_t node, std::string alias = "") {
  return {.direction = EdgeDirection::kRead, .node_id = node, .alias = std::move(alias)};
}
NewEdge Write(int64_t node) {
  return {.direction = EdgeDirection::kWrite, .node_id = node, .alias = ""};
}

TEST_CASE("a run starts, gains edges and ends", "[lineage][run]") {
  LineageFixture world;
  const int64_t table = world.Table("orders");
  const int64_t version = world.Version(table);
  REQUIRE(world.Apply(Start(1)).ok());
  const Run started = world.Get(1);
  CHECK(started.state == RunState::kRunning);
  CHECK(started.start_time == world.database.clock.Now());
  CHECK_FALSE(started.end_time.has_value());
  CHECK(started.recorder == "user:ana");

  RunUpdate update = Event(1);
  update.edges = {Read(version, "champion"), Write(table)};
  world.actor = "user:ben";
  REQUIRE(world.Apply(update).ok());
  REQUIRE(world.Apply(Event(1, RunState::kComplete)).ok());
  const Run ended = world.Get(1);
  CHECK(ended.state == RunState::kComplete);
  CHECK(ended.end_time == world.database.clock.Now());
  CHECK(ended.start_time == started.start_time);
  CHECK(ended.recorder == "user:ana");
  CHECK(ended.create_time == started.create_time);
  CHECK(ended.update_time == world.database.clock.Now());
  CHECK(ended.position == world.now);

  const std::vector<DataEdge> edges = ListDataEdges(world.reader(), kNow, ended.id).value();
  REQUIRE(edges.size() == 2);
  CHECK(edges[0].node_id == version);
  CHECK(edges[0].asset_id == table);
  CHECK(edges[0].version == 1);
  CHECK(edges[0].alias == "champion");
  CHECK(edges[1].direction == EdgeDirection::kWrite);
  CHECK(edges[1].version == 0);
  const NodeId run = static_cast<NodeId>(ended.id);
  CHECK(world.graph.HasEdge(static_cast<NodeId>(version), run));
  CHECK(world.graph.HasEdge(run, static_cast<NodeId>(table)));
}

TEST_CASE("events come in any order", "[lineage][run]") {
  LineageFixture world;
  const absl::Time start = absl::FromUnixSeconds(1000);
  const absl::Time end = absl::FromUnixSeconds(2000);

  SECTION("an update of an unknown run creates it") {
    RunUpdate update = Event(1);
    update.parent_uuid = Uuid(77);
    REQUIRE(world.Apply(update).ok());
    CHECK(world.Get(1).state == RunState::kUnspecified);
    CHECK(world.Get(1).parent_uuid == Uuid(77));
    CHECK_FALSE(world.Get(1).start_time.has_value());
    REQUIRE(world.Apply(Start(1)).ok());
    CHECK(world.Get(1).state == RunState::kRunning);
    CHECK(world.Get(1).start_time.has_value());
  }
  SECTION("a finish before the start") {
    RunUpdate finish = Event(1, RunState::kFailed);
    finish.end_time = end;
    REQUIRE(world.Apply(finish).ok());
    // A start that does not say when says nothing about a run that has ended.
    const Position before = world.now;
    CHECK_FALSE(world.Apply(Start(1)).value().changed);
    CHECK(world.now == before);
    RunUpdate late = Start(1);
    late.start_time = start;
    late.job_id = 5;
    late.parent_uuid = Uuid(2);
    REQUIRE(world.Apply(late).ok());
    const Run run = world.Get(1);
    CHECK(run.state == RunState::kFailed);
    CHECK(run.start_time == start);
    CHECK(run.end_time == end);
    CHECK(run.job_id == 5);
    CHECK(run.parent_uuid == Uuid(2));
  }
  SECTION("a late start does not replace what is known") {
    RunUpdate first = Event(1);
    first.start_time = start;
    first.job_id = 5;
    first.parent_uuid = Uuid(2);
    REQUIRE(world.Apply(first).ok());
    RunUpdate late = Start(1);
    late.start_time = end;
    late.job_id = 6;
    late.parent_uuid = Uuid(3);
    REQUIRE(world.Apply(late).ok());
    CHECK(world.Get(1).start_time == start);
    CHECK(world.Get(1).job_id == 5);
    CHECK(world.Get(1).parent_uuid == Uuid(2));
    // An update does.
    late.fill_only = false;
    late.state = RunState::kUnspecified;
    REQUIRE(world.Apply(late).ok());
    CHECK(world.Get(1).start_time == end);
    CHECK(world.Get(1).job_id == 6);
    CHECK(world.Get(1).parent_uuid == Uuid(3));
  }
}

TEST_CASE("the same event again has no effect and takes no position", "[lineage][run]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  const int64_t b = world.Table("b");
  RunUpdate update = Event(1, RunState::kComplete);
  update.attributes = "attributes";
  update.edges = {Read(a), Read(a), Write(b)};
  update.links = {LineageFixture::Link(a, "x", b, "y"), LineageFixture::Link(a, "x", b, "y")};
  CHECK(world.Apply(update).value().changed);
  const std::string graph = Dump(world.graph);
  const Position before = world.now;
  for (int i = 0; i < 3; ++i) {
    const AppliedRun again = world.Apply(update).value();
    CHECK_FALSE(again.changed);
    CHECK(again.run == world.Get(1));
  }
  CHECK(world.now == before);
  CHECK(Dump(world.graph) == graph);
  CHECK(world.graph.edge_count() == 2);
  CHECK(world.graph.column_edge_count() == 1);
  CHECK(world.graph.column_count() == 2);
}

TEST_CASE("a finished run takes additions and no other outcome", "[lineage][run]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  world.Record(1, {a}, {});
  for (const RunState other : {RunState::kFailed, RunState::kAborted}) {
    const absl::Status refused = world.Apply(Event(1, other)).status();
    CHECK(ReasonOf(refused) == "RUN_ALREADY_FINISHED");
    CHECK(refused.code() == absl::StatusCode::kFailedPrecondition);
  }
  // The first end stands.
  const std::optional<absl::Time> end = world.Get(1).end_time;
  RunUpdate again = Event(1, RunState::kComplete);
  again.end_time = absl::FromUnixSeconds(5);
  CHECK_FALSE(world.Apply(again).value().changed);
  CHECK(world.Get(1).end_time == end);

  RunUpdate addition = Event(1);
  addition.edges = {Write(a)};
  addition.attributes = "more";
  CHECK(world.Apply(addition).value().changed);
  CHECK(world.Get(1).state == RunState::kComplete);
  CHECK(world.Get(1).attributes == "more");
  CHECK(ListDataEdges(world.reader(), kNow, world.Get(1).id).value().size() == 2);
}

TEST_CASE("a refused event leaves nothing behind", "[lineage][run]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  world.Record(1, {a}, {});
  const std::string graph = Dump(world.graph);
  const Position before = world.now;
  RunUpdate refused = Event(1, RunState::kFailed);
  refused.edges = {Write(a)};
  refused.links = {LineageFixture::Link(a, "x", a, "y")};
  CHECK_FALSE(world.Apply(refused).ok());
  CHECK(world.now == before);
  CHECK(Dump(world.graph) == graph);
  CHECK(ListDataEdges(world.reader(), kNow, world.Get(1).id).value().size() == 1);
  CHECK(world.Column(a, "x") == 0);
}

TEST_CASE("runs are read as of a position", "[lineage][run]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  const int64_t b = world.Table("b");
  const Position none = world.now;
  REQUIRE(world.Apply(Start(1)).ok());
  const Position started = world.now;
  RunUpdate update = Event(1);
  update.edges = {Read(a)};
  REQUIRE(world.Apply(update).ok());
  const Position read = world.now;
  RunUpdate finish = Event(1, RunState::kComplete);
  finish.edges = {Write(b)};
  finish.links = {LineageFixture::Link(a, "x", b, "x")};
  REQUIRE(world.Apply(finish).ok());

  CHECK(ReasonOf(GetRun(world.reader(), none, Uuid(1)).status()) == "RUN_NOT_FOUND");
  const int64_t id = world.Get(1).id;
  CHECK(world.Get(1, started).state == RunState::kRunning);
  CHECK(world.Get(1, started).position == started);
  CHECK(ListDataEdges(world.reader(), started, id).value().empty());
  CHECK(ListDataEdges(world.reader(), read, id).value().size() == 1);
  CHECK(world.Get(1, read).state == RunState::kRunning);
  CHECK(ListColumnLinks(world.reader(), read, id).value().empty());
  CHECK(ListColumnLinks(world.reader(), kNow, id).value().size() == 1);
  CHECK(FindColumn(world.reader(), read, {.asset_id = a, .name = "x"}).value() == 0);
  CHECK(GetRunById(world.reader(), started, id).value() == world.Get(1, started));
  CHECK(ReasonOf(GetRunById(world.reader(), none, id).status()) == "RUN_NOT_FOUND");
}

TEST_CASE("several events of one mutation are one state", "[lineage][run]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  REQUIRE(world.Apply(Start(1)).ok());
  REQUIRE(world
              .WithStamp([&](sql::WriteContext& context, Stamp stamp, GraphChanges& changes) {
                for (const RunUpdate& event :
                     {[&] {
                        RunUpdate e = Event(1);
                        e.edges = {Read(a)};
                        return e;
                      }(),
                      Event(1, RunState::kComplete), Event(2), Event(2, RunState::kAborted)}) {
                  const auto current = FindRun(context.connection(), kNow, event.uuid).value();
                  const auto applied = ApplyRun(context, stamp, changes, current, event);
                  if (!applied.ok()) return applied.status();
                }
                return absl::OkStatus();
              })
              .ok());
  CHECK(world.Get(1).state == RunState::kComplete);
  CHECK(world.Get(2).state == RunState::kAborted);
  CHECK(world.Get(1).position == world.now);
  CHECK(world.Get(2).position == world.now);
  CHECK(world.Get(1, world.now - 1).state == RunState::kRunning);
}

TEST_CASE("runs are listed newest first", "[lineage][run]") {
  LineageFixture world;
  for (int i = 1; i <= 5; ++i) {
    RunUpdate update = Event(i, RunState::kComplete);
    update.job_id = i % 2 + 100;
    REQUIRE(world.Apply(update).ok());
  }
  const Position before = world.now;
  REQUIRE(world.Apply(Event(6)).ok());
  const auto list = [&](RunQuery query) {
    std::vector<std::string> uuids;
    CHECK(ListRuns(world.reader(), query, [&uuids](Run&& run) {
            uuids.push_back(run.uuid);
            return true;
          }).value());
    return uuids;
  };
  CHECK(list({.as_of = before}) ==
        std::vector<std::string>{Uuid(5), Uuid(4), Uuid(3), Uuid(2), Uuid(1)});
  CHECK(list({.as_of = kNow}).size() == 6);
  CHECK(list({.as_of = kNow, .job_id = 101}) ==
        std::vector<std::string>{Uuid(5), Uuid(3), Uuid(1)});
  CHECK(list({.as_of = kNow, .before_id = world.Get(3).id}) ==
        std::vector<std::string>{Uuid(2), Uuid(1)});
  CHECK_FALSE(ListRuns(world.reader(), {.as_of = kNow}, [](Run&&) { return false; }).value());
}

}  // namespace
}  // namespace whence::lineage::test
