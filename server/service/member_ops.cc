// Members of groups, groups of members, and who the caller is.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "access/principal.h"
#include "access/token.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"
#include "service/access_checks.h"
#include "service/access_convert.h"
#include "service/as_of.h"
#include "service/paging.h"
#include "service/principal_groups.h"
#include "service/principal_ops.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using catalog::kNow;

template <class Request>
absl::Status ValidatePair(const Request& request) {
  WHENCE_RETURN_IF_ERROR(access::ParsePrincipalName(request.group(), "group").status());
  return access::ParsePrincipalName(request.member(), "member").status();
}

// Group and member of a request.
struct Pair {
  access::Principal group;
  access::Principal member;
};

template <class Request>
absl::StatusOr<Pair> FindPair(sql::Connection& connection, const Request& request) {
  Pair pair;
  WHENCE_ASSIGN_OR_RETURN(pair.group, GroupNamed(connection, kNow, request.group(), "group"));
  WHENCE_ASSIGN_OR_RETURN(pair.member,
                          PrincipalNamed(connection, kNow, request.member(), "member"));
  return pair;
}

absl::StatusOr<bool> IsDirectMember(sql::Connection& connection, const Pair& pair) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Principal> groups,
                          access::ListGroupsOf(connection, kNow, pair.member.id));
  return std::ranges::find(groups, pair.group.id, &access::Principal::id) != groups.end();
}

v1::Membership ToMembership(const Pair& pair) {
  v1::Membership membership;
  membership.set_group(pair.group.name);
  membership.set_member(pair.member.name);
  return membership;
}

// The part of a list, by name, that the page holds; returns the token of the next.
std::string TakePage(const Page& page, const std::vector<access::Principal>& principals,
                     google::protobuf::RepeatedPtrField<v1::Principal>* out) {
  auto at = principals.begin();
  if (!page.key.empty()) {
    at = std::ranges::upper_bound(principals, page.key.front(), {}, &access::Principal::name);
  }
  for (; at != principals.end(); ++at) {
    if (out->size() == page.limit) {
      return NextPageToken(page, {out->Get(out->size() - 1).name()});
    }
    *out->Add() = Convert(*at);
  }
  return std::string();
}

}  // namespace

absl::Status ValidateAddMember(const v1::AddMemberRequest& request) {
  return ValidatePair(request);
}

absl::StatusOr<v1::Membership> AddMember(Call& call, const v1::AddMemberRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Pair pair, FindPair(call.connection(), request));
  v1::Membership membership = ToMembership(pair);
  WHENCE_ASSIGN_OR_RETURN(const bool there, IsDirectMember(call.connection(), pair));
  if (there) return membership;
  const ledger::Change& change = call.Change(pair.group.name);
  WHENCE_RETURN_IF_ERROR(
      access::AddMember(call.write(), change, pair.group.id, pair.member.id).status());
  membership.set_changed(true);
  membership.set_position(change.position);
  return membership;
}

absl::Status ValidateRemoveMember(const v1::RemoveMemberRequest& request) {
  return ValidatePair(request);
}

absl::StatusOr<v1::Membership> RemoveMember(Call& call, const v1::RemoveMemberRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Pair pair, FindPair(call.connection(), request));
  v1::Membership membership = ToMembership(pair);
  WHENCE_ASSIGN_OR_RETURN(const bool there, IsDirectMember(call.connection(), pair));
  if (!there) return membership;
  const ledger::Change& change = call.Change(pair.group.name);
  WHENCE_RETURN_IF_ERROR(
      access::RemoveMember(call.write(), change, pair.group.id, pair.member.id).status());
  WHENCE_RETURN_IF_ERROR(CheckAdminLeft(call));
  membership.set_changed(true);
  membership.set_position(change.position);
  return membership;
}

absl::StatusOr<v1::ListMembersResponse> ListMembers(Call& call,
                                                    const v1::ListMembersRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListMembers", request.group()}));
  WHENCE_ASSIGN_OR_RETURN(const access::Principal group,
                          GroupNamed(call.connection(), page.position, request.group(), "group"));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Principal> members,
                          access::ListMembers(call.connection(), page.position, group.id));
  v1::ListMembersResponse response;
  response.set_next_page_token(TakePage(page, members, response.mutable_members()));
  return response;
}

absl::StatusOr<v1::ListGroupsResponse> ListGroups(Call& call,
                                                  const v1::ListGroupsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(
      const Page page,
      OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
               {"ListGroups", request.principal(), request.nested() ? "nested" : "direct"}));
  WHENCE_ASSIGN_OR_RETURN(
      const access::Principal member,
      PrincipalNamed(connection, page.position, request.principal(), "principal"));
  absl::StatusOr<std::vector<access::Principal>> groups =
      request.nested() ? AllGroupsOf(connection, page.position, member.id)
                       : access::ListGroupsOf(connection, page.position, member.id);
  if (!groups.ok()) return groups.status();
  v1::ListGroupsResponse response;
  response.set_next_page_token(TakePage(page, *groups, response.mutable_groups()));
  return response;
}

absl::StatusOr<v1::WhoAmIResponse> WhoAmI(Call& call, const v1::WhoAmIRequest&) {
  sql::Connection& connection = call.connection();
  const access::Identity& caller = call.identity();
  const Position as_of = call.position();
  v1::WhoAmIResponse response;
  WHENCE_ASSIGN_OR_RETURN(const access::Principal principal,
                          access::GetPrincipalById(connection, as_of, caller.principal));
  *response.mutable_principal() = Convert(principal);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Principal> groups,
                          AllGroupsOf(connection, as_of, caller.principal, caller.claims.get()));
  for (const access::Principal& group : groups) response.add_groups(group.name);
  if (caller.token != 0) {
    WHENCE_ASSIGN_OR_RETURN(const access::Token token, access::GetToken(connection, caller.token));
    AccessNames names(connection, as_of);
    WHENCE_ASSIGN_OR_RETURN(*response.mutable_token(), names.Convert(token));
  }
  const access::Snapshot& access = call.access();
  response.set_metastore_admin(access.IsIn(caller, access.metastore_owner()));
  response.set_credential(ToProto(caller.credential));
  if (caller.claims != nullptr) response.set_issuer(caller.claims->issuer);
  if (caller.token == 0 && caller.expire_time != absl::InfiniteFuture()) {
    *response.mutable_credential_expire_time() = TimeToProto(caller.expire_time);
  }
  response.set_position(as_of);
  return response;
}

}  // namespace whence::service
