// What operations about access check again and again.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/index.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "base/position.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/call.h"
#include "sql/connection.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// The live principal of that name as of the position. PRINCIPAL_MALFORMED, PRINCIPAL_NOT_FOUND.
absl::StatusOr<access::Principal> PrincipalNamed(sql::Connection& connection, Position as_of,
                                                 const std::string& name, std::string_view field);
// The same of one of a list, `field` with its number: an error says which one it is about.
absl::StatusOr<access::Principal> PrincipalOfList(sql::Connection& connection, Position as_of,
                                                  const std::string& name, std::string_view field);
// The same, when it is a group: else InvalidArgument PRINCIPAL_NOT_A_GROUP.
absl::StatusOr<access::Principal> GroupNamed(sql::Connection& connection, Position as_of,
                                             const std::string& name, std::string_view field);

// OK when `etag` is empty or the principal's. Else Aborted ETAG_MISMATCH.
absl::Status CheckPrincipalEtag(const access::Principal& current, std::string_view etag);

// The set of privileges that a request names. TOO_MANY_ITEMS, PRIVILEGE_UNKNOWN.
absl::StatusOr<access::PrivilegeSet> ParsePrivileges(
    const google::protobuf::RepeatedPtrField<std::string>& names, std::string_view field);

// Who may what as of a position: as it is in memory when nothing changed since, or as it was read
// last; else read anew, which is slow.
absl::StatusOr<access::Snapshot> AccessAsOf(Call& call, Position position);

// A principal as one that asks, with nothing shown: what grants alone make of it.
access::Identity IdentityOf(const access::Principal& principal);

// Who is to own something: OK for a live principal, and for `present`, who owns it already (rows
// from before there were principals keep what they say). NotFound OWNER_UNKNOWN, with the closest
// name: who is not there could neither use what it owns nor give it away.
absl::Status CheckNewOwner(Call& call, std::string_view owner, std::string_view present,
                           std::string_view field);

}  // namespace whence::service
