// Entries, tiles and heads, in one pass over the entries.
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/entry_view.h"
#include "ledger/findings.h"
#include "ledger/ledger.h"
#include "ledger/log_name.h"
#include "ledger/verify.h"
#include "ledger/verify_entries.h"
#include "ledger/verify_heads.h"
#include "ledger/verify_name.h"
#include "ledger/verify_tiles.h"
#include "sql/data_folder.h"
#include "sql/transaction.h"
#include "tlog/appender.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kAllEntries{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                                 " FROM ledger_entry ORDER BY position"};
constexpr sql::Query kEntryCount{"SELECT count(*) FROM ledger_entry"};
// Whether there is a tree, or was one.
constexpr sql::Query kAnyTree{
    "SELECT 1 FROM ledger_tile UNION ALL SELECT 1 FROM ledger_checkpoint"
    " UNION ALL SELECT 1 FROM ledger_key LIMIT 1"};

constexpr char kSignedFile[] = "ledger.signed";
constexpr int kSaltColumn = internal::kRowsRootColumn + 2;
constexpr int64_t kEntriesPerTold = 4096;

// What the server that has the folder remembers of the head it signed last; empty: nothing.
absl::StatusOr<std::string> ReadSignedFile(const VerifyOptions& options,
                                           std::vector<std::string>* unchecked) {
  if (options.folder.empty()) return "";
  absl::StatusOr<std::optional<std::string>> file =
      sql::ReadSecretFile(StrCat(options.folder, "/", kSignedFile));
  if (file.ok() && file->has_value()) return **std::move(file);
  const std::string why = file.ok() ? "it is missing" : std::string(file.status().message());
  unchecked->push_back(StrCat("whether this is an older copy: ", kSignedFile,
                              " says which head was signed last, and ", why));
  return "";
}

// Purpose: one check. Ownership: borrows. One thread; hashes are made by a second one.
class TreeVerifier {
 public:
  TreeVerifier(sql::Connection& connection, const VerifyOptions& options, VerifyReport report)
      : connection_(connection),
        options_(options),
        report_(std::move(report)),
        findings_(&report_, options.max_findings),
        tiles_(&connection, &findings_),
        heads_(&findings_) {}

  absl::StatusOr<VerifyReport> Run(const std::string& signed_file) {
    WHENCE_RETURN_IF_ERROR(ReadHeads(signed_file));
    WHENCE_ASSIGN_OR_RETURN(const int64_t entries, CountEntries());
    WHENCE_ASSIGN_OR_RETURN(size_, tiles_.ReadSize(entries));
    if (heads_.Waits(0)) heads_.Compare(0, appender_.Head());
    WHENCE_RETURN_IF_ERROR(CheckEntries());
    WHENCE_RETURN_IF_ERROR(CheckTiles(/*last=*/true));
    WHENCE_RETURN_IF_ERROR(tiles_.CheckStrays());
    heads_.End(appender_.size(), &report_.unchecked);
    return findings_.Take();
  }

