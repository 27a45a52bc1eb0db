// The client library against the real whenced: what it promises is kept by the two together.
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client_test_util.h"
#include "server_process.h"
#include "whence/whence.h"

namespace whence {
namespace {

using test::ScratchFolder;
using Strings = std::vector<std::string>;

// A whenced on a folder of its own, a client of it, and the schema prod.churn.
class World {
 public:
  World() {
    REQUIRE(process_.Start());
    auto client = Client::Connect({.server = process_.address(),
                                   .token = process_.token(),
                                   .deadline = absl::Seconds(60),
                                   .connect_timeout = absl::Seconds(60)});
    REQUIRE(client.ok());
    client_.emplace(*std::move(client));
    REQUIRE(client_->EnsureCatalog("prod").ok());
    REQUIRE(client_->EnsureSchema("prod.churn").ok());
  }

  const Client& client() const { return *client_; }
  const ScratchFolder& folder() const { return folder_; }
  void Table(const std::string& name, const Strings& digests) const {
    REQUIRE(client_->EnsureAsset(name, Kind::kTable).ok());
    for (const std::string& digest : digests) {
      const auto version = client_->RegisterVersion(
          name, TableVersion{.digest = digest, .columns = {{.name = "id", .type = "int"}}});
      REQUIRE(version.ok());
    }
  }
  // A prompt with two versions, of which the first is the champion.
  void Prompt() const {
    REQUIRE(client_->EnsureAsset("prod.churn.system_prompt", Kind::kPrompt).ok());
    for (const char* text : {"Be brief. {{ question }}", "Be kind. {{ question }}"}) {
      const auto version =
          client_->RegisterVersion("prod.churn.system_prompt", PromptVersion{.text = text});
      REQUIRE(version.ok());
    }
    REQUIRE(client_->SetAlias(ParseVersionRef("prod.churn.system_prompt@1"), "champion").ok());
  }

