// StartRun, UpdateRun, FinishRun, RecordRun and RecordRuns: what they do.
#include <catch2/catch.hpp>

#include "lineage_house.h"

namespace whence::service {
namespace {

using test::Data;
using test::LineageHouse;
using test::ReasonOf;
using test::RunOf;
using test::Uuid;

TEST_CASE("a run is started, updated and finished") {
  LineageHouse house;
  house.Asset("prod.raw.orders", v1::KIND_TABLE);
  house.Asset("prod.raw.mart", v1::KIND_TABLE);
  house.Version("prod.raw.orders");
  v1::Run start = RunOf(1, {}, {}, "prod.raw.load");
  start.set_host("worker-1");
  (*start.mutable_parameters())["day"] = "monday";
  v1::Run run = house.Start(start);
  CHECK(run.id() == Uuid(1));
  CHECK(run.state() == v1::RUN_STATE_RUNNING);
  CHECK(run.job() == "prod.raw.load");
  CHECK(run.has_start_time());
  CHECK_FALSE(run.has_end_time());
  CHECK(run.recorder() == "user:ana");
  CHECK(run.position() == house.position());
  CHECK(house.LastEntry().resource == "run:" + Uuid(1));
  CHECK(house.LastEntry().action == "StartRun");

  v1::Run update = RunOf(1, {"prod.raw.orders"}, {"prod.raw.mart"});
  (*update.mutable_parameters())["hour"] = "7";
  update.mutable_code()->set_commit("abc");
  run = house.Update(update);
  CHECK(Data(run) == "reads prod.raw.orders@1 writes prod.raw.mart");
  CHECK(run.parameters().size() == 2);
  CHECK(run.code().commit() == "abc");
  CHECK(run.host() == "worker-1");

  v1::FinishRunRequest finish;
  finish.set_id(Uuid(1));
  finish.set_state(v1::RUN_STATE_FAILED);
  finish.set_error_message("out of disk");
  finish.mutable_additions()->set_user("etl");
  finish.mutable_additions()->set_error_message("ignored");
  run = house.Must(kFinishRun, finish);
  CHECK(run.state() == v1::RUN_STATE_FAILED);
  CHECK(run.error_message() == "out of disk");
  CHECK(run.user() == "etl");
  CHECK(run.has_end_time());
  CHECK(Data(run) == "reads prod.raw.orders@1 writes prod.raw.mart");
  CHECK(house.GetRun(1).DebugString() == run.DebugString());

  // The same outcome again is fine, another is not.
  const Position before = house.position();
  finish.set_error_message("later words");
  CHECK(house.Must(kFinishRun, finish).error_message() == "out of disk");
  CHECK(house.position() == before);
  finish.set_state(v1::RUN_STATE_COMPLETE);
  CHECK(house.Reason(kFinishRun, finish) == "RUN_ALREADY_FINISHED");
  // Additions are.
  CHECK(Data(house.Update(RunOf(1, {"prod.raw.mart"}, {}))) ==
        "reads prod.raw.mart prod.raw.orders@1 writes prod.raw.mart");
}

TEST_CASE("the same event again changes nothing, whatever was written meanwhile") {
  LineageHouse house;
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  house.Version("prod.raw.t");
  house.Alias("prod.raw.t", "good", 1);
  // It reads the table and writes its next version: a table that feeds itself.
  v1::Run event = RunOf(1, {"prod.raw.t", "prod.raw.t@good"}, {"prod.raw.t"}, "prod.raw.job");
  event.mutable_writes(0)->mutable_version()->set_digest("opaque:next");
  (*event.mutable_properties())["k"] = "v";
  event.mutable_code()->set_repository("https://git");
  test::MapColumn(event, "prod.raw.t#a", "prod.raw.t#b");
  const v1::Run first = house.Record(event);
  CHECK(Data(first) == "reads prod.raw.t@1 writes prod.raw.t@2");
  const Position before = house.position();
  CHECK(house.Record(event).DebugString() == first.DebugString());
  house.Alias("prod.raw.t", "good", 2);
  // By now the alias means another version, but for this run it means what it meant: the run read
  // version 1 by its bare name, then by the alias.
  CHECK(Data(house.Record(RunOf(1, {"prod.raw.t"}, {"prod.raw.t"}))) ==
        "reads prod.raw.t@1 writes prod.raw.t@2");
  CHECK(house.position() == before + 1);
  // By its number another version can be added.
  CHECK(Data(house.Record(RunOf(1, {"prod.raw.t@2"}, {}))) ==
        "reads prod.raw.t@1 prod.raw.t@2 writes prod.raw.t@2");
}

TEST_CASE("an alias is pinned to what it meant") {
  LineageHouse house;
  house.Asset("prod.raw.model", v1::KIND_MODEL);
  house.Version("prod.raw.model");
  house.Version("prod.raw.model");
  house.Alias("prod.raw.model", "champion", 1);
  const v1::Run run = house.Record(RunOf(1, {"prod.raw.model@champion"}, {}));
  CHECK(Data(run) == "reads prod.raw.model@1(champion) writes");
  house.Alias("prod.raw.model", "champion", 2);
  CHECK(Data(house.GetRun(1)) == "reads prod.raw.model@1(champion) writes");
  const Position before = house.position();
  CHECK(Data(house.Record(RunOf(1, {"prod.raw.model@champion"}, {}))) == Data(run));
  CHECK(house.position() == before);
  CHECK(Data(house.Record(RunOf(2, {"prod.raw.model@champion"}, {}))) ==
        "reads prod.raw.model@2(champion) writes");
}

TEST_CASE("what is written is created, registered and found") {
  LineageHouse house;
  house.Asset("prod.raw.source", v1::KIND_TABLE);
  v1::Run run = RunOf(0, {"prod.raw.source"}, {"prod.raw.model", "prod.raw.prompt"});
  run.mutable_writes(0)->set_create_kind(v1::KIND_MODEL);
  run.mutable_writes(0)->mutable_version()->set_digest("opaque:m1");
  (*run.mutable_writes(0)
        ->mutable_version()
        ->mutable_detail()
        ->mutable_model()
        ->mutable_metrics())["auc"] = 0.9;
  run.mutable_writes(1)->set_create_kind(v1::KIND_PROMPT);
  run.mutable_writes(1)->mutable_version()->mutable_detail()->mutable_prompt()->set_template_(
      "Say {{ word }}");
  const v1::Run recorded = house.Record(run);
  CHECK(recorded.id().size() == 36);
  CHECK(recorded.state() == v1::RUN_STATE_COMPLETE);
  CHECK(Data(recorded) == "reads prod.raw.source writes prod.raw.model@1 prod.raw.prompt@1");
  CHECK(house.LastEntry().resource == "run:" + recorded.id());
  CHECK(house.position() == recorded.position());
  v1::GetAssetRequest get;
  get.set_name("prod.raw.model");
  const v1::Asset model = house.Must(kGetAsset, get);
  CHECK(model.kind() == v1::KIND_MODEL);
  CHECK(model.owner() == "user:ana");
  CHECK(model.detail().model().metrics().at("auc") == 0.9);
  // Again, without creating: the same digest is the same version.
  v1::Run again = RunOf(7, {}, {"prod.raw.model"});
  again.mutable_writes(0)->mutable_version()->set_digest("opaque:m1");
  CHECK(Data(house.Record(again)) == "reads writes prod.raw.model@1");
  again.mutable_writes(0)->set_create_kind(v1::KIND_TABLE);
  CHECK(house.RecordReason(again) == "ASSET_KIND_MISMATCH");
  // The graph knows it all.
  house.Reopen();
  CHECK(test::Nodes(house.Lineage("prod.raw.model", v1::DIRECTION_UPSTREAM)).find("source") !=
        std::string::npos);
}

TEST_CASE("a job is made when its schema is there") {
  LineageHouse house;
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  CHECK(house.Record(RunOf(1, {}, {}, "prod.raw.job")).job() == "prod.raw.job");
  v1::GetAssetRequest get;
  get.set_name("prod.raw.job");
  CHECK(house.Must(kGetAsset, get).kind() == v1::KIND_JOB);
  CHECK(house.RecordReason(RunOf(2, {}, {}, "prod.no.job")) == "SCHEMA_NOT_FOUND");
  CHECK(house.RecordReason(RunOf(2, {}, {}, "no.raw.job")) == "CATALOG_NOT_FOUND");
  CHECK(house.RecordReason(RunOf(2, {}, {}, "prod.raw.t")) == "ASSET_KIND_MISMATCH");
  house.Rename("prod.raw.job", "prod.raw.`new job`");
  CHECK(house.GetRun(1).job() == "prod.raw.`new job`");
  CHECK(house.GetRun(1, house.position() - 1).job() == "prod.raw.job");
}

TEST_CASE("what a reference does not find is named") {
  LineageHouse house;
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  const auto refusal = [&house](const v1::Run& run) {
    v1::RecordRunRequest request;
    *request.mutable_run() = run;
    const absl::Status status = house.Run(kRecordRun, request).status();
    return absl::StrCat(ReasonOf(status), " ", GetErrorDetail(status).field);
  };
  const Position before = house.position();
  CHECK(refusal(RunOf(1, {"prod.raw.t", "prod.raw.no"}, {})) ==
        "ASSET_NOT_FOUND run.reads[1].reference");
  CHECK(refusal(RunOf(1, {"prod.raw.t@3"}, {})) == "VERSION_NOT_FOUND run.reads[0].reference");
  CHECK(refusal(RunOf(1, {"prod.raw.t@best"}, {})) == "ALIAS_NOT_FOUND run.reads[0].reference");
  CHECK(refusal(RunOf(1, {}, {"prod.raw.no"})) == "ASSET_NOT_FOUND run.writes[0].reference");
  v1::Run mapped = RunOf(1, {}, {});
  test::MapColumn(mapped, "prod.raw.no#a", "prod.raw.t#b");
  CHECK(refusal(mapped) == "ASSET_NOT_FOUND run.column_mappings[0].sources[0].column");
  v1::Run versioned = RunOf(1, {}, {"prod.raw.t"});
  versioned.mutable_writes(0)->mutable_version()->set_comment("no digest");
  CHECK(refusal(versioned) == "DIGEST_REQUIRED run.writes[0].version.digest");
  CHECK(house.position() == before);
}

TEST_CASE("runs are recorded all or none, at one position") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Asset("prod.raw.b", v1::KIND_TABLE);
  v1::RecordRunsRequest request;
  *request.add_runs() = RunOf(1, {"prod.raw.a"}, {"prod.raw.b"});
  request.mutable_runs(0)->mutable_writes(0)->mutable_version()->set_digest("opaque:b1");
  *request.add_runs() = RunOf(2, {"prod.raw.b"}, {"prod.raw.a"});  // reads what the first wrote
  *request.add_runs() = RunOf(1, {"prod.raw.no"}, {});
  const Position before = house.position();
  const absl::Status refused = house.Run(kRecordRuns, request).status();
  CHECK(ReasonOf(refused) == "ASSET_NOT_FOUND");
  CHECK(GetErrorDetail(refused).field == "runs[2].reads[0].reference");
  CHECK(house.position() == before);
  v1::GetRunRequest get;
  get.set_id(Uuid(1));
  CHECK(house.Reason(kGetRun, get) == "RUN_NOT_FOUND");

