#include "whence/run.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "absl/time/clock.h"
#include "client_test_util.h"
#include "fake_server.h"
#include "whence/whence.h"

namespace whence {
namespace {

using test::ClientOf;
using test::FakeServer;
using test::kAway;
using test::ScopedEnvironment;
using test::ScratchFolder;

TEST_CASE("A run tells what it read, wrote and was told", "[client][run]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const ScratchFolder folder;
  const std::string file = folder.Write("model.onnx", "abc");
  auto run = client.StartRun("prod.churn.train", {.parameters = {{"given", "first"}}});
  REQUIRE(run.ok());
  const auto features = run->Reads("prod.churn.features");
  REQUIRE(features.ok());
  REQUIRE(features->reference == "prod.churn.features@3");
  REQUIRE(features->number == 3);
  const auto prompt = run->Reads("prod.churn.prompt@champion");
  REQUIRE(prompt->reference == "prod.churn.prompt@2");
  REQUIRE(run->Reads("prod.churn.users@7")->reference == "prod.churn.users@7");
  run->Parameter("rate", 0.1).Parameter("epochs", 20).Parameter("shuffle", true);
  run->Parameter("optimizer", "adam").Parameter("seed", uint64_t{18446744073709551615u});
  run->MapColumn("prod.churn.scores#p",
                 {{"prod.churn.features#x", Transformation::kAggregation}, "prod.churn.users#y"});
  const auto model =
      run->Writes("prod.churn.model", ModelVersion{.file = file, .framework = "onnx"});
  REQUIRE(model.ok());
  REQUIRE(model->reference == "prod.churn.model@5");
  REQUIRE(run->Writes("prod.churn.report", Kind::kDashboard)->number == 0);
  REQUIRE(run->Complete().ok());
  REQUIRE(run->status().ok());

  const auto updates = server.updates();
  REQUIRE(updates.size() == 5);
  REQUIRE(updates[0].run().id() == run->id());
  // Reads go out alone and at once; what is held back goes with the write.
  REQUIRE(updates[0].run().reads(0).reference() == "prod.churn.features");
  REQUIRE(updates[2].run().parameters().empty());
  const v1::Run& write = updates[3].run();
  REQUIRE(write.parameters().at("rate") == "0.1");
  REQUIRE(write.parameters().at("epochs") == "20");
  REQUIRE(write.parameters().at("shuffle") == "true");
  REQUIRE(write.parameters().at("optimizer") == "adam");
  REQUIRE(write.parameters().at("seed") == "18446744073709551615");
  REQUIRE(write.column_mappings(0).sources_size() == 2);
  REQUIRE(write.column_mappings(0).sources(0).transformation() ==
          v1::TRANSFORMATION_TYPE_AGGREGATION);
  REQUIRE(write.writes(0).create_kind() == v1::KIND_MODEL);
  REQUIRE(write.writes(0).version().detail().model().framework() == "onnx");
  REQUIRE(write.writes(0).version().location() == file);
  REQUIRE(updates[4].run().writes(0).create_kind() == v1::KIND_DASHBOARD);
  REQUIRE(updates[4].run().column_mappings().empty());
  REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_COMPLETE);
  REQUIRE(run->reference() == "run:" + run->id());
}

TEST_CASE("Host, user and code are noticed, and can be said", "[client][run]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const ScopedEnvironment commit("GIT_COMMIT", "abcdef0123456789abcdef0123456789abcdef01");
  REQUIRE(client.StartRun("a.b.job", {.code_path = "jobs/train"})->Complete().ok());
  REQUIRE(server.started().code().commit() == "abcdef0123456789abcdef0123456789abcdef01");
  REQUIRE(server.started().code().path() == "jobs/train");
  REQUIRE_FALSE(server.started().host().empty());
  REQUIRE_FALSE(server.started().user().empty());
  REQUIRE(server.started().id().size() == 36);
  REQUIRE(server.started().has_start_time());

  FakeServer other;
  auto run = ClientOf(other).StartRun(
      "a.b.job", {.id = "0190a5c2-0000-7000-8000-000000000001",
                  .parent_run_id = "0190a5c2-0000-7000-8000-000000000002",
                  .properties = {{"k", "v"}},
                  .code = CodeLocation{.repository = "r", .commit = "c", .dirty = true},
                  .host = "h",
                  .user = "u",
                  .start_time = absl::FromUnixSeconds(1'700'000'000)});
  REQUIRE(run->Complete().ok());
  const v1::Run started = other.started();
  REQUIRE(started.id() == "0190a5c2-0000-7000-8000-000000000001");
  REQUIRE(started.parent_run_id() == "0190a5c2-0000-7000-8000-000000000002");
  REQUIRE(started.code().commit() == "c");
  REQUIRE(started.code().dirty());
  REQUIRE(started.host() == "h");
  REQUIRE(started.user() == "u");
  REQUIRE(started.start_time().seconds() == 1'700'000'000);
}

TEST_CASE("A pinned reference is found in answers that hold the whole run", "[client][run]") {
  FakeServer server;
  server.AnswerWholeRuns();
  const Client client = ClientOf(server);
  auto run = client.StartRun("a.b.job");
  REQUIRE(run->Reads("a.b.x@9")->reference == "a.b.x@9");
  REQUIRE(run->Reads("a.b.x")->reference == "a.b.x@3");
  REQUIRE(run->Reads("a.b.x@live")->reference == "a.b.x@2");
  REQUIRE(run->Reads("a.b.x@9")->reference == "a.b.x@9");
  REQUIRE(run->Reads("a.b.`y`@live")->reference == "a.b.`y`@2");
  REQUIRE(run->Writes("a.b.m", ModelVersion{.digest = "sha256:aa"})->reference == "a.b.m@5");
  REQUIRE(run->Writes("a.b.n", ModelVersion{.digest = "sha256:bb"})->reference == "a.b.n@5");
  REQUIRE(run->Writes("a.b.m@1")->reference == "a.b.m@1");
  REQUIRE(run->Complete().ok());
}

TEST_CASE("A run without an outcome is aborted", "[client][run]") {
  FakeServer server;
  const Client client = ClientOf(server);
  SECTION("by its end of scope") {
    { auto run = client.StartRun("a.b.job"); }
    REQUIRE(server.finishes().at(0).error_message() == "abandoned");
  }
  SECTION("by an exception") {
    try {
      auto run = client.StartRun("a.b.job");
      throw std::runtime_error("x");
    } catch (const std::runtime_error&) {
    }
    REQUIRE(server.finishes().at(0).error_message() == "abandoned: an exception was thrown");
  }
  SECTION("by another run taking its place") {
    auto run = client.StartRun("a.b.job");
    auto next = client.StartRun("a.b.job");
    *run = *std::move(next);
    REQUIRE(server.finishes().size() == 1);
    REQUIRE(run->Complete().ok());
    REQUIRE(server.finishes().at(1).state() == v1::RUN_STATE_COMPLETE);
  }
  SECTION("with what it knew") {
    {
      auto run = client.StartRun("a.b.job");
      run->Parameter("k", "v");
      server.FailNext("UpdateRun", test::DetailedStatus(grpc::StatusCode::NOT_FOUND,
                                                        "no asset a.b.x", "ASSET_NOT_FOUND", ""));
      run->Reads("a.b.x");
    }
    REQUIRE(server.finishes().at(0).error_message() == "abandoned: no asset a.b.x");
    REQUIRE(server.finishes().at(0).additions().parameters().at("k") == "v");
  }
  REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_ABORTED);
}

TEST_CASE("Abandoning a run does not wait long for a server that is away", "[client][run]") {
  FakeServer server;
  const Client client = ClientOf(server);
  absl::Time start;
  {
    auto run = client.StartRun("a.b.job");
    REQUIRE(run.ok());
    server.Stop();
    start = absl::Now();
  }
  REQUIRE(absl::Now() - start < absl::Seconds(6));
}

TEST_CASE("A moved run keeps its record, and an outcome is final", "[client][run]") {
  FakeServer server;
  const Client client = ClientOf(server);
  {
    auto started = client.StartRun("a.b.job");
    Run run = *std::move(started);
    REQUIRE(run.Fail("no data").ok());
    const absl::Status again = run.Complete();
    REQUIRE(absl::IsFailedPrecondition(again));
    REQUIRE(ErrorReason(again) == "RUN_ALREADY_FINISHED");
  }
  REQUIRE(server.finishes().size() == 1);
  REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_FAILED);
  REQUIRE(server.finishes().at(0).error_message() == "no data");
  REQUIRE(client.StartRun("a.b.job")->Abort("stopped by hand").ok());
  REQUIRE(server.finishes().at(1).state() == v1::RUN_STATE_ABORTED);
  REQUIRE(server.finishes().at(1).error_message() == "stopped by hand");
}

TEST_CASE("An error that nobody looked at keeps a run from being complete", "[client][run]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const grpc::Status missing = test::DetailedStatus(grpc::StatusCode::NOT_FOUND, "no asset a.b.x",
                                                    "ASSET_NOT_FOUND", "a.b.y exists");
  auto run = client.StartRun("a.b.job");
  server.FailNext("UpdateRun", missing);
  run->Reads("a.b.x");
  REQUIRE(ErrorReason(run->status()) == "ASSET_NOT_FOUND");
  SECTION("it is failed, and Complete says why") {
    const absl::Status status = run->Complete();
    REQUIRE(ErrorReason(status) == "ASSET_NOT_FOUND");
    REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_FAILED);
    REQUIRE(server.finishes().at(0).error_message() ==
            "not all of the run could be recorded: no asset a.b.x");
  }
  SECTION("unless it was dealt with") {
    run->ForgetError();
    REQUIRE(run->Complete().ok());
    REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_COMPLETE);
  }
  REQUIRE(server.finishes().size() == 1);
}

