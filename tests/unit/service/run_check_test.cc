// What requests about runs are refused for, before anything is looked up.
#include <catch2/catch.hpp>

#include "lineage_house.h"
#include "service/run_check.h"

namespace whence::service {
namespace {

using test::ReasonOf;
using test::RunOf;
using test::Uuid;

std::string Refusal(const absl::Status& status) {
  if (status.ok()) return "OK";
  return absl::StrCat(ReasonOf(status), " ", GetErrorDetail(status).field);
}

std::string Refusal(const v1::Run& run) { return Refusal(CheckRun(run, "run")); }

TEST_CASE("ids, names and times of a run are checked") {
  CHECK(Refusal(v1::Run()) == "OK");
  v1::Run run;
  run.set_id("7");
  CHECK(Refusal(run) == "RUN_ID_MALFORMED run.id");
  run.set_id("ABCDEF00-0000-7000-8000-000000000001");
  CHECK(Refusal(run) == "OK");
  run.set_parent_run_id("abcdef00-0000-7000-8000-000000000001");
  CHECK(Refusal(run) == "RUN_OWN_PARENT run.parent_run_id");
  run.set_parent_run_id("x");
  CHECK(Refusal(run) == "RUN_ID_MALFORMED run.parent_run_id");
  CHECK(Refusal(RunOf(1, {}, {}, "prod.raw")) == "NAME_WRONG_DEPTH run.job");

  run = RunOf(1, {}, {});
  run.mutable_start_time()->set_seconds(100);
  run.mutable_end_time()->set_seconds(99);
  CHECK(Refusal(run) == "RUN_ENDS_BEFORE_START run.end_time");
  CHECK(Refusal(CheckRun(run, "run", {.outcome = true})) == "OK");
  run.mutable_end_time()->set_nanos(-1);
  CHECK(Refusal(run) == "TIME_OUT_OF_RANGE run.end_time");
  run.mutable_start_time()->set_seconds(-99'999'999'999'999);
  CHECK(Refusal(CheckRun(run, "run", {.outcome = true})) == "TIME_OUT_OF_RANGE run.start_time");
  run.Clear();
  run.set_state(static_cast<v1::RunState>(9));
  CHECK(Refusal(run) == "ENUM_VALUE_UNKNOWN run.state");
}

TEST_CASE("references of a run are checked") {
  CHECK(Refusal(RunOf(1, {"a.b.c", "a.b.c@1", "a.b.c@x"}, {"a.b.c", "a.b.c@2"})) == "OK");
  CHECK(Refusal(RunOf(1, {"a.b.c", ""}, {})) == "REFERENCE_MALFORMED run.reads[1].reference");
  CHECK(Refusal(RunOf(1, {"a.b"}, {})) == "REFERENCE_NOT_AN_ASSET run.reads[0].reference");
  CHECK(Refusal(RunOf(1, {"a.b.c#d"}, {})) == "REFERENCE_NOT_AN_ASSET run.reads[0].reference");
  CHECK(Refusal(RunOf(1, {"prediction:x"}, {})) == "REFERENCE_NOT_AN_ASSET run.reads[0].reference");
  CHECK(Refusal(RunOf(1, {}, {"a.b.c@champion"})) ==
        "REFERENCE_NOT_WRITABLE run.writes[0].reference");
  v1::Run run = RunOf(1, {}, {"a.b.c@1"});
  run.mutable_writes(0)->mutable_version()->set_digest("opaque:x");
  CHECK(Refusal(run) == "VERSION_NUMBER_NOT_GIVEN run.writes[0].reference");
  run.mutable_writes(0)->set_reference("a.b.c");
  run.mutable_writes(0)->mutable_version()->set_digest("x");
  CHECK(Refusal(run) == "DIGEST_MALFORMED run.writes[0].version.digest");
  run.mutable_writes(0)->clear_version();
  run.mutable_writes(0)->set_create_kind(static_cast<v1::Kind>(77));
  CHECK(Refusal(run) == "ENUM_VALUE_UNKNOWN run.writes[0].create_kind");
}

TEST_CASE("column mappings are checked") {
  v1::Run run;
  v1::ColumnSource* source = test::MapColumn(run, "a.b.c#x", "a.b.d#y");
  CHECK(Refusal(run) == "OK");
  source->set_column("a.b.c");
  CHECK(Refusal(run) == "REFERENCE_NOT_A_COLUMN run.column_mappings[0].sources[0].column");
  source->set_column("a.b.c#x");
  source->set_transformation(static_cast<v1::TransformationType>(50));
  CHECK(Refusal(run) == "ENUM_VALUE_UNKNOWN run.column_mappings[0].sources[0].transformation");
  source->set_transformation(v1::TRANSFORMATION_TYPE_UNSPECIFIED);
  source->set_description(std::string(4097, 'x'));
  CHECK(Refusal(run) == "TEXT_TOO_LONG run.column_mappings[0].sources[0].description");
  run.mutable_column_mappings(0)->clear_sources();
  CHECK(Refusal(run) == "COLUMN_SOURCES_MISSING run.column_mappings[0].sources");
  run.mutable_column_mappings(0)->set_column("run:x");
  CHECK(Refusal(run).find("run.column_mappings[0].column") != std::string::npos);
}

TEST_CASE("counts and texts of a run are bounded") {
  v1::Run run;
  for (int i = 0; i <= 10'000; ++i) run.add_reads()->set_reference("a.b.c");
  CHECK(Refusal(run) == "TOO_MANY_ITEMS run.reads");
  run.Clear();
  for (int i = 0; i <= 10'000; ++i) run.add_writes()->set_reference("a.b.c");
  CHECK(Refusal(run) == "TOO_MANY_ITEMS run.writes");
  run.Clear();
  for (int i = 0; i <= 1000; ++i) (*run.mutable_parameters())[std::to_string(i)] = "";
  CHECK(Refusal(run) == "TOO_MANY_PARAMETERS run.parameters");
  run.Clear();
  (*run.mutable_parameters())[""] = "x";
  CHECK(Refusal(run) == "PARAMETER_KEY_EMPTY run.parameters");
  run.Clear();
  (*run.mutable_parameters())["k"] = std::string(16'385, 'x');
  CHECK(Refusal(run) == "TEXT_TOO_LONG run.parameters[\"k\"]");
  run.Clear();
  (*run.mutable_properties())[""] = "x";
  CHECK(Refusal(run) == "PROPERTY_KEY_EMPTY run.properties");
  run.Clear();
  run.set_host("a\nb");
  CHECK(Refusal(run) == "TEXT_HAS_CONTROL_CHARACTER run.host");
  run.Clear();
  run.set_user(std::string(256, 'x'));
  CHECK(Refusal(run) == "TEXT_TOO_LONG run.user");
  run.Clear();
  run.mutable_code()->set_commit(std::string(256, 'x'));
  CHECK(Refusal(run) == "TEXT_TOO_LONG run.code.commit");
  run.Clear();
  run.set_error_message(std::string(16'385, 'x'));
  CHECK(Refusal(run) == "TEXT_TOO_LONG run.error_message");
  CHECK(Refusal(CheckRun(run, "additions", {.identity = true})) == "OK");
}

TEST_CASE("operations check what they take") {
  v1::UpdateRunRequest update;
  CHECK(Refusal(ValidateUpdateRun(update)) == "RUN_ID_MISSING run.id");
  update.mutable_run()->set_id("x");
  CHECK(Refusal(ValidateUpdateRun(update)) == "RUN_ID_MALFORMED run.id");
  v1::StartRunRequest start;
  start.mutable_run()->set_state(static_cast<v1::RunState>(9));  // ignored
  CHECK(Refusal(ValidateStartRun(start)) == "OK");
  v1::FinishRunRequest finish;
  CHECK(Refusal(ValidateFinishRun(finish)) == "RUN_ID_MISSING id");
  finish.set_id(Uuid(1));
  CHECK(Refusal(ValidateFinishRun(finish)) == "RUN_STATE_NOT_FINISHED state");
  finish.set_state(v1::RUN_STATE_RUNNING);
  CHECK(Refusal(ValidateFinishRun(finish)) == "RUN_STATE_NOT_FINISHED state");
  finish.set_state(v1::RUN_STATE_ABORTED);
  CHECK(Refusal(ValidateFinishRun(finish)) == "OK");
  finish.mutable_additions()->set_id("ignored");
  finish.mutable_additions()->mutable_start_time()->set_seconds(5);
  finish.mutable_end_time()->set_seconds(4);
  CHECK(Refusal(ValidateFinishRun(finish)) == "RUN_ENDS_BEFORE_START end_time");
  finish.set_error_message(std::string(16'385, 'x'));
  CHECK(Refusal(ValidateFinishRun(finish)) == "TEXT_TOO_LONG error_message");
  v1::RecordRunRequest record;
  *record.mutable_run() = RunOf(1, {}, {});
  record.mutable_run()->set_state(v1::RUN_STATE_RUNNING);
  record.mutable_run()->mutable_end_time()->set_seconds(5);
  CHECK(Refusal(ValidateRecordRun(record)) == "RUN_NOT_ENDED run.end_time");
  v1::RecordRunsRequest runs;
  CHECK(Refusal(ValidateRecordRuns(runs)) == "RUNS_MISSING runs");
  *runs.add_runs() = RunOf(1, {"a"}, {});
  CHECK(Refusal(ValidateRecordRuns(runs)) == "REFERENCE_NOT_AN_ASSET runs[0].reads[0].reference");
  for (int i = 0; i < 1000; ++i) runs.add_runs();
  CHECK(Refusal(ValidateRecordRuns(runs)) == "TOO_MANY_ITEMS runs");
}

TEST_CASE("declared edges are checked") {
  v1::RecordEdgesRequest request;
  CHECK(Refusal(ValidateRecordEdges(request)) == "EDGES_MISSING edges");
  v1::DeclaredEdge* edge = request.add_edges();
  edge->set_source("a.b.c");
  edge->set_target("a.b.d#x");
  CHECK(Refusal(ValidateRecordEdges(request)) == "EDGE_GRAIN_MIXED edges[0]");
  edge->set_target("a.b");
  CHECK(Refusal(ValidateRecordEdges(request)) == "REFERENCE_NOT_AN_ASSET edges[0].target");
  edge->set_target("a.b.d");
  CHECK(Refusal(ValidateRecordEdges(request)) == "OK");
  edge->set_masking(true);
  CHECK(Refusal(ValidateRecordEdges(request)) ==
        "TRANSFORMATION_NOT_OF_COLUMNS edges[0].transformation");
  edge->set_transformation(static_cast<v1::TransformationType>(50));
  CHECK(Refusal(ValidateRecordEdges(request)) == "ENUM_VALUE_UNKNOWN edges[0].transformation");
  edge->Clear();
  CHECK(Refusal(ValidateRecordEdges(request)) == "REFERENCE_MALFORMED edges[0].source");
  edge->set_source("a.b.c#x");
  edge->set_target("a.b.d#x");
  edge->set_masking(true);
  CHECK(Refusal(ValidateRecordEdges(request)) == "OK");
  request.set_comment(std::string(65'537, 'x'));
  CHECK(Refusal(ValidateRecordEdges(request)) == "TEXT_TOO_LONG comment");
  for (int i = 0; i < 10'000; ++i) *request.add_edges() = request.edges(0);
  CHECK(Refusal(ValidateRecordEdges(request)) == "TOO_MANY_ITEMS edges");
}

}  // namespace
}  // namespace whence::service
