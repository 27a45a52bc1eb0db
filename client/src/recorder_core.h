#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "src/backoff.h"
#include "whence/prediction_recorder.h"

namespace whence {

// What is inside of a PredictionRecorder: a queue, a window of batches on their way, and one thread
// that alone speaks to the stream. Callers and the stream's events only take the lock, leave
// something and wake the thread.
//
// A prediction has a ticket: its number in the order of Record. Everything that is held is, in
// order of tickets, the batches of in_flight_ and then waiting_. A batch leaves in_flight_ when it
// was acknowledged, and only then; a new stream begins with what is left.
class PredictionRecorder::Core {
 public:
  Core(std::shared_ptr<Connection> connection, std::string endpoint, RecorderOptions options);
  ~Core();

  KeptStatus Record(Prediction prediction);
  absl::Status Flush(absl::Duration timeout);
  RecorderCounts counts() const;
  absl::Status last_error() const;

 private:
  struct InFlight {
    PredictionBatch batch{};
    int64_t first_ticket = 0;
    absl::Time sent_at = absl::InfinitePast();  // on the present stream
    bool sent_before = false;                   // on any stream
  };
  // What a stream told: an acknowledgement, or that it was closed.
  struct Event {
    int64_t stream = 0;
    std::optional<PredictionAck> ack{};
    absl::Status closed{};
  };
  using Refusal = std::pair<Prediction, absl::Status>;

  // The thread.
  void Run();
  bool WaitForWork(std::vector<Event>* events);
  void Handle(const Event& event);
  void HandleAck(const PredictionAck& ack);
  void HandleClosed(const absl::Status& status);
  void Isolate(const absl::Status& status);
  void OpenStream();
  void SendWhatFits();
  InFlight* NextToSend() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell(const std::vector<Refusal>& refusals);
  void Leave(Event event);

  // Under the lock.
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CanSend() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time WakeTime() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t OldestTicket() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PredictionBatch TakeBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<Connection> connection_;
  const std::string endpoint_;
  const RecorderOptions options_;

  // Only the thread's.
  std::unique_ptr<PredictionStream> stream_;
  int64_t stream_number_ = 0;
  int64_t next_sequence_ = 1;
  client_internal::Backoff backoff_;
  int strikes_ = 0;  // streams in a row that broke over the oldest batch

  mutable absl::Mutex mutex_;
  std::deque<Prediction> waiting_ ABSL_GUARDED_BY(mutex_);
  // Changed by the thread only. Those on the present stream come first: sent_ of them.
  std::deque<InFlight> in_flight_ ABSL_GUARDED_BY(mutex_);
  size_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;         // predictions in both
  int64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;       // tickets given
  bool open_ ABSL_GUARDED_BY(mutex_) = false;       // there is a stream
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;  // and it is being broken by us
  bool proven_ ABSL_GUARDED_BY(mutex_) = false;     // and it has acknowledged something
  bool careful_ ABSL_GUARDED_BY(mutex_) = false;    // one batch at a time, for one is bad
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time next_attempt_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::vector<Event> events_ ABSL_GUARDED_BY(mutex_);
  RecorderCounts counts_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;  // last: everything above is there when it starts
};

}  // namespace whence
