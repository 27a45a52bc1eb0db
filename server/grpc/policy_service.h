// PolicyService on the wire: one line an RPC.
#pragma once

#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/policy.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands PolicyService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class PolicyService final : public v1::PolicyService::CallbackService {
 public:
  PolicyService(service::Corridor* corridor, Replies* replies)
      : corridor_(corridor), replies_(replies) {}

  grpc::ServerUnaryReactor* CreatePolicy(grpc::CallbackServerContext* context,
                                         const v1::CreatePolicyRequest* request,
                                         v1::Policy* response) override;
  grpc::ServerUnaryReactor* GetPolicy(grpc::CallbackServerContext* context,
                                      const v1::GetPolicyRequest* request,
                                      v1::Policy* response) override;
  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* context,
                                         const v1::ListPoliciesRequest* request,
                                         v1::ListPoliciesResponse* response) override;
  grpc::ServerUnaryReactor* UpdatePolicy(grpc::CallbackServerContext* context,
                                         const v1::UpdatePolicyRequest* request,
                                         v1::Policy* response) override;
  grpc::ServerUnaryReactor* DeletePolicy(grpc::CallbackServerContext* context,
                                         const v1::DeletePolicyRequest* request,
                                         v1::DeletePolicyResponse* response) override;
  grpc::ServerUnaryReactor* PreviewPolicy(grpc::CallbackServerContext* context,
                                          const v1::PreviewPolicyRequest* request,
                                          v1::PreviewPolicyResponse* response) override;
  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const v1::DecideRequest* request,
                                   v1::Decision* response) override;
  grpc::ServerUnaryReactor* DecideBatch(grpc::CallbackServerContext* context,
                                        const v1::DecideBatchRequest* request,
                                        v1::DecideBatchResponse* response) override;
  grpc::ServerUnaryReactor* CompileView(grpc::CallbackServerContext* context,
                                        const v1::CompileViewRequest* request,
                                        v1::CompileViewResponse* response) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
};

}  // namespace whence::rpc
