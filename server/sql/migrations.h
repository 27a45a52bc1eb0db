#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "sql/connection.h"

namespace whence::sql {

// One step of the schema: migrations/NNNN_name.sql. Never changed once released.
struct Migration {
  int version;            // NNNN; 1, 2, 3, ... without gaps
  std::string_view name;  // the file's name without number and suffix
  std::string_view sql;   // its whole text: statements without BEGIN and COMMIT
};

// Brings the database to the newest version. Each migration runs in a transaction of its own
// together with its row in schema_migration (version, name, checksum, applied_time), so one that is
// killed half way has not happened. Foreign keys are off while it runs, so that tables can be
// rebuilt, and checked before it commits.
//
// `migrations` must be 1, 2, 3, ... in order (asserted); the connection must be writable and in no
// transaction. Refuses, changing nothing:
//   DATABASE_FOREIGN   (FailedPrecondition) the file is another program's
//   DATABASE_NEWER     (FailedPrecondition) it has a version this program does not know
//   MIGRATION_CHANGED  (FailedPrecondition) an applied migration's name or text is not ours
//   MIGRATION_FAILED   (Internal)           a migration's SQL failed; the database is as before it
// A failure of the disk keeps its own reason (DISK_FULL, IO_ERROR, ...).
absl::Status Migrate(Connection& connection, std::span<const Migration> migrations,
                     const Clock& clock);

// The newest applied version, 0 for a new database.
absl::StatusOr<int64_t> SchemaVersion(Connection& connection);

}  // namespace whence::sql
