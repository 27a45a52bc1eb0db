// Tiles as C2SP tlog-tiles has them (c2sp.org/tlog-tiles): the hashes of a tree in pieces of 256,
// which never change once they are full, and the entries in bundles of 256.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tlog/hash.h"
#include "tlog/merkle.h"

namespace whence::tlog {

// A full tile has 2^kTileHeight hashes: those at every kTileHeight-th level of the tree.
inline constexpr int kTileHeight = 8;
inline constexpr int kTileWidth = 1 << kTileHeight;
// Levels of tiles that the largest tree has.
inline constexpr int kTileLevels = 8;

// Tile `index` of its level, or as much of it as a tree has: its first `width` hashes. The hash at
// i is that of Node{kTileHeight * level, kTileWidth * index + i}.
struct Tile {
  int level = 0;
  uint64_t index = 0;
  int width = kTileWidth;

  bool is_full() const { return width == kTileWidth; }
  // Bytes of its hashes.
  size_t bytes() const { return static_cast<size_t>(width) * kHashBytes; }
  // The full tile's: the hash over all of this one stands in it.
  Tile Parent() const;

  friend bool operator==(const Tile&, const Tile&) = default;
};

// A tile and its hashes, one after the other.
struct TileData {
  Tile tile;
  std::string hashes;
};

// The tile of the tree of `size` leaves in which the node stands, or from which it is made, with as
// many hashes as it has there. The node must be in the tree (asserted).
Tile TileOf(const Node& node, uint64_t size);

// The tiles that are not full of the tree of `size` leaves, lowest first: at most one a level. All
// hashes that its head is made of stand in them.
std::vector<Tile> PartialTiles(uint64_t size);

// The tiles that the tree of `new_size` has and that of `old_size` (no larger, asserted) has not,
// or not as wide; by level and index. What an append writes.
std::vector<Tile> NewTiles(uint64_t old_size, uint64_t new_size);

// --- Where they are served ---

// "tile/0/x001/x234/067", "tile/1/000.p/17".
std::string TilePath(const Tile& tile);
// "tile/entries/x001/x234/067", of the bundle with the entries of tile `index` of level 0.
std::string EntriesPath(uint64_t index, int width);

struct TileRequest {
  bool is_entries = false;
  Tile tile;  // of level 0 for entries
};

// Either path. InvalidArgument TILE_MALFORMED for any other spelling, and for a tile behind the
// largest tree.
absl::StatusOr<TileRequest> ParseTilePath(std::string_view path);

// --- Bundles of entries ---

// Appends an entry, its length in front in two bytes. At most kMaxLedgerEntryBytes (asserted).
void AppendToBundle(std::string_view entry, std::string* bundle);

// The entries of a bundle of `width`, in order; they live as long as `bundle`. InvalidArgument
// TILE_MALFORMED unless it has just so many.
absl::StatusOr<std::vector<std::string_view>> ParseBundle(std::string_view bundle, int width);

}  // namespace whence::tlog
