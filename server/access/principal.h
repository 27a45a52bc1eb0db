// Principals: users, services and groups, as states in time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

// Dense, from 1; 0 is nobody.
using PrincipalId = int64_t;
inline constexpr PrincipalId kNobody = 0;

// Stored, so numbers never change.
enum class PrincipalKind : int { kUser = 1, kService = 2, kGroup = 3 };

// A principal as of a position. Fields are SCIM's (RFC 7643) where it has them.
struct Principal {
  PrincipalId id = kNobody;
  PrincipalKind kind = PrincipalKind::kUser;
  std::string name;                 // with its prefix: `user:ana`, `svc:trainer`, `group:analysts`
  std::string display_name;         // SCIM displayName
  std::vector<std::string> emails;  // SCIM emails; the first is primary
  std::string external_id;          // SCIM externalId
  bool active = true;               // SCIM active; false: denied everything, at once
  bool deleted = false;
  int64_t max_calls_per_second = 0;          // 0: the server's default
  int64_t max_request_bytes_per_second = 0;  // the same
  std::string creator;
  absl::Time create_time;
  std::string updater;
  absl::Time update_time;
  Position position = kNoPosition;  // from which this state held

  std::string Etag() const;
  friend bool operator==(const Principal&, const Principal&) = default;
};

// The kind that a name's prefix tells. InvalidArgument PRINCIPAL_MALFORMED for anything but
// `user:`, `svc:` or `group:` followed by 1 byte or more without control characters or spaces at
// the ends, at most kMaxPrincipalBytes altogether.
absl::StatusOr<PrincipalKind> ParsePrincipalName(std::string_view name, std::string_view field);

// The live principal of that name. NotFound PRINCIPAL_NOT_FOUND, with the closest name in the hint.
absl::StatusOr<Principal> GetPrincipal(sql::Connection& connection, Position as_of,
                                       std::string_view name);
// The one with that id, also a tombstone. NotFound PRINCIPAL_NOT_FOUND when there was none.
absl::StatusOr<Principal> GetPrincipalById(sql::Connection& connection, Position as_of,
                                           PrincipalId id);

// A page of live principals by name (byte by byte), after `after`, at most `limit`.
absl::StatusOr<std::vector<Principal>> ListPrincipals(sql::Connection& connection, Position as_of,
                                                      std::string_view after, int limit);

struct NewPrincipal {
  std::string name;
  std::string display_name;
  std::vector<std::string> emails;
  std::string external_id;
  int64_t max_calls_per_second = 0;
  int64_t max_request_bytes_per_second = 0;
};

// AlreadyExists PRINCIPAL_ALREADY_EXISTS when a live one has the name; the errors of
// ParsePrincipalName; InvalidArgument TOO_MANY_EMAILS beyond kMaxEmails, and ValidateText's errors
// for the texts, of at most kMaxPrincipalBytes each.
absl::StatusOr<Principal> CreatePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                          const NewPrincipal& wanted);
// Writes a new state with the mutable fields of `wanted` (display_name, emails, external_id,
// active, max_calls_per_second, max_request_bytes_per_second), which has the id of a live
// principal.
absl::StatusOr<Principal> UpdatePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                          const Principal& wanted);
// A tombstone: its grants and memberships end, its tokens are revoked, its name is free.
// FailedPrecondition PRINCIPAL_OWNS when it owns something that is not deleted (also inside of what
// is: that may come back) or the metastore.
absl::StatusOr<Principal> DeletePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                          const Principal& principal);

// Groups may be members of groups; a cycle is refused (FailedPrecondition GROUP_CYCLE), also one
// of length one. Adding a member twice, or removing one that is none, changes nothing and returns
// false. FailedPrecondition TOO_MANY_MEMBERS beyond kMaxGroupMembers, NESTING_TOO_DEEP beyond
// kMaxGroupDepth. InvalidArgument PRINCIPAL_NOT_A_GROUP for members of anything else. Both are live
// (the caller has read them).
absl::StatusOr<bool> AddMember(sql::WriteContext& context, const ledger::Change& change,
                               PrincipalId group, PrincipalId member);
absl::StatusOr<bool> RemoveMember(sql::WriteContext& context, const ledger::Change& change,
                                  PrincipalId group, PrincipalId member);
// Direct members of a group, by name; and groups that a principal is a direct member of, by name.
absl::StatusOr<std::vector<Principal>> ListMembers(sql::Connection& connection, Position as_of,
                                                   PrincipalId group);
absl::StatusOr<std::vector<Principal>> ListGroupsOf(sql::Connection& connection, Position as_of,
                                                    PrincipalId member);

}  // namespace whence::access
