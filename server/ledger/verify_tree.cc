// Entries, tiles and heads, in one pass over the entries.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/entry_view.h"
#include "ledger/findings.h"
#include "ledger/ledger.h"
#include "ledger/log_name.h"
#include "ledger/tree_store.h"
#include "ledger/verify.h"
#include "sql/transaction.h"
#include "tlog/appender.h"
#include "tlog/note.h"
#include "tlog/plain_hash.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kAllEntries{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                                 " FROM ledger_entry ORDER BY position"};
constexpr sql::Query kTileCount{"SELECT count(*) FROM ledger_tile"};
constexpr sql::Query kCheckpoints{"SELECT size, note FROM ledger_checkpoint ORDER BY size"};
constexpr sql::Query kVkeys{"SELECT vkey FROM ledger_key ORDER BY number"};

constexpr int64_t kEntriesPerTold = 4096;

// Purpose: one check. Ownership: borrows. One thread.
class TreeVerifier {
 public:
  TreeVerifier(sql::Connection& connection, const VerifyOptions& options)
      : connection_(connection), options_(options), tiles_(&connection), findings_(&report_) {}

  absl::StatusOr<VerifyReport> Run() {
    WHENCE_RETURN_IF_ERROR(ReadHeads());
    absl::StatusOr<uint64_t> size = StoredTreeSize(connection_);
    if (absl::IsDataLoss(size.status())) {
      findings_.Add(kNoPosition, ToStd(size.status().message()));
      size = 0;
    }
    WHENCE_RETURN_IF_ERROR(size.status());
    size_ = *size;
    CheckHeads();
    WHENCE_RETURN_IF_ERROR(CheckEntries());
    WHENCE_RETURN_IF_ERROR(CheckTiles(/*last=*/true));
    WHENCE_RETURN_IF_ERROR(CheckTileCount());
    for (const auto& [head_size, head] : heads_) {
      findings_.Add(kNoPosition, StrCat("the ", head.whose, " of ", head_size,
                                        " entries has more than there are: ", appender_.size()));
    }
    return std::move(findings_).Take();
  }

 private:
  struct Head {
    tlog::Hash root;
    std::string whose;
  };

  // Heads that the tree must have, by size.
  absl::Status ReadHeads() {
    WHENCE_ASSIGN_OR_RETURN(const LogName name, FindLogName(connection_));
    tlog::CheckpointPolicy policy{.origin = name.origin, .logs = {}, .witnesses = {}};
    {
      sql::Rows rows = connection_.Run(kVkeys);
      while (rows.Next()) {
        const auto key = tlog::VerifierKey::Parse(rows.Text(0));
        if (key.ok()) {
          policy.logs.push_back(*key);
        } else {
          findings_.Add(kNoPosition, "a public key of the ledger is none");
        }
      }
      WHENCE_RETURN_IF_ERROR(rows.status());
    }
    sql::Rows rows = connection_.Run(kCheckpoints);
    while (rows.Next()) {
      const auto trusted = tlog::OpenCheckpoint(rows.Text(1), policy);
      if (!trusted.ok() || static_cast<int64_t>(trusted->checkpoint.size) != rows.Int64(0)) {
        findings_.Add(kNoPosition, StrCat("the stored checkpoint of ", rows.Int64(0),
                                          " entries is not one that the ledger's key signed"));
        continue;
      }
      heads_.emplace(trusted->checkpoint.size,
                     Head{.root = trusted->checkpoint.root, .whose = "stored checkpoint"});
    }
    for (const tlog::Checkpoint& kept : options_.kept) {
      heads_.emplace(kept.size, Head{.root = kept.root, .whose = "checkpoint that was kept"});
    }
    report_.checkpoints = static_cast<int64_t>(heads_.size());
    return rows.status();
  }

  // Those of the tree as it stands now.
  void CheckHeads() {
    for (auto head = heads_.begin(); head != heads_.end() && head->first <= appender_.size();) {
      if (head->first == appender_.size()) {
        if (head->second.root != appender_.Head()) {
          findings_.Add(static_cast<Position>(head->first),
                        StrCat("the ", head->second.whose, " of ", head->first,
                               " entries has another head than they have"));
        }
        head = heads_.erase(head);
      } else {
        ++head;
      }
    }
  }

