// Hashes out of tiles that need not be trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "tlog/expanded_tile.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"

namespace whence::tlog {

// Where tiles come from: a table, a folder, a web server.
class TileSource {
 public:
  virtual ~TileSource() = default;

  // Puts the hashes of tiles[i] into hashes[i]; both have the same size. Errors are the source's
  // own. What it gives is checked, so it may be anybody's.
  virtual absl::Status ReadTiles(std::span<const Tile> tiles, std::span<std::string> hashes) = 0;
};

// Purpose: a reader that believes nothing but the head it was told. A hash is given out only after
// all tiles between it and the head were seen to lead there, so that a proof made with it cannot
// fail, and a changed tile is found by whoever first needs it.
// Ownership: borrows the source. Thread-safety: one thread at a time. Keeps up to `max_tiles` full
// tiles, with their nodes: what is asked about twice, as the upper tiles always are, is read and
// hashed once, also when the tree grows.
class TileReader : public HashReader {
 public:
  TileReader(TileSource& source, size_t max_tiles);

  // The tree from now on: reads its partial tiles. DataLoss TILE_INVALID where they do not lead to
  // `head`, or the source's error; the reader then stays with the tree that it had. Begins with the
  // empty tree. InvalidArgument TREE_TOO_SMALL for a size over kMaxTreeSize.
  absl::Status SetTree(uint64_t size, const Hash& head);
  uint64_t size() const { return size_; }

  // DataLoss TILE_INVALID naming the tile that does not belong to the tree; InvalidArgument
  // TREE_TOO_SMALL for a node that the tree does not have; or the source's error.
  absl::Status ReadHashes(std::span<const Node> nodes, std::span<Hash> hashes) override;

 private:
  using Key = std::pair<int, uint64_t>;  // level and index
  using Edge = std::vector<ExpandedTile>;

  absl::Status Fetch(std::span<const Tile> tiles, std::vector<ExpandedTile>* expanded);
  std::vector<Tile> Missing(std::span<const Node> nodes) const;
  const ExpandedTile* Find(const Tile& tile) const;
  bool LeadsUp(const ExpandedTile& tile) const;
  void MakeRoom();
  void DropOthers();

  TileSource& source_;
  const size_t max_tiles_;
  uint64_t size_ = 0;
  Edge edge_;  // the partial tiles
  // Full tiles that lead to the head; the parents of each are here or in edge_.
  absl::node_hash_map<Key, ExpandedTile> full_;
};

}  // namespace whence::tlog
