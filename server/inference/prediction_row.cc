#include "inference/prediction_row.h"

namespace whence::inference {

Prediction ReadPrediction(sql::Rows& row) {
  const auto text = [&row](int column) { return std::string(row.Text(column)); };
  const auto optional_text = [&](int column) {
    return row.IsNull(column) ? std::nullopt : std::optional<std::string>(text(column));
  };
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
                    .input_text = optional_text(14),
                    .output_text = optional_text(15),
                    .attributes = std::string(row.Blob(16)),
                    .content_digest = std::string(row.Blob(17)),
                    .recorder = text(18),
                    .create_time = row.Time(19),
                    .position = row.Int64(20)};
}

}  // namespace whence::inference
