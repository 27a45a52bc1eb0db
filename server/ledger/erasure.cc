#include "ledger/erasure.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/status_macros.h"
#include "ledger/governed_tables.h"
#include "ledger/log_name.h"
#include "ledger/requests.h"
#include "tlog/canonical_json.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kNote{
    "INSERT INTO erasure (what, id, state, position) VALUES (?1, ?2, ?3, ?4)"};

constexpr sql::Query kEntries{
    "SELECT position, request_id, actor, resource, detail FROM ledger_entry"
    " WHERE position > ?1 AND position <= ?2 AND salt IS NOT NULL ORDER BY position"};

constexpr sql::Query kLastEntry{"SELECT coalesce(max(position), 0) FROM ledger_entry"};

constexpr sql::Query kBlankEntry{
    "UPDATE ledger_entry SET actor = '', resource = '', request_id = '', digest = x'', detail = '',"
    " salt = NULL WHERE position = ?1"};

struct Found {
  Position position = kNoPosition;
  std::string request_id;
};

// Those of its doing, and those about it: its name is what they are of, or one of the texts in what
// more they say (of decisions about it that others asked for).
absl::StatusOr<std::vector<Found>> EntriesOf(sql::Connection& connection,
                                             std::string_view principal, Position after,
                                             Position last, int64_t limit) {
  std::string quoted;
  WHENCE_RETURN_IF_ERROR(tlog::AppendJsonText(principal, &quoted));
  std::vector<Found> list;
  sql::Rows rows = connection.Run(kEntries, after, last);
  while (std::ssize(list) < limit && rows.Next()) {
    const bool concerns = rows.Text(2) == principal || rows.Text(3) == principal ||
                          rows.Text(4).find(quoted) != std::string_view::npos;
    if (!concerns) continue;
    list.push_back({.position = rows.Int64(0), .request_id = std::string(rows.Text(1))});
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return list;
}

}  // namespace

absl::Status NoteErased(sql::WriteContext& context, Position position, Erased what, int64_t id,
                        int64_t state) {
  return context.connection().Execute(kNote, what, id, state, position);
}

absl::StatusOr<Eraser> Eraser::For(sql::Connection& connection, std::string_view table) {
  WHENCE_ASSIGN_OR_RETURN(LogName name, FindLogName(connection));
  const std::span<const GovernedTable> tables = GovernedTables();
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [table](const GovernedTable& one) { return one.name == table; });
  WHENCE_ASSERT(found != tables.end());
  return Eraser(&*found, std::move(name.rows_secret));
}

std::string Eraser::MarkOf(std::span<const sql::ColumnValue> keys, std::string_view column,
                           std::string_view text) {
  if (text.empty() || IsErasedMark(text)) return std::string(text);
  return hasher_.ErasedMark(table_, keys, column, text);
}

absl::StatusOr<ErasedPart> EraseEntries(sql::WriteContext& context,
                                        absl::FunctionRef<Position()> position,
                                        std::string_view principal, int64_t after,
                                        int64_t max_erased, int64_t max_scanned, bool dry_run) {
  sql::Connection& connection = context.connection();
  Position end = kNoPosition;
  {
    sql::Rows rows = connection.Run(kLastEntry);
    if (rows.Next()) end = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  const Position last = end - after > max_scanned ? after + max_scanned : end;
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Found> found,
                          EntriesOf(connection, principal, after, last, max_erased));
  ErasedPart part{.erased = std::ssize(found), .next = last < end ? last : 0};
  if (part.erased == max_erased) part.next = found.back().position;
  if (dry_run) return part;
  for (const Found& entry : found) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kBlankEntry, entry.position));
    WHENCE_RETURN_IF_ERROR(NoteErased(context, position(), Erased::kEntry, entry.position, 0));
    if (!entry.request_id.empty()) {
      WHENCE_RETURN_IF_ERROR(ForgetAnswer(context, entry.request_id));
    }
  }
  return part;
}

}  // namespace whence::ledger