  absl::Status CheckEntries() {
    sql::Rows rows = connection_.Run(kAllEntries);
    while (rows.Next()) {
      if (report_.entries++ % kEntriesPerTold == 0) WHENCE_RETURN_IF_ERROR(Tell());
      std::string_view salt;
      const internal::EntryView entry = internal::ViewEntry(rows, &salt);
      const Position position = entry.position;
      if (position < 1) {
        findings_.Add(kNoPosition, StrCat("there is an entry at position ", position));
        continue;
      }
      while (static_cast<Position>(appender_.size()) + 1 < position && appender_.size() < size_) {
        findings_.Add(static_cast<Position>(appender_.size()) + 1, "the entry is missing");
        WHENCE_RETURN_IF_ERROR(Append(std::nullopt));
      }
      WHENCE_RETURN_IF_ERROR(CheckEntry(entry, salt, rows));
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    while (appender_.size() < size_) {
      findings_.Add(static_cast<Position>(appender_.size()) + 1, "the entry is missing");
      WHENCE_RETURN_IF_ERROR(Append(std::nullopt));
    }
    return Tell();
  }

  absl::Status CheckEntry(const internal::EntryView& entry, std::string_view salt,
                          sql::Rows& rows) {
    if (entry.position > static_cast<Position>(size_)) {
      findings_.Add(entry.position, "the entry is not in the tree");
      return absl::OkStatus();
    }
    if (rows.IsNull(internal::kRowsRootColumn) != (entry.row_count == 0)) {
      findings_.Add(entry.position,
                    "the entry names rows without their root, or a root of no rows");
    }
    CheckCommitment(entry, salt);
    const absl::Status formatted = internal::FormatLeaf(entry, &text_);
    if (formatted.ok()) return Append(tlog::LeafHash(text_));
    findings_.Add(entry.position, StrCat("the entry has no leaf: ", ToStd(formatted.message())));
    return Append(std::nullopt);
  }

  void CheckCommitment(const internal::EntryView& entry, std::string_view salt) {
    if (salt.empty()) {
      ++report_.erased;
      if (!entry.actor.empty() || !entry.resource.empty() || !entry.request_id.empty() ||
          !entry.digest.empty() || !entry.detail.empty()) {
        findings_.Add(entry.position,
                      "the entry's salt is gone, and what it was for (who, what) is not");
      }
      return;
    }
    const bool formatted = internal::FormatErasable(entry, &text_).ok();
    if (!formatted || tlog::PlainHash(salt, text_).view() != entry.commitment) {
      findings_.Add(entry.position,
                    "what the entry says of who did what is not what it was committed to");
    }
  }

  // The leaf that an entry has now, or nothing where there is none. Goes on with the one that the
  // tree has: what follows may be right.
  absl::Status Append(std::optional<tlog::Hash> leaf) {
    const auto index = appender_.size();
    WHENCE_ASSIGN_OR_RETURN(const std::optional<tlog::Hash> stored, StoredLeaf(index));
    if (!stored.has_value()) {
      findings_.Add(static_cast<Position>(index) + 1, "the tree has no leaf for the entry");
    } else if (leaf.has_value() && *leaf != *stored) {
      findings_.Add(static_cast<Position>(index) + 1, "the entry is not the one in the tree");
    }
    appender_.Append(stored.value_or(leaf.value_or(tlog::Hash{})));
    if (!heads_.empty() && heads_.begin()->first == appender_.size()) CheckHeads();
    if (appender_.size() % tlog::kTileWidth == 0) return CheckTiles(/*last=*/false);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<tlog::Hash>> StoredLeaf(uint64_t index) {
    const auto place = static_cast<size_t>(index % tlog::kTileWidth);
    if (place == 0) {
      const auto width = static_cast<int>(std::min<uint64_t>(size_ - index, tlog::kTileWidth));
      const tlog::Tile tile{.level = 0, .index = index / tlog::kTileWidth, .width = width};
      const absl::Status status = tiles_.ReadTiles({&tile, 1}, {&leaves_, 1});
      if (absl::IsDataLoss(status)) {
        leaves_.clear();
      } else {
        WHENCE_RETURN_IF_ERROR(status);
      }
    }
    if (leaves_.size() < (place + 1) * tlog::kHashBytes) return std::nullopt;
    return tlog::Hash::FromBytes(
        std::string_view(leaves_).substr(place * tlog::kHashBytes, tlog::kHashBytes));
  }

  // Every tile that became full; at the end also those at the right edge.
  absl::Status CheckTiles(bool last) {
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

  absl::Status CheckTile(const tlog::TileData& made) {
    std::string stored;
    const absl::Status status = tiles_.ReadTiles({&made.tile, 1}, {&stored, 1});
    if (!status.ok() && !absl::IsDataLoss(status)) return status;
    ++tile_count_;
    if (status.ok() && stored == made.hashes) return absl::OkStatus();
    // The first entry under the first hash that is another.
    const auto differ =
        std::mismatch(made.hashes.begin(), made.hashes.end(), stored.begin(), stored.end());
    const auto at = static_cast<uint64_t>(differ.first - made.hashes.begin()) / tlog::kHashBytes;
    const uint64_t first = (made.tile.index * tlog::kTileWidth + at)
                           << (tlog::kTileHeight * made.tile.level);
    findings_.Add(static_cast<Position>(first) + 1,
                  StrCat("the tree's ", tlog::TilePath(made.tile),
                         status.ok() ? " does not follow from the tiles below it"
                                     : " is missing or too small"));
    return absl::OkStatus();
  }

  absl::Status CheckTileCount() {
    sql::Rows rows = connection_.Run(kTileCount);
    const int64_t count = rows.Next() ? rows.Int64(0) : 0;
    WHENCE_RETURN_IF_ERROR(rows.status());
    if (count != tile_count_) {
      findings_.Add(kNoPosition,
                    StrCat("there are ", count, " tiles where the tree has ", tile_count_));
    }
    return absl::OkStatus();
  }

  absl::Status Tell() {
    if (options_.progress == nullptr) return absl::OkStatus();
    return options_.progress("entries", report_.entries, static_cast<int64_t>(size_));
  }

  sql::Connection& connection_;
  const VerifyOptions& options_;
  StoredTiles tiles_;
  VerifyReport report_;
  internal::Findings findings_;
  uint64_t size_ = 0;
  tlog::Appender appender_;
  std::string leaves_;  // of the tile under way
  std::string text_;    // a buffer
  int64_t tile_count_ = 0;
  std::map<int, tlog::TileData> edge_;   // of each level, the tile that is not full
  std::multimap<uint64_t, Head> heads_;  // not looked at yet
};

}  // namespace

absl::StatusOr<VerifyReport> VerifyTree(sql::Connection& connection, const VerifyOptions& options) {
  const sql::ReadTransaction moment(connection);
  WHENCE_RETURN_IF_ERROR(moment.status());
  return TreeVerifier(connection, options).Run();
}

}  // namespace whence::ledger
