#include "fake_server.h"

#include <catch2/catch.hpp>
#include <utility>

#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_context.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence::test {

struct FakeServer::Services {
  explicit Services(FakeServer* fake)
      : server(fake), catalog(fake), lineage(fake), prediction(fake) {}

  struct ServerImpl final : v1::ServerService::Service {
    explicit ServerImpl(FakeServer* f) : fake(f) {}
    grpc::Status GetServerInfo(grpc::ServerContext* context, const v1::GetServerInfoRequest*,
                               v1::ServerInfo* response) override {
      response->set_version("fake");
      response->set_position(7);
      return fake->Enter(*context, "GetServerInfo", "");
    }
    FakeServer* fake;
  };

  struct CatalogImpl final : v1::CatalogService::Service {
    explicit CatalogImpl(FakeServer* f) : fake(f) {}
    grpc::Status GetCatalog(grpc::ServerContext* context, const v1::GetCatalogRequest* request,
                            v1::Catalog* response) override;
    grpc::Status CreateCatalog(grpc::ServerContext* context,
                               const v1::CreateCatalogRequest* request,
                               v1::Catalog* response) override;
    grpc::Status GetAsset(grpc::ServerContext* context, const v1::GetAssetRequest* request,
                          v1::Asset* response) override;
    grpc::Status ListAssets(grpc::ServerContext* context, const v1::ListAssetsRequest* request,
                            v1::ListAssetsResponse* response) override;
    grpc::Status RegisterVersion(grpc::ServerContext* context,
                                 const v1::RegisterVersionRequest* request,
                                 v1::Version* response) override;
    FakeServer* fake;
  };

  struct LineageImpl final : v1::LineageService::Service {
    explicit LineageImpl(FakeServer* f) : fake(f) {}
    grpc::Status StartRun(grpc::ServerContext* context, const v1::StartRunRequest* request,
                          v1::Run* response) override;
    grpc::Status UpdateRun(grpc::ServerContext* context, const v1::UpdateRunRequest* request,
                           v1::Run* response) override;
    grpc::Status FinishRun(grpc::ServerContext* context, const v1::FinishRunRequest* request,
                           v1::Run* response) override;
    grpc::Status Explain(grpc::ServerContext* context, const v1::ExplainRequest* request,
                         v1::Explanation* response) override;
    FakeServer* fake;
  };

  struct PredictionImpl final : v1::PredictionService::Service {
    explicit PredictionImpl(FakeServer* f) : fake(f) {}
    using Stream =
        grpc::ServerReaderWriter<v1::StreamPredictionsResponse, v1::StreamPredictionsRequest>;
    grpc::Status StreamPredictions(grpc::ServerContext* context, Stream* stream) override;
    grpc::Status RecordPrediction(grpc::ServerContext* context,
                                  const v1::RecordPredictionRequest* request,
                                  v1::Prediction* response) override;
    FakeServer* fake;
  };

  ServerImpl server;
  CatalogImpl catalog;
  LineageImpl lineage;
  PredictionImpl prediction;
};