 private:
  ScratchFolder folder_;
  test::ServerProcess process_{folder_.path() + "/data"};
  std::optional<Client> client_;
};

Strings ReferencesOf(const std::vector<RunRead>& reads) {
  Strings references;
  for (const RunRead& read : reads) references.push_back(read.reference);
  return references;
}

TEST_CASE("The tour: a step of a pipeline and a prediction, and where it came from",
          "[client][real]") {
  const World world;
  const Client& client = world.client();
  world.Table("prod.churn.features", {"opaque:1", "opaque:2"});
  world.Prompt();
  const std::string file = world.folder().Write("model.onnx", "weights");

  auto run = client.StartRun("prod.churn.train");
  REQUIRE(run.ok());
  REQUIRE(client.GetRun(run->id())->state == RunState::kRunning);
  run->Parameter("learning_rate", 0.5);
  run->Reads("prod.churn.features");
  const auto prompt = run->Reads("prod.churn.system_prompt@champion");
  REQUIRE(prompt.ok());
  // What the alias comes to mean later is another matter.
  REQUIRE(client.SetAlias(ParseVersionRef("prod.churn.system_prompt@2"), "champion").ok());
  run->MapColumn("prod.churn.model#score", {"prod.churn.features#id"});
  const auto model =
      run->Writes("prod.churn.model", ModelVersion{.file = file, .metrics = {{"auc", 0.91}}});
  REQUIRE(run->Complete().ok());

  const auto record = client.GetRun(run->id());
  REQUIRE(record.ok());
  CHECK(record->state == RunState::kComplete);
  CHECK(record->recorder == "user:admin");
  CHECK(record->parameters == Properties{{"learning_rate", "0.5"}});
  CHECK(ReferencesOf(record->reads) ==
        Strings{"prod.churn.features@2", "prod.churn.system_prompt@1"});
  CHECK(record->reads.at(1).alias == "champion");
  REQUIRE(record->writes.size() == 1);
  CHECK(record->writes[0].reference == "prod.churn.model@1");
  CHECK(client.GetVersion("prod.churn.model")->digest == DigestPath(file)->digest);

  PredictionRecorder recorder(client, "prod.churn.scorer");
  REQUIRE(client.EnsureAsset("prod.churn.scorer", Kind::kEndpoint).ok());
  REQUIRE(recorder.Record({.id = "p-1", .model = *model, .output = "0.83"}).ok());
  REQUIRE(recorder.Flush(absl::Seconds(60)).ok());
  CHECK(recorder.counts() == RecorderCounts{.accepted = 1});

  const auto why = client.Explain("prediction:p-1");
  REQUIRE(why.ok());
  CHECK(why->Complete());
  CHECK(why->run_count == 1);
  for (const std::string reference : {"prediction:p-1", "prod.churn.scorer", "prod.churn.model@1",
                                      "prod.churn.features@2", "prod.churn.system_prompt@1"}) {
    CAPTURE(reference);
    CHECK(why->graph.Find(reference) != nullptr);
  }
  CHECK(why->graph.Find("prod.churn.system_prompt@2") == nullptr);
  const LineageNode* step = why->graph.Find(run->reference());
  REQUIRE(step != nullptr);
  CHECK(std::get<RunRecord>(step->node).job == "prod.churn.train");
}

TEST_CASE("A run that is left behind is ABORTED on the server", "[client][real]") {
  const World world;
  world.Table("prod.churn.features", {"opaque:1"});
  std::string id;
  {
    auto run = world.client().StartRun("prod.churn.train");
    REQUIRE(run.ok());
    run->Reads("prod.churn.features");
    run->Parameter("held", "back");
    id = run->id();
  }
  const auto record = world.client().GetRun(id);
  REQUIRE(record.ok());
  CHECK(record->state == RunState::kAborted);
  CHECK(record->error_message == "abandoned");
  CHECK(ReferencesOf(record->reads) == Strings{"prod.churn.features@1"});
  CHECK(record->end_time.has_value());
}

TEST_CASE("A run in which something went wrong is FAILED, with the server's words",
          "[client][real]") {
  const World world;
  auto run = world.client().StartRun("prod.churn.train");
  REQUIRE(run.ok());
  run->Reads("prod.churn.nothing");
  const absl::Status done = run->Complete();
  CHECK(absl::IsNotFound(done));
  CHECK(ErrorReason(done) == "ASSET_NOT_FOUND");
  const auto record = world.client().GetRun(run->id());
  REQUIRE(record.ok());
  CHECK(record->state == RunState::kFailed);
  CHECK(record->error_message.find("prod.churn.nothing") != std::string::npos);
}

TEST_CASE("The server's reason, field and hint arrive", "[client][real]") {
  const World world;
  const Client& client = world.client();
  world.Table("prod.churn.scores", {});
  const absl::Status typo = client.GetAsset("prod.churn.scroes").status();
  CHECK(absl::IsNotFound(typo));
  CHECK(ErrorReason(typo) == "ASSET_NOT_FOUND");
  CHECK(ErrorHint(typo).find("prod.churn.scores") != std::string::npos);
  CHECK(ExitCode(typo) == 5);

  const absl::Status malformed = client.EnsureCatalog("a.b").status();
  CHECK(absl::IsInvalidArgument(malformed));
  CHECK(ErrorReason(malformed) == "NAME_WRONG_DEPTH");
  CHECK(ErrorField(malformed) == "name");
  CHECK_FALSE(ErrorHint(malformed).empty());

  REQUIRE(client.EnsureAsset("prod.churn.scorer", Kind::kEndpoint).ok());
  REQUIRE(
      client.RecordPrediction({.id = "p", .endpoint = "prod.churn.scorer", .output = "1"}).ok());
  const absl::Status other =
      client.RecordPrediction({.id = "p", .endpoint = "prod.churn.scorer", .output = "2"}).status();
  CHECK(absl::IsAlreadyExists(other));
  CHECK(ErrorReason(other) == "PREDICTION_ALREADY_EXISTS");
  CHECK(ExitCode(other) == 6);
}

TEST_CASE("A list goes over pages, all as of the first", "[client][real]") {
  const World world;
  const Client& client = world.client();
  Strings made;
  for (int i = 10; i < 33; ++i) {
    made.push_back(absl::StrCat("prod.churn.t", i));
    world.Table(made.back(), {});
  }
  Strings listed;
  for (auto& asset : client.ListAssets("prod", {.page_size = 5})) {
    REQUIRE(asset.ok());
    // On a later page, if pages were not as of the first.
    if (listed.size() == 2) world.Table("prod.churn.t99", {});
    listed.push_back(asset->name);
  }
  CHECK(listed == made);
  size_t afterwards = 0;
  for (auto& asset : client.ListAssets("prod", {.page_size = 5})) afterwards += asset.ok() ? 1 : 0;
  CHECK(afterwards == made.size() + 1);
}

TEST_CASE("What was can be asked, as of a position and as of a time", "[client][real]") {
  const World world;
  const Client& client = world.client();
  world.Table("prod.churn.features", {"opaque:1"});
  const int64_t then = client.GetServerInfo()->position;
  const auto first = client.GetVersion("prod.churn.features");
  REQUIRE(first.ok());
  world.Table("prod.churn.features", {"opaque:2"});
  world.Table("prod.churn.later", {});
  CHECK(client.GetVersion("prod.churn.features")->number == 2);
  CHECK(client.GetVersion("prod.churn.features", {.position = then})->number == 1);
  CHECK(client.GetVersion("prod.churn.features", {.time = first->create_time})->number == 1);
  CHECK(ErrorReason(client.GetAsset("prod.churn.later", {.position = then}).status()) ==
        "ASSET_NOT_FOUND");
  size_t assets = 0;
  for (auto& asset : client.ListAssets("prod", {.as_of = {.position = then}})) {
    REQUIRE(asset.ok());
    CHECK(asset->name == "prod.churn.features");
    ++assets;
  }
  CHECK(assets == 1);
  size_t versions = 0;
  for (auto& version : client.ListVersions("prod.churn.features", {.page_size = 1})) {
    REQUIRE(version.ok());
    CHECK(version->number == 2 - static_cast<int64_t>(versions));  // newest first
    ++versions;
  }
  CHECK(versions == 2);
}

TEST_CASE("Search finds by tag and word, over pages", "[client][real]") {
  const World world;
  const Client& client = world.client();
  std::set<std::string> tagged;
  for (int i = 0; i < 7; ++i) {
    const std::string name = absl::StrCat("prod.churn.customers_", i);
    world.Table(name, {});
    if (i % 2 != 0) continue;
    REQUIRE(client.SetTags(name, {{.key = "pii", .value = "email"}}).ok());
    tagged.insert(name);
  }
  std::set<std::string> found;
  for (auto& hit : client.Search("customers", {.tag = "pii=email", .page_size = 1})) {
    REQUIRE(hit.ok());
    CHECK(found.insert(hit->asset.name).second);
  }
  CHECK(found == tagged);
}

TEST_CASE("A recorder's flush waits for the server's word on each prediction", "[client][real]") {
  const World world;
  const Client& client = world.client();
  REQUIRE(client.EnsureAsset("prod.churn.scorer", Kind::kEndpoint).ok());
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> refused;  // id, reason; guarded by mutex
  PredictionRecorder recorder(
      client, "prod.churn.scorer",
      {.max_batch = 10, .on_refused = [&](const Prediction& prediction, const absl::Status& why) {
         const std::lock_guard<std::mutex> lock(mutex);
         refused.emplace_back(prediction.id, ErrorReason(why));
       }});
  std::set<std::string> sent;
  for (int i = 0; i < 95; ++i) {
    sent.insert(absl::StrCat("p-", i));
    REQUIRE(recorder.Record({.id = absl::StrCat("p-", i), .output = "x"}).ok());
  }
  REQUIRE(recorder.Record({.id = "lost", .model = "prod.churn.nothing", .output = "x"}).ok());
  REQUIRE(recorder.Record({.id = "p-7", .output = "something else"}).ok());
  REQUIRE(recorder.Flush(absl::Seconds(60)).ok());
  CHECK(recorder.counts() == RecorderCounts{.accepted = 95, .refused = 2});
  {
    const std::lock_guard<std::mutex> lock(mutex);
    CHECK(refused == std::vector<std::pair<std::string, std::string>>{
                         {"lost", "ASSET_NOT_FOUND"}, {"p-7", "PREDICTION_ALREADY_EXISTS"}});
  }
  // What was flushed can be read at once, over pages of any size.
  std::set<std::string> listed;
  for (auto& prediction :
       client.ListPredictions({.endpoint = "prod.churn.scorer", .page_size = 20})) {
    REQUIRE(prediction.ok());
    listed.insert(prediction->id);
  }
  CHECK(listed == sent);
}

}  // namespace
}  // namespace whence
