#include "ledger/verify_tiles.h"

#include <algorithm>

#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::ledger::internal {
namespace {

constexpr sql::Query kTile{"SELECT hashes FROM ledger_tile WHERE level = ?1 AND idx = ?2"};
constexpr sql::Query kTilesOfLeaves{
    "SELECT idx, length(hashes) FROM ledger_tile WHERE level = 0 AND idx >= 0 ORDER BY idx"};
constexpr sql::Query kAllTiles{"SELECT level, idx FROM ledger_tile ORDER BY level, idx"};

constexpr auto kWidth = static_cast<uint64_t>(tlog::kTileWidth);

// The first entry under the hash at `at` of a tile; none where no tree has that.
Position FirstUnder(int64_t level, int64_t index, uint64_t at) {
  if (level < 0 || level >= tlog::kTileLevels || index < 0) return kNoPosition;
  const int shift = tlog::kTileHeight * static_cast<int>(level);
  const uint64_t last = (kMaxTreeSize >> shift) / kWidth;
  if (static_cast<uint64_t>(index) >= last) return kNoPosition;
  return static_cast<Position>((static_cast<uint64_t>(index) * kWidth + at) << shift) + 1;
}

}  // namespace

absl::StatusOr<uint64_t> TileCheck::ReadSize(int64_t entries) {
  uint64_t count = 0;
  uint64_t size = 0;
  uint64_t unbroken = 0;  // leaves before the first tile that is missing
  sql::Rows rows = connection_.Run(kTilesOfLeaves);
  while (rows.Next()) {
    const auto index = static_cast<uint64_t>(rows.Int64(0));
    if (FirstUnder(0, rows.Int64(0), 0) == kNoPosition) break;
    const auto hashes = static_cast<uint64_t>(rows.Int64(1)) / tlog::kHashBytes;
    size = index * kWidth + std::min(hashes, kWidth);
    if (index == count) unbroken = size;
    ++count;
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  size_ = size > static_cast<uint64_t>(entries) + count * kWidth ? unbroken : size;
  return size_;
}

absl::StatusOr<std::optional<std::string>> TileCheck::Read(int level, uint64_t index) {
  sql::Rows rows = connection_.Run(kTile, level, static_cast<int64_t>(index));
  std::optional<std::string> hashes;
  if (rows.Next()) hashes.emplace(rows.Blob(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return hashes;
}

absl::StatusOr<std::optional<tlog::Hash>> TileCheck::Leaf(uint64_t index) {
  const auto place = static_cast<size_t>(index % kWidth);
  if (place == 0) {
    WHENCE_ASSIGN_OR_RETURN(std::optional<std::string> hashes, Read(0, index / kWidth));
    leaves_ = std::move(hashes).value_or("");
  }
  if (leaves_.size() < (place + 1) * tlog::kHashBytes) return std::nullopt;
  return tlog::Hash::FromBytes(
      std::string_view(leaves_).substr(place * tlog::kHashBytes, tlog::kHashBytes));
}

Position TileCheck::FirstWrong(const tlog::Tile& tile, size_t at) const {
  const Position first = FirstUnder(tile.level, static_cast<int64_t>(tile.index), at);
  const int shift = tlog::kTileHeight * tile.level;
  const auto wrong = wrong_.lower_bound(static_cast<uint64_t>(first - 1) / kWidth);
  if (tile.level == 0 || wrong == wrong_.end()) return first;
  return wrong->second - first < Position{1} << shift ? wrong->second : first;
}

absl::Status TileCheck::Check(const tlog::TileData& made) {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> read,
                          Read(made.tile.level, made.tile.index));
  const std::string stored = read.value_or("");
  if (stored == made.hashes) return absl::OkStatus();
  const auto tell = [&](size_t at, std::string_view what) {
    findings_.Add(FirstWrong(made.tile, at),
                  StrCat("the tree's ", tlog::TilePath(made.tile), " ", what));
  };
  for (size_t at = 0; at < made.hashes.size() / tlog::kHashBytes; ++at) {
    const size_t begin = at * tlog::kHashBytes;
    if (begin + tlog::kHashBytes > stored.size()) {
      tell(at, read.has_value() ? "is too small" : "is missing");
      return absl::OkStatus();
    }
    if (stored.compare(begin, tlog::kHashBytes, made.hashes, begin, tlog::kHashBytes) != 0) {
      tell(at, "does not follow from the tiles below it");
    }
  }
  if (stored.size() > made.hashes.size()) {
    tell(made.hashes.size() / tlog::kHashBytes, "has more than there are entries for");
  }
  return absl::OkStatus();
}

absl::Status TileCheck::CheckStrays() {
  sql::Rows rows = connection_.Run(kAllTiles);
  while (rows.Next()) {
    const int64_t level = rows.Int64(0);
    const int64_t index = rows.Int64(1);
    if (level >= 0 && level < tlog::kTileLevels && index >= 0) {
      const uint64_t hashes = size_ >> (tlog::kTileHeight * static_cast<int>(level));
      if (static_cast<uint64_t>(index) < (hashes + kWidth - 1) / kWidth) continue;
    }
    findings_.Add(FirstUnder(level, index, 0),
                  StrCat("there is a tile ", index, " of level ", level, ", which a tree of ",
                         size_, " entries has not"));
  }
  return rows.status();
}

}  // namespace whence::ledger::internal
