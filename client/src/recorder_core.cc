#include "src/recorder_core.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "src/error_info.h"
#include "src/prepare.h"

namespace whence {
namespace {

using client_internal::MakeError;

// How often a batch may break the stream before it is taken apart to find the prediction to blame.
constexpr int kMaxStrikes = 3;

RecorderOptions Sensible(RecorderOptions options) {
  options.max_queued = std::max(options.max_queued, size_t{1});
  options.max_batch = std::clamp(options.max_batch, size_t{1}, size_t{10'000});
  options.max_in_flight = std::clamp(options.max_in_flight, size_t{1}, size_t{1000});
  return options;
}

// About the bytes of a prediction on the wire; its texts are nearly all of it.
size_t SizeOf(const Prediction& prediction) {
  size_t bytes = 256 + prediction.input.size() + prediction.output.size();
  for (const RetrievedItem& item : prediction.retrieved) bytes += 64 + item.excerpt.size();
  for (const auto& [key, value] : prediction.properties) bytes += key.size() + value.size();
  return bytes;
}

// Whether a stream may have broken over what was sent on it, rather than over the network or the
// server's state.
bool BlamesContent(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    case absl::StatusCode::kResourceExhausted:  // gRPC's word for a message over the limit
      return absl::StrContains(status.message(), "larger than max");
    default:
      return false;
  }
}

}  // namespace

PredictionRecorder::Core::Core(std::shared_ptr<Connection> connection, std::string endpoint,
                               RecorderOptions options)
    : connection_(std::move(connection)),
      endpoint_(std::move(endpoint)),
      options_(Sensible(std::move(options))),
      backoff_(options_.reconnect),
      thread_([this] { Run(); }) {}

PredictionRecorder::Core::~Core() {
  Flush(options_.close_timeout).IgnoreError();
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

KeptStatus PredictionRecorder::Core::Record(Prediction prediction) {
  if (prediction.endpoint.empty()) prediction.endpoint = endpoint_;
  const bool orphan = prediction.endpoint.empty() && prediction.model.empty();
  prediction = client_internal::Prepared(std::move(prediction));
  absl::MutexLock lock(&mutex_);
  if (orphan) {
    ++counts_.dropped;
    return MakeError(absl::StatusCode::kInvalidArgument,
                     "prediction " + prediction.id + " has neither endpoint nor model",
                     "PREDICTION_WITHOUT_PARENT", "give the recorder an endpoint", "endpoint");
  }
  if (!HasRoom()) {
    mutex_.AwaitWithTimeout(absl::Condition(this, &Core::HasRoom), options_.max_block);
  }
  if (!HasRoom()) {
    ++counts_.dropped;
    std::string message = "the recorder holds " + std::to_string(held_) + " predictions already";
    if (!last_error_.ok()) message += "; " + std::string(last_error_.message());
    return MakeError(absl::StatusCode::kResourceExhausted, message, "RECORDER_FULL",
                     "predictions come faster than the server takes them: raise max_queued, or "
                     "allow Record to wait with max_block");
  }
  waiting_.push_back(std::move(prediction));
  ++held_;
  ++taken_;
  return absl::OkStatus();
}

absl::Status PredictionRecorder::Core::Flush(absl::Duration timeout) {
  struct Waiter {
    const Core* core;
    int64_t tickets;
    bool Done() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return core->OldestTicket() >= tickets; }
  };
  absl::MutexLock lock(&mutex_);
  const Waiter waiter{this, taken_};
  if (mutex_.AwaitWithTimeout(absl::Condition(&waiter, &Waiter::Done), timeout)) {
    return absl::OkStatus();
  }
  std::string message = std::to_string(held_) + " predictions are not acknowledged after " +
                        absl::FormatDuration(timeout);
  if (!last_error_.ok()) message += ": " + std::string(last_error_.message());
  return MakeError(absl::StatusCode::kDeadlineExceeded, message, "FLUSH_TIMEOUT",
                   "they are still held and are sent as soon as the server takes them");
}

RecorderCounts PredictionRecorder::Core::counts() const {
  absl::MutexLock lock(&mutex_);
  RecorderCounts counts = counts_;
  counts.queued = static_cast<int64_t>(held_);
  return counts;
}

absl::Status PredictionRecorder::Core::last_error() const {
  absl::MutexLock lock(&mutex_);
  return last_error_;
}

void PredictionRecorder::Core::Run() {
  std::vector<Event> events;
  while (WaitForWork(&events)) {
    for (const Event& event : events) Handle(event);
    events.clear();
    OpenStream();
    SendWhatFits();
  }
  stream_.reset();
}

// Waits until there is something to do and takes what the stream told. False: it is time to end.
bool PredictionRecorder::Core::WaitForWork(std::vector<Event>* events) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithDeadline(absl::Condition(this, &Core::HasWork), WakeTime());
  events->swap(events_);
  return !stop_;
}

void PredictionRecorder::Core::Handle(const Event& event) {
  if (event.stream != stream_number_) return;  // told by a stream that is gone
  if (event.ack.has_value()) {
    HandleAck(*event.ack);
  } else {
    HandleClosed(event.closed);
  }
}

void PredictionRecorder::Core::HandleAck(const PredictionAck& ack) {
  std::vector<Refusal> refusals;
  {
    absl::MutexLock lock(&mutex_);
    const auto sent_end = in_flight_.begin() + static_cast<std::ptrdiff_t>(sent_);
    const auto found = std::find_if(in_flight_.begin(), sent_end, [&](const InFlight& flight) {
      return flight.batch.sequence == ack.sequence;
    });
    if (found == sent_end) return;
    std::vector<Prediction>& predictions = found->batch.predictions;
    for (const RefusedPrediction& refused : ack.refused) {
      if (refused.index >= predictions.size()) continue;
      refusals.emplace_back(std::move(predictions[refused.index]), refused.status);
    }
    counts_.refused += static_cast<int64_t>(refusals.size());
    counts_.accepted += static_cast<int64_t>(predictions.size() - refusals.size());
    held_ -= predictions.size();
    in_flight_.erase(found);
    --sent_;
    if (in_flight_.empty()) careful_ = false;
    proven_ = true;
    last_error_ = absl::OkStatus();
  }
  strikes_ = 0;
  backoff_.Reset();
  Tell(refusals);
}

void PredictionRecorder::Core::HandleClosed(const absl::Status& status) {
  stream_.reset();
  bool blamed = false;
  {
    absl::MutexLock lock(&mutex_);
    open_ = false;
    cancelled_ = false;
    last_error_ = status;
    blamed = sent_ > 0 && BlamesContent(status) && ++strikes_ >= (careful_ ? 1 : kMaxStrikes);
    sent_ = 0;
    next_attempt_ = absl::Now() + backoff_.Next();
  }
  if (blamed) Isolate(status);
}

// Takes the oldest batch, over which the stream keeps breaking, apart; what cannot be taken apart
// is refused. So one bad prediction never holds up the others.
void PredictionRecorder::Core::Isolate(const absl::Status& status) {
  std::vector<Refusal> refusals;
  {
    absl::MutexLock lock(&mutex_);
    careful_ = true;
    InFlight& front = in_flight_.front();
    std::vector<Prediction>& all = front.batch.predictions;
    if (all.size() == 1) {
      refusals.emplace_back(std::move(all.front()), status);
      ++counts_.refused;
      --held_;
      in_flight_.pop_front();
      if (in_flight_.empty()) careful_ = false;
    } else {
      const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
      InFlight first{.first_ticket = front.first_ticket, .sent_before = true};
      first.batch.sequence = next_sequence_++;
      first.batch.predictions.assign(std::make_move_iterator(all.begin()),
                                     std::make_move_iterator(half));
      all.erase(all.begin(), half);
      front.first_ticket += static_cast<int64_t>(first.batch.predictions.size());
      front.batch.sequence = next_sequence_++;
      in_flight_.push_front(std::move(first));
    }
  }
  backoff_.Reset();  // the server is there
  Tell(refusals);
}

// Opens a stream if there is none and something to send; breaks one that has gone silent.
void PredictionRecorder::Core::OpenStream() {
  bool open = false;
  bool cancel = false;
  {
    absl::MutexLock lock(&mutex_);
    if (open_) {
      cancel = !cancelled_ && absl::Now() >= WakeTime();
      cancelled_ = cancelled_ || cancel;
    } else if (held_ > 0 && absl::Now() >= next_attempt_) {
      open = open_ = true;
      proven_ = false;
    }
  }
  if (cancel) stream_->Cancel();
  if (!open) return;
  const int64_t number = ++stream_number_;
  stream_ = connection_->OpenPredictionStream(
      {.on_ack = [this,
                  number](PredictionAck ack) { Leave({.stream = number, .ack = std::move(ack)}); },
       .on_closed =
           [this, number](absl::Status status) { Leave({.stream = number, .closed = status}); }});
}

void PredictionRecorder::Core::SendWhatFits() {
  for (;;) {
    const InFlight* next = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (CanSend()) next = NextToSend();
    }
    if (next == nullptr) return;
    // Not under the lock, for events may come from inside. The batch stays where it is: only this
    // thread takes any out.
    stream_->Send(next->batch);
  }
}

