#include "tlog/tile_reader.h"

#include <catch2/catch.hpp>

#include "base/base_test_util.h"
#include "base/limits.h"
#include "naive_tree.h"
#include "tlog/appender.h"
#include "tlog/memory_tree.h"

namespace whence::tlog {
namespace {

using testing::Leaves;
using testing::MakeLeaves;
using testing::MapSource;
using testing::NaiveHead;
using testing::NaiveTile;
using whence::testing::Contains;
using whence::testing::MessageOf;
using whence::testing::Random;
using whence::testing::ReasonOf;

// A log with every tile of the sizes at which TakeChanges was called.
struct Log {
  explicit Log(size_t size) : leaves(MakeLeaves(size)) { Grow(size); }

  void Grow(size_t size) {
    while (leaves.size() < size) leaves.push_back(LeafHash(testing::Entry(leaves.size())));
    while (appender.size() < size) appender.Append(leaves[appender.size()]);
    source.Put(appender.TakeChanges());
  }

  Leaves leaves;
  Appender appender;
  MapSource source;
};

TEST_CASE("an appender writes the tiles that C2SP defines, and their head", "[appender]") {
  Random random(5);
  for (int round = 0; round < 6; ++round) {
    Appender appender;
    const Leaves leaves = MakeLeaves(round == 0 ? 66'000 : 1 + random.Below(3000));
    size_t at = 0;
    while (at < leaves.size()) {
      const size_t next = std::min(leaves.size(), at + 1 + random.Below(round == 0 ? 30'000 : 700));
      for (size_t i = at; i < next; ++i) appender.Append(leaves[i]);
      const std::vector<TileData> changes = appender.TakeChanges();
      const std::vector<Tile> expected = NewTiles(at, next);
      REQUIRE(changes.size() == expected.size());
      for (size_t i = 0; i < changes.size(); ++i) {
        REQUIRE(changes[i].tile == expected[i]);
        REQUIRE(changes[i].hashes == NaiveTile(expected[i], leaves));
      }
      REQUIRE(appender.Head() == NaiveHead(std::span<const Hash>(leaves).first(next)));
      REQUIRE(appender.TakeChanges().empty());
      at = next;
    }
  }
}

TEST_CASE("an appender goes on from the tiles of any size", "[appender]") {
  const Leaves leaves = MakeLeaves(1400);
  for (const size_t size : {0u, 1u, 2u, 255u, 256u, 257u, 511u, 512u, 700u, 1024u, 1399u}) {
    CAPTURE(size);
    Log log(size);
    absl::StatusOr<Appender> loaded = Appender::Load(size, log.appender.Head(), log.source);
    REQUIRE(loaded.ok());
    REQUIRE(loaded->size() == size);
    REQUIRE(loaded->Head() == log.appender.Head());
    REQUIRE(loaded->TakeChanges().empty());
    for (size_t i = size; i < leaves.size(); ++i) loaded->Append(leaves[i]);
    for (const TileData& change : loaded->TakeChanges()) {
      REQUIRE(change.hashes == NaiveTile(change.tile, leaves));
    }
    REQUIRE(loaded->Head() == NaiveHead(leaves));
  }
}

TEST_CASE("a copy of an appender that did not commit leaves nothing behind", "[appender]") {
  Log log(300);
  Appender tried = log.appender;
  for (int i = 0; i < 500; ++i) tried.Append(LeafHash("never written"));
  CHECK(tried.TakeChanges().size() == 4);
  log.Grow(310);
  CHECK(log.appender.Head() == NaiveHead(log.leaves));
}

TEST_CASE("an appender does not go on from tiles that were changed", "[appender]") {
  Log log(300);
  for (auto& [path, hashes] : log.source.tiles) {
    if (path == "tile/0/000") continue;  // not at the edge
    CAPTURE(path);
    const std::string right = hashes;
    hashes[5] ^= 1;
    CHECK(ReasonOf(Appender::Load(300, log.appender.Head(), log.source)) == "TILE_INVALID");
    hashes = right.substr(1);
    CHECK(ReasonOf(Appender::Load(300, log.appender.Head(), log.source)) == "TILE_INVALID");
    hashes = right;
  }
  CHECK_FALSE(Appender::Load(301, log.appender.Head(), log.source).ok());
  CHECK(ReasonOf(Appender::Load(300, LeafHash("other"), log.source)) == "TILE_INVALID");
  CHECK(Appender::Load(300, log.appender.Head(), log.source).ok());
}

TEST_CASE("proofs from tiles are those of the tree", "[tile_reader]") {
  Random random(6);
  Log log(70'000);
  MemoryTree tree(log.leaves);
  TileReader reader(log.source, kMaxCachedTiles);
  REQUIRE(reader.SetTree(70'000, log.appender.Head()).ok());
  CHECK(*TreeHead(70'000, reader) == log.appender.Head());
  for (int i = 0; i < 300; ++i) {
    const uint64_t size = 1 + random.Below(70'000);
    const uint64_t index = random.Below(size);
    const auto inclusion = InclusionProof(index, size, reader);
    REQUIRE(inclusion.ok());
    REQUIRE(*inclusion == *InclusionProof(index, size, tree));
    const auto consistency = ConsistencyProof(index + 1, size, reader);
    REQUIRE(consistency.ok());
    REQUIRE(*consistency == *ConsistencyProof(index + 1, size, tree));
  }
  CHECK(ReasonOf(InclusionProof(0, 70'001, reader)) == "TREE_TOO_SMALL");
}

TEST_CASE("what was read once is not read again, also when the tree grew", "[tile_reader]") {
  Log log(600);
  TileReader reader(log.source, kMaxCachedTiles);
  REQUIRE(reader.SetTree(600, log.appender.Head()).ok());
  CHECK(log.source.reads == 2);  // the partial tiles
  REQUIRE(InclusionProof(3, 600, reader).ok());
  REQUIRE(InclusionProof(300, 600, reader).ok());
  CHECK(log.source.reads == 4);
  REQUIRE(InclusionProof(4, 600, reader).ok());
  CHECK(log.source.reads == 4);
  log.Grow(700);
  REQUIRE(reader.SetTree(700, log.appender.Head()).ok());
  CHECK(log.source.reads == 6);
  REQUIRE(InclusionProof(5, 700, reader).ok());
  CHECK(log.source.reads == 6);
}

TEST_CASE("a reader keeps no more tiles than it may", "[tile_reader]") {
  Log log(1100);
  TileReader reader(log.source, 2);
  REQUIRE(reader.SetTree(1100, log.appender.Head()).ok());
  const int at_first = log.source.reads;
  for (int round = 0; round < 3; ++round) {
    for (uint64_t index = 0; index < 1024; index += 256) {
      const auto proof = InclusionProof(index, 1100, reader);
      REQUIRE(proof.ok());
      REQUIRE(CheckInclusion(index, 1100, log.leaves[index], *proof, log.appender.Head()).ok());
    }
  }
  CHECK(log.source.reads == at_first + 12);  // two at a time, so none is found again
}

TEST_CASE("any changed tile is found and named by what needs it", "[tile_reader]") {
  Log log(66'000);
  const Hash head = log.appender.Head();
  for (const char* path : {"tile/0/000", "tile/0/255", "tile/1/000", "tile/0/257.p/208"}) {
    std::string& hashes = log.source.tiles.at(path);
    for (const size_t byte : {size_t{0}, hashes.size() / 2, hashes.size() - 1}) {
      CAPTURE(path, byte);
      hashes[byte] ^= 0x10;
      TileReader reader(log.source, kMaxCachedTiles);
      absl::Status status = reader.SetTree(66'000, head);
      const bool is_edge = Contains(path, ".p/");
      CHECK(status.ok() == !is_edge);
      if (!is_edge) {
        status =
            InclusionProof(path == std::string("tile/0/255") ? 65'300 : 0, 66'000, reader).status();
        CHECK(Contains(MessageOf(status), path));
      }
      CHECK(ReasonOf(status) == "TILE_INVALID");
      hashes[byte] ^= 0x10;
    }
  }
}

TEST_CASE("a forked tree is not believed because its beginning was", "[tile_reader]") {
  Log log(600);
  TileReader reader(log.source, kMaxCachedTiles);
  REQUIRE(reader.SetTree(600, log.appender.Head()).ok());
  REQUIRE(InclusionProof(3, 600, reader).ok());
  // Another history of the same length, in the same place.
  Appender other;
  for (int i = 0; i < 700; ++i) other.Append(LeafHash(i == 100 ? "forged" : testing::Entry(i)));
  log.source.Put(other.TakeChanges());
  REQUIRE(reader.SetTree(700, other.Head()).ok());
  const auto proof = InclusionProof(100, 700, reader);
  REQUIRE(proof.ok());
  CHECK(CheckInclusion(100, 700, LeafHash("forged"), *proof, other.Head()).ok());
  CHECK_FALSE(CheckInclusion(100, 700, log.leaves[100], *proof, other.Head()).ok());
  // A head that the tiles do not lead to leaves the reader as it was.
  CHECK_FALSE(reader.SetTree(600, other.Head()).ok());
  CHECK(reader.size() == 700);
  CHECK(InclusionProof(100, 700, reader).ok());
  CHECK(ReasonOf(reader.SetTree(kMaxTreeSize + 1, other.Head())) == "TREE_TOO_SMALL");
}

TEST_CASE("the source's errors are the reader's", "[tile_reader]") {
  Log log(600);
  log.source.tiles.erase("tile/0/001");
  TileReader reader(log.source, kMaxCachedTiles);
  REQUIRE(reader.SetTree(600, log.appender.Head()).ok());
  CHECK(InclusionProof(300, 600, reader).status().code() == absl::StatusCode::kNotFound);
  CHECK(InclusionProof(10, 600, reader).ok());
}

}  // namespace
}  // namespace whence::tlog
