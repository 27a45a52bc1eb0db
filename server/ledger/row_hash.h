// What a row of a governed table hashes to.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "ledger/governed_tables.h"
#include "sql/column_value.h"
#include "tlog/hash.h"

namespace whence::ledger {

// One thing that a row says of the mutation at `position`: that it wrote it, or that it closed it.
struct RowHash {
  Position position = kNoPosition;
  tlog::Hash hash;

  friend bool operator==(const RowHash&, const RowHash&) = default;
  friend auto operator<=>(const RowHash&, const RowHash&) = default;
};

// Purpose: hashes rows with one metastore's secret. A row's leaf is 16 bytes that nobody can guess
// without the secret (its blind, the row's own) and an encoding in which no two rows look the same.
// Whoever has the hash learns nothing; whoever is shown the leaf can check that row and no other.
// Thread-safety: one thread; keeps its buffers.
class RowHasher {
 public:
  explicit RowHasher(std::string secret) : secret_(std::move(secret)) {}

  // `values` are a row's, in the order of GovernedTable::columns.
  tlog::Hash Birth(const GovernedTable& table, std::span<const sql::ColumnValue> values);
  tlog::Hash Closure(const GovernedTable& table, std::span<const sql::ColumnValue> values);

  // What stands in place of an erasable value once it is erased: its digest, from which the row's
  // hash is made as before. `keys` are the row's, `column` is one of the table's erasable ones
  // (asserted).
  std::string ErasedMark(const GovernedTable& table, std::span<const sql::ColumnValue> keys,
                         std::string_view column, std::string_view value);

  // The leaf that the last call hashed: blind and encoding. LeafHash of it is the row's hash.
  std::string_view leaf() const { return leaf_; }

 private:
  void Begin(const GovernedTable& table, char what, std::span<const sql::ColumnValue> keys);

  std::string secret_;
  std::string blinding_;  // what the blind is a hash of
  std::string leaf_;
};

// How such a mark begins, and no text that somebody gave: control characters are refused.
inline constexpr std::string_view kErasedPrefix = "\x01whence:erased:";
inline bool IsErasedMark(std::string_view text) { return text.starts_with(kErasedPrefix); }

// Appends a value so that no two values look the same, whatever follows.
void AppendValue(const sql::ColumnValue& value, std::string* out);

}  // namespace whence::ledger
