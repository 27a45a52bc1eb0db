// What users' tests lean on: a pipeline against the mock.
#include <catch2/catch.hpp>

#include "whence/testing/mock_connection.h"
#include "whence/whence.h"

namespace whence {
namespace {

using testing::MockConnection;

struct Fixture {
  std::shared_ptr<MockConnection> mock = std::make_shared<MockConnection>();
  Client client{mock};
};

TEST_CASE_METHOD(Fixture, "A pipeline runs against the mock as against a server",
                 "[client][mock]") {
  REQUIRE(mock->AddVersion("prod.churn.features", TableVersion{.digest = "sha256:aa"}).number == 1);
  REQUIRE(mock->AddVersion("prod.churn.features", TableVersion{.digest = "sha256:bb"}).number == 2);
  REQUIRE(client.SetAlias(ParseVersionRef("prod.churn.features@1"), "live").ok());

  auto run = client.StartRun("prod.churn.train", {.parameters = {{"a", "b"}}});
  REQUIRE(run->Reads("prod.churn.features")->number == 2);
  REQUIRE(run->Reads("prod.churn.features@live")->number == 1);
  run->Parameter("rate", 0.5);
  const auto model = run->Writes("prod.churn.model", ModelVersion{.digest = "sha256:cc"});
  REQUIRE(model->reference == "prod.churn.model@1");
  REQUIRE(run->Writes("prod.churn.model", ModelVersion{.digest = "sha256:cc"})->number == 1);
  REQUIRE(run->Complete().ok());

  const RunRecord record = mock->runs().at(0);
  REQUIRE(record.job == "prod.churn.train");
  REQUIRE(record.state == RunState::kComplete);
  REQUIRE(record.reads.at(1).reference == "prod.churn.features@1");
  REQUIRE(record.reads.at(1).alias == "live");
  REQUIRE(record.parameters.at("rate") == "0.5");
  REQUIRE(record.writes.at(0).version->digest == "sha256:cc");
  REQUIRE(client.GetRun(run->reference())->id == run->id());
  REQUIRE(client.GetVersion("prod.churn.model")->digest == "sha256:cc");

  PredictionRecorder recorder(client, "prod.churn.scorer");
  recorder.Record({.id = "p-1", .model = *model});
  REQUIRE(recorder.Flush().ok());
  REQUIRE(mock->predictions().at(0).model == "prod.churn.model@1");
  REQUIRE(client.GetPrediction("prediction:p-1")->endpoint == "prod.churn.scorer");
}

TEST_CASE_METHOD(Fixture, "The mock has the server's errors", "[client][mock]") {
  REQUIRE(ErrorReason(client.EnsureSchema("prod.churn").status()) == "CATALOG_NOT_FOUND");
  REQUIRE(ErrorReason(client.EnsureAsset("prod.churn.x", Kind::kTable).status()) ==
          "SCHEMA_NOT_FOUND");
  REQUIRE(client.EnsureCatalog("prod").ok());
  REQUIRE(client.EnsureCatalog("prod").ok());
  REQUIRE(client.EnsureSchema("prod.churn").ok());
  REQUIRE(client.EnsureAsset("prod.churn.x", Kind::kTable).ok());
  REQUIRE(ErrorReason(client.EnsureAsset("prod.churn.x", Kind::kModel).status()) ==
          "ASSET_KIND_MISMATCH");
  REQUIRE(ErrorReason(client.GetAsset("prod.churn.y").status()) == "ASSET_NOT_FOUND");
  REQUIRE(ErrorReason(client.GetVersion("prod.churn.x").status()) == "VERSION_NOT_FOUND");
  REQUIRE(ErrorReason(client.GetVersion("prod.churn.x@live").status()) == "ALIAS_NOT_FOUND");
  REQUIRE(ErrorReason(client.RegisterVersion("prod.churn.x", TableVersion{}).status()) ==
          "DIGEST_REQUIRED");
  REQUIRE(ErrorReason(client.GetRun("x").status()) == "RUN_NOT_FOUND");
  REQUIRE(ErrorReason(client.Explain("x").status()) == "CALL_NOT_IMPLEMENTED");
  REQUIRE(client.RecordPrediction({.id = "p", .model = "m", .start_time = absl::UnixEpoch()}).ok());
  REQUIRE(client.RecordPrediction({.id = "p", .model = "m", .start_time = absl::UnixEpoch()}).ok());
  REQUIRE(ErrorReason(client.RecordPrediction({.id = "p", .model = "other"}).status()) ==
          "PREDICTION_ALREADY_EXISTS");
  auto run = client.StartRun("prod.churn.job");
  REQUIRE(ErrorReason(run->Reads("prod.churn.nothing").status()) == "ASSET_NOT_FOUND");
  REQUIRE(ErrorReason(run->Complete()) == "ASSET_NOT_FOUND");
  REQUIRE(mock->runs().at(0).state == RunState::kFailed);
}

TEST_CASE_METHOD(Fixture, "Lists, tags and searches of the mock", "[client][mock]") {
  mock->AddVersion("a.b.one", TableVersion{.digest = "sha256:aa"});
  mock->AddVersion("a.c.two", PromptVersion{.text = "{{ x }}"});
  std::vector<std::string> names;
  for (const auto& asset : client.ListAssets("a.c")) names.push_back(asset->name);
  for (const auto& schema : client.ListSchemas("a")) names.push_back(schema->name);
  for (const auto& catalog : client.ListCatalogs()) names.push_back(catalog->name);
  for (const auto& version : client.ListVersions("a.b.one")) names.push_back(version->name);
  for (const auto& hit : client.Search("two")) names.push_back(hit->asset.name);
  REQUIRE(names == std::vector<std::string>{"a.c.two", "a.b", "a.c", "a", "a.b.one@1", "a.c.two"});
  REQUIRE(client.SetTags("a.b.one#x", {{"pii", "email"}, {"k", "v"}})->size() == 2);
  REQUIRE(client.SetTags("a.b.one#x", {}, {"k"})->at(0) == Tag{"pii", "email"});
}

TEST_CASE_METHOD(Fixture, "Calls fail on demand and are kept by name", "[client][mock]") {
  mock->FailNext("GetServerInfo", absl::UnavailableError("down"), 2);
  REQUIRE(absl::IsUnavailable(client.GetServerInfo().status()));
  REQUIRE(absl::IsUnavailable(client.GetServerInfo().status()));
  REQUIRE(client.GetServerInfo().ok());
  mock->before_call = [](std::string_view call) {
    return call == "Explain" ? absl::PermissionDeniedError("no") : absl::OkStatus();
  };
  REQUIRE(absl::IsPermissionDenied(client.Explain("x").status()));
  mock->before_call = nullptr;
  mock->on_explain = [](const std::string& reference) {
    Explanation explanation;
    explanation.graph.root = reference;
    return explanation;
  };
  REQUIRE(client.Explain("x")->graph.root == "x");
  REQUIRE(client.Explain("x")->Complete());
  REQUIRE(mock->calls().size() == 5);
}

TEST_CASE("Calls that a connection does not have are unimplemented", "[client][mock]") {
  class Bare : public Connection {};
  const Client client(std::make_shared<Bare>());
  REQUIRE(absl::IsUnimplemented(client.GetServerInfo().status()));
  REQUIRE(absl::IsUnimplemented(client.StartRun("a.b.c").status()));
  REQUIRE(absl::IsUnimplemented(client.EnsureCatalog("a").status()));
  REQUIRE(absl::IsUnimplemented(client.RecordPrediction({.model = "m"}).status()));
  PredictionRecorder recorder(client, "e", {.close_timeout = absl::ZeroDuration()});
  recorder.Record({.id = "x"});
  REQUIRE_FALSE(recorder.Flush(absl::Milliseconds(20)).ok());
  REQUIRE(absl::IsUnimplemented(recorder.last_error()));
}

}  // namespace
}  // namespace whence