PredictionRecorder::Core::InFlight* PredictionRecorder::Core::NextToSend() {
  if (sent_ == in_flight_.size()) {
    InFlight fresh{.first_ticket = taken_ - static_cast<int64_t>(waiting_.size())};
    fresh.batch = TakeBatch();
    in_flight_.push_back(std::move(fresh));
  }
  InFlight& next = in_flight_[sent_++];
  next.sent_at = absl::Now();
  if (std::exchange(next.sent_before, true)) {
    counts_.resent += static_cast<int64_t>(next.batch.predictions.size());
  }
  return &next;
}

PredictionBatch PredictionRecorder::Core::TakeBatch() {
  PredictionBatch batch{.sequence = next_sequence_++};
  size_t bytes = 0;
  while (!waiting_.empty() && batch.predictions.size() < options_.max_batch) {
    bytes += SizeOf(waiting_.front());
    if (bytes > options_.max_batch_bytes && !batch.predictions.empty()) break;
    batch.predictions.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

void PredictionRecorder::Core::Tell(const std::vector<Refusal>& refusals) {
  if (options_.on_refused == nullptr) return;
  for (const auto& [prediction, status] : refusals) options_.on_refused(prediction, status);
}

void PredictionRecorder::Core::Leave(Event event) {
  absl::MutexLock lock(&mutex_);
  events_.push_back(std::move(event));
}

bool PredictionRecorder::Core::HasWork() const {
  return stop_ || !events_.empty() || CanSend() ||
         (!open_ && held_ > 0 && absl::Now() >= next_attempt_);
}

bool PredictionRecorder::Core::HasRoom() const { return held_ < options_.max_queued; }

bool PredictionRecorder::Core::CanSend() const {
  if (!open_ || cancelled_) return false;
  const size_t window = proven_ && !careful_ ? options_.max_in_flight : 1;
  return sent_ < window && (sent_ < in_flight_.size() || !waiting_.empty());
}

// When the thread must look again although nothing happened: to try to connect, or to give up on a
// stream that does not acknowledge.
absl::Time PredictionRecorder::Core::WakeTime() const {
  if (!open_) {
    // Also with nothing held: what is recorded meanwhile shall find a thread that knows the time.
    return held_ > 0 || next_attempt_ > absl::Now() ? next_attempt_ : absl::InfiniteFuture();
  }
  if (cancelled_ || sent_ == 0) return absl::InfiniteFuture();
  return in_flight_.front().sent_at + options_.ack_timeout;
}

// The ticket before which everything is settled.
int64_t PredictionRecorder::Core::OldestTicket() const {
  if (!in_flight_.empty()) return in_flight_.front().first_ticket;
  return taken_ - static_cast<int64_t>(waiting_.size());
}

}  // namespace whence
