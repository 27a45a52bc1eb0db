// What the operations of PredictionService need of their callers: see needs_catalog.h.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "whence/v1/prediction.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::RecordPredictionRequest& request);
absl::Status Needs(Call& call, const v1::RecordPredictionsRequest& request);
absl::Status Needs(Call& call, const v1::GetPredictionRequest& request);
absl::Status Needs(Call& call, const v1::ListPredictionsRequest& request);

}  // namespace whence::service
