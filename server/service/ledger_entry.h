// Entries of what is no mutation: they take a position, and change nothing else.
#pragma once

#include "absl/status/status.h"
#include "ledger/entry.h"
#include "service/house.h"
#include "sql/writer.h"

namespace whence::service {

// Appends `entry` with the next position and the task's time, and publishes the position once the
// batch is durable, as that of a mutation is. Texts that are not UTF-8 stand in it as "?". The
// errors of ledger::Ledger::Append, and ResourceExhausted POSITIONS_EXHAUSTED.
absl::Status AppendEntry(House& house, sql::WriteContext& context, ledger::Entry entry);

// Asked before anything is done, so that no mutation finds out half way: POSITIONS_EXHAUSTED.
absl::Status CheckPositionLeft(const sql::WriteContext& context);

}  // namespace whence::service
