#include "ledger/ledger.h"

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace whence::ledger {
namespace {

constexpr size_t kDigestBytes = 32;

// Each in a query of its own, which looks at one row; together they would read the whole table.
constexpr sql::Query kFirstAndLast{
    "SELECT COALESCE((SELECT MIN(position) FROM ledger_entry), 1),"
    " COALESCE((SELECT MAX(position) FROM ledger_entry), 0)"};

constexpr sql::Query kInsertEntry{
    "INSERT INTO ledger_entry"
    " (position, time_us, actor, via, action, resource, request_id, digest)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};

constexpr sql::Query kGetTime{"SELECT time_us FROM ledger_entry WHERE position = ?1"};

constexpr sql::Query kGetEntry{
    "SELECT time_us, actor, via, action, resource, request_id, digest"
    " FROM ledger_entry WHERE position = ?1"};

absl::Status PositionNotFound(Position position) {
  return NotFound("POSITION_NOT_FOUND", absl::StrCat("no ledger entry at position ", position),
                  "positions run from 1 to the newest, which 'whence admin info' shows");
}

}  // namespace

absl::StatusOr<Position> Ledger::Load(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kFirstAndLast);
  Position first = 1;
  Position last = kNoPosition;
  if (rows.Next()) {
    first = rows.Int64(0);
    last = rows.Int64(1);
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (first != 1 || last < 0) {
    return DataLoss("LEDGER_DAMAGED",
                    absl::StrCat("the ledger runs from position ", first, " to ", last),
                    "positions run from 1; restore the newest backup");
  }
  published_.store(last, std::memory_order_release);
  return last;
}

absl::Status Ledger::Append(sql::WriteContext& context, const Entry& entry) {
  WHENCE_ASSERT(entry.position == context.Last(sql::Counter::kPosition));
  WHENCE_ASSERT(entry.digest.size() == kDigestBytes);
  return context.connection().Execute(kInsertEntry, entry.position, entry.time, entry.actor,
                                      entry.via, entry.action, entry.resource, entry.request_id,
                                      sql::Blob{entry.digest});
}

void Ledger::Publish(Position position) {
  // Only the writer's thread stores, so there is no race between the look and the store.
  if (position > published_.load(std::memory_order_relaxed)) {
    published_.store(position, std::memory_order_release);
  }
}

absl::StatusOr<Position> Ledger::PositionAt(sql::Connection& connection, Position published,
                                            absl::Time time) const {
  Position low = kNoPosition;  // an entry at or before `time`, or the beginning
  Position high = published;   // nothing after it counts
  while (low < high) {
    const Position middle = low + (high - low + 1) / 2;
    WHENCE_ASSIGN_OR_RETURN(const absl::Time at, TimeOf(connection, middle));
    if (at <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

absl::StatusOr<absl::Time> Ledger::TimeOf(sql::Connection& connection, Position position) const {
  if (position == kNoPosition) return absl::InfinitePast();
  sql::Rows rows = connection.Run(kGetTime, position);
  if (rows.Next()) return rows.Time(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return PositionNotFound(position);
}

absl::StatusOr<Entry> Ledger::GetEntry(sql::Connection& connection, Position position) const {
  sql::Rows rows = connection.Run(kGetEntry, position);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return PositionNotFound(position);
  }
  return Entry{.position = position,
               .time = rows.Time(0),
               .actor = std::string(rows.Text(1)),
               .via = std::string(rows.Text(2)),
               .action = std::string(rows.Text(3)),
               .resource = std::string(rows.Text(4)),
               .request_id = std::string(rows.Text(5)),
               .digest = std::string(rows.Blob(6))};
}

}  // namespace whence::ledger
