#include "ledger/backfill.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/kept_rows.h"
#include "ledger/ledger.h"
#include "ledger/row_scan.h"
#include "ledger/tree_store.h"
#include "sql/transaction.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kListEntries{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                                  " FROM ledger_entry WHERE position >= ?1 AND position < ?2"
                                  " AND commitment IS NULL ORDER BY position"};

constexpr sql::Query kUpdateEntry{
    "UPDATE ledger_entry SET row_count = ?2, rows_root = ?3, commitment = ?4, salt = ?5"
    " WHERE position = ?1"};

absl::StatusOr<std::vector<StoredEntry>> EntriesIn(sql::Connection& connection, Position begin,
                                                   Position end) {
  std::vector<StoredEntry> entries;
  sql::Rows rows = connection.Run(kListEntries, begin, end);
  while (rows.Next()) entries.push_back(internal::ReadEntry(rows));
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (static_cast<Position>(entries.size()) != end - begin) {
    return DataLoss(
        "LEDGER_DAMAGED",
        StrCat("of the entries at positions ", begin, " to ", end - 1,
               ", which are not in the tree, ", entries.size(), " are there and were never in it"),
        "restore the newest backup, and find out who wrote to the database file");
  }
  return entries;
}

// Purpose: one go over what is missing. Ownership: borrows everything. One thread.
class Backfiller {
 public:
  Backfiller(sql::Connection& writer, RandomSource& random) : writer_(writer), random_(random) {}

  absl::Status Begin(uint64_t size) {
    StoredTiles tiles(&writer_);
    WHENCE_ASSIGN_OR_RETURN(const tlog::Hash head, StoredHead(size, tiles));
    WHENCE_ASSIGN_OR_RETURN(appender_, tlog::Appender::Load(size, head, tiles));
    return absl::OkStatus();
  }

  // Entries [begin, end), with the rows of these.
  absl::Status Fill(Position begin, Position end, std::span<const RowHash> rows) {
    WHENCE_ASSIGN_OR_RETURN(std::vector<StoredEntry> entries, EntriesIn(writer_, begin, end));
    sql::WriteTransaction transaction(writer_);
    WHENCE_RETURN_IF_ERROR(transaction.status());
    auto row = rows.begin();
    for (StoredEntry& stored : entries) {
      std::vector<tlog::Hash> hashes;
      for (; row != rows.end() && row->position == stored.entry.position; ++row) {
        hashes.push_back(row->hash);
      }
      stored.rows = Summarize(hashes);
      WHENCE_RETURN_IF_ERROR(Complete(stored));
      WHENCE_RETURN_IF_ERROR(KeepRows(writer_, stored.entry.position, hashes));
    }
    WHENCE_RETURN_IF_ERROR(WriteTiles(writer_, appender_.TakeChanges()));
    return transaction.Commit();
  }

 private:
  absl::Status Complete(StoredEntry& stored) {
    stored.salt.emplace();
    random_.Fill(*stored.salt);
    WHENCE_ASSIGN_OR_RETURN(stored.commitment, Commit(*stored.salt, stored.entry));
    WHENCE_ASSIGN_OR_RETURN(const std::string leaf, LeafOf(stored));
    appender_.Append(tlog::LeafHash(leaf));
    const std::string_view salt(reinterpret_cast<const char*>(stored.salt->data()), kSaltBytes);
    std::optional<sql::Blob> root;
    if (stored.rows.count > 0) root = sql::Blob{stored.rows.root.view()};
    return writer_.Execute(kUpdateEntry, stored.entry.position, stored.rows.count, root,
                           sql::Blob{stored.commitment.view()}, sql::Blob{salt});
  }

  sql::Connection& writer_;
  RandomSource& random_;
  tlog::Appender appender_;
};

}  // namespace

absl::Status Backfill(sql::Connection& writer, const std::string& rows_secret, RandomSource& random,
                      Position last) {
  WHENCE_ASSIGN_OR_RETURN(const uint64_t size, StoredTreeSize(writer));
  Position begin = static_cast<Position>(size) + 1;
  if (begin > last) return absl::OkStatus();
  Backfiller backfiller(writer, random);
  WHENCE_RETURN_IF_ERROR(backfiller.Begin(size));
  RowHasher hasher(rows_secret);
  while (begin <= last) {
    WHENCE_ASSIGN_OR_RETURN(RowWindow window,
                            ReadWindow(writer, hasher, begin, static_cast<size_t>(kMaxVerifiedRows),
                                       [](int64_t) { return absl::OkStatus(); }));
    const Position window_end = std::min(window.end, last + 1);
    std::span<const RowHash> rows(window.rows);
    while (begin < window_end) {
      const Position end = std::min(begin + kMaxBackfilledEntries, window_end);
      const auto after = std::partition_point(
          rows.begin(), rows.end(), [&](const RowHash& row) { return row.position < end; });
      const auto count = static_cast<size_t>(after - rows.begin());
      WHENCE_RETURN_IF_ERROR(backfiller.Fill(begin, end, rows.first(count)));
      rows = rows.subspan(count);
      begin = end;
    }
  }
  return absl::OkStatus();
}

}  // namespace whence::ledger
