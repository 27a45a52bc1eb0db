// The operations of AccessService: one line each, in the order of the contract.
#pragma once

#include "service/asset_access_ops.h"
#include "service/effective_ops.h"
#include "service/grant_ops.h"
#include "service/needs_access.h"
#include "service/operation.h"
#include "service/principal_ops.h"
#include "service/token_ops.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

inline constexpr MutationOperation<v1::CreatePrincipalRequest, v1::Principal> kCreatePrincipal{
    "CreatePrincipal", ValidateCreatePrincipal, CreatePrincipal};
inline constexpr ReadOperation<v1::GetPrincipalRequest, v1::Principal> kGetPrincipal{
    "GetPrincipal", Pace::kShort, GetPrincipal};
inline constexpr ReadOperation<v1::ListPrincipalsRequest, v1::ListPrincipalsResponse>
    kListPrincipals{"ListPrincipals", Pace::kLong, ListPrincipals};
inline constexpr MutationOperation<v1::UpdatePrincipalRequest, v1::Principal> kUpdatePrincipal{
    "UpdatePrincipal", ValidateUpdatePrincipal, UpdatePrincipal};
inline constexpr MutationOperation<v1::DeletePrincipalRequest, v1::Principal> kDeletePrincipal{
    "DeletePrincipal", ValidateDeletePrincipal, DeletePrincipal};
inline constexpr MutationOperation<v1::AddMemberRequest, v1::Membership> kAddMember{
    "AddMember", ValidateAddMember, AddMember};
inline constexpr MutationOperation<v1::RemoveMemberRequest, v1::Membership> kRemoveMember{
    "RemoveMember", ValidateRemoveMember, RemoveMember};
inline constexpr ReadOperation<v1::ListMembersRequest, v1::ListMembersResponse> kListMembers{
    "ListMembers", Pace::kLong, ListMembers};
inline constexpr ReadOperation<v1::ListGroupsRequest, v1::ListGroupsResponse> kListGroups{
    "ListGroups", Pace::kLong, ListGroups};
inline constexpr MutationOperation<v1::CreateTokenRequest, v1::CreateTokenResponse> kCreateToken{
    "CreateToken", ValidateCreateToken, CreateToken};
inline constexpr ReadOperation<v1::ListTokensRequest, v1::ListTokensResponse> kListTokens{
    "ListTokens", Pace::kLong, ListTokens};
inline constexpr MutationOperation<v1::RevokeTokenRequest, v1::Token> kRevokeToken{
    "RevokeToken", ValidateRevokeToken, RevokeToken};
inline constexpr ReadOperation<v1::WhoAmIRequest, v1::WhoAmIResponse> kWhoAmI{"WhoAmI",
                                                                              Pace::kShort, WhoAmI};
inline constexpr MutationOperation<v1::ChangeGrantsRequest, v1::ChangeGrantsResponse> kChangeGrants{
    "ChangeGrants", ValidateChangeGrants, ChangeGrants};
inline constexpr ReadOperation<v1::ListGrantsRequest, v1::ListGrantsResponse> kListGrants{
    "ListGrants", Pace::kLong, ListGrants};
inline constexpr ReadOperation<v1::GetMetastoreRequest, v1::Metastore> kGetMetastore{
    "GetMetastore", Pace::kShort, GetMetastore};
inline constexpr MutationOperation<v1::TransferMetastoreRequest, v1::Metastore> kTransferMetastore{
    "TransferMetastore", ValidateTransferMetastore, TransferMetastore};
inline constexpr ReadOperation<v1::GetEffectivePrivilegesRequest,
                               v1::GetEffectivePrivilegesResponse>
    kGetEffectivePrivileges{"GetEffectivePrivileges", Pace::kLong, GetEffectivePrivileges};
inline constexpr ReadOperation<v1::ExplainAccessRequest, v1::ExplainAccessResponse> kExplainAccess{
    "ExplainAccess", Pace::kLong, ExplainAccess};
inline constexpr ReadOperation<v1::ListAssetAccessRequest, v1::ListAssetAccessResponse>
    kListAssetAccess{"ListAssetAccess", Pace::kLong, ListAssetAccess};

}  // namespace whence::service