  *request.mutable_runs(2) = RunOf(1, {}, {"prod.raw.a"});
  const v1::RecordRunsResponse response = house.Must(kRecordRuns, request);
  CHECK(response.position() == before + 1);
  CHECK(house.position() == before + 1);
  REQUIRE(response.runs_size() == 3);
  CHECK(Data(response.runs(1)) == "reads prod.raw.b@1 writes prod.raw.a");
  CHECK(Data(response.runs(2)) == "reads prod.raw.a writes prod.raw.a prod.raw.b@1");
  CHECK(house.GetRun(1).DebugString() == response.runs(2).DebugString());
  CHECK(house.LastEntry().resource == "run:" + Uuid(1));
  CHECK(house.Must(kRecordRuns, request).position() == 0);
  CHECK(house.position() == before + 1);
}

TEST_CASE("a request id gives the first answer again") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  v1::RecordRunRequest request;
  *request.mutable_run() = RunOf(0, {"prod.raw.a"}, {});
  request.set_request_id("again");
  const v1::Run first = house.Must(kRecordRun, request);
  CHECK(house.Must(kRecordRun, request).DebugString() == first.DebugString());
  v1::RecordEdgesRequest edges;
  edges.set_request_id("edges");
  edges.add_edges()->set_source("prod.raw.a");
  edges.mutable_edges(0)->set_target("prod.raw.a");
  CHECK(house.Must(kRecordEdges, edges).id() == house.Must(kRecordEdges, edges).id());
}

