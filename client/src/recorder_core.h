#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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
  using Clock = std::chrono::steady_clock;

  struct InFlight {
    PredictionBatch batch{};
    int64_t first_ticket = 0;
    Clock::time_point sent_at{};  // on the present stream
    bool sent_before = false;     // on any stream
  };
  // What a stream told: an acknowledgement, or that it was closed.
  struct Event {
    int64_t stream = 0;
    std::optional<PredictionAck> ack{};
    absl::Status closed{};
  };

  // The thread.
  void Run();
  bool WaitForWork(std::vector<Event>* events);
  void Handle(const Event& event);
  void HandleAck(const PredictionAck& ack);
  void HandleClosed(const absl::Status& status);
  void Isolate(const absl::Status& status);
  void OpenStream();
  void SendWhatFits();
  void Tell(const Prediction& prediction, const absl::Status& status);
  void Leave(Event event);

  // With mutex_ held.
  bool HasWork() const;
  bool HasRoom() const;
  bool CanSend() const;
  Clock::time_point WakeTime() const;
  int64_t OldestTicket() const;
  InFlight* NextToSend();
  PredictionBatch TakeBatch();
  void SplitFront();

  const std::shared_ptr<Connection> connection_;
  const std::string endpoint_;
  const RecorderOptions options_;

  // Only the thread's.
  std::unique_ptr<PredictionStream> stream_;
  int64_t stream_number_ = 0;
  int64_t next_sequence_ = 1;
  client_internal::Backoff backoff_;
  int strikes_ = 0;  // streams in a row that broke over the oldest batch

  mutable std::mutex mutex_;         // guards all that follows but the thread
  std::condition_variable work_;     // something to do for the thread
  std::condition_variable settled_;  // a batch has left: for those who wait in Record and Flush
  std::deque<Prediction> waiting_;
  // Changed by the thread only. Those on the present stream come first: sent_ of them.
  std::deque<InFlight> in_flight_;
  size_t sent_ = 0;
  size_t held_ = 0;         // predictions in both
  int64_t taken_ = 0;       // tickets given
  bool open_ = false;       // there is a stream
  bool cancelled_ = false;  // and it is being broken by us
  bool proven_ = false;     // and it has acknowledged something
  bool careful_ = false;    // one batch at a time, for one is bad
  bool stop_ = false;
  Clock::time_point next_attempt_{};
  std::vector<Event> events_;
  RecorderCounts counts_;
  absl::Status last_error_;

  std::thread thread_;  // last: everything above is there when it starts
};

}  // namespace whence
