#include "service/grant_ops.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "access/grant.h"
#include "access/principal.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"
#include "service/access_checks.h"
#include "service/access_convert.h"
#include "service/access_securable.h"
#include "service/as_of.h"
#include "service/authority.h"
#include "service/grant_effect.h"
#include "service/need.h"
#include "service/paging.h"
#include "service/principal_groups.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using access::PrivilegeSet;
using catalog::kNow;

// --- Changing ---

// What the principal is granted on the securable itself.
absl::StatusOr<PrivilegeSet> DirectlyGranted(sql::Connection& connection, int64_t securable,
                                             access::PrincipalId principal) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Grant> grants,
                          access::ListGrantsOn(connection, kNow, securable));
  PrivilegeSet set;
  for (const access::Grant& grant : grants) {
    if (grant.principal == principal) set |= grant.privilege;
  }
  return set;
}

absl::Status CheckApplicable(const v1::ChangeGrantsRequest& request, catalog::Kind kind) {
  for (int i = 0; i < request.add_size(); ++i) {
    const std::string field = absl::StrCat("add[", i, "]");
    WHENCE_ASSIGN_OR_RETURN(const access::Privilege privilege,
                            access::ParsePrivilege(request.add(i), field));
    WHENCE_RETURN_IF_ERROR(access::CheckApplicable(privilege, kind, field));
  }
  return absl::OkStatus();
}

absl::Status PutEffect(Call& call, const GrantEffect& effect, v1::ChangeGrantsResponse* response) {
  PutPrivileges(effect.gained, response->mutable_gained());
  PutPrivileges(effect.lost, response->mutable_lost());
  AccessNames names(call.connection(), kNow);
  for (const access::Lack& need : effect.needs) {
    WHENCE_ASSIGN_OR_RETURN(*response->add_needs(), names.Convert(need, response->principal()));
  }
  return absl::OkStatus();
}

// --- Listing ---

absl::Status AppendGrantsOn(Call& call, Position as_of, int64_t securable, access::PrincipalId only,
                            std::vector<access::Grant>* grants) {
  WHENCE_ASSIGN_OR_RETURN(std::vector<access::Grant> found,
                          access::ListGrantsOn(call.connection(), as_of, securable));
  for (access::Grant& grant : found) {
    if (only == access::kNobody || grant.principal == only) grants->push_back(std::move(grant));
  }
  return absl::OkStatus();
}

// All that the request asks for, in order.
absl::StatusOr<std::vector<access::Grant>> FindGrants(Call& call, Position as_of,
                                                      const v1::ListGrantsRequest& request) {
  sql::Connection& connection = call.connection();
  access::PrincipalId only = access::kNobody;
  if (!request.principal().empty()) {
    WHENCE_ASSIGN_OR_RETURN(const access::Principal principal,
                            PrincipalNamed(connection, as_of, request.principal(), "principal"));
    only = principal.id;
  }
  if (!request.has_securable()) return access::ListGrantsOf(connection, as_of, only);
  WHENCE_ASSIGN_OR_RETURN(const AccessTarget target, FindTarget(connection, call.access(), as_of,
                                                                request.securable(), "securable"));
  // A page token names the position: what the name meant then is not what was asked about before.
  if (target.id() != access::kMetastore) {
    WHENCE_RETURN_IF_ERROR(NeedToSeeId(call, target.id(), request.securable().name()));
  }
  std::vector<access::Grant> grants;
  if (!request.inherited()) {
    WHENCE_RETURN_IF_ERROR(AppendGrantsOn(call, as_of, target.id(), only, &grants));
    return grants;
  }
  WHENCE_RETURN_IF_ERROR(AppendGrantsOn(call, as_of, access::kMetastore, only, &grants));
  for (int i = 0; i < target.chain.depth; ++i) {
    const int64_t id = target.chain.links[static_cast<size_t>(i)].id;
    WHENCE_RETURN_IF_ERROR(AppendGrantsOn(call, as_of, id, only, &grants));
  }
  return grants;
}

absl::StatusOr<v1::Grant> ToMessage(AccessNames& names, const access::Grant& grant) {
  v1::Grant message;
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_securable(), names.Securable(grant.securable));
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_principal(), names.Principal(grant.principal));
  message.set_privilege(std::string(access::PrivilegeName(grant.privilege)));
  message.set_grantor(grant.grantor);
  *message.mutable_grant_time() = TimeToProto(grant.grant_time);
  message.set_position(grant.position);
  return message;
}

// A grant's place in a list that is read as of one position: how many stand before it.
absl::StatusOr<size_t> StartOf(const Page& page) {
  uint64_t passed = 0;
  if (page.key.empty()) return size_t{0};
  if (absl::SimpleAtoi(page.key.front(), &passed)) return static_cast<size_t>(passed);
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                         "start again without a page_token");
}

std::string FingerprintOf(const v1::Securable& securable) {
  return absl::StrCat(static_cast<int>(securable.type()), " ", securable.name());
}

}  // namespace

