// GetRun and ListRuns.
#include <catch2/catch.hpp>

#include "lineage_house.h"

namespace whence::service {
namespace {

using test::Data;
using test::LineageHouse;
using test::RunOf;
using test::Uuid;

// The numbers of the runs of all pages, pages told apart: "5 4|3".
std::string Pages(LineageHouse& house, v1::ListRunsRequest request) {
  std::string numbers;
  for (;;) {
    auto page = house.Run(kListRuns, request);
    if (!page.ok()) return test::ReasonOf(page.status());
    for (int i = 0; i < page->runs_size(); ++i) {
      absl::StrAppend(&numbers, i == 0 ? "" : " ", std::stoi(page->runs(i).id().substr(24)));
    }
    if (page->next_page_token().empty()) return numbers;
    request.set_page_token(page->next_page_token());
    numbers += "|";
  }
}

TEST_CASE("a run is shown as of a position") {
  LineageHouse house;
  const int64_t id = house.Asset("prod.raw.a", v1::KIND_TABLE).id();
  house.Start(RunOf(1, {"prod.raw.a"}, {}));
  const Position started = house.position();
  house.Version("prod.raw.a");
  house.Rename("prod.raw.a", "prod.raw.b");
  v1::Run update = RunOf(1, {"prod.raw.b@1"}, {});
  test::MapColumn(update, "prod.raw.b#x", "prod.raw.b#`y z`", true);
  house.Update(update);
  const Position updated = house.position();
  house.Delete("prod.raw.b");
  house.Finish(1, v1::RUN_STATE_COMPLETE);

  CHECK(Data(house.GetRun(1, started)) == "reads prod.raw.a writes");
  CHECK(house.GetRun(1, started).state() == v1::RUN_STATE_RUNNING);
  CHECK(house.GetRun(1, started).column_mappings_size() == 0);
  const v1::Run before = house.GetRun(1, updated);
  CHECK(Data(before) == "reads prod.raw.b prod.raw.b@1 writes");
  REQUIRE(before.column_mappings_size() == 1);
  CHECK(before.column_mappings(0).column() == "prod.raw.b#`y z`");
  CHECK(before.column_mappings(0).sources(0).column() == "prod.raw.b#x");
  // Deleted since, so that the name may be another's: the id stays.
  const std::string gone = absl::StrCat("id:", id);
  const v1::Run now = house.GetRun(1);
  CHECK(Data(now) == absl::StrCat("reads ", gone, " ", gone, "@1 writes"));
  CHECK(now.state() == v1::RUN_STATE_COMPLETE);
  REQUIRE(now.column_mappings_size() == 1);
  CHECK(now.column_mappings(0).column() == gone + "#`y z`");
  CHECK(now.column_mappings(0).sources(0).column() == gone + "#x");
  CHECK(now.column_mappings(0).sources(0).masking());
  CHECK(now.column_mappings(0).sources(0).transformation() == v1::TRANSFORMATION_TYPE_IDENTITY);

  v1::GetRunRequest request;
  request.set_id("run:" + Uuid(1));
  CHECK(house.Must(kGetRun, request).DebugString() == now.DebugString());
  request.mutable_as_of()->set_position(started - 1);
  CHECK(house.Reason(kGetRun, request) == "RUN_NOT_FOUND");
  request.mutable_as_of()->set_position(house.position() + 1);
  CHECK(house.Reason(kGetRun, request) == "POSITION_IN_FUTURE");
  request.set_id("x");
  CHECK(house.Reason(kGetRun, request) == "RUN_ID_MALFORMED");
  request.set_id("");
  CHECK(house.Reason(kGetRun, request) == "RUN_ID_MISSING");
}

TEST_CASE("what was deleted is never shown by a name that is another's by now") {
  LineageHouse house;
  const std::string table = absl::StrCat("id:", house.Asset("prod.raw.a", v1::KIND_TABLE).id());
  house.Version("prod.raw.a");
  const std::string job = absl::StrCat("id:", house.Asset("prod.etl.load", v1::KIND_JOB).id());
  house.Start(RunOf(1, {"prod.raw.a"}, {}, "prod.etl.load"));
  const Position started = house.position();
  house.Delete("prod.raw.a");
  v1::DeleteSchemaRequest schema;
  schema.set_name("prod.etl");
  schema.set_force(true);
  house.Must(kDeleteSchema, schema);
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Version("prod.raw.a");

  const auto shown = [&](const v1::Run& run, const std::string& name, const std::string& of) {
    CHECK(Data(run) == "reads " + name + "@1 writes");
    CHECK(run.job() == of);
  };
  shown(house.GetRun(1), table, job);
  shown(house.GetRun(1, started), "prod.raw.a", "prod.etl.load");
  CHECK(house.Must(kListRuns, v1::ListRunsRequest()).runs(0).job() == job);
  // Also where a mutation answers, and in graphs.
  v1::Run more = RunOf(1, {"prod.raw.a"}, {});
  const v1::Run updated = house.Update(more);
  CHECK(updated.job() == job);
  CHECK(Data(house.GetRun(1)) == "reads " + table + "@1 prod.raw.a@1 writes");
  const v1::LineageGraph graph =
      house.Lineage("run:" + Uuid(1), v1::DIRECTION_UPSTREAM, v1::GRAIN_VERSION);
  CHECK(graph.nodes(0).run().job() == job);
  // What is shown is what questions take.
  CHECK(house.Lineage(table + "@1", v1::DIRECTION_DOWNSTREAM).nodes_size() == 2);
}

TEST_CASE("runs are listed newest first, by job, state and filter") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  for (int i = 1; i <= 6; ++i) {
    v1::Run run = RunOf(i, {"prod.raw.a"}, {}, i % 2 == 0 ? "prod.raw.even" : "prod.raw.odd");
    run.set_host(absl::StrCat("host-", i));
    (*run.mutable_parameters())["n"] = std::to_string(i);
    house.Record(run);
  }
  house.Start(RunOf(7, {}, {}));
  v1::ListRunsRequest request;
  CHECK(Pages(house, request) == "7 6 5 4 3 2 1");
  request.set_page_size(3);
  CHECK(Pages(house, request) == "7 6 5|4 3 2|1");
  request.set_job("prod.raw.odd");
  CHECK(Pages(house, request) == "5 3 1");
  request.set_page_size(2);
  CHECK(Pages(house, request) == "5 3|1");
  request.clear_job();
  request.set_page_size(0);
  request.set_state(v1::RUN_STATE_RUNNING);
  CHECK(Pages(house, request) == "7");
  request.set_state(v1::RUN_STATE_COMPLETE);
  CHECK(Pages(house, request) == "6 5 4 3 2 1");
  request.set_filter("parameters.n > 3 AND host != \"host-5\"");
  CHECK(Pages(house, request) == "6 4");
  request.set_filter("job: even");
  CHECK(Pages(house, request) == "6 4 2");
  request.clear_state();
  request.set_filter("state = RUNNING");
  CHECK(Pages(house, request) == "7");
  request.set_filter("NOT end_time > 2000-01-01");
  CHECK(Pages(house, request) == "7");
  request.set_filter("recorder = \"user:ana\" AND create_time > 2000-01-01 AND parameters:n");
  CHECK(Pages(house, request) == "6 5 4 3 2 1");
  request.set_filter("properties:n OR user = x OR error_message = y OR start_time > 2100-01-01");
  CHECK(Pages(house, request).empty());
  request.set_filter("state = DONE");
  CHECK(Pages(house, request) == "FILTER_MALFORMED");
  request.set_filter("color = red");
  CHECK(Pages(house, request) == "FILTER_UNKNOWN_FIELD");
  request.clear_filter();
  request.set_job("prod.raw.none");
  CHECK(Pages(house, request) == "ASSET_NOT_FOUND");
  request.set_job("prod");
  CHECK(Pages(house, request) == "NAME_WRONG_DEPTH");
}

TEST_CASE("listed runs have no reads and writes") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  v1::Run run = RunOf(1, {"prod.raw.a"}, {"prod.raw.a"});
  test::MapColumn(run, "prod.raw.a#x", "prod.raw.a#y");
  house.Record(run);
  const v1::Run listed = house.Must(kListRuns, v1::ListRunsRequest()).runs(0);
  CHECK(listed.reads().empty());
  CHECK(listed.writes().empty());
  CHECK(listed.column_mappings().empty());
}