grpc::Status FakeServer::Services::CatalogImpl::GetCatalog(grpc::ServerContext* context,
                                                           const v1::GetCatalogRequest* request,
                                                           v1::Catalog* response) {
  if (grpc::Status status = fake->Enter(*context, "GetCatalog", ""); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(fake->mutex_);
  response->set_name(request->name());
  if (fake->names_.contains(request->name())) return grpc::Status::OK;
  return DetailedStatus(grpc::StatusCode::NOT_FOUND, "no catalog " + request->name(),
                        "CATALOG_NOT_FOUND", "");
}

grpc::Status FakeServer::Services::CatalogImpl::CreateCatalog(
    grpc::ServerContext* context, const v1::CreateCatalogRequest* request, v1::Catalog* response) {
  grpc::Status status = fake->Enter(*context, "CreateCatalog", request->request_id());
  if (!status.ok()) return status;
  {
    const std::lock_guard<std::mutex> lock(fake->mutex_);
    *response = request->catalog();
    const bool again = !fake->request_ids_.insert(request->request_id()).second;
    if (!fake->names_.insert(request->catalog().name()).second && !again) {
      return DetailedStatus(grpc::StatusCode::ALREADY_EXISTS, "it exists", "CATALOG_ALREADY_EXISTS",
                            "");
    }
  }
  return fake->Leave("CreateCatalog");
}

grpc::Status FakeServer::Services::CatalogImpl::GetAsset(grpc::ServerContext* context,
                                                         const v1::GetAssetRequest* request,
                                                         v1::Asset* response) {
  if (grpc::Status status = fake->Enter(*context, "GetAsset", ""); !status.ok()) return status;
  response->set_name(request->name());
  response->set_kind(v1::KIND_MODEL);
  response->set_comment(std::to_string(request->as_of().position()));
  return grpc::Status::OK;
}

grpc::Status FakeServer::Services::CatalogImpl::ListAssets(grpc::ServerContext* context,
                                                           const v1::ListAssetsRequest* request,
                                                           v1::ListAssetsResponse* response) {
  if (grpc::Status status = fake->Enter(*context, "ListAssets", ""); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(fake->mutex_);
  const size_t page =
      request->page_token().empty() ? 0 : static_cast<size_t>(std::stoi(request->page_token()));
  if (page < fake->pages_.size()) {
    for (const std::string& name : fake->pages_[page]) response->add_assets()->set_name(name);
  }
  if (page + 1 < fake->pages_.size()) response->set_next_page_token(std::to_string(page + 1));
  return grpc::Status::OK;
}

grpc::Status FakeServer::Services::CatalogImpl::RegisterVersion(
    grpc::ServerContext* context, const v1::RegisterVersionRequest* request,
    v1::Version* response) {
  grpc::Status status = fake->Enter(*context, "RegisterVersion", request->request_id());
  *response = request->version();
  response->set_asset(request->asset());
  response->set_number(1);
  response->set_name(request->asset() + "@1");
  return status;
}

grpc::Status FakeServer::Services::LineageImpl::StartRun(grpc::ServerContext* context,
                                                         const v1::StartRunRequest* request,
                                                         v1::Run* response) {
  grpc::Status status = fake->Enter(*context, "StartRun", request->request_id());
  if (!status.ok()) return status;
  {
    const std::lock_guard<std::mutex> lock(fake->mutex_);
    if (fake->request_ids_.insert(request->request_id()).second) fake->run_ = request->run();
    *response = request->run();
  }
  return fake->Leave("StartRun");
}

grpc::Status FakeServer::Services::LineageImpl::UpdateRun(grpc::ServerContext* context,
                                                          const v1::UpdateRunRequest* request,
                                                          v1::Run* response) {
  grpc::Status status = fake->Enter(*context, "UpdateRun", request->request_id());
  if (!status.ok()) return status;
  {
    const std::lock_guard<std::mutex> lock(fake->mutex_);
    const bool fresh = fake->request_ids_.insert(request->request_id()).second;
    v1::Run pinned = request->run();
    // Bare names are pinned to version 3, aliases to version 2.
    for (v1::RunRead& read : *pinned.mutable_reads()) {
      const size_t at = read.reference().find('@');
      const std::string name = read.reference().substr(0, at);
      if (at == std::string::npos) {
        read.set_reference(name + "@3");
      } else if (read.reference().find_first_not_of("0123456789", at + 1) != std::string::npos) {
        read.set_alias(read.reference().substr(at + 1));
        read.set_reference(name + "@2");
      }
    }
    for (v1::RunWrite& write : *pinned.mutable_writes()) {
      if (write.reference().find('@') == std::string::npos) {
        write.set_reference(write.reference() + (write.has_version() ? "@5" : ""));
      }
      write.clear_version();
    }
    if (fresh) {
      fake->updates_.push_back(*request);
      fake->run_.mutable_reads()->MergeFrom(pinned.reads());
      fake->run_.mutable_writes()->MergeFrom(pinned.writes());
    }
    *response = fake->whole_runs_ ? fake->run_ : pinned;
  }
  return fake->Leave("UpdateRun");
}

grpc::Status FakeServer::Services::LineageImpl::FinishRun(grpc::ServerContext* context,
                                                          const v1::FinishRunRequest* request,
                                                          v1::Run* response) {
  grpc::Status status = fake->Enter(*context, "FinishRun", request->request_id());
  if (!status.ok()) return status;
  {
    const std::lock_guard<std::mutex> lock(fake->mutex_);
    if (fake->request_ids_.insert(request->request_id()).second) {
      fake->finishes_.push_back(*request);
    }
    response->set_id(request->id());
    response->set_state(request->state());
  }
  return fake->Leave("FinishRun");
}

grpc::Status FakeServer::Services::LineageImpl::Explain(grpc::ServerContext* context,
                                                        const v1::ExplainRequest* request,
                                                        v1::Explanation* response) {
  v1::LineageGraph* graph = response->mutable_graph();
  graph->set_root(request->reference());
  graph->set_position(62);
  graph->add_truncations(v1::TRUNCATION_NODES);
  v1::LineageNode* prediction = graph->add_nodes();
  prediction->set_reference(request->reference());
  prediction->mutable_prediction()->set_id("p-1");
  prediction->mutable_prediction()->set_latency_us(800);
  v1::LineageNode* model = graph->add_nodes();
  model->set_reference("a.b.model@1");
  model->set_depth(1);
  model->set_source(true);
  model->mutable_dataset()->set_asset("a.b.model");
  model->mutable_dataset()->set_version(1);
  model->mutable_dataset()->mutable_detail()->mutable_model()->set_framework("onnx");
  graph->add_nodes()->set_reference("redacted:1");
  v1::LineageEdge* edge = graph->add_edges();
  edge->set_source(1);
  edge->set_target(0);
  edge->set_role(v1::EDGE_ROLE_MODEL);
  response->set_source_count(1);
  return fake->Enter(*context, "Explain", "");
}

grpc::Status FakeServer::Services::PredictionImpl::RecordPrediction(
    grpc::ServerContext* context, const v1::RecordPredictionRequest* request,
    v1::Prediction* response) {
  *response = request->prediction();
  return fake->Enter(*context, "RecordPrediction", "");
}

grpc::Status FakeServer::Services::PredictionImpl::StreamPredictions(grpc::ServerContext* context,
                                                                     Stream* stream) {
  if (grpc::Status status = fake->Enter(*context, "StreamPredictions", ""); !status.ok()) {
    return status;
  }
  StreamPlan plan;
  size_t number = 0;
  {
    const std::lock_guard<std::mutex> lock(fake->mutex_);
    if (!fake->plans_.empty()) {
      plan = fake->plans_.front();
      fake->plans_.pop_front();
    }
    number = fake->streams_.size();
    fake->streams_.emplace_back();
  }
  v1::StreamPredictionsRequest batch;
  while (stream->Read(&batch)) {
    v1::StreamPredictionsResponse ack;
    ack.set_sequence(batch.sequence());
    {
      const std::lock_guard<std::mutex> lock(fake->mutex_);
      for (int i = 0; i < batch.predictions_size(); ++i) {
        const std::string& id = batch.predictions(i).id();
        fake->streams_[number].push_back(id);
        if (fake->refused_.contains(id)) {
          v1::RefusedPrediction* refused = ack.add_refused();
          refused->set_index(i);
          refused->set_id(id);
          refused->set_code(static_cast<int>(grpc::StatusCode::NOT_FOUND));
          refused->set_reason("MODEL_NOT_FOUND");
          refused->set_message("no such model");
        } else if (plan.acks > 0) {
          fake->durable_.insert(id);
        }
      }
    }
    if (plan.acks > 0) {
      --plan.acks;
      stream->Write(ack);
    } else if (plan.swallowed > 0) {
      --plan.swallowed;
    }
    if (plan.acks == 0 && plan.swallowed == 0 && !plan.silent) return plan.status;
  }
  return grpc::Status::OK;
}

FakeServer::FakeServer(std::shared_ptr<grpc::ServerCredentials> credentials)
    : credentials_(credentials != nullptr ? std::move(credentials)
                                          : grpc::InsecureServerCredentials()),
      address_("127.0.0.1:0") {
  Start();
}

FakeServer::~FakeServer() { Stop(); }

void FakeServer::Start() {
  services_ = std::make_unique<Services>(this);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address_, credentials_, &port);
  builder.RegisterService(&services_->server);
  builder.RegisterService(&services_->catalog);
  builder.RegisterService(&services_->lineage);
  builder.RegisterService(&services_->prediction);
  server_ = builder.BuildAndStart();
  address_ = "127.0.0.1:" + std::to_string(port);
}

void FakeServer::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

ClientOptions FakeServer::options() const {
  return {
      .server = address_,
      .token = "svc-test",
      .deadline = absl::Seconds(20),
      .connect_timeout = absl::Seconds(20),
      .retry = {.initial_backoff = absl::Milliseconds(1), .max_backoff = absl::Milliseconds(5)}};
}

grpc::Status FakeServer::Enter(const grpc::ServerContext& context, const std::string& method,
                               const std::string& request_id) {
  const auto header = [&context](const char* name) {
    const auto found = context.client_metadata().find(name);
    return found == context.client_metadata().end()
               ? std::string()
               : std::string(found->second.data(), found->second.size());
  };
  absl::Duration delay;
  grpc::Status status;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    calls_.push_back({.method = method,
                      .request_id = request_id,
                      .authorization = header("authorization"),
                      .user_agent = header("user-agent"),
                      .time_left = absl::FromChrono(context.deadline()) - absl::Now()});
    delay = delays_[method];
    if (std::deque<grpc::Status>& failures = failures_[method]; !failures.empty()) {
      status = failures.front();
      failures.pop_front();
    }
  }
  absl::SleepFor(delay);
  return status;
}

