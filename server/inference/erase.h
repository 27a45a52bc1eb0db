// Erasing the texts of predictions.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ledger/change.h"
#include "ledger/erasure.h"
#include "sql/writer.h"

namespace whence::inference {

// Puts marks in place of the texts of a prediction. `position` is asked for that of the mutation
// when there is something to erase, and not before. How many bytes of texts; the connection's
// errors.
using PositionOfErasure = absl::FunctionRef<Position()>;
absl::StatusOr<int64_t> EraseTexts(sql::WriteContext& context, ledger::Eraser& eraser,
                                   int64_t row_id, bool dry_run, PositionOfErasure position);

// The row id of a prediction. NotFound PREDICTION_NOT_FOUND.
absl::StatusOr<int64_t> RowIdOf(sql::Connection& connection, std::string_view id);

// The same for all predictions behind row id `after` whose attributes `fits`: at most `max_erased`
// of `max_scanned`, and not much more than kMaxErasedBytes of texts and kMaxErasureScanBytes of
// attributes.
absl::StatusOr<ledger::ErasedPart> EraseTextsWhere(
    sql::WriteContext& context, ledger::Eraser& eraser, int64_t after,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view attributes)> fits, int64_t max_erased,
    int64_t max_scanned, bool dry_run, PositionOfErasure position);

}  // namespace whence::inference
