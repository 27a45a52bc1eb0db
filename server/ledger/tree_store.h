// The ledger's tree as it lies in the database: tiles.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sql/connection.h"
#include "tlog/hash.h"
#include "tlog/tile.h"
#include "tlog/tile_reader.h"

namespace whence::ledger {

// Purpose: tiles out of a connection's table. Narrower ones than those stored are cut from them.
// What it gives is not checked. Ownership: borrows the connection. Thread-safety: the connection's.
class StoredTiles : public tlog::TileSource {
 public:
  explicit StoredTiles(sql::Connection* connection) : connection_(connection) {}

  // DataLoss LEDGER_DAMAGED where a tile is missing or too narrow; or the connection's errors.
  absl::Status ReadTiles(std::span<const tlog::Tile> tiles, std::span<std::string> hashes) override;

 private:
  sql::Connection* connection_;
};

// Leaves that the stored tiles have. LEDGER_DAMAGED where the last one is no tile.
absl::StatusOr<uint64_t> StoredTreeSize(sql::Connection& connection);

// The head of the first `size` leaves as the tiles have it, without asking whether tiles fit
// together: what makes that safe is a head from elsewhere to compare with. Errors of the source.
absl::StatusOr<tlog::Hash> StoredHead(uint64_t size, tlog::TileSource& tiles);

// Writes tiles, in place of narrower ones. Inside a transaction.
absl::Status WriteTiles(sql::Connection& connection, std::span<const tlog::TileData> tiles);

}  // namespace whence::ledger