grpc::Status FakeServer::Leave(const std::string& method) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::deque<grpc::Status>& lost = lost_answers_[method];
  if (lost.empty()) return grpc::Status::OK;
  grpc::Status status = lost.front();
  lost.pop_front();
  return status;
}

void FakeServer::FailNext(const std::string& method, const grpc::Status& status, int times) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (int i = 0; i < times; ++i) failures_[method].push_back(status);
}

void FakeServer::LoseNextAnswer(const std::string& method, const grpc::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lost_answers_[method].push_back(status);
}

void FakeServer::Delay(const std::string& method, absl::Duration delay) {
  const std::lock_guard<std::mutex> lock(mutex_);
  delays_[method] = delay;
}

void FakeServer::PlanStream(StreamPlan plan) {
  const std::lock_guard<std::mutex> lock(mutex_);
  plans_.push_back(std::move(plan));
}

void FakeServer::Refuse(const std::string& prediction_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  refused_.insert(prediction_id);
}

void FakeServer::Add(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  names_.insert(name);
}

void FakeServer::SetAssetPages(std::vector<std::vector<std::string>> pages) {
  const std::lock_guard<std::mutex> lock(mutex_);
  pages_ = std::move(pages);
}

std::vector<FakeServer::Call> FakeServer::calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return calls_;
}

