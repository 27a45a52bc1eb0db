#include "kill_views.h"

#include <chrono>

#include "base/digest.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "kill_access.h"
#include "kill_load.h"
#include "support/sanitizer.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/policy.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"
#include "whence/v1/server.grpc.pb.h"
#include "whence/v1/tag.grpc.pb.h"

namespace whence::test {
namespace {

std::string DigestOf(const google::protobuf::Message& reply) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    reply.SerializeToCodedStream(&coded);
  }
  return std::to_string(bytes.size()) + " bytes " + Sha256Hex(bytes);
}

constexpr std::chrono::seconds kPatience{120};

// Asks, and adds what came back to the answers.
template <class Stub, class Request, class Reply>
void Ask(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
         Request request, KillView* view) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + Patience(kPatience));
  request.mutable_as_of()->set_position(view->position);
  Reply reply;
  const grpc::Status status = (stub.*method)(&context, request, &reply);
  const std::string name = request.GetDescriptor()->name();
  view->answers.push_back(
      name + (status.ok() ? " " + DigestOf(reply) : " error " + status.error_message()));
  // The longest lists are the hardest to find a difference in.
  if (request.GetDescriptor() == v1::ListPredictionsRequest::descriptor()) {
    view->answers.push_back(reply.DebugString());
  }
}

void AskLineage(const std::shared_ptr<grpc::Channel>& channel, const std::string& round,
                KillView* view) {
  using Stub = v1::LineageService::Stub;
  auto stub = v1::LineageService::NewStub(channel);
  v1::GetLineageRequest lineage;
  lineage.set_reference("kill.test.input-" + round);
  lineage.set_direction(v1::DIRECTION_BOTH);
  lineage.set_max_nodes(1'000'000);
  Ask(*stub, &Stub::GetLineage, lineage, view);
  v1::ImpactRequest impact;
  impact.set_reference("kill.test.input-" + round);
  impact.set_show_paths(true);
  Ask(*stub, &Stub::Impact, impact, view);
  v1::ExplainRequest explain;
  explain.set_reference("kill.test.output-" + round);
  Ask(*stub, &Stub::Explain, explain, view);
  v1::ListRunsRequest runs;
  runs.set_job("kill.test.job");
  runs.set_page_size(200);
  Ask(*stub, &Stub::ListRuns, runs, view);
}

// The position published now; -1 when nobody answers.
int64_t PositionNow(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  v1::ServerInfo info;
  auto stub = v1::ServerService::NewStub(channel);
  return stub->GetServerInfo(&context, v1::GetServerInfoRequest(), &info).ok() ? info.position()
                                                                               : -1;
}

// May the users of the round read its input, and a column that may be masked for each of them?
v1::DecideBatchRequest AboutUsers(int round) {
  constexpr int kUsers = 6;
  v1::DecideBatchRequest request;
  const std::string name = UnaryLoad::NameOf(KillWrites::kAccessKind, round);
  for (int i = 0; i < kUsers; ++i) {
    v1::DecideRequest& question = *request.add_questions();
    question.set_principal(KillUserOf(name, i));
    question.set_privilege("SELECT");
    question.mutable_securable()->set_name("kill.test.input-" + std::to_string(round));
    question.add_columns("hidden-" + name + "-" + std::to_string(i));
  }
  return request;
}

// Asks as of `position`, 0 for the present; the answer, or nothing.
template <class Stub, class Request, class Reply>
bool AskAsOf(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
             Request request, int64_t position, Reply* reply) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + Patience(kPatience));
  if (position > 0) request.mutable_as_of()->set_position(position);
  return (stub.*method)(&context, request, reply).ok();
}

// Positions that are 0 mean the present, and become what was answered; without an answer they stay.
void AskPresent(const std::shared_ptr<grpc::Channel>& channel, int round, KillPresent* present) {
  const std::string table = "kill.test.output-" + std::to_string(round);
  v1::GetEffectiveTagsRequest request;
  request.set_reference(table);
  request.set_columns(true);
  v1::GetEffectiveTagsResponse tags;
  const auto tag_stub = v1::TagService::NewStub(channel);
  if (!AskAsOf(*tag_stub, &v1::TagService::Stub::GetEffectiveTags, request, present->tags_position,
               &tags)) {
    return;
  }
  v1::DecideRequest decide;
  decide.set_privilege("SELECT");
  decide.mutable_securable()->set_name(table);
  v1::Decision decision;
  const auto policies = v1::PolicyService::NewStub(channel);
  if (!AskAsOf(*policies, &v1::PolicyService::Stub::Decide, decide, present->decision_position,
               &decision)) {
    return;
  }
  v1::DecideBatchResponse users;
  if (!AskAsOf(*policies, &v1::PolicyService::Stub::DecideBatch, AboutUsers(round),
               present->users_position, &users)) {
    return;
  }
  *present = {.tags_position = tags.position(),
              .decision_position = decision.position(),
              .users_position = users.position(),
              .answer = tags.DebugString() + decision.DebugString() + users.DebugString()};
}

}  // namespace

KillPresent PresentAsOf(const std::shared_ptr<grpc::Channel>& channel, const KillView& view) {
  KillPresent present{.tags_position = view.present.tags_position,
                      .decision_position = view.present.decision_position,
                      .users_position = view.present.users_position,
                      .answer = ""};
  AskPresent(channel, view.round, &present);
  return present;
}

void AskView(const std::shared_ptr<grpc::Channel>& channel, KillView* view) {
  view->answers.clear();
  const std::string round = std::to_string(view->round);
  AskLineage(channel, round, view);
  auto catalog = v1::CatalogService::NewStub(channel);
  v1::ListAssetsRequest assets;
  assets.set_parent("kill.test");
  assets.set_page_size(200);
  Ask(*catalog, &v1::CatalogService::Stub::ListAssets, assets, view);
  v1::ListVersionsRequest versions;
  versions.set_asset("kill.test.output-" + round);
  versions.set_page_size(200);
  Ask(*catalog, &v1::CatalogService::Stub::ListVersions, versions, view);
  auto predictions = v1::PredictionService::NewStub(channel);
  v1::ListPredictionsRequest list;
  list.set_model("kill.test.model");
  list.set_page_size(200);
  // Newest first: later ones, which are not there as of the position, would use up the page's scan.
  list.mutable_end_time()->set_seconds(view->seconds + 1);
  Ask(*predictions, &v1::PredictionService::Stub::ListPredictions, list, view);
  // Who is decided about by what was in force then, the newest of the masks that stand there.
  auto policies = v1::PolicyService::NewStub(channel);
  v1::DecideRequest decide;
  decide.set_privilege("SELECT");
  decide.mutable_securable()->set_name("kill.test.input-" + round);
  decide.add_columns("shared");
  Ask(*policies, &v1::PolicyService::Stub::Decide, decide, view);
  Ask(*policies, &v1::PolicyService::Stub::DecideBatch, AboutUsers(view->round), view);
}

KillView ViewNow(const std::shared_ptr<grpc::Channel>& channel, int round) {
  KillView view{.position = PositionNow(channel),
                .round = round,
                .seconds = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count(),
                .answers = {}};
  AskView(channel, &view);
  AskPresent(channel, round, &view.present);
  return view;
}

}  // namespace whence::test
