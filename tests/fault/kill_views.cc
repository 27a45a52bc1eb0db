#include "kill_views.h"

#include <chrono>

#include "base/digest.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
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

// Positions that are 0 mean the present, and become what was answered; without an answer they stay.
void AskClasses(const std::shared_ptr<grpc::Channel>& channel, int round, KillClasses* classes) {
  const auto deadline = std::chrono::system_clock::now() + Patience(kPatience);
  const std::string table = "kill.test.output-" + std::to_string(round);
  v1::GetEffectiveTagsRequest request;
  request.set_reference(table);
  request.set_columns(true);
  if (classes->tags_position > 0) request.mutable_as_of()->set_position(classes->tags_position);
  v1::GetEffectiveTagsResponse tags;
  grpc::ClientContext tags_context;
  tags_context.set_deadline(deadline);
  if (!v1::TagService::NewStub(channel)->GetEffectiveTags(&tags_context, request, &tags).ok()) {
    return;
  }
  v1::DecideRequest decide;
  decide.set_privilege("SELECT");
  decide.mutable_securable()->set_name(table);
  if (classes->decision_position > 0) {
    decide.mutable_as_of()->set_position(classes->decision_position);
  }
  v1::Decision decision;
  grpc::ClientContext context;
  context.set_deadline(deadline);
  if (!v1::PolicyService::NewStub(channel)->Decide(&context, decide, &decision).ok()) return;
  *classes = {.tags_position = tags.position(),
              .decision_position = decision.position(),
              .answer = tags.DebugString() + decision.DebugString()};
}

}  // namespace

KillClasses ClassesAsOf(const std::shared_ptr<grpc::Channel>& channel, const KillView& view) {
  KillClasses classes{.tags_position = view.classes.tags_position,
                      .decision_position = view.classes.decision_position,
                      .answer = ""};
  AskClasses(channel, view.round, &classes);
  return classes;
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
}

KillView ViewNow(const std::shared_ptr<grpc::Channel>& channel, int round) {
  KillView view{.position = PositionNow(channel),
                .round = round,
                .seconds = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count(),
                .answers = {}};
  AskView(channel, &view);
  AskClasses(channel, round, &view.classes);
  return view;
}

}  // namespace whence::test
