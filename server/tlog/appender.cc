#include "tlog/appender.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "base/status_macros.h"

namespace whence::tlog {

absl::StatusOr<Appender> Appender::Load(uint64_t size, const Hash& head, TileSource& source) {
  TileReader reader(source, /*max_tiles=*/0);
  WHENCE_RETURN_IF_ERROR(reader.SetTree(size, head));
  Appender appender;
  if (size == 0) return appender;
  const std::vector<Node> nodes = CompleteSubtrees({0, size});
  std::vector<Hash> hashes(nodes.size());
  WHENCE_RETURN_IF_ERROR(reader.ReadHashes(nodes, hashes));
  for (size_t i = 0; i < nodes.size(); ++i) appender.edge_.Push(nodes[i].level, hashes[i]);
  for (int level = 0; level < kTileLevels; ++level) {
    Level& partial = appender.levels_[static_cast<size_t>(level)];
    const uint64_t count = size >> (kTileHeight * level);
    partial.index = count / kTileWidth;
    for (uint64_t index = partial.index * kTileWidth; index < count; ++index) {
      const Node node{kTileHeight * level, index};
      Hash hash;
      WHENCE_RETURN_IF_ERROR(reader.ReadHashes({&node, 1}, {&hash, 1}));
      partial.hashes.append(hash.view());
    }
  }
  return appender;
}

void Appender::Append(const Hash& leaf_hash) {
  edge_.Append(leaf_hash, [this](int level, const Hash& hash) {
    if (level % kTileHeight == 0) Store(level / kTileHeight, hash);
  });
}

void Appender::Store(int level, const Hash& hash) {
  WHENCE_ASSERT(level < kTileLevels);
  Level& partial = levels_[static_cast<size_t>(level)];
  if (partial.hashes.empty()) partial.hashes.reserve(Tile{}.bytes());
  partial.hashes.append(hash.view());
  partial.is_changed = true;
  if (partial.hashes.size() < Tile{}.bytes()) return;
  TileData& full = full_.emplace_back();
  full.tile = {level, partial.index, kTileWidth};
  full.hashes.swap(partial.hashes);
  ++partial.index;
  partial.is_changed = false;
}

std::vector<TileData> Appender::TakeChanges() {
  std::vector<TileData> changes = std::exchange(full_, {});
  for (int level = 0; level < kTileLevels; ++level) {
    Level& partial = levels_[static_cast<size_t>(level)];
    if (!std::exchange(partial.is_changed, false)) continue;
    const auto width = static_cast<int>(partial.hashes.size() / kHashBytes);
    changes.push_back({{level, partial.index, width}, partial.hashes});
  }
  std::sort(changes.begin(), changes.end(), [](const TileData& a, const TileData& b) {
    return std::tie(a.tile.level, a.tile.index) < std::tie(b.tile.level, b.tile.index);
  });
  return changes;
}

}  // namespace whence::tlog
