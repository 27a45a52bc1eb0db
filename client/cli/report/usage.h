#pragma once

// What predictions say of the use of a model, added up.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "whence/v1/prediction.pb.h"

namespace whence::cli {

// Counts of one endpoint. A plain value type.
struct EndpointUsage {
  int64_t predictions = 0;
  std::map<v1::PredictionStatus, int64_t> by_status;
};

// Purpose: adds predictions up. Ownership: a value; keeps their latencies, and no texts.
// Thread-safety: none.
class Usage {
 public:
  void Add(const v1::Prediction& prediction);

  int64_t predictions() const { return predictions_; }
  // By endpoint; an empty name: without one.
  const std::map<std::string, EndpointUsage>& endpoints() const { return endpoints_; }
  const std::map<v1::PredictionStatus, int64_t>& by_status() const { return by_status_; }
  // References of what was used, pinned.
  const std::set<std::string>& prompts() const { return prompts_; }
  const std::set<std::string>& indexes() const { return indexes_; }
  const std::set<std::string>& inputs() const { return inputs_; }
  // When the first and the last of them began.
  absl::Time first() const { return first_; }
  absl::Time last() const { return last_; }
  // Of those that say how long they took.
  int64_t timed() const { return static_cast<int64_t>(latencies_.size()); }
  // The latency that `percent` in a hundred of them do not exceed; 0 without any.
  int64_t LatencyMicros(int percent) const;
  int64_t input_tokens() const { return input_tokens_; }
  int64_t output_tokens() const { return output_tokens_; }
  // Millionths by currency.
  const std::map<std::string, int64_t>& cost_micros() const { return cost_micros_; }

 private:
  int64_t predictions_ = 0;
  std::map<std::string, EndpointUsage> endpoints_;
  std::map<v1::PredictionStatus, int64_t> by_status_;
  std::set<std::string> prompts_;
  std::set<std::string> indexes_;
  std::set<std::string> inputs_;
  absl::Time first_ = absl::InfiniteFuture();
  absl::Time last_ = absl::InfinitePast();
  std::vector<int64_t> latencies_;
  int64_t input_tokens_ = 0;
  int64_t output_tokens_ = 0;
  std::map<std::string, int64_t> cost_micros_;
};

}  // namespace whence::cli