TEST_CASE("A file that is not there is an error of the run", "[client][run]") {
  FakeServer server;
  auto run = ClientOf(server).StartRun("a.b.job");
  REQUIRE(ErrorReason(run->Writes("a.b.m", ModelVersion{.file = "/nowhere"}).status()) ==
          "FILE_NOT_FOUND");
  REQUIRE(server.updates().empty());
  REQUIRE(ErrorReason(run->Complete()) == "FILE_NOT_FOUND");
}

TEST_CASE("What is held back survives a failed message, unless it was the culprit",
          "[client][run]") {
  FakeServer server;
  auto run = ClientOf(server).StartRun("a.b.job");
  run->Parameter("k", "v");
  server.FailNext("UpdateRun", test::DetailedStatus(grpc::StatusCode::NOT_FOUND, "no schema a.b",
                                                    "SCHEMA_NOT_FOUND", "", "run.writes[0]"));
  REQUIRE_FALSE(run->Writes("a.b.m", Kind::kTable).ok());
  REQUIRE(run->Flush().ok());
  REQUIRE(server.updates().at(0).run().parameters().at("k") == "v");
  REQUIRE(run->Flush().ok());  // nothing is held back now
  REQUIRE(server.updates().size() == 1);

  run->MapColumn("not a column", {"neither"});
  server.FailNext("UpdateRun",
                  test::DetailedStatus(grpc::StatusCode::INVALID_ARGUMENT, "no column",
                                       "REFERENCE_MALFORMED", "", "run.column_mappings[0].column"));
  REQUIRE_FALSE(run->Writes("a.b.m", Kind::kTable).ok());
  REQUIRE(run->Writes("a.b.m", Kind::kTable).ok());
  REQUIRE(server.updates().at(1).run().column_mappings().empty());
}

