// The tree that grows with the entries, and what is served of it.
#include <catch2/catch.hpp>

#include <vector>

#include "base/limits.h"
#include "ledger/tree_store.h"
#include "ledger_fixture.h"
#include "support/ledger_check.h"
#include "tlog/merkle.h"

namespace whence::ledger::test {
namespace {

const auto kNothing = [](sql::Connection&, Position) { return absl::OkStatus(); };

// The hashes of all entries' leaves, from the entries alone.
std::vector<tlog::Hash> LeavesOf(LedgerFixture& f) {
  std::vector<tlog::Hash> hashes;
  for (Position position = 1; position <= f.ledger().published(); ++position) {
    hashes.push_back(tlog::LeafHash(f.log().Leaf(f.reader(), position).value()));
  }
  return hashes;
}

tlog::Hash RootOf(const std::vector<tlog::Hash>& leaves, uint64_t size) {
  return tlog::HeadOf(std::span(leaves).first(size));
}

TEST_CASE("the tree is that over the entries' leaves, at every size") {
  LedgerFixture f;
  f.Fill(600);
  REQUIRE(f.log().size() == 600);
  const std::vector<tlog::Hash> leaves = LeavesOf(f);
  for (const uint64_t size : {0U, 1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 599U, 600U}) {
    CHECK(f.log().Root(f.reader(), size).value() == RootOf(leaves, size));
  }
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
}

TEST_CASE("a tree goes on after every restart where it was") {
  LedgerFixture f;
  for (const int count : {0, 1, 254, 1, 1, 300, 3}) {
    f.Fill(count, 50);
    f.Reopen();
  }
  REQUIRE(f.log().size() == 560);
  CHECK(f.log().Root(f.reader(), 560).value() == RootOf(LeavesOf(f), 560));
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
}

TEST_CASE("tasks and batches that fail leave nothing in the tree") {
  LedgerFixture f;
  absl::Status good, bad, late;
  f.Queue("Good", kNothing, &good);
  f.Queue(
      "Bad", [](sql::Connection&, Position) { return absl::InternalError("no"); }, &bad);
  f.Queue("Late", kNothing, &late);
  f.Run();
  CHECK(good.ok());
  CHECK_FALSE(bad.ok());
  CHECK(late.ok());
  CHECK(f.log().size() == 2);
  // One that fails after it has its entry, last of its batch: its leaf must not stay.
  const auto fails_late = [&](sql::WriteContext& context) -> absl::Status {
    const Position position = context.Next(sql::Counter::kPosition);
    CHECK(f.ledger().Append(context, LedgerFixture::EntryAt(position, context.now())).ok());
    return absl::InternalError("no");
  };
  CHECK_FALSE(f.writer().RunAndWait(fails_late).ok());
  CHECK(f.log().size() == 2);
  // A batch that is lost as a whole: a foreign key that is open at its end.
  CHECK_FALSE(
      f.writer()
          .RunAndWait([&](sql::WriteContext& context) -> absl::Status {
            const Position position = context.Next(sql::Counter::kPosition);
            CHECK(f.ledger().Append(context, LedgerFixture::EntryAt(position, context.now())).ok());
            const auto lose = [](sql::WriteContext&) { return absl::InternalError("no"); };
            context.Postpone(1, lose);
            context.Postpone(1, lose);
            return absl::OkStatus();
          })
          .ok());
  CHECK(f.log().size() == 2);
  REQUIRE(f.Do("After", kNothing).ok());
  CHECK(f.log().size() == 3);
  CHECK(f.log().Root(f.reader(), 3).value() == RootOf(LeavesOf(f), 3));
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
}

TEST_CASE("every entry is proved in every tree that has it, and every tree continues the others") {
  LedgerFixture f;
  f.Fill(530, 53);
  const std::vector<tlog::Hash> leaves = LeavesOf(f);
  for (const uint64_t size : {1U, 5U, 256U, 300U, 512U, 530U}) {
    const tlog::Hash root = RootOf(leaves, size);
    for (uint64_t index = 0; index < size; index += 1 + index / 7) {
      const auto proof =
          f.log().InclusionProof(f.reader(), static_cast<Position>(index) + 1, size).value();
      CHECK(tlog::CheckInclusion(index, size, leaves[index], proof, root).ok());
    }
    for (const uint64_t old_size : {1U, 4U, 256U, 299U, 530U}) {
      if (old_size > size) continue;
      const auto proof = f.log().ConsistencyProof(f.reader(), old_size, size).value();
      CHECK(tlog::CheckConsistency(old_size, size, RootOf(leaves, old_size), root, proof).ok());
    }
  }
  CHECK(ReasonOf(f.log().InclusionProof(f.reader(), 0, 5).status()) == "POSITION_NOT_FOUND");
  CHECK(ReasonOf(f.log().InclusionProof(f.reader(), 6, 5).status()) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(f.log().InclusionProof(f.reader(), 6, 531).status()) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(f.log().ConsistencyProof(f.reader(), 0, 5).status()) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(f.log().Root(f.reader(), 531).status()) == "TREE_TOO_SMALL");
}

TEST_CASE("a proof in a file is checked with the public key alone") {
  LedgerFixture f;
  CHECK(ReasonOf(f.log().ProofFile(f.reader(), 1).status()) == "LEDGER_UNSIGNED");
  f.Fill(20, 20);
  tlog::CheckpointPolicy policy{.origin = f.log().origin(), .logs = {}, .witnesses = {}};
  for (const LogKey& key : f.log().keys()) {
    policy.logs.push_back(tlog::VerifierKey::Parse(key.vkey).value());
  }
  const std::string text = tlog::FormatTlogProof(f.log().ProofFile(f.reader(), 7).value());
  const tlog::TlogProof proof = tlog::ParseTlogProof(text).value();
  const std::string leaf = f.log().Leaf(f.reader(), 7).value();
  CHECK(tlog::CheckTlogProof(proof, tlog::LeafHash(leaf), policy).ok());
  CHECK_FALSE(tlog::CheckTlogProof(proof, tlog::LeafHash(leaf + " "), policy).ok());
}

TEST_CASE("tiles and bundles are served as far as the tree goes") {
  LedgerFixture f;
  f.Fill(300, 100);
  const std::vector<tlog::Hash> leaves = LeavesOf(f);
  const std::string full = f.log().TileHashes(f.reader(), {0, 0, 256}).value();
  CHECK(full.size() == 256 * 32);
  CHECK(full.substr(32, 32) == leaves[1].view());
  // A narrower tile is cut from it, and the head of a full one stands in its parent.
  CHECK(f.log().TileHashes(f.reader(), {0, 0, 3}).value() == full.substr(0, 96));
  CHECK(f.log().TileHashes(f.reader(), {0, 1, 44}).value().substr(0, 32) == leaves[256].view());
  CHECK(f.log().TileHashes(f.reader(), {1, 0, 1}).value() == RootOf(leaves, 256).view());
  for (const tlog::Tile& tile : {tlog::Tile{0, 1, 45}, tlog::Tile{0, 1, 256}, tlog::Tile{0, 2, 1},
                                 tlog::Tile{1, 0, 2}, tlog::Tile{1, 1, 1}, tlog::Tile{2, 0, 1}}) {
    CHECK(ReasonOf(f.log().TileHashes(f.reader(), tile).status()) == "TILE_NOT_FOUND");
  }
  const std::string bundle = f.log().EntryBundle(f.reader(), 1, 44).value();
  const auto entries = tlog::ParseBundle(bundle, 44).value();
  for (size_t i = 0; i < entries.size(); ++i) {
    CHECK(tlog::LeafHash(entries[i]) == leaves[256 + i]);
  }
  CHECK(ReasonOf(f.log().EntryBundle(f.reader(), 1, 45).status()) == "TILE_NOT_FOUND");
  CHECK(ReasonOf(f.log().EntryBundle(f.reader(), 2, 1).status()) == "TILE_NOT_FOUND");
}

TEST_CASE("a tree whose tiles are missing or too few is not opened") {
  LedgerFixture f;
  f.Fill(300, 100);
  SECTION("missing") { f.Tamper("DELETE FROM ledger_tile WHERE level = 1"); }
  SECTION("too narrow") {
    f.Tamper("UPDATE ledger_tile SET hashes = substr(hashes, 1, 32 * 43) WHERE idx = 1");
  }
  SECTION("no tile") {
    f.Tamper("UPDATE ledger_tile SET hashes = substr(hashes, 1, 100) WHERE idx = 1");
  }
  SECTION("too many") {
    f.Tamper("UPDATE ledger_tile SET hashes = CAST(hashes || hashes AS BLOB) WHERE idx = 1");
  }
  SECTION("one that no tree reaches") {
    f.Tamper("INSERT INTO ledger_tile VALUES (0, 36028797018963967, zeroblob(32))");
  }
  SECTION("entries that are missing") { f.Tamper("DELETE FROM ledger_entry WHERE position > 290"); }
  CHECK(ReasonOf(f.TryOpen(/*with_tree=*/true)) == "LEDGER_DAMAGED");
}

TEST_CASE("without a tree nothing is in the log") {
  LedgerFixture f(/*with_tree=*/false);
  f.Fill(5);
  CHECK(f.ledger().published() == 5);
  CHECK(f.log().size() == 0);
  CHECK(f.log().origin() == "");
  CHECK(f.log().keys().empty());
  CHECK_FALSE(f.log().LatestCheckpoint().has_value());
  CHECK(ReasonOf(VerifyTree(f.reader(), {}).status()) == "LEDGER_NOT_STARTED");
}

TEST_CASE("entries from before there was a tree get their leaves at the first start") {
  LedgerFixture f(/*with_tree=*/false);
  f.Fill(700, 100);
  f.Reopen();
  CHECK(f.log().size() == 700);
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
  const tlog::Hash root = f.log().Root(f.reader(), 700).value();
  // And the same for some that a start without a tree has added.
  f.Close();
  f.Open(/*with_tree=*/false);
  f.Fill(50);
  f.Reopen();
  CHECK(f.log().size() == 750);
  CHECK(f.log().Root(f.reader(), 700).value() == root);
  CHECK(whence::test::LedgerFaults(f.reader()) == "");
}

}  // namespace
}  // namespace whence::ledger::test
