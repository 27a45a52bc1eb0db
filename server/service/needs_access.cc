#include "service/needs_access.h"

#include <string>

#include "access/token.h"
#include "base/status_macros.h"
#include "service/as_of.h"
#include "service/need.h"
#include "service/need_securable.h"

namespace whence::service {
namespace {

using access::Privilege;

// Who administers principals: those who manage the metastore.
absl::Status NeedToAdminister(Call& call) { return NeedOnMetastore(call, Privilege::kManage); }

// To look at principals: oneself, or whoever may look at everything (an auditor's BROWSE on the
// metastore).
absl::Status NeedToLookAt(Call& call, const std::string& principal) {
  if (principal.empty() || principal == call.info().principal) return absl::OkStatus();
  const access::PrincipalId group = call.access().Find(principal);
  if (group != access::kNobody && call.access().IsIn(call.identity(), group)) {
    return absl::OkStatus();
  }
  return NeedOnMetastore(call, Privilege::kBrowse);
}

// Tokens are for oneself, or made by who administers. One made from a token that was made for less
// would be made for more.
absl::Status NeedToHandleTokensOf(Call& call, const std::string& principal) {
  const bool own = principal.empty() || principal == call.info().principal;
  if (!own) return NeedToAdminister(call);
  if (call.identity().scope == nullptr) return absl::OkStatus();
  return Denied(call, "handle tokens with one that was made for less");
}

}  // namespace

absl::Status Needs(Call& call, const v1::CreatePrincipalRequest&) { return NeedToAdminister(call); }
absl::Status Needs(Call& call, const v1::GetPrincipalRequest& request) {
  return NeedToLookAt(call, request.name());
}
absl::Status Needs(Call& call, const v1::ListPrincipalsRequest&) {
  return NeedOnMetastore(call, Privilege::kBrowse);
}
absl::Status Needs(Call& call, const v1::UpdatePrincipalRequest&) { return NeedToAdminister(call); }
absl::Status Needs(Call& call, const v1::DeletePrincipalRequest&) { return NeedToAdminister(call); }
absl::Status Needs(Call& call, const v1::AddMemberRequest&) { return NeedToAdminister(call); }
absl::Status Needs(Call& call, const v1::RemoveMemberRequest&) { return NeedToAdminister(call); }
absl::Status Needs(Call& call, const v1::ListMembersRequest& request) {
  return NeedToLookAt(call, request.group());
}
absl::Status Needs(Call& call, const v1::ListGroupsRequest& request) {
  return NeedToLookAt(call, request.principal());
}

absl::Status Needs(Call& call, const v1::CreateTokenRequest& request) {
  return NeedToHandleTokensOf(call, request.token().principal());
}
absl::Status Needs(Call& call, const v1::ListTokensRequest& request) {
  if (request.all_principals()) return NeedToAdminister(call);
  return NeedToHandleTokensOf(call, request.principal());
}
absl::Status Needs(Call& call, const v1::RevokeTokenRequest& request) {
  const absl::StatusOr<access::Token> token = access::GetToken(call.connection(), request.id());
  const bool own = token.ok() && token->principal == call.identity().principal;
  return own ? NeedToHandleTokensOf(call, "") : NeedToAdminister(call);
}
absl::Status Needs(Call&, const v1::WhoAmIRequest&) { return absl::OkStatus(); }

absl::Status Needs(Call& call, const v1::ChangeGrantsRequest& request) {
  return NeedOnSecurable(call, Privilege::kManage, request.securable());
}
absl::Status Needs(Call& call, const v1::ListGrantsRequest& request) {
  if (!request.has_securable()) return NeedToLookAt(call, request.principal());
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSeeSecurable(call, as_of, request.securable());
}
absl::Status Needs(Call&, const v1::GetMetastoreRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call& call, const v1::TransferMetastoreRequest&) {
  return NeedToAdminister(call);
}
absl::Status Needs(Call& call, const v1::GetEffectivePrivilegesRequest& request) {
  return NeedToAskAbout(call, request);
}
absl::Status Needs(Call& call, const v1::ExplainAccessRequest& request) {
  return NeedToAskAbout(call, request);
}
absl::Status Needs(Call& call, const v1::ListAssetAccessRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  // Without a principal it is about everybody.
  if (request.principal().empty()) return NeedToAskAboutOthers(call, as_of, request.securable());
  return NeedToAskAbout(call, as_of, request.principal(), {}, request.securable());
}

}  // namespace whence::service
