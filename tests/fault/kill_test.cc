// kill -9 under write load: what was acknowledged is there, once; what was not is there whole or
// not at all; the database is sound.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "server_process.h"
#include "support/scratch_database.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence {
namespace {

constexpr int kThreads = 6;
constexpr int kBatch = 5;

int Kills() {
  const char* kills = std::getenv("WHENCE_KILLS");
  return kills == nullptr ? 25 : std::atoi(kills);
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

// What one kind of writer sent and heard.
struct Log {
  std::vector<std::string> acknowledged;
  std::vector<std::string> unknown;  // sent, but the server died before it answered
};

// Purpose: keeps writing until the server is gone, and remembers what was acknowledged.
// Thread-safety: one thread an object.
class Load {
 public:
  Load(int number, std::shared_ptr<grpc::Channel> channel, int round)
      : prefix_(std::to_string(round) + "-" + std::to_string(number)),
        lineage_(v1::LineageService::NewStub(channel)),
        catalog_(v1::CatalogService::NewStub(channel)),
        predictions_(v1::PredictionService::NewStub(channel)),
        number_(number) {}

  void Run() {
    for (int i = 0;; ++i) {
      const std::string id = prefix_ + "-" + std::to_string(i);
      bool alive = true;
      if (number_ % 3 == 0) alive = WriteAsset(id);
      if (number_ % 3 == 1) alive = WriteRun(id);
      if (number_ % 3 == 2) alive = WritePredictions(id);
      if (!alive) return;
    }
  }

  const Log& assets() const { return assets_; }
  const Log& runs() const { return runs_; }
  const Log& predictions() const { return prediction_batches_; }
  int refused_batches() const { return refused_batches_; }

  bool WriteAsset(const std::string& id) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CreateAssetRequest request;
    v1::Asset reply;
    request.set_request_id("asset-" + id);
    request.mutable_asset()->set_name("kill.test.asset-" + id);
    request.mutable_asset()->set_kind(v1::KIND_TABLE);
    return Note(catalog_->CreateAsset(&context, request, &reply), id, &assets_);
  }

  // A run that writes a new version: catalog, lineage and alias-free pins in one mutation.
  bool WriteRun(const std::string& id) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::RecordRunRequest request;
    v1::Run reply;
    request.set_request_id("run-" + id);
    request.mutable_run()->set_job("kill.test.job");
    (*request.mutable_run()->mutable_parameters())["id"] = id;
    request.mutable_run()->add_reads()->set_reference("kill.test.input");
    v1::RunWrite* write = request.mutable_run()->add_writes();
    write->set_reference("kill.test.output");
    write->mutable_version()->set_digest("opaque:" + id);
    const grpc::Status status = lineage_->RecordRun(&context, request, &reply);
    return Note(status, status.ok() ? reply.id() : id, &runs_);
  }

  bool WritePredictions(const std::string& id) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::RecordPredictionsRequest request;
    v1::RecordPredictionsResponse reply;
    for (int i = 0; i < kBatch; ++i) {
      v1::Prediction* prediction = request.add_predictions();
      prediction->set_id(id + "-" + std::to_string(i));
      prediction->set_model("kill.test.model@1");
      prediction->set_output_text("answer " + id);
    }
    const grpc::Status status = predictions_->RecordPredictions(&context, request, &reply);
    if (status.ok() && reply.accepted_count() != kBatch) ++refused_batches_;
    return Note(status, id, &prediction_batches_);
  }

 private:
  static bool Note(const grpc::Status& status, const std::string& id, Log* log) {
    if (status.ok()) {
      log->acknowledged.push_back(id);
      return true;
    }
    log->unknown.push_back(id);
    return false;
  }

  const std::string prefix_;
  std::unique_ptr<v1::LineageService::Stub> lineage_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<v1::PredictionService::Stub> predictions_;
  const int number_;
  Log assets_;
  Log runs_;
  Log prediction_batches_;
  int refused_batches_ = 0;  // checked on the test's thread: Catch2's assertions are not for others
};

void Prepare(const std::shared_ptr<grpc::Channel>& channel) {
  auto catalog = v1::CatalogService::NewStub(channel);
  grpc::ClientContext catalog_context;
  v1::CreateCatalogRequest create_catalog;
  v1::Catalog made_catalog;
  create_catalog.mutable_catalog()->set_name("kill");
  REQUIRE(catalog->CreateCatalog(&catalog_context, create_catalog, &made_catalog).ok());
  grpc::ClientContext schema_context;
  v1::CreateSchemaRequest create_schema;
  v1::Schema made_schema;
  create_schema.mutable_schema()->set_name("kill.test");
  REQUIRE(catalog->CreateSchema(&schema_context, create_schema, &made_schema).ok());
  const std::pair<const char*, v1::Kind> assets[] = {{"kill.test.input", v1::KIND_TABLE},
                                                     {"kill.test.output", v1::KIND_TABLE},
                                                     {"kill.test.model", v1::KIND_MODEL}};
  for (const auto& [name, kind] : assets) {
    grpc::ClientContext context;
    v1::CreateAssetRequest request;
    v1::Asset reply;
    request.mutable_asset()->set_name(name);
    request.mutable_asset()->set_kind(kind);
    REQUIRE(catalog->CreateAsset(&context, request, &reply).ok());
  }
  grpc::ClientContext context;
  v1::RegisterVersionRequest request;
  v1::Version reply;
  request.set_asset("kill.test.model");
  request.mutable_version()->set_digest("opaque:model");
  REQUIRE(catalog->RegisterVersion(&context, request, &reply).ok());
}

bool AssetExists(v1::CatalogService::Stub& catalog, const std::string& id) {
  grpc::ClientContext context;
  v1::GetAssetRequest request;
  v1::Asset reply;
  request.set_name("kill.test.asset-" + id);
  return catalog.GetAsset(&context, request, &reply).ok();
}

