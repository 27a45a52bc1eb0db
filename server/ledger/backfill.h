// Leaves for entries from before there was a tree.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "base/position.h"
#include "base/random.h"
#include "sql/connection.h"

namespace whence::ledger {

// Gives the entries behind the stored tree, up to `last`, what an entry has that is written today:
// the rows it speaks for, by what the tables hold now; salt, commitment, leaf; and the tree's
// tiles. In transactions of kMaxBackfilledEntries entries, so that one that is killed goes on where
// it was. On the writer's connection before the writer starts. Nothing where the tree has them all.
// LEDGER_DAMAGED for what cannot be so, or the connection's errors.
absl::Status Backfill(sql::Connection& writer, const std::string& rows_secret, RandomSource& random,
                      Position last);

}  // namespace whence::ledger
