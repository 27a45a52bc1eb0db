#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "src/grpc_status.h"
#include "src/retry.h"
#include "src/uuid.h"
#include "whence/connection.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence::client_internal {

// The connection that talks to a server. Every unary call passes Invoke: deadline, token,
// repetition, errors. Owns the channel, which (re)connects by itself. Safe from any thread.
class GrpcConnection final : public Connection {
 public:
  // `options` resolved; `server` is the channel's target as people write it.
  GrpcConnection(std::shared_ptr<grpc::Channel> channel, ClientOptions options);

  absl::StatusOr<ServerInfo> GetServerInfo(const CallOptions& options) override;
  absl::StatusOr<Catalog> CreateCatalog(const Catalog& catalog,
                                        const CallOptions& options) override;
  absl::StatusOr<Catalog> GetCatalog(const std::string& name, const AsOf& as_of,
                                     const CallOptions& options) override;
  absl::StatusOr<Page<Catalog>> ListCatalogs(const ListRequest& request,
                                             const CallOptions& options) override;
  absl::StatusOr<Schema> CreateSchema(const Schema& schema, const CallOptions& options) override;
  absl::StatusOr<Schema> GetSchema(const std::string& name, const AsOf& as_of,
                                   const CallOptions& options) override;
  absl::StatusOr<Page<Schema>> ListSchemas(const ListRequest& request,
                                           const CallOptions& options) override;
  absl::StatusOr<Asset> CreateAsset(const Asset& asset, const CallOptions& options) override;
  absl::StatusOr<Asset> GetAsset(const std::string& name, const AsOf& as_of,
                                 const CallOptions& options) override;
  absl::StatusOr<Page<Asset>> ListAssets(const ListRequest& request,
                                         const CallOptions& options) override;
  absl::StatusOr<Version> RegisterVersion(const std::string& asset, const NewVersion& version,
                                          const CallOptions& options) override;
  absl::StatusOr<Version> GetVersion(const std::string& reference, const AsOf& as_of,
                                     const CallOptions& options) override;
  absl::StatusOr<Page<Version>> ListVersions(const ListRequest& request,
                                             const CallOptions& options) override;
  absl::StatusOr<Alias> SetAlias(const std::string& asset, const std::string& alias,
                                 int64_t version, const CallOptions& options) override;
  absl::StatusOr<std::vector<Tag>> SetTags(const std::string& reference,
                                           const std::vector<Tag>& set,
                                           const std::vector<std::string>& remove,
                                           const CallOptions& options) override;
  absl::StatusOr<Page<SearchHit>> Search(const SearchRequest& request,
                                         const CallOptions& options) override;
  absl::StatusOr<RunRecord> StartRun(const RunRecord& run, const CallOptions& options) override;
  absl::StatusOr<RunRecord> UpdateRun(const RunRecord& additions,
                                      const CallOptions& options) override;
  absl::StatusOr<RunRecord> FinishRun(const RunOutcome& outcome,
                                      const CallOptions& options) override;
  absl::StatusOr<RunRecord> RecordRun(const RunRecord& run, const CallOptions& options) override;
  absl::StatusOr<RunRecord> GetRun(const std::string& id, const AsOf& as_of,
                                   const CallOptions& options) override;
  absl::StatusOr<Explanation> Explain(const std::string& reference, const ExplainOptions& explain,
                                      const CallOptions& options) override;
  absl::StatusOr<Prediction> RecordPrediction(const Prediction& prediction,
                                              const CallOptions& options) override;
  absl::StatusOr<Prediction> GetPrediction(const std::string& id, const AsOf& as_of,
                                           const CallOptions& options) override;
  absl::StatusOr<Page<Prediction>> ListPredictions(const PredictionQuery& query,
                                                   const CallOptions& options) override;
  std::unique_ptr<PredictionStream> OpenPredictionStream(PredictionStream::Events events) override;

 private:
  // Makes a call; repeats it as the policy says, with the same request.
  template <typename Response, typename Stub, typename Request>
  absl::StatusOr<Response> Invoke(const char* call, Stub& stub,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  const Request& request, const CallOptions& options) {
    const absl::Duration deadline = options.deadline.value_or(options_.deadline);
    Response response;
    const absl::Status status =
        CallWithRetries(options_.retry, deadline, [&](absl::Time attempt_deadline) {
          grpc::ClientContext context;
          context.set_deadline(absl::ToChronoTime(attempt_deadline));
          Introduce(&context);
          response.Clear();
          return ToStatus(options_, (stub.*method)(&context, request, &response), call, deadline);
        });
    if (!status.ok()) return status;
    return response;
  }

  // Shows the token, where there is one.
  void Introduce(grpc::ClientContext* context) const;
  // The outcome of a call; one that needed a token and had none is told where it may come from.
  static absl::Status ToStatus(const ClientOptions& options, const grpc::Status& status,
                               const char* call, absl::Duration deadline);

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::CatalogService::StubInterface> catalog_;
  const std::unique_ptr<v1::LineageService::StubInterface> lineage_;
  const std::unique_ptr<v1::PredictionService::StubInterface> prediction_;
  const std::unique_ptr<v1::ServerService::StubInterface> server_;
};

// The request id of a mutation: the caller's, or a new one.
inline std::string RequestIdOf(const CallOptions& options) {
  return options.request_id.empty() ? NewUuid() : options.request_id;
}

}  // namespace whence::client_internal
