#include "inference/erase.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::inference {
namespace {

constexpr sql::Query kRowId{"SELECT row_id FROM prediction WHERE id = ?1"};
constexpr sql::Query kTexts{"SELECT input_text, output_text FROM prediction WHERE row_id = ?1"};
constexpr sql::Query kErase{
    "UPDATE prediction SET input_text = ?2, output_text = ?3 WHERE row_id = ?1"};
constexpr sql::Query kAttributes{
    "SELECT row_id, attributes FROM prediction"
    " WHERE row_id > ?1 AND row_id <= ?2 ORDER BY row_id"};
constexpr sql::Query kLastRow{"SELECT coalesce(max(row_id), 0) FROM prediction"};

struct Texts {
  std::optional<std::string> input;
  std::optional<std::string> output;
};

absl::StatusOr<Texts> TextsOf(sql::Connection& connection, int64_t row_id) {
  Texts texts;
  sql::Rows rows = connection.Run(kTexts, row_id);
  if (rows.Next()) {
    if (!rows.IsNull(0)) texts.input = std::string(rows.Text(0));
    if (!rows.IsNull(1)) texts.output = std::string(rows.Text(1));
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return texts;
}

}  // namespace

absl::StatusOr<int64_t> EraseTexts(sql::WriteContext& context, ledger::Eraser& eraser,
                                   int64_t row_id, bool dry_run, PositionOfErasure position) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(Texts texts, TextsOf(connection, row_id));
  const sql::ColumnValue key{
      .kind = sql::ColumnValue::Kind::kInteger, .integer = row_id, .bytes = {}};
  int64_t bytes = 0;
  const auto mark = [&](std::string_view column, std::optional<std::string>& text) {
    if (!text.has_value()) return;
    std::string marked = eraser.MarkOf({&key, 1}, column, *text);
    if (marked != *text) bytes += std::ssize(*text);
    text = std::move(marked);
  };
  mark("input_text", texts.input);
  mark("output_text", texts.output);
  if (bytes == 0 || dry_run) return bytes;
  WHENCE_RETURN_IF_ERROR(connection.Execute(kErase, row_id, texts.input, texts.output));
  WHENCE_RETURN_IF_ERROR(
      ledger::NoteErased(context, position(), ledger::Erased::kPredictionTexts, row_id, 0));
  return bytes;
}

absl::StatusOr<int64_t> RowIdOf(sql::Connection& connection, std::string_view id) {
  sql::Rows rows = connection.Run(kRowId, id);
  if (rows.Next()) return rows.Int64(0);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return NotFound("PREDICTION_NOT_FOUND", StrCat("no prediction ", id),
                  "see 'whence prediction list'");
}

absl::StatusOr<ledger::ErasedPart> EraseTextsWhere(
    sql::WriteContext& context, ledger::Eraser& eraser, int64_t after,
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view attributes)> fits, int64_t max_erased,
    int64_t max_scanned, bool dry_run, PositionOfErasure position) {
  sql::Connection& connection = context.connection();
  int64_t end = 0;
  {
    sql::Rows rows = connection.Run(kLastRow);
    if (rows.Next()) end = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  const int64_t last = end - after > max_scanned ? after + max_scanned : end;
  ledger::ErasedPart part{.erased = 0, .next = last < end ? last : 0};
  std::vector<int64_t> found;
  int64_t scanned = 0;
  {
    sql::Rows rows = connection.Run(kAttributes, after, last);
    while (rows.Next()) {
      scanned += std::ssize(rows.Blob(1));
      WHENCE_ASSIGN_OR_RETURN(const bool wanted, fits(rows.Blob(1)));
      if (wanted) found.push_back(rows.Int64(0));
      if (std::ssize(found) < max_erased && scanned < kMaxErasureScanBytes) continue;
      part.next = rows.Int64(0);
      break;
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  int64_t erased = 0;
  for (const int64_t row_id : found) {
    WHENCE_ASSIGN_OR_RETURN(const int64_t bytes,
                            EraseTexts(context, eraser, row_id, dry_run, position));
    part.erased += bytes > 0 ? 1 : 0;
    erased += bytes;
    if (erased >= kMaxErasedBytes && row_id != found.back()) {
      part.next = row_id;
      break;
    }
  }
  return part;
}

}  // namespace whence::inference