TEST_CASE("edges are declared without a run") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Asset("prod.raw.b", v1::KIND_TABLE);
  house.Version("prod.raw.b");
  v1::RecordEdgesRequest request;
  request.set_comment("by hand");
  v1::DeclaredEdge* edge = request.add_edges();
  edge->set_source("prod.raw.a#x");
  edge->set_target("prod.raw.b@1#`y z`");
  edge->set_transformation(v1::TRANSFORMATION_TYPE_AGGREGATION);
  edge->set_masking(true);
  edge = request.add_edges();
  edge->set_source("prod.raw.a");
  edge->set_target("prod.raw.b");
  const v1::Declaration declared = house.Must(kRecordEdges, request);
  CHECK(declared.creator() == "user:ana");
  CHECK(declared.comment() == "by hand");
  CHECK(declared.position() == house.position());
  CHECK(house.LastEntry().resource == absl::StrCat("declaration:", declared.id()));
  REQUIRE(declared.edges_size() == 2);
  CHECK(declared.edges(0).source() == "prod.raw.a#x");
  CHECK(declared.edges(0).target() == "prod.raw.b#`y z`");
  CHECK(declared.edges(1).target() == "prod.raw.b@1");
  const std::string via = absl::StrCat("declaration:", declared.id());
  CHECK(test::Edges(house.Lineage("prod.raw.b@1", v1::DIRECTION_UPSTREAM)) ==
        absl::StrCat(via, ">prod.raw.b@1 WRITE, prod.raw.a>", via, " READ"));
  CHECK(test::Edges(house.Lineage("prod.raw.b#`y z`", v1::DIRECTION_UPSTREAM)) ==
        absl::StrCat("prod.raw.a#x>prod.raw.b#`y z` COLUMN by ", via, " masked"));

  request.mutable_edges(1)->set_target("prod.raw.no");
  const absl::Status refused = house.Run(kRecordEdges, request).status();
  CHECK(ReasonOf(refused) == "ASSET_NOT_FOUND");
  CHECK(GetErrorDetail(refused).field == "edges[1].target");
}

}  // namespace
}  // namespace whence::service
