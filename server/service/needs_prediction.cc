#include "service/needs_prediction.h"

namespace whence::service {

// To use everything that the prediction was made with: asked where each reference is found
// (prediction_convert.cc), so that one prediction of a batch may be refused by itself.
absl::Status Needs(Call&, const v1::RecordPredictionRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::RecordPredictionsRequest&) { return absl::OkStatus(); }
// To read it (Visibility::SeesPrediction): asked once it was read.
absl::Status Needs(Call&, const v1::GetPredictionRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::ListPredictionsRequest&) { return absl::OkStatus(); }

}  // namespace whence::service
