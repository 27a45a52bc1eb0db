// How a row of the table `prediction` becomes a Prediction. For this room only.
#pragma once

#include "inference/prediction.h"
#include "sql/rows.h"

// The columns that ReadPrediction expects, in order, of `prediction AS p`.
#define WHENCE_PREDICTION_COLUMNS                                                      \
  "p.row_id, p.id, p.origin_id, p.run_uuid, p.status, p.start_time_us, p.latency_us, " \
  "p.input_tokens, p.output_tokens, p.cost_micros, p.currency, p.error_message, "      \
  "p.input_digest, p.output_digest, p.input_text, p.output_text, p.attributes, "       \
  "p.content_digest, p.recorder, p.create_time_us, p.position"

namespace whence::inference {

// The prediction in the current row.
Prediction ReadPrediction(sql::Rows& row);

}  // namespace whence::inference
