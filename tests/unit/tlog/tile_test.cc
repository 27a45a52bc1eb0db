#include "tlog/tile.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "base/base_test_util.h"
#include "base/limits.h"
#include "naive_tree.h"

namespace whence::tlog {
namespace {

using testing::Entry;
using whence::testing::Random;
using whence::testing::ReasonOf;

TEST_CASE("paths of tiles are those of C2SP", "[tile]") {
  CHECK(TilePath({0, 0, 256}) == "tile/0/000");
  CHECK(TilePath({0, 1234067, 256}) == "tile/0/x001/x234/067");
  CHECK(TilePath({1, 999, 17}) == "tile/1/999.p/17");
  CHECK(TilePath({2, 1000, 1}) == "tile/2/x001/000.p/1");
  CHECK(EntriesPath(1234067, 256) == "tile/entries/x001/x234/067");
  CHECK(EntriesPath(5, 255) == "tile/entries/005.p/255");
}

TEST_CASE("paths of tiles make the round trip", "[tile]") {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    const int level = static_cast<int>(random.Below(kTileLevels));
    const uint64_t most = (kMaxTreeSize >> (8 * level)) / kTileWidth;
    const uint64_t index = (random.Next() >> random.Below(64)) % (most + 1);
    const int width = 1 + static_cast<int>(random.Below(kTileWidth));
    const auto tile = ParseTilePath(TilePath({level, index, width}));
    REQUIRE(tile.ok());
    REQUIRE_FALSE(tile->is_entries);
    REQUIRE(tile->tile == Tile{level, index, width});
    const auto entries = ParseTilePath(EntriesPath(index, width));
    REQUIRE(entries.ok());
    REQUIRE(entries->is_entries);
    REQUIRE(entries->tile == Tile{0, index, width});
  }
}

TEST_CASE("a path of a tile has one spelling", "[tile]") {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/00/000",
                           "tile/8/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/0/x000/001",
                           "tile/0/001/",
                           "/tile/0/001",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/x001/x002",
                           "tile/0/001/002",
                           "tile/0/x1/002",
                           "tile/0/001.p/",
                           "tile/0/001.p/0",
                           "tile/0/001.p/256",
                           "tile/0/001.p/01",
                           "tile/0/001.p/1/",
                           "tile/0/001.p",
                           "tile/0/001.q/1",
                           "tile/0/ 01",
                           "tile/0/-01",
                           "tile/entries",
                           "tile/entries/",
                           "tile/entries/0/001",
                           "tile/entries/x000/001",
                           "tile/Entries/001",
                           "tile/0/001?x",
                           "tile/0/001\n",
                           "tile/7/x001/x000/000",
                           "tile/0/x036/x028/x797/x018/x963/968",
                           "tile/0/x999/x999/x999/x999/x999/x999/999",
                           "tile/0/x001/x000/x000/x000/x000/x000/x000/000"}) {
    CAPTURE(path);
    CHECK(ReasonOf(ParseTilePath(path)) == "TILE_MALFORMED");
  }
  CHECK(ParseTilePath("tile/0/x036/x028/x797/x018/x963/967").ok());
}

std::set<std::string> Paths(const std::vector<Tile>& tiles) {
  std::set<std::string> paths;
  for (const Tile& tile : tiles) paths.insert(TilePath(tile));
  REQUIRE(paths.size() == tiles.size());
  return paths;
}

TEST_CASE("the tiles of C2SP's example of 70,000 entries", "[tile]") {
  const std::vector<Tile> all = NewTiles(0, 70'000);
  CHECK(all.size() == 273 + 1 + 1 + 1 + 1);
  CHECK(std::count(all.begin(), all.end(), Tile{0, 273, 112}) == 1);
  CHECK(std::count(all.begin(), all.end(), Tile{1, 0, 256}) == 1);
  CHECK(PartialTiles(70'000) == std::vector<Tile>{{0, 273, 112}, {1, 1, 17}, {2, 0, 1}});
  CHECK(PartialTiles(256) == std::vector<Tile>{{1, 0, 1}});
  CHECK(PartialTiles(0).empty());
  CHECK(NewTiles(256, 256).empty());
  CHECK(NewTiles(255, 257) == std::vector<Tile>{{0, 0, 256}, {0, 1, 1}, {1, 0, 1}});
  CHECK(PartialTiles(kMaxTreeSize).size() == kTileLevels);
}

TEST_CASE("what an append writes is what the one tree has and the other has not", "[tile]") {
  Random random(4);
  for (int round = 0; round < 200; ++round) {
    const uint64_t new_size = random.Below(140'000);
    const uint64_t old_size = random.Below(new_size + 1);
    std::set<std::string> expected = Paths(NewTiles(0, new_size));
    for (const std::string& path : Paths(NewTiles(0, old_size))) expected.erase(path);
    REQUIRE(Paths(NewTiles(old_size, new_size)) == expected);
  }
}

TEST_CASE("a node stands in the tile of its level", "[tile]") {
  CHECK(TileOf({0, 0}, 1) == Tile{0, 0, 1});
  CHECK(TileOf({0, 255}, 300) == Tile{0, 0, 256});
  CHECK(TileOf({0, 256}, 300) == Tile{0, 1, 44});
  CHECK(TileOf({7, 1}, 300) == Tile{0, 0, 256});
  CHECK(TileOf({8, 0}, 300) == Tile{1, 0, 1});
  CHECK(TileOf({5, 8}, 300) == Tile{0, 1, 44});
  CHECK(TileOf({62, 0}, kMaxTreeSize) == Tile{7, 0, 127});
}

TEST_CASE("bundles of entries make the round trip", "[tile]") {
  std::string bundle;
  std::vector<std::string> entries = {"", "a", std::string(kMaxLedgerEntryBytes, 'x'), Entry(7)};
  for (const std::string& entry : entries) AppendToBundle(entry, &bundle);
  const auto parsed = ParseBundle(bundle, 4);
  REQUIRE(parsed.ok());
  CHECK(std::equal(parsed->begin(), parsed->end(), entries.begin(), entries.end()));
  CHECK(bundle.substr(2, 3) == std::string("\0\1a", 3));
  CHECK(ReasonOf(ParseBundle(bundle, 3)) == "TILE_MALFORMED");
  CHECK(ReasonOf(ParseBundle(bundle, 5)) == "TILE_MALFORMED");
  CHECK(ReasonOf(ParseBundle(bundle.substr(0, bundle.size() - 1), 4)) == "TILE_MALFORMED");
  CHECK(ReasonOf(ParseBundle(bundle + '\0', 4)) == "TILE_MALFORMED");
  CHECK(ReasonOf(ParseBundle("", 1)) == "TILE_MALFORMED");
}

}  // namespace
}  // namespace whence::tlog