// The run, with everything it was recorded with.
bool RunIsWhole(v1::LineageService::Stub& lineage, const std::string& id) {
  grpc::ClientContext context;
  v1::GetRunRequest request;
  v1::Run reply;
  request.set_id(id);
  return lineage.GetRun(&context, request, &reply).ok() && reply.reads_size() == 1 &&
         reply.writes_size() == 1 && reply.state() == v1::RUN_STATE_COMPLETE;
}

int PredictionsOf(v1::PredictionService::Stub& predictions, const std::string& batch) {
  int found = 0;
  for (int i = 0; i < kBatch; ++i) {
    grpc::ClientContext context;
    v1::GetPredictionRequest request;
    v1::Prediction reply;
    request.set_id(batch + "-" + std::to_string(i));
    if (predictions.GetPrediction(&context, request, &reply).ok()) ++found;
  }
  return found;
}

// Everything this round acknowledged is there; every batch is there whole or not at all. What got
// no answer is sent again under the same request id, and must then be there once.
void Verify(const std::vector<std::unique_ptr<Load>>& loads,
            const std::shared_ptr<grpc::Channel>& channel, int round) {
  auto catalog = v1::CatalogService::NewStub(channel);
  auto lineage = v1::LineageService::NewStub(channel);
  auto predictions = v1::PredictionService::NewStub(channel);
  Load again(0, channel, round);
  for (const auto& load : loads) {
    REQUIRE(load->refused_batches() == 0);
    for (const auto& id : load->assets().acknowledged) REQUIRE(AssetExists(*catalog, id));
    for (const auto& id : load->runs().acknowledged) REQUIRE(RunIsWhole(*lineage, id));
    for (const auto& id : load->predictions().acknowledged) {
      REQUIRE(PredictionsOf(*predictions, id) == kBatch);
    }
    for (const auto& id : load->predictions().unknown) {
      const int found = PredictionsOf(*predictions, id);
      REQUIRE((found == 0 || found == kBatch));
      REQUIRE(again.WritePredictions(id));
      REQUIRE(PredictionsOf(*predictions, id) == kBatch);
    }
    for (const auto& id : load->assets().unknown) {
      REQUIRE(again.WriteAsset(id));
      REQUIRE(AssetExists(*catalog, id));
    }
    for (const auto& id : load->runs().unknown) REQUIRE(again.WriteRun(id));
  }
  for (const auto& id : again.runs().acknowledged) REQUIRE(RunIsWhole(*lineage, id));
}

// Each run wrote a version with a digest of its own, so runs that happened twice would show as
// versions without a run of their own, and runs lost as fewer versions.
void CheckSound(const std::string& data_folder, int64_t runs) {
  auto connection = sql::Connection::Open(data_folder + "/whence.db", {.read_only = true});
  REQUIRE(connection.ok());
  static constexpr sql::Query kIntegrity{"SELECT integrity_check FROM pragma_integrity_check"};
  static constexpr sql::Query kForeignKeys{"SELECT count(*) FROM pragma_foreign_key_check"};
  static constexpr sql::Query kRuns{"SELECT count(*), count(DISTINCT uuid) FROM run"};
  static constexpr sql::Query kVersions{
      "SELECT count(*) FROM version WHERE asset_id = (SELECT securable_id FROM securable_state "
      "WHERE name = 'output')"};
  static constexpr sql::Query kPositions{"SELECT count(*), max(position) FROM ledger_entry"};
  const auto first = [&](const sql::Query& query, int column) {
    sql::Rows rows = (*connection)->Run(query);
    REQUIRE(rows.Next());
    return rows.Int64(column);
  };
  {
    sql::Rows rows = (*connection)->Run(kIntegrity);
    REQUIRE(rows.Next());
    REQUIRE(rows.Text(0) == "ok");
  }
  REQUIRE(first(kForeignKeys, 0) == 0);
  REQUIRE(first(kRuns, 0) == runs);
  REQUIRE(first(kRuns, 1) == runs);
  REQUIRE(first(kVersions, 0) == runs);
  REQUIRE(first(kPositions, 0) == first(kPositions, 1));
}

TEST_CASE("a killed server keeps what it acknowledged, and nothing by half", "[kill]") {
  test::TemporaryFolder folder;
  const std::string data = folder.path() + "/data";
  test::ServerProcess server(data);
  REQUIRE(server.Start());
  Prepare(server.Connect());

  std::mt19937 random(20260301);
  std::uniform_int_distribution<int> moments(20, 250);
  int64_t runs = 0;
  int64_t acknowledged = 0;
  const int kills = Kills();
  for (int round = 0; round < kills; ++round) {
    std::vector<std::unique_ptr<Load>> loads;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      loads.push_back(std::make_unique<Load>(i, server.Connect(), round));
      threads.emplace_back([load = loads.back().get()] { load->Run(); });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(moments(random)));
    server.Kill();
    for (std::thread& thread : threads) thread.join();
    REQUIRE(server.Start());
    Verify(loads, server.Connect(), round);
    for (const auto& load : loads) {
      runs += static_cast<int64_t>(load->runs().acknowledged.size() + load->runs().unknown.size());
      acknowledged += static_cast<int64_t>(load->runs().acknowledged.size() +
                                           load->assets().acknowledged.size() +
                                           load->predictions().acknowledged.size());
    }
  }
  REQUIRE(server.Stop() == 0);
  CheckSound(data, runs);
  // A loop that never wrote would prove nothing.
  REQUIRE(acknowledged > kills);
  WARN(kills << " kills, " << acknowledged << " acknowledged writes");
}

}  // namespace
}  // namespace whence
