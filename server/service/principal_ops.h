// Operations on principals and groups.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Each Validate looks at the request alone; proto/whence/v1/access.proto lists the reasons.

absl::Status ValidateCreatePrincipal(const v1::CreatePrincipalRequest& request);
absl::StatusOr<v1::Principal> CreatePrincipal(Call& call,
                                              const v1::CreatePrincipalRequest& request);
absl::StatusOr<v1::Principal> GetPrincipal(Call& call, const v1::GetPrincipalRequest& request);
absl::StatusOr<v1::ListPrincipalsResponse> ListPrincipals(Call& call,
                                                          const v1::ListPrincipalsRequest& request);
absl::Status ValidateUpdatePrincipal(const v1::UpdatePrincipalRequest& request);
absl::StatusOr<v1::Principal> UpdatePrincipal(Call& call,
                                              const v1::UpdatePrincipalRequest& request);
absl::Status ValidateDeletePrincipal(const v1::DeletePrincipalRequest& request);
absl::StatusOr<v1::Principal> DeletePrincipal(Call& call,
                                              const v1::DeletePrincipalRequest& request);

absl::Status ValidateAddMember(const v1::AddMemberRequest& request);
absl::StatusOr<v1::Membership> AddMember(Call& call, const v1::AddMemberRequest& request);
absl::Status ValidateRemoveMember(const v1::RemoveMemberRequest& request);
absl::StatusOr<v1::Membership> RemoveMember(Call& call, const v1::RemoveMemberRequest& request);
absl::StatusOr<v1::ListMembersResponse> ListMembers(Call& call,
                                                    const v1::ListMembersRequest& request);
absl::StatusOr<v1::ListGroupsResponse> ListGroups(Call& call, const v1::ListGroupsRequest& request);

absl::StatusOr<v1::WhoAmIResponse> WhoAmI(Call& call, const v1::WhoAmIRequest& request);

}  // namespace whence::service