std::vector<FakeServer::Call> FakeServer::calls(const std::string& method) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Call> result;
  for (const Call& call : calls_) {
    if (call.method == method) result.push_back(call);
  }
  return result;
}

std::vector<v1::UpdateRunRequest> FakeServer::updates() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return updates_;
}

std::vector<v1::FinishRunRequest> FakeServer::finishes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return finishes_;
}

v1::Run FakeServer::started() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return run_;
}

std::vector<std::vector<std::string>> FakeServer::streams() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return streams_;
}

std::set<std::string> FakeServer::durable() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return durable_;
}

grpc::Status DetailedStatus(grpc::StatusCode code, const std::string& message,
                            const std::string& reason, const std::string& hint,
                            const std::string& field) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("whence");
  if (!hint.empty()) (*info.mutable_metadata())["hint"] = hint;
  if (!field.empty()) (*info.mutable_metadata())["field"] = field;
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  google::rpc::Help help;
  help.add_links()->set_description(hint);
  status.add_details()->PackFrom(help);
  status.add_details()->PackFrom(info);
  return {code, message, status.SerializeAsString()};
}

Client ClientOf(const FakeServer& server) {
  auto client = Client::Connect(server.options());
  REQUIRE(client.ok());
  return *std::move(client);
}

}  // namespace whence::test
