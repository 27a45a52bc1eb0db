#include "whence/connection.h"

#include <utility>

#include "src/error_info.h"

namespace whence {
namespace {

absl::Status Unimplemented(const std::string& call) {
  return client_internal::MakeError(absl::StatusCode::kUnimplemented,
                                    "this connection has no " + call, "CALL_NOT_IMPLEMENTED",
                                    "override Connection::" + call);
}

}  // namespace

absl::StatusOr<ServerInfo> Connection::GetServerInfo(const CallOptions&) {
  return Unimplemented("GetServerInfo");
}
absl::StatusOr<Catalog> Connection::CreateCatalog(const Catalog&, const CallOptions&) {
  return Unimplemented("CreateCatalog");
}
absl::StatusOr<Catalog> Connection::GetCatalog(const std::string&, const AsOf&,
                                               const CallOptions&) {
  return Unimplemented("GetCatalog");
}
absl::StatusOr<Page<Catalog>> Connection::ListCatalogs(const ListRequest&, const CallOptions&) {
  return Unimplemented("ListCatalogs");
}
absl::StatusOr<Schema> Connection::CreateSchema(const Schema&, const CallOptions&) {
  return Unimplemented("CreateSchema");
}
absl::StatusOr<Schema> Connection::GetSchema(const std::string&, const AsOf&, const CallOptions&) {
  return Unimplemented("GetSchema");
}
absl::StatusOr<Page<Schema>> Connection::ListSchemas(const ListRequest&, const CallOptions&) {
  return Unimplemented("ListSchemas");
}
absl::StatusOr<Asset> Connection::CreateAsset(const Asset&, const CallOptions&) {
  return Unimplemented("CreateAsset");
}
absl::StatusOr<Asset> Connection::GetAsset(const std::string&, const AsOf&, const CallOptions&) {
  return Unimplemented("GetAsset");
}
absl::StatusOr<Page<Asset>> Connection::ListAssets(const ListRequest&, const CallOptions&) {
  return Unimplemented("ListAssets");
}
absl::StatusOr<Version> Connection::RegisterVersion(const std::string&, const NewVersion&,
                                                    const CallOptions&) {
  return Unimplemented("RegisterVersion");
}
absl::StatusOr<Version> Connection::GetVersion(const std::string&, const AsOf&,
                                               const CallOptions&) {
  return Unimplemented("GetVersion");
}
absl::StatusOr<Page<Version>> Connection::ListVersions(const ListRequest&, const CallOptions&) {
  return Unimplemented("ListVersions");
}
absl::StatusOr<Alias> Connection::SetAlias(const std::string&, const std::string&, int64_t,
                                           const CallOptions&) {
  return Unimplemented("SetAlias");
}
absl::StatusOr<std::vector<Tag>> Connection::SetTags(const std::string&, const std::vector<Tag>&,
                                                     const std::vector<std::string>&,
                                                     const CallOptions&) {
  return Unimplemented("SetTags");
}
absl::StatusOr<Page<SearchHit>> Connection::Search(const SearchRequest&, const CallOptions&) {
  return Unimplemented("Search");
}
absl::StatusOr<RunRecord> Connection::StartRun(const RunRecord&, const CallOptions&) {
  return Unimplemented("StartRun");
}
absl::StatusOr<RunRecord> Connection::UpdateRun(const RunRecord&, const CallOptions&) {
  return Unimplemented("UpdateRun");
}
absl::StatusOr<RunRecord> Connection::FinishRun(const RunOutcome&, const CallOptions&) {
  return Unimplemented("FinishRun");
}
absl::StatusOr<RunRecord> Connection::RecordRun(const RunRecord&, const CallOptions&) {
  return Unimplemented("RecordRun");
}
absl::StatusOr<RunRecord> Connection::GetRun(const std::string&, const AsOf&, const CallOptions&) {
  return Unimplemented("GetRun");
}
absl::StatusOr<Explanation> Connection::Explain(const std::string&, const ExplainOptions&,
                                                const CallOptions&) {
  return Unimplemented("Explain");
}
absl::StatusOr<Prediction> Connection::RecordPrediction(const Prediction&, const CallOptions&) {
  return Unimplemented("RecordPrediction");
}
absl::StatusOr<Prediction> Connection::GetPrediction(const std::string&, const AsOf&,
                                                     const CallOptions&) {
  return Unimplemented("GetPrediction");
}
absl::StatusOr<Page<Prediction>> Connection::ListPredictions(const PredictionQuery&,
                                                             const CallOptions&) {
  return Unimplemented("ListPredictions");
}

std::unique_ptr<PredictionStream> Connection::OpenPredictionStream(
    // NOLINTNEXTLINE(performance-unnecessary-value-param): those that open one keep them
    PredictionStream::Events events) {
  class ClosedStream : public PredictionStream {
   public:
    void Send(const PredictionBatch&) override {}
    void Cancel() override {}
  };
  events.on_closed(Unimplemented("OpenPredictionStream"));
  return std::make_unique<ClosedStream>();
}

}  // namespace whence