TEST_CASE("pages of runs stay as they were while runs are recorded") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  for (int i = 1; i <= 4; ++i) house.Start(RunOf(i, {}, {}, "prod.raw.job"));
  v1::ListRunsRequest request;
  request.set_page_size(2);
  request.set_state(v1::RUN_STATE_RUNNING);
  request.set_job("prod.raw.job");
  const v1::ListRunsResponse first = house.Must(kListRuns, request);
  REQUIRE(first.runs_size() == 2);
  house.Start(RunOf(5, {}, {}, "prod.raw.job"));
  house.Finish(1, v1::RUN_STATE_COMPLETE);
  house.Rename("prod.raw.job", "prod.raw.renamed");
  request.set_page_token(first.next_page_token());
  const v1::ListRunsResponse second = house.Must(kListRuns, request);
  REQUIRE(second.runs_size() == 2);
  CHECK(second.runs(0).id() == Uuid(2));
  CHECK(second.runs(1).id() == Uuid(1));
  CHECK(second.runs(1).state() == v1::RUN_STATE_RUNNING);
  CHECK(second.runs(1).job() == "prod.raw.job");
  CHECK(second.next_page_token().empty());
  request.set_state(v1::RUN_STATE_COMPLETE);
  CHECK(house.Reason(kListRuns, request) == "PAGE_TOKEN_OTHER_REQUEST");
  request.set_page_token("rubbish");
  CHECK(house.Reason(kListRuns, request) == "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace whence::service
