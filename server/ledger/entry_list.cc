#include "ledger/entry_list.h"

#include <algorithm>

#include "base/status_macros.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kOldestFirst{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                                  " FROM ledger_entry WHERE position > ?1 AND position <= ?2"
                                  " ORDER BY position"};
constexpr sql::Query kNewestFirst{"SELECT " WHENCE_LEDGER_ENTRY_COLUMNS
                                  " FROM ledger_entry WHERE position > ?1 AND position <= ?2"
                                  " ORDER BY position DESC"};

bool Matches(const EntryFilter& filter, const Entry& entry) {
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return fits(filter.actor, entry.actor) && fits(filter.action, entry.action) &&
         fits(filter.resource, entry.resource) && fits(filter.via, entry.via) &&
         fits(filter.outcome, entry.outcome) &&
         (!filter.kind.has_value() || *filter.kind == entry.kind);
}

// The last position before `time`.
absl::StatusOr<Position> LastBefore(sql::Connection& connection, const Ledger& ledger,
                                    Position as_of, absl::Time time) {
  if (time == absl::InfiniteFuture()) return as_of;
  if (time == absl::InfinitePast()) return kNoPosition;
  return ledger.PositionAt(connection, as_of, time - absl::Microseconds(1));
}

}  // namespace

absl::StatusOr<EntryPage> ListEntries(sql::Connection& connection, const Ledger& ledger,
                                      const EntryQuery& query) {
  const EntryFilter& filter = query.filter;
  WHENCE_ASSIGN_OR_RETURN(Position before,
                          LastBefore(connection, ledger, query.as_of, filter.start_time));
  WHENCE_ASSIGN_OR_RETURN(Position last,
                          LastBefore(connection, ledger, query.as_of, filter.end_time));
  if (query.after.has_value()) {
    if (query.oldest_first) {
      before = std::max(before, *query.after);
    } else {
      last = std::min(last, *query.after - 1);
    }
  }
  EntryPage page;
  Position looked_at = kNoPosition;
  int64_t rows_left = query.max_rows;
  sql::Rows rows = query.oldest_first ? connection.Run(kOldestFirst, before, last)
                                      : connection.Run(kNewestFirst, before, last);
  while (rows.Next()) {
    if (page.entries.size() >= query.limit || rows_left-- <= 0) {
      page.next = looked_at;
      return page;
    }
    StoredEntry stored = internal::ReadEntry(rows);
    looked_at = stored.entry.position;
    if (Matches(filter, stored.entry)) page.entries.push_back(std::move(stored));
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return page;
}

}  // namespace whence::ledger
