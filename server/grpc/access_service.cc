#include "grpc/access_service.h"

#include "grpc/services.h"
#include "service/access_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* AccessService::CreatePrincipal(CallbackServerContext* context,
                                                   const v1::CreatePrincipalRequest* request,
                                                   v1::Principal* response) {
  return Serve(*corridor_, *replies_, service::kCreatePrincipal, context, request, response);
}

ServerUnaryReactor* AccessService::GetPrincipal(CallbackServerContext* context,
                                                const v1::GetPrincipalRequest* request,
                                                v1::Principal* response) {
  return Serve(*corridor_, *replies_, service::kGetPrincipal, context, request, response);
}

ServerUnaryReactor* AccessService::ListPrincipals(CallbackServerContext* context,
                                                  const v1::ListPrincipalsRequest* request,
                                                  v1::ListPrincipalsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListPrincipals, context, request, response);
}

ServerUnaryReactor* AccessService::UpdatePrincipal(CallbackServerContext* context,
                                                   const v1::UpdatePrincipalRequest* request,
                                                   v1::Principal* response) {
  return Serve(*corridor_, *replies_, service::kUpdatePrincipal, context, request, response);
}

ServerUnaryReactor* AccessService::DeletePrincipal(CallbackServerContext* context,
                                                   const v1::DeletePrincipalRequest* request,
                                                   v1::Principal* response) {
  return Serve(*corridor_, *replies_, service::kDeletePrincipal, context, request, response);
}

ServerUnaryReactor* AccessService::AddMember(CallbackServerContext* context,
                                             const v1::AddMemberRequest* request,
                                             v1::Membership* response) {
  return Serve(*corridor_, *replies_, service::kAddMember, context, request, response);
}

ServerUnaryReactor* AccessService::RemoveMember(CallbackServerContext* context,
                                                const v1::RemoveMemberRequest* request,
                                                v1::Membership* response) {
  return Serve(*corridor_, *replies_, service::kRemoveMember, context, request, response);
}

ServerUnaryReactor* AccessService::ListMembers(CallbackServerContext* context,
                                               const v1::ListMembersRequest* request,
                                               v1::ListMembersResponse* response) {
  return Serve(*corridor_, *replies_, service::kListMembers, context, request, response);
}

ServerUnaryReactor* AccessService::ListGroups(CallbackServerContext* context,
                                              const v1::ListGroupsRequest* request,
                                              v1::ListGroupsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListGroups, context, request, response);
}

ServerUnaryReactor* AccessService::CreateToken(CallbackServerContext* context,
                                               const v1::CreateTokenRequest* request,
                                               v1::CreateTokenResponse* response) {
  return Serve(*corridor_, *replies_, service::kCreateToken, context, request, response);
}

ServerUnaryReactor* AccessService::ListTokens(CallbackServerContext* context,
                                              const v1::ListTokensRequest* request,
                                              v1::ListTokensResponse* response) {
  return Serve(*corridor_, *replies_, service::kListTokens, context, request, response);
}

ServerUnaryReactor* AccessService::RevokeToken(CallbackServerContext* context,
                                               const v1::RevokeTokenRequest* request,
                                               v1::Token* response) {
  return Serve(*corridor_, *replies_, service::kRevokeToken, context, request, response);
}

ServerUnaryReactor* AccessService::WhoAmI(CallbackServerContext* context,
                                          const v1::WhoAmIRequest* request,
                                          v1::WhoAmIResponse* response) {
  return Serve(*corridor_, *replies_, service::kWhoAmI, context, request, response);
}

ServerUnaryReactor* AccessService::ChangeGrants(CallbackServerContext* context,
                                                const v1::ChangeGrantsRequest* request,
                                                v1::ChangeGrantsResponse* response) {
  return Serve(*corridor_, *replies_, service::kChangeGrants, context, request, response);
}

ServerUnaryReactor* AccessService::ListGrants(CallbackServerContext* context,
                                              const v1::ListGrantsRequest* request,
                                              v1::ListGrantsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListGrants, context, request, response);
}

ServerUnaryReactor* AccessService::GetMetastore(CallbackServerContext* context,
                                                const v1::GetMetastoreRequest* request,
                                                v1::Metastore* response) {
  return Serve(*corridor_, *replies_, service::kGetMetastore, context, request, response);
}

ServerUnaryReactor* AccessService::TransferMetastore(CallbackServerContext* context,
                                                     const v1::TransferMetastoreRequest* request,
                                                     v1::Metastore* response) {
  return Serve(*corridor_, *replies_, service::kTransferMetastore, context, request, response);
}

ServerUnaryReactor* AccessService::GetEffectivePrivileges(
    CallbackServerContext* context, const v1::GetEffectivePrivilegesRequest* request,
    v1::GetEffectivePrivilegesResponse* response) {
  return Serve(*corridor_, *replies_, service::kGetEffectivePrivileges, context, request, response);
}

ServerUnaryReactor* AccessService::ExplainAccess(CallbackServerContext* context,
                                                 const v1::ExplainAccessRequest* request,
                                                 v1::ExplainAccessResponse* response) {
  return Serve(*corridor_, *replies_, service::kExplainAccess, context, request, response);
}

ServerUnaryReactor* AccessService::ListAssetAccess(CallbackServerContext* context,
                                                   const v1::ListAssetAccessRequest* request,
                                                   v1::ListAssetAccessResponse* response) {
  return Serve(*corridor_, *replies_, service::kListAssetAccess, context, request, response);
}

std::unique_ptr<grpc::Service> MakeAccessService(service::Corridor* corridor, Replies* replies) {
  return std::make_unique<AccessService>(corridor, replies);
}

}  // namespace whence::rpc
