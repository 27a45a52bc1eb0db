#include "access/index_load.h"

#include <utility>
#include <vector>

#include "access/grant.h"
#include "access/index_edit.h"
#include "access/policy.h"
#include "access/policy_set.h"
#include "base/status_macros.h"

namespace whence::access {
namespace {

// By id, and so groups in the order of their slots.
constexpr sql::Query kPrincipals{
    "SELECT p.id, p.kind, p.name, s.active, s.deleted, s.max_calls_per_second,"
    " s.max_request_bytes_per_second FROM principal p"
    " JOIN principal_state s ON s.principal_id = p.id"
    " WHERE s.valid_from <= ?1 AND s.valid_to > ?1 ORDER BY p.id"};

constexpr sql::Query kMemberships{
    "SELECT group_id, member_id FROM membership WHERE valid_from <= ?1 AND valid_to > ?1"
    " ORDER BY group_id, member_id"};

constexpr sql::Query kTokens{
    "SELECT id, principal_id, digest, read_only, expire_time_us FROM token"
    " WHERE position <= ?1 AND (revoke_position IS NULL OR revoke_position > ?1) ORDER BY id"};

constexpr sql::Query kScope{
    "SELECT securable_id FROM token_scope WHERE token_id = ?1 ORDER BY securable_id"};

constexpr sql::Query kGrants{
    "SELECT securable_id, principal_id, privilege FROM privilege_grant"
    " WHERE valid_from <= ?1 AND valid_to > ?1 ORDER BY securable_id, principal_id, privilege"};

absl::Status LoadPrincipals(sql::Connection& connection, Position position, StateEdit& edit) {
  sql::Rows rows = connection.Run(kPrincipals, position);
  while (rows.Next()) {
    Principal principal;
    principal.id = rows.Int64(0);
    principal.kind = static_cast<PrincipalKind>(rows.Int(1));
    principal.name = std::string(rows.Text(2));
    principal.active = rows.Bool(3);
    principal.deleted = rows.Bool(4);
    principal.max_calls_per_second = rows.Int64(5);
    principal.max_request_bytes_per_second = rows.Int64(6);
    edit.SetPrincipal(principal);
  }
  return rows.status();
}

absl::Status LoadMemberships(sql::Connection& connection, Position position, StateEdit& edit) {
  sql::Rows rows = connection.Run(kMemberships, position);
  while (rows.Next()) edit.AddMember(rows.Int64(0), rows.Int64(1));
  return rows.status();
}

absl::Status LoadTokens(sql::Connection& connection, Position position, StateEdit& edit) {
  sql::Rows rows = connection.Run(kTokens, position);
  while (rows.Next()) {
    Token token;
    token.id = rows.Int64(0);
    token.principal = rows.Int64(1);
    token.read_only = rows.Bool(3);
    token.expire_time = rows.OptionalTime(4).value_or(absl::InfiniteFuture());
    sql::Rows scope = connection.Run(kScope, token.id);
    while (scope.Next()) token.scope.push_back(scope.Int64(0));
    WHENCE_RETURN_IF_ERROR(scope.status());
    edit.AddToken(rows.Blob(2), TokenFacts::Of(token));
  }
  return rows.status();
}

absl::Status LoadGrants(sql::Connection& connection, Position position, StateEdit& edit) {
  int64_t securable = -1;
  std::vector<std::pair<PrincipalId, PrivilegeSet>> grants;
  const auto flush = [&] {
    if (!grants.empty()) edit.SetGrants(securable, grants);
    grants.clear();
  };
  sql::Rows rows = connection.Run(kGrants, position);
  while (rows.Next()) {
    const std::optional<Privilege> privilege = PrivilegeFromNumber(rows.Int64(2));
    if (!privilege.has_value()) continue;
    if (rows.Int64(0) != securable) {
      flush();
      securable = rows.Int64(0);
    }
    const PrincipalId principal = rows.Int64(1);
    if (grants.empty() || grants.back().first != principal) {
      grants.emplace_back(principal, PrivilegeSet());
    }
    grants.back().second |= *privilege;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  flush();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const State>> LoadState(sql::Connection& connection,
                                                       Position position) {
  const auto state = std::make_shared<State>();
  StateEdit edit(state.get());
  WHENCE_RETURN_IF_ERROR(LoadPrincipals(connection, position, edit));
  WHENCE_RETURN_IF_ERROR(LoadMemberships(connection, position, edit));
  WHENCE_RETURN_IF_ERROR(LoadTokens(connection, position, edit));
  WHENCE_RETURN_IF_ERROR(LoadGrants(connection, position, edit));
  WHENCE_ASSIGN_OR_RETURN(const PrincipalId owner, MetastoreOwner(connection, position));
  edit.SetMetastoreOwner(owner);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Policy> policies, LoadPolicies(connection, position));
  if (!policies.empty()) edit.SetPolicies(std::make_shared<const PolicySet>(policies));
  edit.Finish();
  state->position = position;
  return std::shared_ptr<const State>(state);
}

}  // namespace whence::access
