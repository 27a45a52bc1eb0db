#include "tlog/tile_reader.h"

#include <algorithm>
#include <tuple>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/compact_range.h"

namespace whence::tlog {
namespace {

constexpr int kSizeBits = 64;

absl::Status Invalid(std::string_view message) {
  return DataLoss("TILE_INVALID", message,
                  "What is stored was changed after it was signed; restore it from a copy that "
                  "verifies.");
}

bool HigherFirst(const Tile& a, const Tile& b) {
  return std::tie(b.level, a.index) < std::tie(a.level, b.index);
}

// The head of a tree by its partial tiles, which hold all that it is made of.
Hash HeadBy(uint64_t size, std::span<const ExpandedTile> edge) {
  if (size == 0) return EmptyRoot();
  CompactRange range;
  for (const Node& node : CompleteSubtrees({0, size})) {
    const Tile tile = TileOf(node, size);
    const auto found = std::find_if(edge.begin(), edge.end(), [&tile](const ExpandedTile& partial) {
      return partial.tile() == tile;
    });
    WHENCE_ASSERT(found != edge.end());
    range.Push(node.level, found->HashOf(node));
  }
  return range.Head();
}

}  // namespace

TileReader::TileReader(TileSource& source, size_t max_tiles)
    : source_(source), max_tiles_(max_tiles) {}

absl::Status TileReader::SetTree(uint64_t size, const Hash& head) {
  if (size > kMaxTreeSize) {
    return InvalidArgument("TREE_TOO_SMALL", "", StrCat("no tree has ", size, " entries"));
  }
  Edge edge;
  WHENCE_RETURN_IF_ERROR(Fetch(PartialTiles(size), &edge));
  if (HeadBy(size, edge) != head) {
    return Invalid(StrCat("the partial tiles of the tree of ", size,
                          " entries do not lead to its signed head"));
  }
  size_ = size;
  edge_ = std::move(edge);
  DropOthers();
  return absl::OkStatus();
}

absl::Status TileReader::ReadHashes(std::span<const Node> nodes, std::span<Hash> hashes) {
  WHENCE_ASSERT(nodes.size() == hashes.size());
  for (const Node& node : nodes) {
    const bool is_there =
        node.level >= 0 && node.level < kSizeBits - 1 && node.index < size_ >> node.level;
    if (!is_there) {
      return InvalidArgument("TREE_TOO_SMALL", "",
                             StrCat("a tree of ", size_, " entries has no node ", node.index,
                                    " of level ", node.level),
                             "Ask about entries below the size of the tree.");
    }
  }
  if (full_.size() >= max_tiles_) MakeRoom();
  std::vector<ExpandedTile> fetched;
  WHENCE_RETURN_IF_ERROR(Fetch(Missing(nodes), &fetched));
  for (ExpandedTile& tile : fetched) {  // parents first
    if (!LeadsUp(tile)) {
      return Invalid(
          StrCat(TilePath(tile.tile()), " does not belong to the tree of ", size_, " entries"));
    }
    const Key key(tile.tile().level, tile.tile().index);
    full_.emplace(key, std::move(tile));
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const ExpandedTile* const tile = Find(TileOf(nodes[i], size_));
    WHENCE_ASSERT(tile != nullptr);
    hashes[i] = tile->HashOf(nodes[i]);
  }
  return absl::OkStatus();
}

absl::Status TileReader::Fetch(std::span<const Tile> tiles, std::vector<ExpandedTile>* expanded) {
  if (tiles.empty()) return absl::OkStatus();
  std::vector<std::string> hashes(tiles.size());
  WHENCE_RETURN_IF_ERROR(source_.ReadTiles(tiles, hashes));
  expanded->reserve(tiles.size());
  for (size_t i = 0; i < tiles.size(); ++i) {
    std::optional<ExpandedTile> tile = ExpandedTile::Make(tiles[i], hashes[i]);
    if (!tile) {
      return Invalid(
          StrCat(TilePath(tiles[i]), " has ", hashes[i].size(), " bytes, not ", tiles[i].bytes()));
    }
    expanded->push_back(*std::move(tile));
  }
  return absl::OkStatus();
}

// The full tiles that lead from the nodes to the partial ones and are not here; parents first.
std::vector<Tile> TileReader::Missing(std::span<const Node> nodes) const {
  std::vector<Tile> missing;
  for (const Node& node : nodes) {
    for (Tile tile = TileOf(node, size_); Find(tile) == nullptr;) {
      missing.push_back(tile);
      const Tile above = tile.Parent();
      tile = TileOf({above.level * kTileHeight, tile.index}, size_);
    }
  }
  std::sort(missing.begin(), missing.end(), HigherFirst);
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  return missing;
}

const ExpandedTile* TileReader::Find(const Tile& tile) const {
  if (tile.is_full()) {
    const auto found = full_.find(Key(tile.level, tile.index));
    return found == full_.end() ? nullptr : &found->second;
  }
  for (const ExpandedTile& partial : edge_) {
    if (partial.tile() == tile) return &partial;
  }
  return nullptr;
}

// True if the parent has the hash that this full tile has.
bool TileReader::LeadsUp(const ExpandedTile& tile) const {
  const Node in_parent{kTileHeight * (tile.tile().level + 1), tile.tile().index};
  if (in_parent.index >= size_ >> in_parent.level) return false;
  const ExpandedTile* const parent = Find(TileOf(in_parent, size_));
  return parent != nullptr && parent->HashOf(in_parent) == tile.Head();
}

// Drops the tiles of leaves, of which there are 256 times as many as of all others, or everything
// where that is not enough.
void TileReader::MakeRoom() {
  for (auto at = full_.begin(); at != full_.end();) {
    const auto here = at++;
    if (here->first.first == 0) full_.erase(here);
  }
  if (full_.size() >= max_tiles_) full_.clear();
}

// Keeps the tiles that lead to the new head as well: all of them, if the tree only grew.
void TileReader::DropOthers() {
  for (int level = kTileLevels - 1; level >= 0; --level) {
    for (auto at = full_.begin(); at != full_.end();) {
      const auto here = at++;
      if (here->first.first == level && !LeadsUp(here->second)) full_.erase(here);
    }
  }
}

}  // namespace whence::tlog
