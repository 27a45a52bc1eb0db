#include "ledger/tree_store.h"

#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/compact_range.h"
#include "tlog/expanded_tile.h"
#include "tlog/merkle.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kGetTile{"SELECT hashes FROM ledger_tile WHERE level = ?1 AND idx = ?2"};

constexpr sql::Query kLastTile{
    "SELECT idx, hashes FROM ledger_tile WHERE level = 0 ORDER BY idx DESC LIMIT 1"};

constexpr sql::Query kPutTile{
    "INSERT INTO ledger_tile (level, idx, hashes) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes"};

absl::Status Damaged(const tlog::Tile& tile, std::string_view what) {
  return DataLoss("LEDGER_DAMAGED", StrCat("the ledger's ", tlog::TilePath(tile), " ", what),
                  "restore the newest backup, and find out who wrote to the database file");
}

}  // namespace

absl::Status StoredTiles::ReadTiles(std::span<const tlog::Tile> tiles,
                                    std::span<std::string> hashes) {
  for (size_t i = 0; i < tiles.size(); ++i) {
    sql::Rows rows =
        connection_->Run(kGetTile, tiles[i].level, static_cast<int64_t>(tiles[i].index));
    const bool there = rows.Next();
    WHENCE_RETURN_IF_ERROR(rows.status());
    if (!there) return Damaged(tiles[i], "is missing");
    const std::string_view stored = rows.Blob(0);
    if (stored.size() < tiles[i].bytes()) return Damaged(tiles[i], "has too few hashes");
    hashes[i].assign(stored.substr(0, tiles[i].bytes()));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> StoredTreeSize(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kLastTile);
  const bool any = rows.Next();
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (!any) return 0;
  const auto index = static_cast<uint64_t>(rows.Int64(0));
  const size_t bytes = rows.Blob(1).size();
  const tlog::Tile full{.level = 0, .index = index};
  if (index > static_cast<uint64_t>(kMaxPosition) / tlog::kTileWidth || bytes == 0 ||
      bytes % tlog::kHashBytes != 0 || bytes > full.bytes()) {
    return Damaged(full, "is no tile");
  }
  return index * tlog::kTileWidth + bytes / tlog::kHashBytes;
}

absl::StatusOr<tlog::Hash> StoredHead(uint64_t size, tlog::TileSource& tiles) {
  tlog::CompactRange range;
  if (size == 0) return range.Head();
  for (const tlog::Node& node : tlog::CompleteSubtrees({0, size})) {
    const tlog::Tile tile = tlog::TileOf(node, size);
    std::string hashes;
    WHENCE_RETURN_IF_ERROR(tiles.ReadTiles({&tile, 1}, {&hashes, 1}));
    const auto expanded = tlog::ExpandedTile::Make(tile, hashes);
    if (!expanded) return Damaged(tile, "is no tile");
    range.Push(node.level, expanded->HashOf(node));
  }
  return range.Head();
}

absl::Status WriteTiles(sql::Connection& connection, std::span<const tlog::TileData> tiles) {
  for (const tlog::TileData& data : tiles) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(
        kPutTile, data.tile.level, static_cast<int64_t>(data.tile.index), sql::Blob{data.hashes}));
  }
  return absl::OkStatus();
}

}  // namespace whence::ledger
