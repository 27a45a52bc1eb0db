// A database whose ledger has lost its name. For this room only.
#pragma once

#include "absl/status/statusor.h"
#include "sql/connection.h"

namespace whence::ledger::internal {

// Whether there is, or was, a tree: then the log has a name, and its rows a secret. Where there is
// none, the database is from before its ledger was a tree.
absl::StatusOr<bool> HasTree(sql::Connection& connection);

inline constexpr char kNameless[] =
    "the database does not say which ledger it holds, nor how its rows are hashed";

}  // namespace whence::ledger::internal
