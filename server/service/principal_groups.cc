#include "service/principal_groups.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "access/grant.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "catalog/securable.h"

namespace whence::service {
namespace {

using access::Principal;
using access::PrincipalId;
using access::PrincipalKind;

// Whether the principal is an active user or service, or an active group with such a one in it.
absl::StatusOr<bool> HasActive(sql::Connection& connection, Position as_of, PrincipalId root) {
  WHENCE_ASSIGN_OR_RETURN(Principal first, access::GetPrincipalById(connection, as_of, root));
  std::vector<Principal> waiting;
  waiting.push_back(std::move(first));
  absl::flat_hash_set<PrincipalId> seen = {root};
  while (!waiting.empty()) {
    const Principal principal = std::move(waiting.back());
    waiting.pop_back();
    if (!principal.active || principal.deleted) continue;
    if (principal.kind != PrincipalKind::kGroup) return true;
    WHENCE_ASSIGN_OR_RETURN(std::vector<Principal> members,
                            access::ListMembers(connection, as_of, principal.id));
    for (Principal& member : members) {
      if (seen.insert(member.id).second) waiting.push_back(std::move(member));
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<Principal>> AllGroupsOf(sql::Connection& connection, Position as_of,
                                                   PrincipalId member,
                                                   const access::IssuerClaims* claimed) {
  std::vector<Principal> groups;
  std::vector<PrincipalId> waiting = {member};
  absl::flat_hash_set<PrincipalId> seen = {member};
  if (claimed != nullptr) {
    for (const PrincipalId id : claimed->groups) {
      if (!seen.insert(id).second) continue;
      absl::StatusOr<Principal> group = access::GetPrincipalById(connection, as_of, id);
      if (absl::IsNotFound(group.status())) continue;  // not made yet, as of then
      if (!group.ok()) return group.status();
      waiting.push_back(id);
      groups.push_back(*std::move(group));
    }
  }
  while (!waiting.empty()) {
    const PrincipalId at = waiting.back();
    waiting.pop_back();
    WHENCE_ASSIGN_OR_RETURN(std::vector<Principal> above,
                            access::ListGroupsOf(connection, as_of, at));
    for (Principal& group : above) {
      if (!seen.insert(group.id).second) continue;
      waiting.push_back(group.id);
      groups.push_back(std::move(group));
    }
  }
  std::ranges::sort(groups, {}, &Principal::name);
  return groups;
}

absl::Status CheckAdminLeft(Call& call) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const PrincipalId owner,
                          access::MetastoreOwner(connection, catalog::kNow));
  WHENCE_ASSIGN_OR_RETURN(const bool active, HasActive(connection, catalog::kNow, owner));
  if (active) return absl::OkStatus();
  return FailedPrecondition(
      "METASTORE_WITHOUT_ADMIN", "no active user or service would own the metastore any more",
      "give it to another owner first: whence owner of metastore to PRINCIPAL");
}

}  // namespace whence::service
