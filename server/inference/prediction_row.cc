#include "inference/prediction_row.h"

#include <utility>

#include "ledger/row_hash.h"

namespace whence::inference {

Prediction ReadPrediction(sql::Rows& row) {
  const auto text = [&row](int column) { return std::string(row.Text(column)); };
  bool erased = false;
  const auto optional_text = [&](int column) -> std::optional<std::string> {
    if (row.IsNull(column)) return std::nullopt;
    if (ledger::IsErasedMark(row.Text(column))) {
      erased = true;
      return std::nullopt;
    }
    return text(column);
  };
  std::optional<std::string> input_text = optional_text(14);
  std::optional<std::string> output_text = optional_text(15);
  return Prediction{.row_id = row.Int64(0),
                    .id = text(1),
                    .origin_id = row.Int64(2),
                    .run_uuid = text(3),
                    .status = row.Int(4),
                    .start_time = row.Time(5),
                    .latency_us = row.Int64(6),
                    .input_tokens = row.Int64(7),
                    .output_tokens = row.Int64(8),
                    .cost_micros = row.Int64(9),
                    .currency = text(10),
                    .error_message = text(11),
                    .input_digest = text(12),
                    .output_digest = text(13),
                    .input_text = std::move(input_text),
                    .output_text = std::move(output_text),
                    .erased = erased,
                    .attributes = std::string(row.Blob(16)),
                    .content_digest = std::string(row.Blob(17)),
                    .recorder = text(18),
                    .create_time = row.Time(19),
                    .position = row.Int64(20)};
}

}  // namespace whence::inference