 private:
  absl::Status ReadHeads(const std::string& signed_file) {
    for (const tlog::Checkpoint& kept : options_.kept) {
      heads_.Add(kept, "checkpoint that was kept");
    }
    const absl::StatusOr<LogName> name = FindLogName(connection_);
    if (absl::IsNotFound(name.status())) {
      WHENCE_ASSIGN_OR_RETURN(const bool tree, internal::HasTree(connection_));
      if (!tree && heads_.count() == 0 && signed_file.empty()) return name.status();
      findings_.Add(kNoPosition, internal::kNameless);
    } else {
      WHENCE_RETURN_IF_ERROR(name.status());
      WHENCE_RETURN_IF_ERROR(heads_.Read(connection_, *name, signed_file));
    }
    report_.checkpoints = heads_.count();
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> CountEntries() {
    sql::Rows rows = connection_.Run(kEntryCount);
    const int64_t count = rows.Next() ? rows.Int64(0) : 0;
    WHENCE_RETURN_IF_ERROR(rows.status());
    return count;
  }

  absl::Status CheckEntries() {
    sql::Rows rows = connection_.Run(kAllEntries);
    while (rows.Next()) {
      internal::HashedEntry entry;
      entry.entry = internal::ViewEntry(rows, &entry.salt);
      entry.has_salt = !rows.IsNull(kSaltColumn);
      entry.has_rows_root = !rows.IsNull(internal::kRowsRootColumn);
      while (!hasher_.Add(entry)) WHENCE_RETURN_IF_ERROR(CheckHashed());
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    while (hasher_.busy()) WHENCE_RETURN_IF_ERROR(CheckHashed());
    while (appender_.size() < size_) WHENCE_RETURN_IF_ERROR(AppendMissing());
    return Tell();
  }

  absl::Status CheckHashed() {
    for (const internal::HashedEntry& hashed : hasher_.Next()) {
      if (report_.entries++ % kEntriesPerTold == 0) WHENCE_RETURN_IF_ERROR(Tell());
      const Position position = hashed.entry.position;
      if (position < 1) {
        findings_.Add(kNoPosition, StrCat("there is an entry at position ", position));
        continue;
      }
      while (static_cast<Position>(appender_.size()) + 1 < position && appender_.size() < size_) {
        WHENCE_RETURN_IF_ERROR(AppendMissing());
      }
      WHENCE_RETURN_IF_ERROR(CheckEntry(hashed));
    }
    return absl::OkStatus();
  }

  absl::Status AppendMissing() {
    findings_.Add(static_cast<Position>(appender_.size()) + 1, "the entry is missing");
    return Append(std::nullopt);
  }

  absl::Status CheckEntry(const internal::HashedEntry& hashed) {
    const internal::EntryView& entry = hashed.entry;
    if (entry.position > static_cast<Position>(size_)) {
      findings_.Add(entry.position, "the entry is not in the tree");
      return absl::OkStatus();
    }
    if (hashed.has_rows_root != (entry.row_count != 0)) {
      findings_.Add(entry.position,
                    "the entry names rows without their root, or a root of no rows");
    }
    CheckCommitment(hashed);
    if (hashed.leaf_status.ok()) return Append(hashed.leaf);
    findings_.Add(entry.position,
                  StrCat("the entry has no leaf: ", ToStd(hashed.leaf_status.message())));
    return Append(std::nullopt);
  }

  void CheckCommitment(const internal::HashedEntry& hashed) {
    const internal::EntryView& entry = hashed.entry;
    if (!hashed.has_salt) {
      ++report_.erased;
      if (!entry.actor.empty() || !entry.resource.empty() || !entry.request_id.empty() ||
          !entry.digest.empty() || !entry.detail.empty()) {
        findings_.Add(entry.position,
                      "the entry's salt is gone, and what it was for (who, what) is not");
      }
    } else if (hashed.salt.empty()) {
      // No erasure leaves such a one; as if it were none, whoever writes to the file could erase.
      findings_.Add(entry.position, "the entry's salt is none");
    } else if (!hashed.is_committed) {
      findings_.Add(entry.position,
                    "what the entry says of who did what is not what it was committed to");
    }
  }

  // The leaf that an entry has now, or nothing where there is none. Goes on with the one that the
  // tree has: what follows may be right.
  absl::Status Append(std::optional<tlog::Hash> leaf) {
    const auto index = appender_.size();
    const auto position = static_cast<Position>(index) + 1;
    WHENCE_ASSIGN_OR_RETURN(const std::optional<tlog::Hash> stored, tiles_.Leaf(index));
    if (!stored.has_value()) {
      findings_.Add(position, "the tree has no leaf for the entry");
    } else if (leaf.has_value() && *leaf != *stored) {
      findings_.Add(position, "the entry is not the one in the tree");
    }
    if (!stored.has_value() || leaf != stored) {
      heads_.Differs(position);
      tiles_.Differs(position);
    }
    appender_.Append(stored.value_or(leaf.value_or(tlog::Hash{})));
    if (heads_.Waits(appender_.size())) heads_.Compare(appender_.size(), appender_.Head());
    if (appender_.size() % tlog::kTileWidth == 0) return CheckTiles(/*last=*/false);
    return absl::OkStatus();
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
    ++report_.tiles;
    return tiles_.Check(made);
  }

  absl::Status Tell() {
    if (options_.progress == nullptr) return absl::OkStatus();
    return options_.progress("entries", report_.entries, static_cast<int64_t>(size_));
  }

  sql::Connection& connection_;
  const VerifyOptions& options_;
  VerifyReport report_;
  internal::Findings findings_;
  internal::TileCheck tiles_;
  internal::HeadCheck heads_;
  uint64_t size_ = 0;
  tlog::Appender appender_;
  internal::EntryHasher hasher_;
  std::map<int, tlog::TileData> edge_;  // of each level, the tile that is not full
};

}  // namespace

absl::StatusOr<bool> internal::HasTree(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kAnyTree);
  const bool any = rows.Next();
  WHENCE_RETURN_IF_ERROR(rows.status());
  return any;
}

absl::StatusOr<VerifyReport> VerifyTree(sql::Connection& connection, const VerifyOptions& options) {
  VerifyReport report;
  // First: a server that runs writes it behind what it says.
  WHENCE_ASSIGN_OR_RETURN(const std::string signed_file,
                          ReadSignedFile(options, &report.unchecked));
  const sql::ReadTransaction moment(connection);
  WHENCE_RETURN_IF_ERROR(moment.status());
  return TreeVerifier(connection, options, std::move(report)).Run(signed_file);
}

}  // namespace whence::ledger