absl::Status ValidateChangeGrants(const v1::ChangeGrantsRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckSecurable(request.securable(), "securable"));
  WHENCE_RETURN_IF_ERROR(access::ParsePrincipalName(request.principal(), "principal").status());
  WHENCE_ASSIGN_OR_RETURN(const PrivilegeSet add, ParsePrivileges(request.add(), "add"));
  WHENCE_ASSIGN_OR_RETURN(const PrivilegeSet remove, ParsePrivileges(request.remove(), "remove"));
  if (add.empty() && remove.empty()) {
    return InvalidArgument("PRIVILEGES_MISSING", "add", "no privilege is named",
                           "name at least one in add or in remove");
  }
  if (!add.HasAny(remove)) return absl::OkStatus();
  const access::Privilege both = access::ToList(add & remove).front();
  return InvalidArgument("PRIVILEGE_ADDED_AND_REMOVED", "remove",
                         StrCat(access::PrivilegeName(both), " is in add too"),
                         "say one of the two");
}

absl::StatusOr<v1::ChangeGrantsResponse> ChangeGrants(Call& call,
                                                      const v1::ChangeGrantsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const AccessTarget target, FindTarget(connection, call.access(), kNow,
                                                                request.securable(), "securable"));
  WHENCE_ASSIGN_OR_RETURN(const access::Principal principal,
                          PrincipalNamed(connection, kNow, request.principal(), "principal"));
  WHENCE_RETURN_IF_ERROR(CheckApplicable(request, target.kind()));
  WHENCE_ASSIGN_OR_RETURN(const PrivilegeSet add, ParsePrivileges(request.add(), "add"));
  WHENCE_ASSIGN_OR_RETURN(const PrivilegeSet remove, ParsePrivileges(request.remove(), "remove"));
  DirectGrants direct;
  WHENCE_ASSIGN_OR_RETURN(direct.before, DirectlyGranted(connection, target.id(), principal.id));
  direct.after = (direct.before | add) - remove;

  v1::ChangeGrantsResponse response;
  *response.mutable_securable() = target.message;
  response.set_principal(principal.name);
  PutPrivileges(direct.after - direct.before, response.mutable_added());
  PutPrivileges(direct.before - direct.after, response.mutable_removed());
  PutPrivileges(direct.after, response.mutable_privileges());
  GrantEffect effect = EffectOf(call.access(), IdentityOf(principal), target.chain, direct);
  WHENCE_ASSIGN_OR_RETURN(const PrivilegeSet denied,
                          call.authority().Denied(IdentityOf(principal), target.chain));
  effect.gained = effect.gained - denied;
  effect.lost = effect.lost - denied;
  WHENCE_RETURN_IF_ERROR(PutEffect(call, effect, &response));
  if (request.dry_run() || direct.after == direct.before) return response;
  const ledger::Change& change = call.Change(target.name);
  WHENCE_RETURN_IF_ERROR(access::ChangeGrants(call.write(), change, target.id(), principal.id,
                                              direct.after - direct.before,
                                              direct.before - direct.after)
                             .status());
  response.set_position(change.position);
  return response;
}

absl::StatusOr<v1::ListGrantsResponse> ListGrants(Call& call,
                                                  const v1::ListGrantsRequest& request) {
  if (!request.has_securable() && request.principal().empty()) {
    return InvalidArgument("GRANTS_OF_NOTHING", "securable",
                           "neither securable nor principal is set", "say on what, or whose");
  }
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListGrants", FingerprintOf(request.securable()),
                                    request.principal(), request.inherited() ? "inherited" : ""}));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Grant> grants,
                          FindGrants(call, page.position, request));
  WHENCE_ASSIGN_OR_RETURN(const size_t passed, StartOf(page));
  const size_t begin = std::min(grants.size(), passed);
  const size_t end = std::min(grants.size(), begin + static_cast<size_t>(page.limit));
  v1::ListGrantsResponse response;
  AccessNames names(call.connection(), page.position);
  for (size_t i = begin; i < end; ++i) {
    WHENCE_RETURN_IF_ERROR(call.StillWanted());
    WHENCE_ASSIGN_OR_RETURN(*response.add_grants(), ToMessage(names, grants[i]));
  }
  if (end < grants.size()) response.set_next_page_token(NextPageToken(page, {absl::StrCat(end)}));
  return response;
}

absl::StatusOr<v1::Metastore> GetMetastore(Call& call, const v1::GetMetastoreRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const access::PrincipalId owner,
                          access::MetastoreOwner(call.connection(), as_of));
  v1::Metastore metastore;
  AccessNames names(call.connection(), as_of);
  WHENCE_ASSIGN_OR_RETURN(*metastore.mutable_owner(), names.Principal(owner));
  metastore.set_position(as_of);
  return metastore;
}

absl::Status ValidateTransferMetastore(const v1::TransferMetastoreRequest& request) {
  return access::ParsePrincipalName(request.owner(), "owner").status();
}

absl::StatusOr<v1::Metastore> TransferMetastore(Call& call,
                                                const v1::TransferMetastoreRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const access::Principal owner,
                          PrincipalNamed(call.connection(), kNow, request.owner(), "owner"));
  WHENCE_ASSIGN_OR_RETURN(const access::PrincipalId present,
                          access::MetastoreOwner(call.connection(), kNow));
  v1::Metastore metastore;
  metastore.set_owner(owner.name);
  if (present == owner.id) return metastore;
  const ledger::Change& change = call.Change("metastore");
  WHENCE_RETURN_IF_ERROR(access::SetMetastoreOwner(call.write(), change, owner.id));
  WHENCE_RETURN_IF_ERROR(CheckAdminLeft(call));
  metastore.set_position(change.position);
  return metastore;
}

}  // namespace whence::service
