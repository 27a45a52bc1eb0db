// The ledger as a log that others check: leaves, tiles, proofs, checkpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/ledger.h"
#include "ledger/signer.h"
#include "ledger/witness_book.h"
#include "sql/connection.h"
#include "sql/writer.h"
#include "tlog/dsse.h"
#include "tlog/hash.h"
#include "tlog/proof.h"
#include "tlog/tile.h"

namespace whence::ledger {

// Purpose: what is served of the ledger, in the words of C2SP (docs/ledger.md). The entry at
// position p is the leaf with index p - 1. Sizes are numbers of entries; all answers are about
// trees that are committed, and any size up to size() may be asked about.
//
// Errors besides the connection's: NotFound POSITION_NOT_FOUND, TILE_NOT_FOUND; InvalidArgument
// TREE_TOO_SMALL for a size that the ledger has not reached, or that does not hold the position;
// DataLoss TILE_INVALID, LEDGER_DAMAGED where the tree that is stored is not one.
// Ownership: borrows ledger and writer, which must outlive it. What it remembers of tiles lies
// beside each connection. Thread-safety: any thread, each with a connection of its own.
class Log {
 public:
  // `ledger` has an open tree, but where the house was opened without: then nothing is in the log.
  Log(Ledger* ledger, sql::Writer* writer) : ledger_(*ledger), writer_(*writer) {}

  // Entries in the tree.
  uint64_t size() const { return ledger_.tree_size(); }
  // First line of checkpoints, and the keys' name; empty without a tree.
  std::string origin() const;
  // The log's public keys, oldest first; the last one signs.
  std::vector<LogKey> keys() const;

  // The newest head that was signed; nothing before the first.
  std::optional<SignedCheckpoint> LatestCheckpoint() const;
  // A signed head of the tree as it stands now, or later: `done` is called once, on the writer's
  // thread or at once on this one. Errors of Signer::status, and of Writer::Submit.
  using CheckpointDone = absl::AnyInvocable<void(absl::StatusOr<SignedCheckpoint>) &&>;
  void CheckpointNow(CheckpointDone done);
  // Why nothing is signed; OK while all is well.
  absl::Status signing_status() const;
  // The statement in an envelope that the log's key has signed, as JSON. Errors of
  // signing_status(); FailedPrecondition LEDGER_KEY_MISSING without a tree.
  absl::StatusOr<std::string> SignStatement(const tlog::Statement& statement) const;

  // Who cosigns.
  WitnessBook& witness_book() { return witness_book_; }

  // An entry's bytes: canonical JSON.
  absl::StatusOr<std::string> Leaf(sql::Connection& connection, Position position) const;
  // A tile's hashes; the tile must be one of a tree that there was: not wider than there are
  // hashes.
  absl::StatusOr<std::string> TileHashes(sql::Connection& connection, const tlog::Tile& tile) const;
  // The bundle of the entries of tile `index` of level 0, `width` of them.
  absl::StatusOr<std::string> EntryBundle(sql::Connection& connection, uint64_t index,
                                          int width) const;

  // The head of the first `size` entries.
  absl::StatusOr<tlog::Hash> Root(sql::Connection& connection, uint64_t size) const;
  // That the entry at `position` is in the tree of `size`: what tlog::CheckInclusion takes, with
  // position - 1 as the index.
  absl::StatusOr<std::vector<tlog::Hash>> InclusionProof(sql::Connection& connection,
                                                         Position position, uint64_t size) const;
  // That the tree of `new_size` begins with that of `old_size`, which is not 0.
  absl::StatusOr<std::vector<tlog::Hash>> ConsistencyProof(sql::Connection& connection,
                                                           uint64_t old_size,
                                                           uint64_t new_size) const;
  // An entry's proof as a file: against the newest checkpoint, which must have it.
  absl::StatusOr<tlog::TlogProof> ProofFile(sql::Connection& connection, Position position) const;

 private:
  absl::Status CheckSize(uint64_t size) const;
  absl::StatusOr<tlog::HashReader*> ReaderOf(sql::Connection& connection, uint64_t size) const;

  Ledger& ledger_;
  sql::Writer& writer_;
  WitnessBook witness_book_;
};

}  // namespace whence::ledger
