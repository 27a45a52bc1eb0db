// Who is in which group; part of principal.h.

#include <algorithm>
#include <map>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "access/index_change.h"
#include "access/principal.h"
#include "access/principal_rows.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"

namespace whence::access {
namespace {

using catalog::kNow;

constexpr sql::Query kCurrent{
    "SELECT valid_from FROM membership"
    " WHERE group_id = ?1 AND member_id = ?2 AND valid_to = 9223372036854775807"};

constexpr sql::Query kInsert{
    "INSERT INTO membership (group_id, member_id, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4)"};

constexpr sql::Query kClose{
    "UPDATE membership SET valid_to = ?4"
    " WHERE group_id = ?1 AND member_id = ?2 AND valid_from = ?3"};

constexpr sql::Query kErase{
    "DELETE FROM membership WHERE group_id = ?1 AND member_id = ?2 AND valid_from = ?3"};

constexpr sql::Query kCountMembers{
    "SELECT count(*) FROM membership WHERE group_id = ?1 AND valid_to = 9223372036854775807"};

constexpr sql::Query kGroupIdsOf{
    "SELECT group_id FROM membership"
    " WHERE member_id = ?1 AND valid_to = 9223372036854775807 ORDER BY group_id"};

constexpr sql::Query kSubgroupIdsOf{
    "SELECT m.member_id FROM membership m JOIN principal p ON p.id = m.member_id"
    " WHERE m.group_id = ?1 AND m.valid_to = 9223372036854775807 AND p.kind = 3"
    " ORDER BY m.member_id"};

constexpr sql::Query kListMembers{
    "SELECT " WHENCE_PRINCIPAL_COLUMNS
    " FROM membership m"
    " JOIN principal p ON p.id = m.member_id JOIN principal_state s ON s.principal_id = p.id"
    " WHERE m.group_id = ?1 AND m.valid_from <= ?2 AND m.valid_to > ?2"
    " AND s.valid_from <= ?2 AND s.valid_to > ?2 ORDER BY p.name"};

constexpr sql::Query kListGroupsOf{
    "SELECT " WHENCE_PRINCIPAL_COLUMNS
    " FROM membership m"
    " JOIN principal p ON p.id = m.group_id JOIN principal_state s ON s.principal_id = p.id"
    " WHERE m.member_id = ?1 AND m.valid_from <= ?2 AND m.valid_to > ?2"
    " AND s.valid_from <= ?2 AND s.valid_to > ?2 ORDER BY p.name"};

absl::StatusOr<std::optional<Position>> CurrentSince(sql::Connection& connection, PrincipalId group,
                                                     PrincipalId member) {
  sql::Rows rows = connection.Run(kCurrent, group, member);
  if (rows.Next()) return rows.Int64(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

// Purpose: how many groups stand one inside the other from a group on, upwards or downwards, by the
// present memberships (which have no cycle). Ownership: borrows the connection. Thread-safety:
// none.
class Nesting {
 public:
  Nesting(sql::Connection& connection, const sql::Query& next)
      : connection_(connection), next_(next) {}

  // The group itself counts: 1 or more.
  absl::StatusOr<int> From(PrincipalId group) {
    if (const auto known = levels_.find(group); known != levels_.end()) return known->second;
    std::vector<PrincipalId> neighbours;
    {
      sql::Rows rows = connection_.Run(next_, group);
      while (rows.Next()) neighbours.push_back(rows.Int64(0));
      WHENCE_RETURN_IF_ERROR(rows.status());
    }
    int levels = 1;
    for (const PrincipalId neighbour : neighbours) {
      WHENCE_ASSIGN_OR_RETURN(const int further, From(neighbour));
      levels = std::max(levels, further + 1);
    }
    levels_.emplace(group, levels);
    return levels;
  }
  // Of all that were met.
  bool Met(PrincipalId group) const { return levels_.contains(group); }

 private:
  sql::Connection& connection_;
  const sql::Query& next_;
  std::map<PrincipalId, int> levels_;
};

absl::Status CheckNesting(sql::Connection& connection, const Principal& group,
                          const Principal& member) {
  if (member.kind != PrincipalKind::kGroup) return absl::OkStatus();
  Nesting above(connection, kGroupIdsOf);
  WHENCE_ASSIGN_OR_RETURN(const int up, above.From(group.id));
  if (above.Met(member.id)) {
    return FailedPrecondition("GROUP_CYCLE",
                              group.id == member.id
                                  ? StrCat(group.name, " cannot be its own member")
                                  : StrCat(group.name, " is in ", member.name, " already"),
                              "groups are nested one way");
  }
  Nesting below(connection, kSubgroupIdsOf);
  WHENCE_ASSIGN_OR_RETURN(const int down, below.From(member.id));
  if (up + down <= kMaxGroupDepth) return absl::OkStatus();
  return FailedPrecondition("NESTING_TOO_DEEP",
                            absl::StrCat(up + down, " groups would stand one inside the other; at",
                                         " most ", kMaxGroupDepth, " may"),
                            "add the members themselves, or a group further up");
}

absl::Status CheckRoom(sql::Connection& connection, const Principal& group) {
  sql::Rows rows = connection.Run(kCountMembers, group.id);
  const int64_t count = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (count < static_cast<int64_t>(kMaxGroupMembers)) return absl::OkStatus();
  return FailedPrecondition(
      "TOO_MANY_MEMBERS",
      StrCat(group.name, " has ", kMaxGroupMembers, " members, and that is the most"),
      "put groups into it instead of their members");
}

absl::StatusOr<std::vector<Principal>> List(sql::Connection& connection, const sql::Query& query,
                                            PrincipalId id, Position as_of) {
  std::vector<Principal> principals;
  sql::Rows rows = connection.Run(query, id, as_of);
  while (rows.Next()) principals.push_back(internal::ReadPrincipal(rows));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return principals;
}

}  // namespace

absl::StatusOr<bool> AddMember(sql::WriteContext& context, const ledger::Change& change,
                               PrincipalId group, PrincipalId member) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const Principal outer, GetPrincipalById(connection, kNow, group));
  if (outer.kind != PrincipalKind::kGroup) {
    return InvalidArgument("PRINCIPAL_NOT_A_GROUP", "group", StrCat(outer.name, " has no members"),
                           "name a group: group:<name>");
  }
  WHENCE_ASSIGN_OR_RETURN(const Principal inner, GetPrincipalById(connection, kNow, member));
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Position> since,
                          CurrentSince(connection, group, member));
  if (since.has_value()) return false;
  WHENCE_RETURN_IF_ERROR(CheckNesting(connection, outer, inner));
  WHENCE_RETURN_IF_ERROR(CheckRoom(connection, outer));
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsert, group, member, change.position, kForever));
  NoteIndexChange(context, change.position,
                  [group, member](StateEdit& edit) { edit.AddMember(group, member); });
  return true;
}

absl::StatusOr<bool> RemoveMember(sql::WriteContext& context, const ledger::Change& change,
                                  PrincipalId group, PrincipalId member) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Position> since,
                          CurrentSince(connection, group, member));
  if (!since.has_value()) return false;
  // What began in this same mutation was never seen: it goes.
  if (*since == change.position) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kErase, group, member, *since));
  } else {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kClose, group, member, *since, change.position));
  }
  NoteIndexChange(context, change.position,
                  [group, member](StateEdit& edit) { edit.RemoveMember(group, member); });
  return true;
}

absl::StatusOr<std::vector<Principal>> ListMembers(sql::Connection& connection, Position as_of,
                                                   PrincipalId group) {
  return List(connection, kListMembers, group, as_of);
}

absl::StatusOr<std::vector<Principal>> ListGroupsOf(sql::Connection& connection, Position as_of,
                                                    PrincipalId member) {
  return List(connection, kListGroupsOf, member, as_of);
}

}  // namespace whence::access
