// That what is erased is what the ledger says was erased. For this room only.
#pragma once

#include "absl/status/status.h"
#include "ledger/findings.h"
#include "sql/connection.h"

namespace whence::ledger::internal {

// Finds marks of erased values, and entries without their erasable half, that no erasure speaks
// for: whoever can write to the file could otherwise take away what is said there. The connection's
// errors.
absl::Status VerifyErased(sql::Connection& connection, Findings& findings);

}  // namespace whence::ledger::internal
