// Appends to a tiled log.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tlog/compact_range.h"
#include "tlog/tile.h"
#include "tlog/tile_reader.h"

namespace whence::tlog {

// Purpose: turns new leaves into the tiles that change and the new head. A leaf costs one hash of a
// node on average and no allocation, but for the tiles that are handed out.
// A value of a few KiB a level of tiles in use: work on a copy, write what TakeChanges gives in the
// transaction of the entries themselves, and keep the copy once that is committed; a transaction
// that fails leaves nothing to undo. One thread at a time.
class Appender {
 public:
  // Of an empty log.
  Appender() = default;

  // Goes on with a log: reads its partial tiles. DataLoss TILE_INVALID where they do not lead to
  // `head`; or the source's error.
  static absl::StatusOr<Appender> Load(uint64_t size, const Hash& head, TileSource& source);

  uint64_t size() const { return edge_.size(); }
  Hash Head() const { return edge_.Head(); }

  // At most kMaxTreeSize leaves (asserted).
  void Append(const Hash& leaf_hash);

  // The tiles that changed since the last call, or since the beginning, as NewTiles lists them:
  // those that became full, and the partial ones that are wider than before.
  std::vector<TileData> TakeChanges();

 private:
  // The partial tile of a level.
  struct Level {
    std::string hashes;
    uint64_t index = 0;
    bool is_changed = false;
  };

  void Store(int level, const Hash& hash);

  CompactRange edge_;
  std::array<Level, kTileLevels> levels_;
  std::vector<TileData> full_;  // since the last TakeChanges
};

}  // namespace whence::tlog
