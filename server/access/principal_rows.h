// Private to the room: rows of principals, for its .cc files.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/principal.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

// Of `principal p` joined with its `principal_state s`; ReadPrincipal reads them.
#define WHENCE_PRINCIPAL_COLUMNS                                                               \
  "p.id, p.kind, p.name, p.creator, p.create_time_us, s.valid_from, s.display_name, s.emails," \
  " s.external_id, s.active, s.deleted, s.max_calls_per_second, s.updater, s.update_time_us,"  \
  " s.max_request_bytes_per_second"

namespace whence::access::internal {

Principal ReadPrincipal(sql::Rows& rows);

// A new principal with its first state; only a state.
absl::Status InsertPrincipal(sql::Connection& connection, const Principal& principal);
absl::Status InsertPrincipalState(sql::Connection& connection, const Principal& state);

// Makes `next` the present state of what `current` was, stamped with the change, and tells the
// index.
absl::StatusOr<Principal> WritePrincipal(sql::WriteContext& context, const ledger::Change& change,
                                         const Principal& current, Principal next);

}  // namespace whence::access::internal
