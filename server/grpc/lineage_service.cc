#include "grpc/lineage_service.h"

#include "grpc/services.h"
#include "service/lineage_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* LineageService::StartRun(CallbackServerContext* context,
                                             const v1::StartRunRequest* request,
                                             v1::Run* response) {
  return Serve(*corridor_, *replies_, service::kStartRun, context, request, response);
}

ServerUnaryReactor* LineageService::UpdateRun(CallbackServerContext* context,
                                              const v1::UpdateRunRequest* request,
                                              v1::Run* response) {
  return Serve(*corridor_, *replies_, service::kUpdateRun, context, request, response);
}

ServerUnaryReactor* LineageService::FinishRun(CallbackServerContext* context,
                                              const v1::FinishRunRequest* request,
                                              v1::Run* response) {
  return Serve(*corridor_, *replies_, service::kFinishRun, context, request, response);
}

ServerUnaryReactor* LineageService::RecordRun(CallbackServerContext* context,
                                              const v1::RecordRunRequest* request,
                                              v1::Run* response) {
  return Serve(*corridor_, *replies_, service::kRecordRun, context, request, response);
}

ServerUnaryReactor* LineageService::RecordRuns(CallbackServerContext* context,
                                               const v1::RecordRunsRequest* request,
                                               v1::RecordRunsResponse* response) {
  return Serve(*corridor_, *replies_, service::kRecordRuns, context, request, response);
}

ServerUnaryReactor* LineageService::RecordEdges(CallbackServerContext* context,
                                                const v1::RecordEdgesRequest* request,
                                                v1::Declaration* response) {
  return Serve(*corridor_, *replies_, service::kRecordEdges, context, request, response);
}

ServerUnaryReactor* LineageService::GetRun(CallbackServerContext* context,
                                           const v1::GetRunRequest* request, v1::Run* response) {
  return Serve(*corridor_, *replies_, service::kGetRun, context, request, response);
}

ServerUnaryReactor* LineageService::ListRuns(CallbackServerContext* context,
                                             const v1::ListRunsRequest* request,
                                             v1::ListRunsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListRuns, context, request, response);
}

ServerUnaryReactor* LineageService::ListDeclarations(CallbackServerContext* context,
                                                     const v1::ListDeclarationsRequest* request,
                                                     v1::ListDeclarationsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListDeclarations, context, request, response);
}

ServerUnaryReactor* LineageService::GetLineage(CallbackServerContext* context,
                                               const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* response) {
  return Serve(*corridor_, *replies_, service::kGetLineage, context, request, response);
}

ServerUnaryReactor* LineageService::Explain(CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  return Serve(*corridor_, *replies_, service::kExplain, context, request, response);
}

ServerUnaryReactor* LineageService::Impact(CallbackServerContext* context,
                                           const v1::ImpactRequest* request,
                                           v1::ImpactResponse* response) {
  return Serve(*corridor_, *replies_, service::kImpact, context, request, response);
}

ServerUnaryReactor* LineageService::FindPath(CallbackServerContext* context,
                                             const v1::FindPathRequest* request,
                                             v1::FindPathResponse* response) {
  return Serve(*corridor_, *replies_, service::kFindPath, context, request, response);
}

std::unique_ptr<grpc::Service> MakeLineageService(service::Corridor* corridor, Replies* replies) {
  return std::make_unique<LineageService>(corridor, replies);
}

}  // namespace whence::rpc
