// LineageService on the wire: one line an RPC.
#pragma once

#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/lineage.grpc.pb.h"

namespace whence::rpc {

// Graphs travel as the bytes that they were made of.
using LineageServiceBase = v1::LineageService::WithRawCallbackMethod_GetLineage<
    v1::LineageService::WithRawCallbackMethod_Explain<v1::LineageService::CallbackService>>;

// Purpose: hands LineageService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class LineageService final : public LineageServiceBase {
 public:
  LineageService(service::Corridor* corridor, Replies* replies)
      : corridor_(corridor), replies_(replies) {}

  grpc::ServerUnaryReactor* StartRun(grpc::CallbackServerContext* context,
                                     const v1::StartRunRequest* request,
                                     v1::Run* response) override;
  grpc::ServerUnaryReactor* UpdateRun(grpc::CallbackServerContext* context,
                                      const v1::UpdateRunRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* FinishRun(grpc::CallbackServerContext* context,
                                      const v1::FinishRunRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* RecordRun(grpc::CallbackServerContext* context,
                                      const v1::RecordRunRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* RecordRuns(grpc::CallbackServerContext* context,
                                       const v1::RecordRunsRequest* request,
                                       v1::RecordRunsResponse* response) override;
  grpc::ServerUnaryReactor* RecordEdges(grpc::CallbackServerContext* context,
                                        const v1::RecordEdgesRequest* request,
                                        v1::Declaration* response) override;
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context,
                                   const v1::GetRunRequest* request, v1::Run* response) override;
  grpc::ServerUnaryReactor* ListRuns(grpc::CallbackServerContext* context,
                                     const v1::ListRunsRequest* request,
                                     v1::ListRunsResponse* response) override;
  grpc::ServerUnaryReactor* ListDeclarations(grpc::CallbackServerContext* context,
                                             const v1::ListDeclarationsRequest* request,
                                             v1::ListDeclarationsResponse* response) override;
  grpc::ServerUnaryReactor* GetLineage(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Impact(grpc::CallbackServerContext* context,
                                   const v1::ImpactRequest* request,
                                   v1::ImpactResponse* response) override;
  grpc::ServerUnaryReactor* FindPath(grpc::CallbackServerContext* context,
                                     const v1::FindPathRequest* request,
                                     v1::FindPathResponse* response) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
};

}  // namespace whence::rpc
