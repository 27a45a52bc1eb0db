#pragma once

#include "absl/time/clock.h"
#include "src/uuid.h"
#include "whence/prediction.h"

namespace whence::client_internal {

// Fills in what must stay the same when a prediction is sent again, and what the server could only
// guess later: the id, and when the inference began.
inline Prediction Prepared(Prediction prediction) {
  if (prediction.id.empty()) prediction.id = NewUuid();
  if (!prediction.start_time.has_value()) {
    // Whole microseconds, for that is what is stored and compared.
    prediction.start_time =
        absl::FromUnixMicros(absl::ToUnixMicros(absl::Now() - prediction.latency));
  }
  return prediction;
}

}  // namespace whence::client_internal
