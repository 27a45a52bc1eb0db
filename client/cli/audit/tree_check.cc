#include "cli/audit/tree_check.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/text/human.h"
#include "tlog/canonical_json.h"
#include "tlog/tile.h"

namespace whence::cli {
namespace {

// The position that an entry says of itself; nothing where it is no entry of Whence's.
std::optional<int64_t> PositionIn(std::string_view leaf) {
  const absl::StatusOr<tlog::Json> json = tlog::ParseJson(leaf);
  if (!json.ok()) return std::nullopt;
  const tlog::Json* const position = json->Find("position");
  if (position == nullptr || position->number() == nullptr) return std::nullopt;
  return static_cast<int64_t>(*position->number());
}

}  // namespace

void TreeCheck::Keep(const KeptHead& kept) {
  if (kept.checkpoint.size > head_.size) {
    cut_.push_back(kept);
    return;
  }
  heads_.emplace(kept.checkpoint.size, Head{.root = kept.checkpoint.root, .name = kept.file});
}

absl::Status TreeCheck::Run() {
  const auto heads = std::ssize(heads_) + 1;
  heads_.emplace(head_.size, Head{.root = head_.root, .name = "the signed checkpoint"});
  CheckHeads();
  const uint64_t bundles = (head_.size + tlog::kTileWidth - 1) / tlog::kTileWidth;
  for (uint64_t index = 0; index < bundles; ++index) {
    const auto width = static_cast<int>(
        std::min<uint64_t>(head_.size - index * tlog::kTileWidth, tlog::kTileWidth));
    progress_.Show(static_cast<int64_t>(appender_.size()), static_cast<int64_t>(head_.size),
                   StrCat(HumanCount(static_cast<int64_t>(appender_.size())), " entries"));
    WHENCE_RETURN_IF_ERROR(CheckBundle(index, width));
  }
  WHENCE_RETURN_IF_ERROR(CheckTiles(/*last=*/true));
  progress_.Clear();
  for (const KeptHead& kept : cut_) IsCut(head_, kept, &report_);
  report_.Looked("entries", static_cast<int64_t>(appender_.size()));
  report_.Looked(heads == 1 ? "checkpoint" : "checkpoints", heads);
  report_.Looked(tiles_ == 1 ? "tile" : "tiles", tiles_);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> TreeCheck::Read(const std::string& path,
                                                           int64_t position) {
  absl::StatusOr<std::string> bytes = source_.Tile(path);
  if (absl::IsNotFound(bytes.status()) || absl::IsDataLoss(bytes.status())) {
    report_.Fail(position, StrCat(path, " is missing"));
    return std::nullopt;
  }
  WHENCE_RETURN_IF_ERROR(bytes.status());
  return std::optional<std::string>(*std::move(bytes));
}

absl::Status TreeCheck::CheckBundle(uint64_t index, int width) {
  const auto first = static_cast<int64_t>(index * tlog::kTileWidth) + 1;
  const tlog::Tile tile{.level = 0, .index = index, .width = width};
  WHENCE_ASSIGN_OR_RETURN(std::optional<std::string> hashes, Read(tlog::TilePath(tile), first));
  if (hashes.has_value() && hashes->size() != tile.bytes()) {
    report_.Fail(
        first, StrCat(tlog::TilePath(tile), " has ", hashes->size(), " bytes, not ", tile.bytes()));
    hashes.reset();
  }
  const std::string path = tlog::EntriesPath(index, width);
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> bundle, Read(path, first));
  std::vector<std::string_view> leaves;
  if (bundle.has_value()) {
    absl::StatusOr<std::vector<std::string_view>> parsed = tlog::ParseBundle(*bundle, width);
    if (parsed.ok()) {
      leaves = *std::move(parsed);
    } else {
      report_.Fail(first, StrCat(path, " does not hold just ", width, " entries"));
    }
  }
  for (size_t i = 0; i < static_cast<size_t>(width); ++i) {
    std::optional<tlog::Hash> stored;
    if (hashes.has_value()) {
      stored = tlog::Hash::FromBytes(
          std::string_view(*hashes).substr(i * tlog::kHashBytes, tlog::kHashBytes));
    }
    if (i < leaves.size()) CheckEntry(appender_.size(), leaves[i], stored);
    // Goes on with what the tree has: what follows may be right.
    appender_.Append(stored.value_or(i < leaves.size() ? tlog::LeafHash(leaves[i]) : tlog::Hash()));
    CheckHeads();
  }
  return CheckTiles(/*last=*/false);
}

void TreeCheck::CheckEntry(uint64_t index, std::string_view leaf,
                           const std::optional<tlog::Hash>& stored) {
  const auto position = static_cast<int64_t>(index) + 1;
  if (stored.has_value() && tlog::LeafHash(leaf) != *stored) {
    report_.Fail(position, "the entry is not the one in the tree");
    return;
  }
  const std::optional<int64_t> said = PositionIn(leaf);
  if (said.has_value() && *said != position) {
    report_.Fail(position, StrCat("the entry says that it is at position ", *said));
    wrong_ = wrong_.value_or(position);
  }
}

absl::Status TreeCheck::CheckTiles(bool last) {
  for (tlog::TileData& made : appender_.TakeChanges()) {
    const int level = made.tile.level;
    if (made.tile.is_full()) {
      edge_.erase(level);
      WHENCE_RETURN_IF_ERROR(CheckTile(made));
    } else {
      edge_[level] = std::move(made);
    }
  }
  if (!last) return absl::OkStatus();
  for (const auto& [level, made] : edge_) WHENCE_RETURN_IF_ERROR(CheckTile(made));
  return absl::OkStatus();
}

absl::Status TreeCheck::CheckTile(const tlog::TileData& made) {
  ++tiles_;
  if (made.tile.level == 0) return absl::OkStatus();  // it was made of what was read
  const uint64_t first = (made.tile.index * tlog::kTileWidth)
                         << (tlog::kTileHeight * made.tile.level);
  WHENCE_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                          Read(tlog::TilePath(made.tile), static_cast<int64_t>(first) + 1));
  if (!stored.has_value() || *stored == made.hashes) return absl::OkStatus();
  const auto differ =
      std::mismatch(made.hashes.begin(), made.hashes.end(), stored->begin(), stored->end());
  const auto at = static_cast<uint64_t>(differ.first - made.hashes.begin()) / tlog::kHashBytes;
  const uint64_t entry = (made.tile.index * tlog::kTileWidth + at)
                         << (tlog::kTileHeight * made.tile.level);
  report_.Fail(static_cast<int64_t>(entry) + 1,
               StrCat(tlog::TilePath(made.tile), " does not follow from the tiles below it"));
  return absl::OkStatus();
}

// What nothing names is somewhere behind the last head that holds.
void TreeCheck::FailHead(int64_t size, const std::string& name) {
  const auto first = static_cast<int64_t>(held_) + 1;
  std::string what = StrCat("the first ", HumanCount(size), " entries are not those of ", name);
  if (!wrong_.has_value()) {
    StrAppend(&what, ": the first that is another is one of ", HumanCount(first), " to ",
              HumanCount(size));
  }
  report_.Fail(wrong_.value_or(first), what);
}

void TreeCheck::CheckHeads() {
  while (!heads_.empty() && heads_.begin()->first == appender_.size()) {
    const auto& [size, head] = *heads_.begin();
    if (head.root == appender_.Head()) {
      held_ = size;
    } else {
      FailHead(static_cast<int64_t>(size), head.name);
    }
    heads_.erase(heads_.begin());
  }
}

}  // namespace whence::cli
