// The operations of PredictionService: one line each, in the order of the contract.
#pragma once

#include "service/needs_prediction.h"
#include "service/operation.h"
#include "service/prediction_ops.h"
#include "whence/v1/prediction.pb.h"

namespace whence::service {

inline constexpr MutationOperation<v1::RecordPredictionRequest, v1::Prediction> kRecordPrediction{
    "RecordPrediction", ValidateRecordPrediction, RecordPrediction};
inline constexpr MutationOperation<v1::RecordPredictionsRequest, v1::RecordPredictionsResponse>
    kRecordPredictions{"RecordPredictions", ValidateRecordPredictions, RecordPredictions};
inline constexpr ReadOperation<v1::GetPredictionRequest, v1::Prediction> kGetPrediction{
    "GetPrediction", Pace::kShort, GetPrediction};
inline constexpr ReadOperation<v1::ListPredictionsRequest, v1::ListPredictionsResponse>
    kListPredictions{"ListPredictions", Pace::kLong, ListPredictions};

}  // namespace whence::service
