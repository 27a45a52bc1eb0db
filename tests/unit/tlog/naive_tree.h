// What the tests of logs are checked against: RFC 6962's definitions as they stand, word for word
// and recursive, and tiles in a map.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/error.h"
#include "base/strings.h"
#include "tlog/hash.h"
#include "tlog/merkle.h"
#include "tlog/tile.h"
#include "tlog/tile_reader.h"

namespace whence::tlog::testing {

using Leaves = std::vector<Hash>;  // hashes of leaves

inline size_t Split(size_t count) {
  size_t split = 1;
  while (2 * split < count) split *= 2;
  return split;
}

// MTH(D[n])
inline Hash NaiveHead(std::span<const Hash> leaves) {
  if (leaves.empty()) return EmptyRoot();
  if (leaves.size() == 1) return leaves[0];
  const size_t split = Split(leaves.size());
  return NodeHash(NaiveHead(leaves.first(split)), NaiveHead(leaves.subspan(split)));
}

// PATH(m, D[n])
inline std::vector<Hash> NaiveInclusion(size_t index, std::span<const Hash> leaves) {
  if (leaves.size() == 1) return {};
  const size_t split = Split(leaves.size());
  const bool is_left = index < split;
  std::vector<Hash> path = is_left ? NaiveInclusion(index, leaves.first(split))
                                   : NaiveInclusion(index - split, leaves.subspan(split));
  path.push_back(NaiveHead(is_left ? leaves.subspan(split) : leaves.first(split)));
  return path;
}

// SUBPROOF(m, D[n], b)
inline std::vector<Hash> NaiveSubproof(size_t old_size, std::span<const Hash> leaves, bool b) {
  if (old_size == leaves.size()) {
    if (b) return {};
    return {NaiveHead(leaves)};
  }
  const size_t split = Split(leaves.size());
  const bool is_left = old_size <= split;
  std::vector<Hash> proof = is_left ? NaiveSubproof(old_size, leaves.first(split), b)
                                    : NaiveSubproof(old_size - split, leaves.subspan(split), false);
  proof.push_back(NaiveHead(is_left ? leaves.subspan(split) : leaves.first(split)));
  return proof;
}

inline std::string Entry(uint64_t index) { return StrCat("entry ", index); }

inline Leaves MakeLeaves(size_t count) {
  Leaves leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(Entry(i)));
  return leaves;
}

// The tiles of a tree as C2SP tlog-tiles defines them.
inline std::string NaiveTile(const Tile& tile, std::span<const Hash> leaves) {
  std::string hashes;
  const size_t span = size_t{1} << (kTileHeight * tile.level);
  for (size_t i = 0; i < static_cast<size_t>(tile.width); ++i) {
    const size_t begin = (tile.index * kTileWidth + i) * span;
    hashes.append(NaiveHead(leaves.subspan(begin, span)).view());
  }
  return hashes;
}

// Tiles by their paths; counts what is asked for.
class MapSource : public TileSource {
 public:
  std::map<std::string, std::string> tiles;
  int reads = 0;

  absl::Status ReadTiles(std::span<const Tile> wanted, std::span<std::string> hashes) override {
    for (size_t i = 0; i < wanted.size(); ++i) {
      const auto found = tiles.find(TilePath(wanted[i]));
      if (found == tiles.end()) return absl::NotFoundError(TilePath(wanted[i]));
      hashes[i] = found->second;
      ++reads;
    }
    return absl::OkStatus();
  }

  void Put(const std::vector<TileData>& changes) {
    for (const TileData& change : changes) tiles[TilePath(change.tile)] = change.hashes;
  }
};

}  // namespace whence::tlog::testing
