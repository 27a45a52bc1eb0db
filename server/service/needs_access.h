// What the operations of AccessService need of their callers: see needs_catalog.h.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::CreatePrincipalRequest& request);
absl::Status Needs(Call& call, const v1::GetPrincipalRequest& request);
absl::Status Needs(Call& call, const v1::ListPrincipalsRequest& request);
absl::Status Needs(Call& call, const v1::UpdatePrincipalRequest& request);
absl::Status Needs(Call& call, const v1::DeletePrincipalRequest& request);
absl::Status Needs(Call& call, const v1::AddMemberRequest& request);
absl::Status Needs(Call& call, const v1::RemoveMemberRequest& request);
absl::Status Needs(Call& call, const v1::ListMembersRequest& request);
absl::Status Needs(Call& call, const v1::ListGroupsRequest& request);
absl::Status Needs(Call& call, const v1::CreateTokenRequest& request);
absl::Status Needs(Call& call, const v1::ListTokensRequest& request);
absl::Status Needs(Call& call, const v1::RevokeTokenRequest& request);
absl::Status Needs(Call& call, const v1::WhoAmIRequest& request);
absl::Status Needs(Call& call, const v1::ChangeGrantsRequest& request);
absl::Status Needs(Call& call, const v1::ListGrantsRequest& request);
absl::Status Needs(Call& call, const v1::GetMetastoreRequest& request);
absl::Status Needs(Call& call, const v1::TransferMetastoreRequest& request);
absl::Status Needs(Call& call, const v1::GetEffectivePrivilegesRequest& request);
absl::Status Needs(Call& call, const v1::ExplainAccessRequest& request);
absl::Status Needs(Call& call, const v1::ListAssetAccessRequest& request);

}  // namespace whence::service
