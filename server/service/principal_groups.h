// Groups, walked in the tables: for answers that name them, and for what must never be.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/index.h"
#include "access/principal.h"
#include "base/position.h"
#include "service/call.h"
#include "sql/connection.h"

namespace whence::service {

// All groups that the principal is in as of the position, directly or through others, by name.
// `claimed` are groups that it is in besides, by its credential; null: none.
absl::StatusOr<std::vector<access::Principal>> AllGroupsOf(
    sql::Connection& connection, Position as_of, access::PrincipalId member,
    const access::IssuerClaims* claimed = nullptr);

// For mutations, after their change: whether an active user or service still owns the metastore,
// itself or through active groups. Else FailedPrecondition METASTORE_WITHOUT_ADMIN: nobody could
// ever change anything again.
absl::Status CheckAdminLeft(Call& call);

}  // namespace whence::service
