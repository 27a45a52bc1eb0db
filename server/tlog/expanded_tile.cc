#include "tlog/expanded_tile.h"

#include <cstring>

#include "base/assert.h"

namespace whence::tlog {

std::optional<ExpandedTile> ExpandedTile::Make(const Tile& tile, std::string_view hashes) {
  if (hashes.size() != tile.bytes()) return std::nullopt;
  ExpandedTile expanded(tile);
  size_t count = 0;
  for (size_t h = 0; h < expanded.starts_.size(); ++h) {
    expanded.starts_[h] = count;
    count += static_cast<size_t>(tile.width) >> h;
  }
  expanded.nodes_.resize(count);
  for (size_t i = 0; i < static_cast<size_t>(tile.width); ++i) {
    std::memcpy(expanded.nodes_[i].bytes.data(), hashes.data() + i * kHashBytes, kHashBytes);
  }
  expanded.Expand();
  return expanded;
}

void ExpandedTile::Expand() {
  for (size_t h = 1; h < starts_.size(); ++h) {
    const size_t below = starts_[h - 1];
    for (size_t i = 0; i < static_cast<size_t>(tile_.width) >> h; ++i) {
      nodes_[starts_[h] + i] = NodeHash(nodes_[below + 2 * i], nodes_[below + 2 * i + 1]);
    }
  }
}

const Hash& ExpandedTile::Head() const {
  WHENCE_ASSERT(tile_.is_full());
  return nodes_.back();
}

const Hash& ExpandedTile::HashOf(const Node& node) const {
  const int height = node.level - kTileHeight * tile_.level;
  WHENCE_ASSERT(height >= 0 && height <= kTileHeight);
  const uint64_t first = (tile_.index * kTileWidth) >> height;
  WHENCE_ASSERT(node.index >= first);
  const uint64_t at = node.index - first;
  WHENCE_ASSERT(at < static_cast<uint64_t>(tile_.width) >> height);
  return nodes_[starts_[static_cast<size_t>(height)] + at];
}

}  // namespace whence::tlog
