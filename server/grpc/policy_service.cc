#include "grpc/policy_service.h"

#include "grpc/services.h"
#include "service/policy_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* PolicyService::CreatePolicy(CallbackServerContext* context,
                                                const v1::CreatePolicyRequest* request,
                                                v1::Policy* response) {
  return Serve(*corridor_, *replies_, service::kCreatePolicy, context, request, response);
}

ServerUnaryReactor* PolicyService::GetPolicy(CallbackServerContext* context,
                                             const v1::GetPolicyRequest* request,
                                             v1::Policy* response) {
  return Serve(*corridor_, *replies_, service::kGetPolicy, context, request, response);
}

ServerUnaryReactor* PolicyService::ListPolicies(CallbackServerContext* context,
                                                const v1::ListPoliciesRequest* request,
                                                v1::ListPoliciesResponse* response) {
  return Serve(*corridor_, *replies_, service::kListPolicies, context, request, response);
}

ServerUnaryReactor* PolicyService::UpdatePolicy(CallbackServerContext* context,
                                                const v1::UpdatePolicyRequest* request,
                                                v1::Policy* response) {
  return Serve(*corridor_, *replies_, service::kUpdatePolicy, context, request, response);
}

ServerUnaryReactor* PolicyService::DeletePolicy(CallbackServerContext* context,
                                                const v1::DeletePolicyRequest* request,
                                                v1::DeletePolicyResponse* response) {
  return Serve(*corridor_, *replies_, service::kDeletePolicy, context, request, response);
}

ServerUnaryReactor* PolicyService::PreviewPolicy(CallbackServerContext* context,
                                                 const v1::PreviewPolicyRequest* request,
                                                 v1::PreviewPolicyResponse* response) {
  return Serve(*corridor_, *replies_, service::kPreviewPolicy, context, request, response);
}

ServerUnaryReactor* PolicyService::Decide(CallbackServerContext* context,
                                          const v1::DecideRequest* request,
                                          v1::Decision* response) {
  return Serve(*corridor_, *replies_, service::kDecide, context, request, response);
}

ServerUnaryReactor* PolicyService::DecideBatch(CallbackServerContext* context,
                                               const v1::DecideBatchRequest* request,
                                               v1::DecideBatchResponse* response) {
  return Serve(*corridor_, *replies_, service::kDecideBatch, context, request, response);
}

ServerUnaryReactor* PolicyService::CompileView(CallbackServerContext* context,
                                               const v1::CompileViewRequest* request,
                                               v1::CompileViewResponse* response) {
  return Serve(*corridor_, *replies_, service::kCompileView, context, request, response);
}

std::unique_ptr<grpc::Service> MakePolicyService(service::Corridor* corridor, Replies* replies) {
  return std::make_unique<PolicyService>(corridor, replies);
}

}  // namespace whence::rpc
