// One tile with all nodes that can be made of its hashes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tlog/tile.h"

namespace whence::tlog {

// Purpose: the hashes of a tile and of the complete subtrees above them within the tile. Making it
// of a full tile costs 255 hashes, which is what any proof through it needs, and gives the hash
// that stands for the tile in its parent. 16 KiB. A value; immutable.
class ExpandedTile {
 public:
  // Nothing unless there are tile.width hashes.
  static std::optional<ExpandedTile> Make(const Tile& tile, std::string_view hashes);

  const Tile& tile() const { return tile_; }
  // Of a full tile (asserted): the hash over all of it.
  const Hash& Head() const;
  // The node's hash; it must be one of this tile's levels and complete in it (asserted).
  const Hash& HashOf(const Node& node) const;

 private:
  explicit ExpandedTile(const Tile& tile) : tile_(tile) {}
  void Expand();

  Tile tile_;
  // Level h of the tile begins at starts_[h] and has width >> h hashes.
  std::array<size_t, kTileHeight + 1> starts_{};
  std::vector<Hash> nodes_;
};

}  // namespace whence::tlog
