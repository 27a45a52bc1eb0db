// That the stored tiles are those of a tree, and no others. For this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ledger/findings.h"
#include "sql/connection.h"
#include "tlog/hash.h"
#include "tlog/tile.h"

namespace whence::ledger::internal {

// Purpose: reads tiles as they are stored, to the last byte, and finds those that are not as the
// leaves make them. Ownership: borrows both. One thread.
class TileCheck {
 public:
  TileCheck(sql::Connection* connection, Findings* findings)
      : connection_(*connection), findings_(*findings) {}

  // Leaves that the stored tiles have, where there are so many entries. Tiles that stand far behind
  // all others do not count, or one row could make the check go on for ever.
  absl::StatusOr<uint64_t> ReadSize(int64_t entries);

  // The leaf at `index` (under ReadSize) as its tile has it; nothing where that is missing or too
  // small. To be asked for in ascending order.
  absl::StatusOr<std::optional<tlog::Hash>> Leaf(uint64_t index);

  // The entry is known not to be the one that the tree has.
  void Differs(Position position) {
    wrong_.emplace(static_cast<uint64_t>(position - 1) / tlog::kTileWidth, position);
  }

  // A tile as it must be, after all entries under it.
  absl::Status Check(const tlog::TileData& made);

  // Tiles that the tree of ReadSize leaves has not.
  absl::Status CheckStrays();

 private:
  // Nothing where there is none.
  absl::StatusOr<std::optional<std::string>> Read(int level, uint64_t index);

  // The entry for which the hash at `at` of a tile is wrong: one under it that is known to differ,
  // or the first.
  Position FirstWrong(const tlog::Tile& tile, size_t at) const;

  sql::Connection& connection_;
  Findings& findings_;
  uint64_t size_ = 0;
  std::string leaves_;                  // of the tile under way
  std::map<uint64_t, Position> wrong_;  // the first entry that differs, by tile of leaves
};

}  // namespace whence::ledger::internal
