// What the end of a principal takes with it; part of principal.h.

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/grant.h"
#include "access/principal.h"
#include "access/principal_rows.h"
#include "access/token.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"

namespace whence::access {
namespace {

using catalog::kNow;

// The literals let the index of owners answer.
constexpr sql::Query kOwned{
    "SELECT securable_id FROM securable_state"
    " WHERE owner = ?1 AND valid_to = 9223372036854775807 AND deleted = 0"
    " ORDER BY securable_id LIMIT 1"};

constexpr sql::Query kUnrevoked{
    "SELECT id FROM token WHERE principal_id = ?1 AND revoke_position IS NULL ORDER BY id"};

absl::Status Owns(const Principal& principal, std::string_view what, std::string_view command) {
  return FailedPrecondition(
      "PRINCIPAL_OWNS", StrCat(principal.name, " owns ", what),
      StrCat("give it another owner first: whence owner set ", command, " <principal>"));
}

absl::Status CheckOwnsNothing(sql::Connection& connection, const Principal& principal) {
  WHENCE_ASSIGN_OR_RETURN(const PrincipalId owner, MetastoreOwner(connection, kNow));
  if (owner == principal.id) return Owns(principal, "the metastore", "metastore");
  std::optional<int64_t> owned;
  {
    sql::Rows rows = connection.Run(kOwned, principal.name);
    if (rows.Next()) owned = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (!owned.has_value()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable thing,
                          catalog::GetSecurableById(connection, kNow, *owned));
  return Owns(principal, StrCat(catalog::KindName(thing.kind), " ", thing.FullName()),
              StrCat(catalog::LevelName(catalog::NameDepth(thing.kind)), " ", thing.FullName()));
}

absl::Status EndMemberships(sql::WriteContext& context, const ledger::Change& change,
                            PrincipalId id) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Principal> groups, ListGroupsOf(connection, kNow, id));
  for (const Principal& group : groups) {
    WHENCE_RETURN_IF_ERROR(RemoveMember(context, change, group.id, id).status());
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Principal> members, ListMembers(connection, kNow, id));
  for (const Principal& member : members) {
    WHENCE_RETURN_IF_ERROR(RemoveMember(context, change, id, member.id).status());
  }
  return absl::OkStatus();
}

absl::Status EndGrants(sql::WriteContext& context, const ledger::Change& change, PrincipalId id) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Grant> grants,
                          ListGrantsOf(context.connection(), kNow, id));
  for (const Grant& grant : grants) {
    WHENCE_RETURN_IF_ERROR(
        ChangeGrants(context, change, grant.securable, id, {}, grant.privilege).status());
  }
  return absl::OkStatus();
}

absl::Status RevokeTokens(sql::WriteContext& context, const ledger::Change& change,
                          PrincipalId id) {
  std::vector<int64_t> tokens;
  {
    sql::Rows rows = context.connection().Run(kUnrevoked, id);
    while (rows.Next()) tokens.push_back(rows.Int64(0));
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  for (const int64_t token : tokens) {
    WHENCE_RETURN_IF_ERROR(RevokeToken(context, change, token).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Principal> DeletePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                          const Principal& principal) {
  WHENCE_RETURN_IF_ERROR(CheckOwnsNothing(context.connection(), principal));
  WHENCE_RETURN_IF_ERROR(EndMemberships(context, change, principal.id));
  WHENCE_RETURN_IF_ERROR(EndGrants(context, change, principal.id));
  WHENCE_RETURN_IF_ERROR(RevokeTokens(context, change, principal.id));
  WHENCE_ASSIGN_OR_RETURN(const Principal current,
                          GetPrincipalById(context.connection(), kNow, principal.id));
  WHENCE_ASSERT(!current.deleted);
  Principal next = current;
  next.deleted = true;
  return internal::WritePrincipal(context, change, current, std::move(next));
}

}  // namespace whence::access
