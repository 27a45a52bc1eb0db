#include "kill_load.h"

#include <chrono>
#include <utility>

#include "kill_access.h"
#include "whence/v1/access.grpc.pb.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/policy.grpc.pb.h"
#include "whence/v1/tag.grpc.pb.h"

namespace whence::test {
namespace {

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
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

// A key that flows along lineage, and a mask on every column that has it.
bool MakeClassification(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext definition_context;
  SetDeadline(definition_context);
  v1::CreateTagDefinitionRequest define;
  v1::TagDefinition defined;
  define.mutable_definition()->set_key("pii");
  define.mutable_definition()->set_propagates(true);
  const auto tags = v1::TagService::NewStub(channel);
  if (!tags->CreateTagDefinition(&definition_context, define, &defined).ok()) return false;
  grpc::ClientContext policy_context;
  SetDeadline(policy_context);
  v1::CreatePolicyRequest create;
  v1::Policy created;
  v1::Policy& policy = *create.mutable_policy();
  policy.set_name("mask-pii");
  policy.mutable_securable()->set_name("kill");
  policy.set_kind(v1::POLICY_KIND_MASK);
  policy.mutable_mask()->set_type("nullify");
  policy.mutable_column_tags()->add_any("pii");
  const auto policies = v1::PolicyService::NewStub(channel);
  return policies->CreatePolicy(&policy_context, create, &created).ok();
}

// The way to what is in the schema, for members of a group.
bool MakeGate(const std::shared_ptr<grpc::Channel>& channel) {
  const auto access = v1::AccessService::NewStub(channel);
  grpc::ClientContext group_context;
  SetDeadline(group_context);
  v1::CreatePrincipalRequest create;
  v1::Principal group;
  create.mutable_principal()->set_name(kGateGroup);
  if (!access->CreatePrincipal(&group_context, create, &group).ok()) return false;
  for (const auto& [securable, privilege] :
       {std::pair("kill", "USE CATALOG"), std::pair("kill.test", "USE SCHEMA")}) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ChangeGrantsRequest grant;
    v1::ChangeGrantsResponse granted;
    grant.mutable_securable()->set_name(securable);
    grant.set_principal(kGateGroup);
    grant.add_add(privilege);
    if (!access->ChangeGrants(&context, grant, &granted).ok()) return false;
  }
  return true;
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
  if (!MakeClassification(channel) || !MakeGate(channel)) return false;
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

std::string UnaryLoad::NameOf(int number, int round) {
  return std::to_string(round) + "-" + std::to_string(number);
}

UnaryLoad::UnaryLoad(int number, const std::shared_ptr<grpc::Channel>& channel, int round)
    : writes_(KillWrites::Make(number, NameOf(number, round), round)) {
  writes_->Connect(channel);
}

void UnaryLoad::Run() {
  while (auto answer = writes_->Send(static_cast<int>(answers_.size()))) {
    answers_.push_back(*std::move(answer));
  }
}

StreamLoad::StreamLoad(const std::string& address, const std::string& token) {
  ClientOptions options;
  options.server = address;
  options.token = token;
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
