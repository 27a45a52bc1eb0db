// Grants: principal, privilege, securable; as states in time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

// The metastore among securables.
inline constexpr int64_t kMetastore = 0;

struct Grant {
  int64_t securable = kMetastore;
  PrincipalId principal = kNobody;
  Privilege privilege = Privilege::kUseCatalog;
  std::string grantor;
  absl::Time grant_time;
  Position position = kNoPosition;

  friend bool operator==(const Grant&, const Grant&) = default;
};

// Adds and removes privileges of a principal on a securable; returns what changed (what stood
// already, or was not there to remove, is left alone). The caller has checked that they apply.
// FailedPrecondition TOO_MANY_GRANTS beyond kMaxGrantsPerSecurable.
struct GrantChange {
  PrivilegeSet added;
  PrivilegeSet removed;
};
absl::StatusOr<GrantChange> ChangeGrants(sql::WriteContext& context, const ledger::Change& change,
                                         int64_t securable, PrincipalId principal, PrivilegeSet add,
                                         PrivilegeSet remove);

// Direct grants on a securable, by principal id and privilege; and of a principal.
absl::StatusOr<std::vector<Grant>> ListGrantsOn(sql::Connection& connection, Position as_of,
                                                int64_t securable);
absl::StatusOr<std::vector<Grant>> ListGrantsOf(sql::Connection& connection, Position as_of,
                                                PrincipalId principal);

// Who owns the metastore: the admin, or a group of them.
absl::StatusOr<PrincipalId> MetastoreOwner(sql::Connection& connection, Position as_of);
absl::Status SetMetastoreOwner(sql::WriteContext& context, const ledger::Change& change,
                               PrincipalId owner);

}  // namespace whence::access
