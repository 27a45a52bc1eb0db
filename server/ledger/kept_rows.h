// The hashes of an entry's rows, kept beside it.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/position.h"
#include "ledger/entry.h"
#include "sql/connection.h"
#include "tlog/hash.h"

namespace whence::ledger {

// Keeps them (ascending) where there are several: of a single one the root is the hash. Inside the
// transaction that writes the entry. The connection's errors.
absl::Status KeepRows(sql::Connection& connection, Position position,
                      std::span<const tlog::Hash> hashes);

// Whether what is kept (ledger_entry_rows.hashes) is these.
bool AreKept(std::span<const tlog::Hash> hashes, std::string_view kept);

// What the entry's rows hashed to when it was written. What is kept proves itself: they make the
// root that stands in the entry. Nothing where it does not, or is not there.
std::optional<std::vector<tlog::Hash>> RowsAsWritten(const WrittenRows& said,
                                                     std::string_view kept);

}  // namespace whence::ledger
