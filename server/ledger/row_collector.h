// The rows that one mutation writes, as the writer's connection tells of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/entry.h"
#include "ledger/row_hash.h"
#include "sql/connection.h"
#include "sql/row_watch.h"

namespace whence::ledger {

// Purpose: what a mutation's entry says of the rows it wrote. A row may be written, changed and
// taken back within one mutation: what counts is what is there at its end. Rows of others must not
// change, but for being closed (asserted, by Take).
// Ownership: owns nothing. Thread-safety: the connection's thread.
class RowCollector : public sql::RowWatcher {
 public:
  // Looks up where the governed columns stand in their tables. Internal SQL_ERROR when one of them
  // is missing.
  static absl::StatusOr<RowCollector> Make(sql::Connection& connection, std::string secret);

  void RowChanged(sql::RowChange& change) override;
  size_t Mark() const override { return told_.size(); }
  void Rewind(size_t mark) override { told_.resize(mark); }

  // Forgets everything told so far.
  void Clear() { told_.clear(); }
  // Whether nothing is left that an entry would have to say.
  bool empty() const;
  // Hashes of what the mutation at `position` wrote, and `more` with it, ascending; forgets them.
  std::vector<tlog::Hash> Take(Position position, std::span<const RowHash> more = {});

 private:
  struct Table {
    const GovernedTable* governed = nullptr;
    std::vector<int> places;  // of governed->columns in the table
    int birth = -1;           // of the column; -1: that of another row
    int closure = -1;
  };
  struct Told {
    RowHash row;
    int8_t count = 1;  // -1: no longer so
  };
  // Born in the mutation under way: its table has no column that says so.
  static constexpr Position kNow = -1;
  // What a row says, in the order of GovernedTable::columns, and of its two positions.
  struct Row {
    std::vector<sql::ColumnValue> values;
    Position birth = kNow;
    Position closure = kForever;
  };

  explicit RowCollector(std::string secret) : hasher_(std::move(secret)) {}
  template <class Value>
  static void ReadRow(const Table& table, const Value& value, Row* row);
  bool BornAlike(const Table& table) const;
  void Tell(const Table& table, const Row& row, bool birth, int8_t count);

  RowHasher hasher_;
  absl::flat_hash_map<std::string_view, Table> tables_;
  std::vector<Told> told_;
  Row old_;  // buffers
  Row new_;
};

// The count and root of these rows, which are in ascending order.
WrittenRows Summarize(std::span<const tlog::Hash> hashes);

}  // namespace whence::ledger
