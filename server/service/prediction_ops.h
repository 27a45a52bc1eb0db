// Operations on predictions. What each does and how it fails stands in whence/v1/prediction.proto.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/prediction.pb.h"

namespace whence::service {

absl::Status ValidateRecordPrediction(const v1::RecordPredictionRequest& request);
absl::StatusOr<v1::Prediction> RecordPrediction(Call& call,
                                                const v1::RecordPredictionRequest& request);

absl::Status ValidateRecordPredictions(const v1::RecordPredictionsRequest& request);
absl::StatusOr<v1::RecordPredictionsResponse> RecordPredictions(
    Call& call, const v1::RecordPredictionsRequest& request);

absl::StatusOr<v1::Prediction> GetPrediction(Call& call, const v1::GetPredictionRequest& request);
absl::StatusOr<v1::ListPredictionsResponse> ListPredictions(
    Call& call, const v1::ListPredictionsRequest& request);

}  // namespace whence::service
