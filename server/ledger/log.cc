#include "ledger/log.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/tree_store.h"
#include "tlog/merkle.h"
#include "tlog/tile_reader.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kListLeaves{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                                 " FROM ledger_entry WHERE position >= ?1 AND position < ?2"
                                 " ORDER BY position"};

// What a connection remembers of the tree.
struct ProofReader {
  explicit ProofReader(sql::Connection* connection)
      : tiles(connection), reader(tiles, kMaxProofTiles) {}

  StoredTiles tiles;
  tlog::TileReader reader;
};

ProofReader& ProofReaderOf(sql::Connection& connection) {
  if (auto* const found = connection.Attached<ProofReader>(); found != nullptr) return *found;
  auto made = std::make_unique<ProofReader>(&connection);
  ProofReader& reader = *made;
  connection.Attach(std::move(made));
  return reader;
}

absl::Status TileNotFound(std::string_view path) {
  return NotFound("TILE_NOT_FOUND", StrCat("the ledger has no ", path),
                  "ask for tiles of the size that the newest checkpoint says");
}

}  // namespace

std::string Log::origin() const {
  return ledger_.signer() == nullptr ? "" : ledger_.signer()->origin();
}

std::vector<LogKey> Log::keys() const {
  return ledger_.signer() == nullptr ? std::vector<LogKey>() : ledger_.signer()->keys();
}

std::optional<SignedCheckpoint> Log::LatestCheckpoint() const {
  return ledger_.signer() == nullptr ? std::nullopt : ledger_.signer()->latest();
}

absl::Status Log::signing_status() const {
  return ledger_.signer() == nullptr ? absl::OkStatus() : ledger_.signer()->status();
}

void Log::CheckpointNow(CheckpointDone done) {
  const std::optional<SignedCheckpoint> latest = LatestCheckpoint();
  const auto published = static_cast<uint64_t>(ledger_.published());
  if (latest.has_value() && latest->size >= published) return std::move(done)(*latest);
  writer_.Submit({.execute =
                      [this](sql::WriteContext&) {
                        ledger_.SignNow();
                        return absl::OkStatus();
                      },
                  .finish =
                      [this, done = std::move(done)](absl::Status status) mutable {
                        if (status.ok()) status = signing_status();
                        const std::optional<SignedCheckpoint> made = LatestCheckpoint();
                        if (status.ok() && !made.has_value()) {
                          status = NotFound("LEDGER_UNSIGNED", "the ledger has no signed head",
                                            "ask again");
                        }
                        if (!status.ok()) return std::move(done)(std::move(status));
                        std::move(done)(*made);
                      }});
}

absl::StatusOr<std::string> Log::SignStatement(const tlog::Statement& statement) const {
  if (ledger_.signer() != nullptr) return ledger_.signer()->SignStatement(statement);
  return FailedPrecondition("LEDGER_KEY_MISSING", "the ledger was opened without its key",
                            "start the server anew");
}

absl::StatusOr<std::string> Log::Leaf(sql::Connection& connection, Position position) const {
  WHENCE_ASSIGN_OR_RETURN(const StoredEntry stored, ledger_.GetStored(connection, position));
  return LeafOf(stored);
}

absl::StatusOr<std::string> Log::TileHashes(sql::Connection& connection,
                                            const tlog::Tile& tile) const {
  // Hashes that stand at this level.
  const uint64_t there = size() >> (tlog::kTileHeight * tile.level);
  if (tile.index > there / tlog::kTileWidth ||
      tile.index * tlog::kTileWidth + static_cast<uint64_t>(tile.width) > there) {
    return TileNotFound(tlog::TilePath(tile));
  }
  std::string hashes;
  WHENCE_RETURN_IF_ERROR(StoredTiles(&connection).ReadTiles({&tile, 1}, {&hashes, 1}));
  return hashes;
}

