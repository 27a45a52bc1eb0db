#include "access/grant.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "access/index_change.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"

namespace whence::access {
namespace {

constexpr sql::Query kCurrent{
    "SELECT privilege, valid_from FROM privilege_grant"
    " WHERE securable_id = ?1 AND principal_id = ?2 AND valid_to = 9223372036854775807"};

// Each principal stands in the index as often as it has privileges: 22 times at most.
constexpr sql::Query kCountPrincipals{
    "SELECT count(DISTINCT principal_id) FROM privilege_grant"
    " WHERE securable_id = ?1 AND valid_to = 9223372036854775807"};

constexpr sql::Query kInsert{
    "INSERT INTO privilege_grant"
    " (securable_id, principal_id, privilege, valid_from, valid_to, grantor, grant_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"};

constexpr sql::Query kClose{
    "UPDATE privilege_grant SET valid_to = ?5"
    " WHERE securable_id = ?1 AND principal_id = ?2 AND privilege = ?3 AND valid_from = ?4"};

constexpr sql::Query kErase{
    "DELETE FROM privilege_grant"
    " WHERE securable_id = ?1 AND principal_id = ?2 AND privilege = ?3 AND valid_from = ?4"};

constexpr sql::Query kListOn{
    "SELECT securable_id, principal_id, privilege, grantor, grant_time_us, valid_from"
    " FROM privilege_grant WHERE securable_id = ?1 AND valid_from <= ?2 AND valid_to > ?2"
    " ORDER BY principal_id, privilege"};

constexpr sql::Query kListOf{
    "SELECT securable_id, principal_id, privilege, grantor, grant_time_us, valid_from"
    " FROM privilege_grant WHERE principal_id = ?1 AND valid_from <= ?2 AND valid_to > ?2"
    " ORDER BY securable_id, privilege"};

constexpr sql::Query kOwner{
    "SELECT owner_id, valid_from FROM metastore_state WHERE valid_from <= ?1 AND valid_to > ?1"};

constexpr sql::Query kCloseOwner{"UPDATE metastore_state SET valid_to = ?2 WHERE valid_from = ?1"};

constexpr sql::Query kEraseOwner{"DELETE FROM metastore_state WHERE valid_from = ?1"};

constexpr sql::Query kInsertOwner{
    "INSERT INTO metastore_state (valid_from, valid_to, owner_id, updater, update_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

struct Held {
  PrivilegeSet privileges;
  Position since[kPrivilegeCount] = {};
};

absl::StatusOr<Held> HeldOn(sql::Connection& connection, int64_t securable, PrincipalId principal) {
  Held held;
  sql::Rows rows = connection.Run(kCurrent, securable, principal);
  while (rows.Next()) {
    const std::optional<Privilege> privilege = PrivilegeFromNumber(rows.Int64(0));
    if (!privilege.has_value()) continue;  // a newer server's: not ours to touch
    held.privileges |= *privilege;
    held.since[static_cast<size_t>(*privilege)] = rows.Int64(1);
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return held;
}

absl::Status CheckRoom(sql::Connection& connection, int64_t securable) {
  sql::Rows rows = connection.Run(kCountPrincipals, securable);
  const int64_t count = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (count < static_cast<int64_t>(kMaxGrantsPerSecurable)) return absl::OkStatus();
  return FailedPrecondition(
      "TOO_MANY_GRANTS",
      absl::StrCat(kMaxGrantsPerSecurable, " principals have grants on it, and that is the most"),
      "grant to a group, and put them into it");
}

absl::StatusOr<std::vector<Grant>> List(sql::Connection& connection, const sql::Query& query,
                                        int64_t id, Position as_of) {
  std::vector<Grant> grants;
  sql::Rows rows = connection.Run(query, id, as_of);
  while (rows.Next()) {
    const std::optional<Privilege> privilege = PrivilegeFromNumber(rows.Int64(2));
    if (!privilege.has_value()) continue;
    grants.push_back({.securable = rows.Int64(0),
                      .principal = rows.Int64(1),
                      .privilege = *privilege,
                      .grantor = std::string(rows.Text(3)),
                      .grant_time = rows.Time(4),
                      .position = rows.Int64(5)});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return grants;
}

}  // namespace

absl::StatusOr<GrantChange> ChangeGrants(sql::WriteContext& context, const ledger::Change& change,
                                         int64_t securable, PrincipalId principal, PrivilegeSet add,
                                         PrivilegeSet remove) {
  WHENCE_ASSERT(!add.HasAny(remove));
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const Held held, HeldOn(connection, securable, principal));
  const GrantChange done{.added = add - held.privileges, .removed = remove & held.privileges};
  if (done.added.empty() && done.removed.empty()) return done;
  if (held.privileges.empty()) WHENCE_RETURN_IF_ERROR(CheckRoom(connection, securable));
  for (const Privilege privilege : ToList(done.removed)) {
    const Position since = held.since[static_cast<size_t>(privilege)];
    // What began in this same mutation was never seen: it goes.
    if (since == change.position) {
      WHENCE_RETURN_IF_ERROR(connection.Execute(kErase, securable, principal, privilege, since));
    } else {
      WHENCE_RETURN_IF_ERROR(
          connection.Execute(kClose, securable, principal, privilege, since, change.position));
    }
  }
  for (const Privilege privilege : ToList(done.added)) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kInsert, securable, principal, privilege,
                                              change.position, kForever, change.actor,
                                              change.time));
  }
  const PrivilegeSet now = (held.privileges | done.added) - done.removed;
  NoteIndexChange(context, change.position, [securable, principal, now](StateEdit& edit) {
    edit.SetPrivileges(securable, principal, now);
  });
  return done;
}

absl::StatusOr<std::vector<Grant>> ListGrantsOn(sql::Connection& connection, Position as_of,
                                                int64_t securable) {
  return List(connection, kListOn, securable, as_of);
}

absl::StatusOr<std::vector<Grant>> ListGrantsOf(sql::Connection& connection, Position as_of,
                                                PrincipalId principal) {
  return List(connection, kListOf, principal, as_of);
}

absl::StatusOr<PrincipalId> MetastoreOwner(sql::Connection& connection, Position as_of) {
  sql::Rows rows = connection.Run(kOwner, as_of);
  const PrincipalId owner = rows.Next() ? rows.Int64(0) : kNobody;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return owner;
}

absl::Status SetMetastoreOwner(sql::WriteContext& context, const ledger::Change& change,
                               PrincipalId owner) {
  sql::Connection& connection = context.connection();
  std::optional<Position> since;
  {
    sql::Rows rows = connection.Run(kOwner, catalog::kNow);
    if (rows.Next()) {
      if (rows.Int64(0) == owner) return rows.status();
      since = rows.Int64(1);
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (since == change.position) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kEraseOwner, *since));
  } else if (since.has_value()) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kCloseOwner, *since, change.position));
  }
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertOwner, change.position, kForever, owner,
                                            change.actor, change.time));
  NoteIndexChange(context, change.position,
                  [owner](StateEdit& edit) { edit.SetMetastoreOwner(owner); });
  return absl::OkStatus();
}

}  // namespace whence::access
