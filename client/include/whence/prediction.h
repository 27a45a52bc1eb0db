#pragma once

// Predictions: single inferences with their parents. Plain values.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "whence/types.h"

namespace whence {

// How an inference ended. The values are those of the wire.
enum class PredictionStatus { kOk = 1, kError = 2, kBlocked = 3 };

// One item that retrieval brought.
struct RetrievedItem {
  std::string index{};  // the index it came from: "a.b.c", "a.b.c@3", "a.b.c@live"
  std::string item_id{};
  double score = 0;
  std::string source{};           // the dataset version it was made from
  std::string source_location{};  // where in the source: "row 117"
  std::string excerpt{};          // beginning of its text
};

// One inference. References may name a version ("a.b.c@3"), an alias ("a.b.c@champion") or just the
// asset, which means its newest version when the server records it. A VersionRef fits everywhere.
struct Prediction {
  // Unique, 1 to 128 bytes without spaces. Recording an id again with the same content changes
  // nothing; with other content it is refused (PREDICTION_ALREADY_EXISTS).
  std::string id{};
  std::string endpoint{};  // at least one of endpoint and model is required
  std::string model{};
  std::vector<std::string> prompts{};
  std::vector<std::string> inputs{};       // other versions read: features, documents
  std::vector<RetrievedItem> retrieved{};  // best first
  std::string input{};                     // as text; may be left empty and given by digest
  std::string output{};                    // as text
  PredictionStatus status = PredictionStatus::kOk;
  std::string error_message{};
  std::optional<absl::Time> start_time{};  // when the inference began
  absl::Duration latency = absl::ZeroDuration();
  int64_t input_tokens = 0;    // 0: unknown
  int64_t output_tokens = 0;   // 0: unknown
  int64_t cost_micros = 0;     // millionths of the currency's unit
  std::string currency{};      // ISO 4217; empty: USD
  std::string run_id{};        // the run it was part of
  std::string input_digest{};  // empty: made of the text
  std::string output_digest{};
  Properties properties{};

  std::string recorder{};                         // output
  absl::Time create_time = absl::InfinitePast();  // output
  int64_t position = 0;                           // output
};

// Which predictions to list, newest first. What is empty does not restrict.
struct PredictionQuery {
  std::string endpoint{};  // all versions of the asset, or one version; so for model and prompt
  std::string model{};
  std::string prompt{};
  std::optional<absl::Time> start_time{};  // began at or after
  std::optional<absl::Time> end_time{};    // began before
  std::optional<PredictionStatus> status{};
  std::string filter{};
  AsOf as_of{};
  int32_t page_size = 0;  // 0: the server's default
  std::string page_token{};
};

// A numbered batch on its way to the server, and the server's answer to it. Only connections and
// their mocks have to do with these.
struct PredictionBatch {
  int64_t sequence = 0;
  std::vector<Prediction> predictions{};
};

struct RefusedPrediction {
  size_t index = 0;  // in the batch
  absl::Status status{};
};

struct PredictionAck {
  int64_t sequence = 0;
  std::vector<RefusedPrediction> refused{};  // the others are durable
};

}  // namespace whence
