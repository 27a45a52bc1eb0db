#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "whence/connection.h"
#include "whence/prediction.h"
#include "whence/status.h"

namespace whence {

class Client;

struct RecorderOptions {
  // Most predictions held, waiting to be sent and waiting for their acknowledgement together.
  size_t max_queued = 10'000;
  // How long Record may wait for room. Zero: it never waits.
  absl::Duration max_block = absl::ZeroDuration();
  // Most predictions, and about the most bytes, of one message.
  size_t max_batch = 500;
  size_t max_batch_bytes = size_t{1} << 20;
  // Most messages on their way at a time; the server allows 1,000.
  size_t max_in_flight = 8;
  // A connection on which a message is not acknowledged for so long is given up for a new one.
  absl::Duration ack_timeout = absl::Seconds(30);
  // How long the destructor may wait for what is still held.
  absl::Duration close_timeout = absl::Seconds(5);
  // Waits between attempts to reconnect; max_attempts is not used.
  RetryPolicy reconnect{};
  // Told each prediction that the server refused, and why. Called from the recorder's own thread:
  // it may call Record, but neither Flush nor the destructor.
  std::function<void(const Prediction&, const absl::Status&)> on_refused{};
};

// What became of the predictions given to Record. queued + accepted + refused + dropped is their
// number.
struct RecorderCounts {
  int64_t queued = 0;    // held: not sent, or sent and not acknowledged
  int64_t accepted = 0;  // durable at the server
  int64_t refused = 0;   // the server said no, for a reason that stays (see on_refused)
  int64_t dropped = 0;   // not taken by Record, or given up by the destructor
  int64_t resent = 0;    // sent again after a broken connection; not a fate of its own

  friend bool operator==(const RecorderCounts&, const RecorderCounts&) = default;
};

// Records predictions in the background, for code that serves answers and must not wait.
//
//   whence::PredictionRecorder recorder(*client, "prod.churn.scorer");
//   recorder.Record({.id = "p-1", .model = *model, .output = text});   // never blocks
//
// Predictions go to the server in batches over one stream, in the order of Record. A broken stream
// is opened again, with growing waits, and what was not acknowledged is sent again; the server
// takes each id once. A prediction that Record took is held until the server has made it durable or
// has refused it, or until the recorder is destroyed.
//
// Ownership: shares the client's connection; owns one thread. The destructor flushes for at most
// `close_timeout`, then drops what is left. Thread-safety: Record, Flush, counts and last_error are
// safe from any thread.
class PredictionRecorder {
 public:
  // `endpoint` is filled into predictions that name none; it may be empty.
  PredictionRecorder(const Client& client, std::string endpoint, RecorderOptions options = {});
  PredictionRecorder(const PredictionRecorder&) = delete;
  PredictionRecorder& operator=(const PredictionRecorder&) = delete;
  ~PredictionRecorder();

  // Takes a prediction to be recorded. An empty id becomes a new UUID; without a start time, it
  // began `latency` ago. Does not wait for the network, ever; waits for room up to `max_block`.
  // Errors: RESOURCE_EXHAUSTED (RECORDER_FULL): not taken, counted as dropped. INVALID_ARGUMENT
  // (PREDICTION_WITHOUT_PARENT): neither endpoint nor model, counted as dropped.
  KeptStatus Record(Prediction prediction);

  // Waits until all that was taken before this call is accepted, or refused and told to on_refused.
  // OK then, also when some were refused. DEADLINE_EXCEEDED (FLUSH_TIMEOUT) with the last
  // connection error when time ran out; nothing is lost by that.
  absl::Status Flush(absl::Duration timeout = absl::Seconds(30));

  RecorderCounts counts() const;
  // Why the stream was last broken or could not be opened; OK when it stands or never broke.
  absl::Status last_error() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace whence
