#include "kill_load.h"

#include <chrono>
#include <cstdio>
#include <functional>

namespace whence::test {
namespace {

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

bool Note(const grpc::Status& status, const std::string& id, WriteLog* log) {
  (status.ok() ? log->acknowledged : log->unknown).push_back(id);
  return status.ok();
}

bool MakeAsset(v1::CatalogService::Stub& catalog, const std::string& name, v1::Kind kind) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateAssetRequest request;
  v1::Asset reply;
  request.mutable_asset()->set_name(name);
  request.mutable_asset()->set_kind(kind);
  return catalog.CreateAsset(&context, request, &reply).ok();
}

// A UUID that follows from an id.
std::string UuidOf(const std::string& id) {
  const size_t hash = std::hash<std::string>()(id);
  char text[37];
  std::snprintf(text, sizeof(text), "%08x-%04x-7000-8000-%012llx",
                static_cast<unsigned>(hash >> 32U), static_cast<unsigned>(hash >> 16U) & 0xFFFFU,
                static_cast<unsigned long long>(hash) & 0xFFFFFFFFFFFFULL);
  return text;
}

}  // namespace

bool MakeKillWorld(const std::shared_ptr<grpc::Channel>& channel) {
  auto catalog = v1::CatalogService::NewStub(channel);
  grpc::ClientContext catalog_context;
  v1::CreateCatalogRequest create_catalog;
  v1::Catalog made_catalog;
  create_catalog.mutable_catalog()->set_name("kill");
  if (!catalog->CreateCatalog(&catalog_context, create_catalog, &made_catalog).ok()) return false;
  grpc::ClientContext schema_context;
  v1::CreateSchemaRequest create_schema;
  v1::Schema made_schema;
  create_schema.mutable_schema()->set_name("kill.test");
  if (!catalog->CreateSchema(&schema_context, create_schema, &made_schema).ok()) return false;
  if (!MakeAsset(*catalog, "kill.test.model", v1::KIND_MODEL)) return false;
  if (!MakeAsset(*catalog, "kill.test.job", v1::KIND_JOB)) return false;
  grpc::ClientContext context;
  v1::RegisterVersionRequest request;
  v1::Version reply;
  request.set_asset("kill.test.model");
  request.mutable_version()->set_digest("opaque:model");
  return catalog->RegisterVersion(&context, request, &reply).ok();
}

bool MakeRound(const std::shared_ptr<grpc::Channel>& channel, int round) {
  auto catalog = v1::CatalogService::NewStub(channel);
  const std::string number = std::to_string(round);
  return MakeAsset(*catalog, "kill.test.input-" + number, v1::KIND_TABLE) &&
         MakeAsset(*catalog, "kill.test.output-" + number, v1::KIND_TABLE);
}

UnaryLoad::UnaryLoad(int number, const std::shared_ptr<grpc::Channel>& channel, int round)
    : number_(number),
      round_(round),
      lineage_(v1::LineageService::NewStub(channel)),
      catalog_(v1::CatalogService::NewStub(channel)),
      predictions_(v1::PredictionService::NewStub(channel)) {}

void UnaryLoad::Run() {
  bool alive = true;
  for (int i = 0; alive; ++i) {
    const std::string id =
        std::to_string(round_) + "-" + std::to_string(number_) + "-" + std::to_string(i);
    if (number_ % 3 == 0) alive = WriteAsset(id);
    if (number_ % 3 == 1) alive = WriteRun(id);
    if (number_ % 3 == 2) alive = WritePredictions(id);
  }
}

bool UnaryLoad::WriteAsset(const std::string& id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateAssetRequest request;
  v1::Asset reply;
  request.set_request_id("asset-" + id);
  request.mutable_asset()->set_name("kill.test.asset-" + id);
  request.mutable_asset()->set_kind(v1::KIND_TABLE);
  return Note(catalog_->CreateAsset(&context, request, &reply), id, &assets_);
}

bool UnaryLoad::WriteRun(const std::string& id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::RecordRunRequest request;
  v1::Run reply;
  request.set_request_id("run-" + id);
  request.mutable_run()->set_id(UuidOf(id));
  request.mutable_run()->set_job("kill.test.job");
  (*request.mutable_run()->mutable_parameters())["id"] = id;
  const std::string round = std::to_string(round_);
  request.mutable_run()->add_reads()->set_reference("kill.test.input-" + round);
  v1::RunWrite* write = request.mutable_run()->add_writes();
  write->set_reference("kill.test.output-" + round);
  write->mutable_version()->set_digest("opaque:" + id);
  return Note(lineage_->RecordRun(&context, request, &reply), id, &runs_);
}

bool UnaryLoad::WritePredictions(const std::string& id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::RecordPredictionsRequest request;
  v1::RecordPredictionsResponse reply;
  for (int i = 0; i < kKillBatch; ++i) {
    v1::Prediction* prediction = request.add_predictions();
    prediction->set_id(id + "-" + std::to_string(i));
    prediction->set_model("kill.test.model@1");
    prediction->set_output_text("answer " + id);
  }
  const grpc::Status status = predictions_->RecordPredictions(&context, request, &reply);
  if (status.ok() && reply.accepted_count() != kKillBatch) ++refused_batches_;
  return Note(status, id, &batches_);
}

bool UnaryLoad::AssetExists(const std::string& id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetAssetRequest request;
  v1::Asset reply;
  request.set_name("kill.test.asset-" + id);
  return catalog_->GetAsset(&context, request, &reply).ok();
}

int UnaryLoad::RunWholeness(const std::string& id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetRunRequest request;
  v1::Run reply;
  request.set_id(UuidOf(id));
  const grpc::Status status = lineage_->GetRun(&context, request, &reply);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return 0;
  const bool whole = status.ok() && reply.reads_size() == 1 && reply.writes_size() == 1 &&
                     reply.state() == v1::RUN_STATE_COMPLETE && reply.parameters_size() == 1;
  return whole ? 1 : -1;
}

int UnaryLoad::PredictionsOf(const std::string& id) {
  int found = 0;
  for (int i = 0; i < kKillBatch; ++i) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::GetPredictionRequest request;
    v1::Prediction reply;
    request.set_id(id + "-" + std::to_string(i));
    if (predictions_->GetPrediction(&context, request, &reply).ok()) ++found;
  }
  return found;
}

StreamLoad::StreamLoad(const std::string& address) {
  ClientOptions options;
  options.server = address;
  options.principal = "svc:killed";
  options.connect_timeout = absl::ZeroDuration();
  RecorderOptions how;
  how.max_batch = 20;  // many small messages: more of them are on their way when the server dies
  how.reconnect.max_backoff = absl::Milliseconds(100);
  recorder_ = std::make_unique<PredictionRecorder>(*Client::Connect(options), "", how);
  thread_ = std::thread([this] { Feed(); });
}

void StreamLoad::StopFeeding() {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
}

void StreamLoad::Feed() {
  while (!stop_.load()) {
    Prediction prediction;
    prediction.id = IdOf(taken_.load());
    prediction.model = "kill.test.model@1";
    if (recorder_->Record(std::move(prediction)).ok()) taken_.fetch_add(1);
    if (taken_.load() % 8 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(4));
  }
}

}  // namespace whence::test
