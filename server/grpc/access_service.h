// AccessService on the wire: one line an RPC.
#pragma once

#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/access.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands AccessService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class AccessService final : public v1::AccessService::CallbackService {
 public:
  AccessService(service::Corridor* corridor, Replies* replies)
      : corridor_(corridor), replies_(replies) {}

  grpc::ServerUnaryReactor* CreatePrincipal(grpc::CallbackServerContext* context,
                                            const v1::CreatePrincipalRequest* request,
                                            v1::Principal* response) override;
  grpc::ServerUnaryReactor* GetPrincipal(grpc::CallbackServerContext* context,
                                         const v1::GetPrincipalRequest* request,
                                         v1::Principal* response) override;
  grpc::ServerUnaryReactor* ListPrincipals(grpc::CallbackServerContext* context,
                                           const v1::ListPrincipalsRequest* request,
                                           v1::ListPrincipalsResponse* response) override;
  grpc::ServerUnaryReactor* UpdatePrincipal(grpc::CallbackServerContext* context,
                                            const v1::UpdatePrincipalRequest* request,
                                            v1::Principal* response) override;
  grpc::ServerUnaryReactor* DeletePrincipal(grpc::CallbackServerContext* context,
                                            const v1::DeletePrincipalRequest* request,
                                            v1::Principal* response) override;
  grpc::ServerUnaryReactor* AddMember(grpc::CallbackServerContext* context,
                                      const v1::AddMemberRequest* request,
                                      v1::Membership* response) override;
  grpc::ServerUnaryReactor* RemoveMember(grpc::CallbackServerContext* context,
                                         const v1::RemoveMemberRequest* request,
                                         v1::Membership* response) override;
  grpc::ServerUnaryReactor* ListMembers(grpc::CallbackServerContext* context,
                                        const v1::ListMembersRequest* request,
                                        v1::ListMembersResponse* response) override;
  grpc::ServerUnaryReactor* ListGroups(grpc::CallbackServerContext* context,
                                       const v1::ListGroupsRequest* request,
                                       v1::ListGroupsResponse* response) override;
  grpc::ServerUnaryReactor* CreateToken(grpc::CallbackServerContext* context,
                                        const v1::CreateTokenRequest* request,
                                        v1::CreateTokenResponse* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context,
                                       const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) override;
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context,
                                        const v1::RevokeTokenRequest* request,
                                        v1::Token* response) override;
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context,
                                   const v1::WhoAmIRequest* request,
                                   v1::WhoAmIResponse* response) override;
  grpc::ServerUnaryReactor* ChangeGrants(grpc::CallbackServerContext* context,
                                         const v1::ChangeGrantsRequest* request,
                                         v1::ChangeGrantsResponse* response) override;
  grpc::ServerUnaryReactor* ListGrants(grpc::CallbackServerContext* context,
                                       const v1::ListGrantsRequest* request,
                                       v1::ListGrantsResponse* response) override;
  grpc::ServerUnaryReactor* GetMetastore(grpc::CallbackServerContext* context,
                                         const v1::GetMetastoreRequest* request,
                                         v1::Metastore* response) override;
  grpc::ServerUnaryReactor* TransferMetastore(grpc::CallbackServerContext* context,
                                              const v1::TransferMetastoreRequest* request,
                                              v1::Metastore* response) override;
  grpc::ServerUnaryReactor* GetEffectivePrivileges(
      grpc::CallbackServerContext* context, const v1::GetEffectivePrivilegesRequest* request,
      v1::GetEffectivePrivilegesResponse* response) override;
  grpc::ServerUnaryReactor* ExplainAccess(grpc::CallbackServerContext* context,
                                          const v1::ExplainAccessRequest* request,
                                          v1::ExplainAccessResponse* response) override;
  grpc::ServerUnaryReactor* ListAssetAccess(grpc::CallbackServerContext* context,
                                            const v1::ListAssetAccessRequest* request,
                                            v1::ListAssetAccessResponse* response) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
};

}  // namespace whence::rpc
