// Which log a database holds.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "base/uuid.h"
#include "sql/connection.h"

namespace whence::ledger {

struct LogName {
  std::string origin;       // first line of its checkpoints, name of its keys
  std::string rows_secret;  // for RowHasher; never leaves the database
};

// The log's, or those that a new one gets, written in a transaction of its own: `origin`, or
// "whence.local/<uuid>" when that is empty. InvalidArgument LEDGER_ORIGIN_MALFORMED: no name of a
// key (tlog::IsKeyName); FailedPrecondition LEDGER_ORIGIN_FIXED: the log has another one.
absl::StatusOr<LogName> FindOrMakeLogName(sql::Connection& writer, std::string_view origin,
                                          IdSource& ids, RandomSource& random);

// The stored one; NotFound LEDGER_NOT_STARTED where there is none: the database is from before its
// ledger was a tree, and no server has opened it since.
absl::StatusOr<LogName> FindLogName(sql::Connection& connection);

}  // namespace whence::ledger
