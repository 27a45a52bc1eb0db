#include "cli/report/usage.h"

#include <algorithm>
#include <cstddef>

#include "base/assert.h"
#include "cli/text/human.h"

namespace whence::cli {

void Usage::Add(const v1::Prediction& prediction) {
  const v1::PredictionStatus status = prediction.status() == v1::PREDICTION_STATUS_UNSPECIFIED
                                          ? v1::PREDICTION_STATUS_OK
                                          : prediction.status();
  ++predictions_;
  ++by_status_[status];
  EndpointUsage& endpoint = endpoints_[prediction.endpoint()];
  ++endpoint.predictions;
  ++endpoint.by_status[status];
  prompts_.insert(prediction.prompts().begin(), prediction.prompts().end());
  inputs_.insert(prediction.inputs().begin(), prediction.inputs().end());
  for (const v1::RetrievedItem& item : prediction.retrieved()) indexes_.insert(item.index());
  const absl::Time start = ToTime(prediction.start_time());
  first_ = std::min(first_, start);
  last_ = std::max(last_, start);
  if (prediction.latency_us() > 0) latencies_.push_back(prediction.latency_us());
  input_tokens_ += prediction.input_tokens();
  output_tokens_ += prediction.output_tokens();
  if (prediction.cost_micros() > 0) {
    cost_micros_[prediction.currency()] += prediction.cost_micros();
  }
}

int64_t Usage::LatencyMicros(int percent) const {
  WHENCE_ASSERT(percent >= 1 && percent <= 100);
  if (latencies_.empty()) return 0;
  // The nearest rank: the smallest that so many do not exceed.
  const size_t rank = (latencies_.size() * static_cast<size_t>(percent) + 99) / 100;
  std::vector<int64_t> copy = latencies_;
  const auto place = copy.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(copy.begin(), place, copy.end());
  return *place;
}

}  // namespace whence::cli
