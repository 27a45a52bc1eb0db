// Erasing what is about a person, so that what is left can still be checked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/row_hash.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::ledger {

// What of something is erased. The numbers are stored.
enum class Erased : uint8_t {
  kPredictionTexts = 1,  // by prediction.row_id
  kPrincipalState = 2,   // by principal_state.principal_id and valid_from
  kEntry = 3,            // who did what, by ledger_entry.position
};

// Writes down that the mutation at `position` has erased it: a governed row, so that its entry says
// so. Only once for each thing (SQL_CONSTRAINT).
absl::Status NoteErased(sql::WriteContext& context, Position position, Erased what, int64_t id,
                        int64_t state);

// Purpose: makes the marks that stand in place of erased values of one table
// (RowHasher::ErasedMark). Ownership: none. One thread.
class Eraser {
 public:
  // `table` is a governed one (asserted). NotFound LEDGER_NOT_STARTED, or the connection's errors.
  static absl::StatusOr<Eraser> For(sql::Connection& connection, std::string_view table);

  // The mark, or the text itself where there is nothing to erase: it is empty, or a mark already.
  std::string MarkOf(std::span<const sql::ColumnValue> keys, std::string_view column,
                     std::string_view text);

 private:
  Eraser(const GovernedTable* table, std::string secret)
      : table_(*table), hasher_(std::move(secret)) {}

  const GovernedTable& table_;
  RowHasher hasher_;
};

// How far something went that goes by positions or ids.
struct ErasedPart {
  int64_t erased = 0;
  // Where to go on behind; 0: it is done.
  int64_t next = 0;
};

// Blanks who did what in the entries of `principal`'s doing, and in those about it, behind `after`:
// at most `max_erased` of `max_scanned` entries; and forgets the first answers to their requests.
// `position` is asked for that of the mutation when there is something to erase, and not before.
// With `dry_run` only counts. The connection's errors.
absl::StatusOr<ErasedPart> EraseEntries(sql::WriteContext& context,
                                        absl::FunctionRef<Position()> position,
                                        std::string_view principal, int64_t after,
                                        int64_t max_erased, int64_t max_scanned, bool dry_run);

}  // namespace whence::ledger
