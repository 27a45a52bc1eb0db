// Lists of entries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "ledger/ledger.h"
#include "sql/connection.h"

namespace whence::ledger {

// Which entries: those that are as each field says; an empty one says nothing. What was erased of
// an entry matches nothing.
struct EntryFilter {
  std::string actor = {};
  std::string action = {};
  std::string resource = {};
  std::string via = {};
  std::string outcome = {};
  std::optional<EntryKind> kind = std::nullopt;
  absl::Time start_time = absl::InfinitePast();  // at or after
  absl::Time end_time = absl::InfiniteFuture();  // before
};

struct EntryQuery {
  EntryFilter filter = {};
  Position as_of = kNoPosition;  // up to this one
  bool oldest_first = false;
  // The page begins behind this position; nothing: at the beginning.
  std::optional<Position> after = std::nullopt;
  size_t limit = 0;      // entries of the page
  int64_t max_rows = 0;  // entries looked at, matching or not
};

struct EntryPage {
  std::vector<StoredEntry> entries;
  // Where the next page goes on; nothing where the list has ended. A page may be empty and have
  // one.
  std::optional<Position> next;
};

// Reads entries by position, and times by binary search; everything else is compared. Positions do
// not change, so pages are stable, and a list that ended may be asked for more with a later `as_of`
// when the oldest come first. The connection's errors.
absl::StatusOr<EntryPage> ListEntries(sql::Connection& connection, const Ledger& ledger,
                                      const EntryQuery& query);

}  // namespace whence::ledger