absl::StatusOr<std::string> Log::EntryBundle(sql::Connection& connection, uint64_t index,
                                             int width) const {
  if (index > size() / tlog::kTileWidth ||
      index * tlog::kTileWidth + static_cast<uint64_t>(width) > size()) {
    return TileNotFound(tlog::EntriesPath(index, width));
  }
  const auto begin = static_cast<Position>(index * tlog::kTileWidth) + 1;
  std::string bundle;
  int count = 0;
  sql::Rows rows = connection.Run(kListLeaves, begin, begin + width);
  for (; rows.Next(); ++count) {
    WHENCE_ASSIGN_OR_RETURN(const std::string leaf, LeafOf(internal::ReadEntry(rows)));
    tlog::AppendToBundle(leaf, &bundle);
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (count != width) {
    return DataLoss(
        "LEDGER_DAMAGED",
        StrCat("of the ", width, " entries from position ", begin, " on there are ", count),
        "restore the newest backup, and find out who wrote to the database file");
  }
  return bundle;
}

absl::Status Log::CheckSize(uint64_t size) const {
  if (size <= this->size()) return absl::OkStatus();
  return InvalidArgument("TREE_TOO_SMALL", "size",
                         StrCat("is ", size, ", and the ledger has ", this->size(), " entries"),
                         "ask for a size up to the newest checkpoint's");
}

absl::StatusOr<tlog::HashReader*> Log::ReaderOf(sql::Connection& connection, uint64_t size) const {
  WHENCE_RETURN_IF_ERROR(CheckSize(size));
  ProofReader& reader = ProofReaderOf(connection);
  if (reader.reader.size() != size) {
    const std::optional<SignedCheckpoint> latest = LatestCheckpoint();
    tlog::Hash root;
    if (latest.has_value() && latest->size == size) {
      root = latest->root;
    } else {
      WHENCE_ASSIGN_OR_RETURN(root, StoredHead(size, reader.tiles));
    }
    WHENCE_RETURN_IF_ERROR(reader.reader.SetTree(size, root));
  }
  return &reader.reader;
}

absl::StatusOr<tlog::Hash> Log::Root(sql::Connection& connection, uint64_t size) const {
  WHENCE_RETURN_IF_ERROR(CheckSize(size));
  StoredTiles tiles(&connection);
  return StoredHead(size, tiles);
}

absl::StatusOr<std::vector<tlog::Hash>> Log::InclusionProof(sql::Connection& connection,
                                                            Position position,
                                                            uint64_t size) const {
  if (position < 1) {
    return NotFound("POSITION_NOT_FOUND", StrCat("no ledger entry at position ", position),
                    "positions run from 1");
  }
  WHENCE_ASSIGN_OR_RETURN(tlog::HashReader* const reader, ReaderOf(connection, size));
  return tlog::InclusionProof(static_cast<uint64_t>(position) - 1, size, *reader);
}

absl::StatusOr<std::vector<tlog::Hash>> Log::ConsistencyProof(sql::Connection& connection,
                                                              uint64_t old_size,
                                                              uint64_t new_size) const {
  WHENCE_ASSIGN_OR_RETURN(tlog::HashReader* const reader, ReaderOf(connection, new_size));
  return tlog::ConsistencyProof(old_size, new_size, *reader);
}

absl::StatusOr<tlog::TlogProof> Log::ProofFile(sql::Connection& connection,
                                               Position position) const {
  const std::optional<SignedCheckpoint> latest = LatestCheckpoint();
  if (!latest.has_value()) {
    return NotFound("LEDGER_UNSIGNED", "the ledger has no signed head yet", "ask for one");
  }
  tlog::TlogProof proof{
      .extra = std::nullopt, .index = 0, .hashes = {}, .checkpoint = latest->note};
  WHENCE_ASSIGN_OR_RETURN(proof.hashes, InclusionProof(connection, position, latest->size));
  proof.index = static_cast<uint64_t>(position) - 1;
  return proof;
}

}  // namespace whence::ledger
