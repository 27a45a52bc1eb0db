// Records of bulk files, reading lines, what is acknowledged, state, spools, portable forms.

#include <catch2/catch.hpp>

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "cli/bulk/ack_tracker.h"
#include "cli/bulk/differences.h"
#include "cli/bulk/import_state.h"
#include "cli/bulk/line_reader.h"
#include "cli/bulk/portable.h"
#include "cli/bulk/record.h"
#include "cli/bulk/references.h"
#include "cli/bulk/spool.h"
#include "cli/bulk/worker_pool.h"
#include "cli/progress.h"

namespace whence::cli {
namespace {

TEST_CASE("each kind of record is known by its key") {
  const auto kind = [](const char* line) {
    const absl::StatusOr<Record> record = ParseRecord(line, 1);
    return record.ok() ? std::string(KindOf(*record)) : std::string(record.status().message());
  };
  CHECK(kind(R"({"catalog":{"name":"prod"}})") == "catalog");
  CHECK(kind(R"({"schema":{"name":"prod.a"}})") == "schema");
  CHECK(kind(R"({"asset":{"name":"prod.a.t","kind":"KIND_TABLE"}})") == "asset");
  CHECK(kind(R"({"version":{"asset":"prod.a.t","digest":"opaque:1"}})") == "version");
  CHECK(kind(R"({"alias":{"asset":"prod.a.t","alias":"x","version":"1"}})") == "alias");
  CHECK(kind(R"({"tags":{"reference":"prod","set":[{"key":"k"}]}})") == "tags");
  CHECK(kind(R"({"identity":{"namespace":"n","name":"m","asset":"prod.a.t"}})") == "identity");
  CHECK(kind(R"({"run":{"job":"prod.a.j"}})") == "run");
  CHECK(kind(R"({"edges":{"edges":[{"source":"a.b.c","target":"a.b.d"}]}})") == "edges");
  CHECK(kind(R"({"prediction":{"id":"p","model":"a.b.m"}})") == "prediction");
}

TEST_CASE("lines that hold no record say why") {
  const auto message = [](const char* line) {
    return std::string(ParseRecord(line, 1).status().message());
  };
  CHECK(message("{") == "not JSON: a key in double quotes is missing at 1:2");
  CHECK(message("{}") == "a record such as {\"catalog\": {...}} is expected");
  CHECK(message("[]") == "a record such as {\"catalog\": {...}} is expected");
  CHECK(message(R"({"catalogue":{}})")
            .starts_with("unknown kind of record \"catalogue\", known are catalog"));
  CHECK(message(R"({"catalog":{},"schema":{}})") == "a line holds one record");
  CHECK(message(R"({"catalog":{"nmae":"x"}})").find("nmae") != std::string::npos);
  CHECK(message(R"({"run":{},"update_mask":"job"})") == "update_mask does not go with run");
}

TEST_CASE("an update mask is a text or a list, and never passed over") {
  const auto mask = [](const char* value) {
    const absl::StatusOr<Record> record =
        ParseRecord(StrCat(R"({"catalog":{"name":"prod"},"update_mask":)", value, "}"), 1);
    return record.ok() ? record->update_mask
                       : StrCat("refused: ", ToStd(record.status().message()));
  };
  CHECK(mask(R"("comment,owner")") == "comment,owner");
  CHECK(mask(R"(["comment","owner"])") == "comment,owner");
  CHECK(mask(R"({"paths":["comment"]})") == "comment");
  for (const char* empty : {R"("")", "[]", R"([""])", R"({"paths":[]})"}) {
    CAPTURE(empty);
    CHECK(mask(empty) == "refused: update_mask names no field");
  }
  for (const char* other : {"1", "true", "null", R"([1])", R"({"comment":true})", "{}",
                            R"({"paths":"comment"})", R"({"paths":["comment"],"more":1})"}) {
    CAPTURE(other);
    CHECK(mask(other) ==
          "refused: update_mask is a text such as \"comment,owner\", or a list of fields");
  }
}

TEST_CASE("ids that are missing follow from the line, so that a second import finds the first") {
  const char* line = R"({"run":{"job":"prod.a.j"}})";
  const auto id = [](const char* text, int64_t number) {
    return std::get<v1::Run>(ParseRecord(text, number)->body).id();
  };
  CHECK(IsUuid(id(line, 1)));
  CHECK(id(line, 1) == id(line, 1));
  CHECK(id(line, 1) != id(line, 2));
  CHECK(id(R"({"run":{"id":"given"}})", 1) == "given");
  CHECK(IsUuid(UuidOf("x")));
  CHECK(std::get<v1::RecordEdgesRequest>(ParseRecord(R"({"edges":{}})", 1)->body).request_id() !=
        "");
  CHECK(std::get<v1::Prediction>(ParseRecord(R"({"prediction":{}})", 1)->body).id() != "");
}

TEST_CASE("a run may say that its state is not known") {
  CHECK(ParseRecord(R"({"run":{"state":"RUN_STATE_UNSPECIFIED"}})", 1)->state_unknown);
  CHECK_FALSE(ParseRecord(R"({"run":{}})", 1)->state_unknown);
  CHECK_FALSE(ParseRecord(R"({"run":{"state":"RUN_STATE_FAILED"}})", 1)->state_unknown);
}

TEST_CASE("dependencies go by names, however they are quoted") {
  const auto of = [](const char* line) { return DependenciesOf(*ParseRecord(line, 1)); };
  const Dependencies asset = of(R"({"asset":{"name":"`prod`.a.t"}})");
  CHECK(asset.own == "prod.a.t");
  CHECK(asset.needs == std::vector<std::string>{"prod", "prod.a"});
  CHECK(of(R"({"version":{"asset":"prod.a.t"}})").own == "prod.a.t");
  CHECK(of(R"({"version":{"name":"prod.a.t@2"},"update_mask":"comment"})").own == "prod.a.t");
  CHECK(of(R"({"tags":{"reference":"prod.a.t#c"}})").own == "prod.a.t");
  CHECK(of(R"({"catalog":{"name":"prod"}})").needs.empty());
  CHECK(of(R"({"catalog":{"name":"..bad"}})").own != "");
}

TEST_CASE("lines know where they end") {
  std::istringstream in("one\r\n\nthree");
  LineReader reader(in);
  std::string line;
  REQUIRE(reader.Next(line));
  CHECK(line == "one");
  CHECK(reader.number() == 1);
  CHECK(reader.offset() == 5);
  REQUIRE(reader.Next(line));
  CHECK(line.empty());
  REQUIRE(reader.Next(line));
  CHECK(line == "three");
  CHECK(reader.number() == 3);
  CHECK(reader.offset() == 11);
  CHECK_FALSE(reader.Next(line));
}

TEST_CASE("a line beyond the bound is passed over whole") {
  std::istringstream in(StrCat(std::string(LineReader::kMaxLineBytes + 5, 'x'), "\nnext\n"));
  LineReader reader(in);
  std::string line;
  REQUIRE(reader.Next(line));
  CHECK(reader.too_long());
  REQUIRE(reader.Next(line));
  CHECK(line == "next");
  CHECK_FALSE(reader.too_long());
}

TEST_CASE("lines are handed out in the order of the file") {
  AckTracker tracker;
  tracker.Open(1, 10, "a");
  tracker.Open(3, 20, "b");
  tracker.Open(4, 30, "c");
  tracker.Close(4, absl::OkStatus());
  CHECK_FALSE(tracker.TakeFinished());
  tracker.Close(1, absl::InternalError("x"));
  const auto first = tracker.TakeFinished();
  REQUIRE(first);
  CHECK(first->number == 1);
  CHECK_FALSE(first->status.ok());
  CHECK_FALSE(tracker.TakeFinished());
  tracker.Close(3, absl::OkStatus());
  CHECK(tracker.TakeFinished()->text == "b");
  CHECK(tracker.TakeFinished()->end_offset == 30);
  CHECK(tracker.open() == 0);
}

TEST_CASE("state is kept, and a changed file noticed") {
  std::string pattern = (std::filesystem::temp_directory_path() / "whence-cli-XXXXXX").string();
  const std::string folder = mkdtemp(pattern.data());
  const std::string file = StrCat(folder, "/f.jsonl");
  std::ofstream(file) << "first\nsecond\nthird\n";
  CHECK_FALSE(LoadImportState(file)->has_value());
  const ImportState state = {13, 2, 1, 7, DigestWith(DigestWith("", "first"), "second")};
  REQUIRE(SaveImportState(file, state).ok());
  CHECK(**LoadImportState(file) == state);
  // What comes after may be anything, what was imported may not.
  std::ofstream(file) << "first\nsecond\nanother third\nand fourth\n";
  CHECK(**LoadImportState(file) == state);
  for (const char* changed : {"first\nSECOND\nthird\n", "FIRST\nsecond\nthird\n", "first\nsec",
                              "first\nsecond and more\nthird\n", "firs\ntsecond\nthird\n", ""}) {
    CAPTURE(changed);
    std::ofstream(file) << changed;
    CHECK(ToStd(LoadImportState(file).status().message()).find("has changed since") !=
          std::string_view::npos);
  }
  std::ofstream(ImportStatePath(file)) << "{}";
  CHECK(ToStd(LoadImportState(file).status().message()).ends_with("is damaged"));
  REQUIRE(RemoveImportState(file).ok());
  REQUIRE(RemoveImportState(file).ok());
  CHECK_FALSE(LoadImportState(file)->has_value());
  std::filesystem::remove_all(folder);
}

TEST_CASE("a spool gives back both ways") {
  Spool spool;
  const auto read = [&spool](bool backwards) {
    std::string all;
    const auto use = [&all](const std::string& line) {
      StrAppend(&all, line, "|");
      return absl::OkStatus();
    };
    CHECK((backwards ? spool.ForEachBackwards(use) : spool.ForEach(use)).ok());
    return all;
  };
  CHECK(read(false).empty());
  for (const char* line : {"one", "", "three\nlines"}) REQUIRE(spool.Add(line).ok());
  CHECK(spool.count() == 3);
  CHECK(read(false) == "one||three\nlines|");
  CHECK(read(true) == "three\nlines||one|");
  REQUIRE(spool.Add("after").ok());
  CHECK(read(true) == "after|three\nlines||one|");
}

TEST_CASE("a pool runs everything before it goes") {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(4);
    for (int i = 0; i < 1000; ++i) pool.Submit([&done] { ++done; });
  }
  CHECK(done == 1000);
}

TEST_CASE("what a line leaves out does not differ") {
  v1::Asset said;
  said.set_kind(v1::KIND_TABLE);
  v1::Asset present = said;
  present.set_owner("user:ana");
  present.set_comment("x");
  (*present.mutable_properties())["a"] = "1";
  CHECK(Differences(said, present) == "");
  said.set_owner("user:bob");
  said.set_comment("y");
  (*said.mutable_properties())["a"] = "2";
  said.mutable_detail()->mutable_table()->set_row_count(3);
  CHECK(Differences(said, present) == "comment, owner, properties, detail");
  present.set_current_version(1);  // then the detail is the versions' affair
  CHECK(Differences(said, present) == "comment, owner, properties");
  said = present;
  said.set_kind(v1::KIND_VIEW);
  CHECK(Differences(said, present) == "kind");
  v1::Asset tagged;
  tagged.mutable_detail()->mutable_table()->add_columns()->add_tags()->set_key("pii");
  v1::Asset plain;
  plain.mutable_detail()->mutable_table()->add_columns();
  CHECK(Differences(plain, tagged) == "");
}

TEST_CASE("portable forms leave out what the server assigns") {
  v1::Asset asset;
  asset.set_name("prod.a.t");
  asset.set_id(3);
  asset.set_position(9);
  asset.set_etag("e");
  asset.set_current_version(2);
  asset.add_aliases()->set_alias("x");
  asset.mutable_detail()->mutable_table()->add_columns()->set_name("my col");
  asset.mutable_detail()->mutable_table()->mutable_columns(0)->add_tags()->set_key("pii");
  CHECK(RecordLine("asset", Portable(asset)) ==
        R"({"asset":{"name":"prod.a.t","detail":{"table":{"columns":[{"name":"my col"}]}}}})");
  CHECK(ColumnTagsLines(asset) ==
        std::vector<std::string>{
            R"({"tags":{"reference":"prod.a.t#`my col`","set":[{"key":"pii"}]}})"});
  CHECK(RecordLine("asset", v1::Asset(), "detail") == R"({"asset":{},"update_mask":"detail"})");
  CHECK(TagsLine("prod", {}) == "");
  v1::Run run;
  run.set_id("r");
  run.set_recorder("user:ana");
  run.set_position(4);
  run.add_reads()->set_reference("a.b.c@1");
  run.mutable_reads(0)->set_alias("champion");
  CHECK(RecordLine("run", Portable(run)) ==
        R"({"run":{"id":"r","reads":[{"reference":"a.b.c@1"}]}})");
}

TEST_CASE("what a run names is exported in an order that does not depend on ids, and once") {
  v1::Run run;
  for (const char* reference : {"b.a.t@1", "a.a.t", "b.a.t@1"}) {
    run.add_reads()->set_reference(reference);
    run.add_writes()->set_reference(reference);
  }
  run.mutable_reads(2)->set_alias("champion");
  for (const char* target : {"a.a.t#y", "a.a.t#x"}) {
    v1::ColumnMapping* mapping = run.add_column_mappings();
    mapping->set_column(target);
    mapping->add_sources()->set_column("b.a.t#b");
    mapping->add_sources()->set_column("b.a.t#a");
  }
  CHECK(RecordLine("run", Portable(run)) ==
        R"({"run":{"reads":[{"reference":"a.a.t"},{"reference":"b.a.t@1"}],)"
        R"("writes":[{"reference":"a.a.t"},{"reference":"b.a.t@1"}],"column_mappings":[)"
        R"({"column":"a.a.t#x","sources":[{"column":"b.a.t#a"},{"column":"b.a.t#b"}]},)"
        R"({"column":"a.a.t#y","sources":[{"column":"b.a.t#a"},{"column":"b.a.t#b"}]}]}})");
}

TEST_CASE("a run whose state is not known says so, for without one it would be complete") {
  v1::Run run;
  run.set_id("r");
  CHECK(RunLines(run) ==
        std::vector<std::string>{R"({"run":{"id":"r","state":"RUN_STATE_UNSPECIFIED"}})"});
  CHECK(ParseRecord(RunLines(run)[0], 1)->state_unknown);
  run.set_state(v1::RUN_STATE_RUNNING);
  CHECK(RunLines(run) ==
        std::vector<std::string>{R"({"run":{"id":"r","state":"RUN_STATE_RUNNING"}})"});
}

TEST_CASE("a run with more than one call takes comes in several lines") {
  v1::Run run;
  run.set_id("r");
  run.set_state(v1::RUN_STATE_FAILED);
  run.mutable_end_time()->set_seconds(7);
  run.add_column_mappings()->set_column("a.b.out#x");
  for (size_t i = 0; i < kMaxRunEndpoints; ++i) {
    run.add_reads()->set_reference(StrCat("a.b.in", i));
    run.add_writes()->set_reference(StrCat("a.b.out", i));
  }
  CHECK(RunLines(run).size() == 1);
  run.add_reads()->set_reference("a.b.more");
  const std::vector<std::string> lines = RunLines(run);
  REQUIRE(lines.size() == 2);
  const v1::Run first = std::get<v1::Run>(ParseRecord(lines[0], 1)->body);
  CHECK(first.reads_size() == static_cast<int>(kMaxRunEndpoints));
  CHECK(first.reads(9).reference() == "a.b.in9");
  CHECK(first.writes_size() == static_cast<int>(kMaxRunEndpoints));
  CHECK(first.column_mappings().empty());
  CHECK(lines[1] ==
        R"({"run":{"id":"r","state":"RUN_STATE_FAILED","end_time":"1970-01-01T00:00:07Z",)"
        R"("reads":[{"reference":"a.b.more"}],"column_mappings":[{"column":"a.b.out#x"}]}})");
}

TEST_CASE("a declaration is exported as what declares it again") {
  v1::Declaration declaration;
  declaration.set_id(4);
  declaration.set_creator("user:ana");
  declaration.set_position(9);
  declaration.set_comment("by hand");
  declaration.add_edges()->set_source("a.b.c@1");
  CHECK(RecordLine("edges", Portable(declaration)) ==
        R"({"edges":{"edges":[{"source":"a.b.c@1"}],"comment":"by hand"}})");
}

TEST_CASE("what names a deleted asset is taken out of a run and counted") {
  v1::Run run;
  run.set_job("id:3");
  run.add_reads()->set_reference("prod.a.t@1");
  run.add_reads()->set_reference("id:17@1");
  run.add_writes()->set_reference("id:18");
  run.add_writes()->set_reference("prod.a.u");
  v1::ColumnMapping* kept = run.add_column_mappings();
  kept->set_column("prod.a.u#x");
  kept->add_sources()->set_column("prod.a.t#x");
  kept->add_sources()->set_column("id:17#x");
  v1::ColumnMapping* without_sources = run.add_column_mappings();
  without_sources->set_column("prod.a.u#y");
  without_sources->add_sources()->set_column("id:17#y");
  v1::ColumnMapping* without_target = run.add_column_mappings();
  without_target->set_column("id:18#z");
  without_target->add_sources()->set_column("prod.a.t#x");
  CHECK(DropDeleted(run) == 6);
  CHECK(RecordLine("run", run) ==
        R"({"run":{"reads":[{"reference":"prod.a.t@1"}],"writes":[{"reference":"prod.a.u"}],)"
        R"("column_mappings":[{"column":"prod.a.u#x","sources":[{"column":"prod.a.t#x"}]}]}})");
  CHECK(DropDeleted(run) == 0);
}

TEST_CASE("what names a deleted asset is taken out of predictions and edges") {
  v1::Prediction prediction;
  prediction.set_model("prod.a.m@1");
  prediction.set_endpoint("id:4");
  prediction.add_prompts("id:5@2");
  prediction.add_inputs("prod.a.t@1");
  prediction.add_inputs("id:6");
  prediction.add_retrieved()->set_index("id:7@1");
  prediction.add_retrieved()->set_index("prod.a.i@1");
  prediction.mutable_retrieved(1)->set_source("id:6@1");
  CHECK_FALSE(MakerDeleted(prediction));
  CHECK(DropDeleted(prediction) == 5);
  CHECK(RecordLine("prediction", prediction) ==
        R"({"prediction":{"model":"prod.a.m@1","inputs":["prod.a.t@1"],)"
        R"("retrieved":[{"index":"prod.a.i@1"}]}})");
  prediction.set_model("id:8@1");
  prediction.set_endpoint("prod.a.e");
  CHECK(MakerDeleted(prediction));
  prediction.clear_model();
  CHECK_FALSE(MakerDeleted(prediction));
  prediction.set_endpoint("id:4");
  CHECK(MakerDeleted(prediction));

  v1::RecordEdgesRequest edges;
  for (const char* source : {"id:9", "prod.a.t"}) {
    edges.add_edges()->set_source(source);
    edges.mutable_edges(edges.edges_size() - 1)->set_target("prod.a.u");
  }
  edges.add_edges()->set_source("prod.a.t");
  edges.mutable_edges(2)->set_target("id:9");
  CHECK(DropDeleted(edges) == 2);
  REQUIRE(edges.edges_size() == 1);
  CHECK(edges.edges(0).source() == "prod.a.t");
}

TEST_CASE("what touches a catalog") {
  CHECK(InCatalog("prod", "prod"));
  CHECK(InCatalog("prod.a.t@3", "prod"));
  CHECK_FALSE(InCatalog("production.a.t", "prod"));
  v1::Run run;
  run.add_writes()->set_reference("prod.a.t@1");
  CHECK(InCatalog(run, "prod"));
  CHECK_FALSE(InCatalog(run, "test"));
  v1::Prediction prediction;
  prediction.add_prompts("prod.a.p@1");
  CHECK(InCatalog(prediction, "prod"));
  CHECK_FALSE(BeyondCatalog(prediction, "prod"));
  prediction.add_retrieved()->set_index("docs.a.i@1");
  CHECK(InCatalog(prediction, "docs"));
  CHECK(BeyondCatalog(prediction, "prod"));
  prediction.mutable_retrieved(0)->set_source("wiki.a.t");
  CHECK(InCatalog(prediction, "wiki"));
  v1::RecordEdgesRequest edges;
  edges.add_edges()->set_source("prod.a.t#x");
  edges.mutable_edges(0)->set_target("id:17");
  CHECK(InCatalog(edges, "prod"));
  CHECK_FALSE(BeyondCatalog(edges, "prod"));  // what is deleted is not elsewhere
  CHECK(BeyondCatalog(edges, "test"));
}

TEST_CASE("the bar of a progress") {
  CHECK(ProgressLine(1, 4, "x") == "[######------------------]  25%  x");
  CHECK(ProgressLine(9, 4, "x") == "[########################] 100%  x");
  CHECK(ProgressLine(5, 0, "x") == "x");
}

}  // namespace
}  // namespace whence::cli
