#include "whence/prediction_recorder.h"

#include <utility>

#include "src/recorder_core.h"
#include "whence/client.h"

namespace whence {

PredictionRecorder::PredictionRecorder(const Client& client, std::string endpoint,
                                       RecorderOptions options)
    : core_(std::make_unique<Core>(client.connection(), std::move(endpoint), std::move(options))) {}

PredictionRecorder::~PredictionRecorder() = default;

KeptStatus PredictionRecorder::Record(Prediction prediction) {
  return core_->Record(std::move(prediction));
}

absl::Status PredictionRecorder::Flush(absl::Duration timeout) { return core_->Flush(timeout); }

RecorderCounts PredictionRecorder::counts() const { return core_->counts(); }

absl::Status PredictionRecorder::last_error() const { return core_->last_error(); }

}  // namespace whence
