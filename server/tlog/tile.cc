#include "tlog/tile.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_format.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "base/text.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

constexpr uint64_t kIndexBase = 1000;  // one element of a path
constexpr size_t kIndexDigits = 3;
constexpr size_t kMaxIndexElements = 7;  // 1000^7 is over 2^63
constexpr std::string_view kPrefix = "tile/";
constexpr std::string_view kEntries = "entries/";
constexpr std::string_view kPartial = ".p/";

absl::Status Malformed(std::string_view message) {
  return InvalidArgument("TILE_MALFORMED", "path", message,
                         "See c2sp.org/tlog-tiles; indexes are written as x001/x234/067.");
}

// How many hashes a tree has at a level of tiles.
uint64_t HashesAt(int level, uint64_t size) { return size >> (kTileHeight * level); }

// Hashes that tile `index` has where its level has `hashes`: 0 if there is no such tile.
int WidthAt(uint64_t index, uint64_t hashes) {
  const uint64_t begin = index * kTileWidth;
  return begin >= hashes ? 0 : static_cast<int>(std::min<uint64_t>(kTileWidth, hashes - begin));
}

std::string IndexPath(uint64_t index) {
  std::string path = absl::StrFormat("%03d", index % kIndexBase);
  while (index >= kIndexBase) {
    index /= kIndexBase;
    path.insert(0, absl::StrFormat("x%03d/", index % kIndexBase));
  }
  return path;
}

std::string WithWidth(std::string path, int width) {
  if (width != kTileWidth) StrAppend(&path, kPartial, width);
  return path;
}

bool TakePrefix(std::string_view prefix, std::string_view& rest) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

std::optional<uint64_t> TakeLevel(std::string_view& rest) {
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<uint64_t> level = ParseDecimal(rest.substr(0, slash));
  if (!level || *level >= kTileLevels) return std::nullopt;
  rest.remove_prefix(slash + 1);
  return level;
}

// Any elements of three digits; that the path is the index's one spelling is seen by writing it.
std::optional<uint64_t> TakeIndex(std::string_view& rest) {
  uint64_t index = 0;
  for (size_t element = 0; element < kMaxIndexElements; ++element) {
    const bool goes_on = TakePrefix("x", rest);
    if (rest.size() < kIndexDigits) return std::nullopt;
    for (const char digit : rest.substr(0, kIndexDigits)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      // Of kMaxIndexElements elements the largest does not fit; it is not below the largest tree.
      if (index > kMaxTreeSize / 10) return std::nullopt;
      index = index * 10 + static_cast<uint64_t>(digit - '0');
    }
    rest.remove_prefix(kIndexDigits);
    if (!goes_on) return index;
    if (!TakePrefix("/", rest)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<int> TakeWidth(std::string_view& rest) {
  if (!TakePrefix(kPartial, rest)) return kTileWidth;
  const std::optional<uint64_t> width = ParseDecimal(rest);
  if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
  rest = {};
  return static_cast<int>(*width);
}

}  // namespace

Tile Tile::Parent() const { return {level + 1, index / kTileWidth, kTileWidth}; }

Tile TileOf(const Node& node, uint64_t size) {
  const int level = node.level / kTileHeight;
  const uint64_t index = node.index >> (kTileHeight - node.level % kTileHeight);
  const int width = WidthAt(index, HashesAt(level, size));
  const Tile tile{level, index, width};
  const uint64_t in_tile = (node.index + 1) << node.level % kTileHeight;
  WHENCE_ASSERT(level < kTileLevels &&
                in_tile <= index * kTileWidth + static_cast<uint64_t>(width));
  return tile;
}

std::vector<Tile> PartialTiles(uint64_t size) {
  std::vector<Tile> tiles;
  for (int level = 0; level < kTileLevels; ++level) {
    const uint64_t hashes = HashesAt(level, size);
    const int width = static_cast<int>(hashes % kTileWidth);
    if (width != 0) tiles.push_back({level, hashes / kTileWidth, width});
  }
  return tiles;
}

std::vector<Tile> NewTiles(uint64_t old_size, uint64_t new_size) {
  WHENCE_ASSERT(old_size <= new_size);
  std::vector<Tile> tiles;
  for (int level = 0; level < kTileLevels; ++level) {
    const uint64_t before = HashesAt(level, old_size);
    const uint64_t after = HashesAt(level, new_size);
    if (before == after) continue;
    for (uint64_t index = before / kTileWidth; index * kTileWidth < after; ++index) {
      tiles.push_back({level, index, WidthAt(index, after)});
    }
  }
  return tiles;
}

std::string TilePath(const Tile& tile) {
  return WithWidth(StrCat(kPrefix, tile.level, "/", IndexPath(tile.index)), tile.width);
}

std::string EntriesPath(uint64_t index, int width) {
  return WithWidth(StrCat(kPrefix, kEntries, IndexPath(index)), width);
}

absl::StatusOr<TileRequest> ParseTilePath(std::string_view path) {
  const auto malformed = [path] {
    return Malformed(StrCat(QuoteForMessage(path), " is no path of a tile"));
  };
  std::string_view rest = path;
  TileRequest request;
  if (!TakePrefix(kPrefix, rest)) return malformed();
  request.is_entries = TakePrefix(kEntries, rest);
  if (!request.is_entries) {
    const std::optional<uint64_t> level = TakeLevel(rest);
    if (!level) return malformed();
    request.tile.level = static_cast<int>(*level);
  }
  const std::optional<uint64_t> index = TakeIndex(rest);
  if (!index) return malformed();
  const std::optional<int> width = TakeWidth(rest);
  if (!width || !rest.empty()) return malformed();
  request.tile.index = *index;
  request.tile.width = *width;
  if (*index > HashesAt(request.tile.level, kMaxTreeSize) / kTileWidth) return malformed();
  const std::string same =
      request.is_entries ? EntriesPath(*index, *width) : TilePath(request.tile);
  if (same != path) return malformed();
  return request;
}

void AppendToBundle(std::string_view entry, std::string* bundle) {
  WHENCE_ASSERT(entry.size() <= kMaxLedgerEntryBytes);
  bundle->push_back(static_cast<char>(entry.size() >> 8));
  bundle->push_back(static_cast<char>(entry.size() & 0xff));
  bundle->append(entry);
}

absl::StatusOr<std::vector<std::string_view>> ParseBundle(std::string_view bundle, int width) {
  constexpr size_t kLengthBytes = 2;
  std::vector<std::string_view> entries;
  entries.reserve(static_cast<size_t>(width));
  while (!bundle.empty()) {
    if (bundle.size() < kLengthBytes) return Malformed("a bundle ends within an entry's length");
    const size_t size = static_cast<size_t>(static_cast<unsigned char>(bundle[0])) << 8 |
                        static_cast<unsigned char>(bundle[1]);
    bundle.remove_prefix(kLengthBytes);
    if (bundle.size() < size) return Malformed("a bundle ends within an entry");
    if (entries.size() == static_cast<size_t>(width)) {
      return Malformed(StrCat("a bundle has more than its ", width, " entries"));
    }
    entries.push_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  if (entries.size() != static_cast<size_t>(width)) {
    return Malformed(StrCat("a bundle has ", entries.size(), " entries, not ", width));
  }
  return entries;
}

}  // namespace whence::tlog
