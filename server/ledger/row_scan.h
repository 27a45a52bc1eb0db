// The rows that the tables hold now, by the entries that must have written them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/row_hash.h"
#include "sql/connection.h"

namespace whence::ledger {

// The entry that speaks for what is stamped with `position`: what is valid from 0 (the metastore as
// it was made) belongs to the first one.
constexpr Position EntryOf(Position position) { return position == kNoPosition ? 1 : position; }

// In place of an entry, where no entry can have written the stamp: the row that would say its
// position is missing, the position is none, or a row is closed by half.
inline constexpr Position kNoEntry = -1;

// What a row says: at most two things, of its birth and of its closure.
struct RowStamp {
  const GovernedTable* table = nullptr;
  bool is_birth = true;
  Position at = kNoPosition;     // as it is stored
  Position entry = kNoPosition;  // EntryOf that; kNoEntry
  std::span<const sql::ColumnValue> values;
};

// Shows all stamps of all tables, in no order. Until `visit` returns an error, which is returned;
// or the connection's error.
absl::Status ForEachStamp(sql::Connection& connection,
                          absl::FunctionRef<absl::Status(const RowStamp&)> visit);

// The hash of what the row says there.
tlog::Hash HashOf(const RowStamp& stamp, RowHasher& hasher);

// Hashes of rows of entries [begin, end), by entry and hash.
struct RowWindow {
  Position begin = kNoPosition;
  Position end = kNoPosition;
  std::vector<RowHash> rows;
  // Stamps of kNoEntry in the whole tables, by table.
  std::vector<const GovernedTable*> strays;
};

// From `begin` on as far as `max_rows` go, or to kForever: at least one entry, however many rows it
// has. Reads all tables once. `watch` is called with the number of stamps seen so far, now and
// then; an error of it ends the scan.
absl::StatusOr<RowWindow> ReadWindow(sql::Connection& connection, RowHasher& hasher, Position begin,
                                     size_t max_rows,
                                     absl::FunctionRef<absl::Status(int64_t stamps)> watch);

}  // namespace whence::ledger