TEST_CASE("An outcome that did not get through can be asked for again", "[client][run]") {
  FakeServer server;
  ClientOptions options = server.options();
  options.retry.max_attempts = 1;
  const auto client = Client::Connect(options);
  REQUIRE(client.ok());
  SECTION("by the caller, as the same request") {
    auto run = client->StartRun("a.b.job");
    run->Parameter("k", "v");
    server.LoseNextAnswer("FinishRun", kAway);
    REQUIRE(absl::IsUnavailable(run->Complete()));
    REQUIRE(run->status().ok());
    REQUIRE(run->Complete().ok());
  }
  SECTION("by the destructor") {
    auto run = client->StartRun("a.b.job");
    run->Parameter("k", "v");
    server.FailNext("FinishRun", kAway);
    REQUIRE(absl::IsUnavailable(run->Complete()));
  }
  const auto calls = server.calls("FinishRun");
  REQUIRE(calls.size() == 2);
  REQUIRE(calls[0].request_id == calls[1].request_id);
  REQUIRE(server.finishes().size() == 1);
  REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_COMPLETE);
  REQUIRE(server.finishes().at(0).additions().parameters().at("k") == "v");
}

TEST_CASE("A refused last message ends the run as failed, without what was refused",
          "[client][run]") {
  FakeServer server;
  auto run = ClientOf(server).StartRun("a.b.job");
  run->MapColumn("not a column", {"neither"});
  server.FailNext("FinishRun",
                  test::DetailedStatus(grpc::StatusCode::INVALID_ARGUMENT, "no column",
                                       "REFERENCE_MALFORMED", ""),
                  2);
  REQUIRE(ErrorReason(run->Complete()) == "REFERENCE_MALFORMED");
  REQUIRE(server.finishes().size() == 1);
  REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_FAILED);
  REQUIRE(server.finishes().at(0).additions().column_mappings().empty());
}

TEST_CASE("The tour's pipeline step works as it is written", "[client][run]") {
  FakeServer server;
  const ScopedEnvironment address("WHENCE_SERVER", server.address());
  const ScopedEnvironment token("WHENCE_TOKEN", "tour");
  const ScratchFolder folder;
  const std::string file = folder.Write("model.onnx", "weights");
  const std::string text = "no";

  auto step = [&]() -> int {
    auto client = whence::Client::Connect();
    if (!client.ok()) return whence::Exit(client.status());

    auto run = client->StartRun("prod.churn.train");
    run->Reads("prod.churn.features");
    run->Reads("prod.churn.system_prompt@champion");
    auto model = run->Writes("prod.churn.model",
                             whence::ModelVersion{.file = file, .metrics = {{"auc", 0.91}}});
    run->Complete();

    whence::PredictionRecorder recorder(*client, "prod.churn.scorer");
    recorder.Record({.id = "p-1", .model = *model, .retrieved = {}, .output = text});
    return 0;
  };
  REQUIRE(step() == 0);
  REQUIRE(server.calls().back().authorization == "Bearer tour");
  REQUIRE(server.updates().size() == 3);
  REQUIRE(server.finishes().at(0).state() == v1::RUN_STATE_COMPLETE);
  REQUIRE(server.durable() == std::set<std::string>{"p-1"});
}

}  // namespace
}  // namespace whence
