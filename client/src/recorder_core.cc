#include "src/recorder_core.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "src/error_info.h"
#include "src/prepare.h"
#include "whence/status.h"

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

// When a wait of that length is over; the end of time for one that is never.
std::chrono::steady_clock::time_point EndOf(absl::Duration wait) {
  constexpr absl::Duration kForEver = absl::Hours(24 * 365);
  if (wait > kForEver) return std::chrono::steady_clock::time_point::max();
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(wait);
}

// Waits until the condition holds or the time has come; whether the condition holds.
template <typename Condition>
bool WaitUntil(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
               std::chrono::steady_clock::time_point time, const Condition& condition) {
  if (time != std::chrono::steady_clock::time_point::max()) {
    return changed.wait_until(lock, time, condition);
  }
  changed.wait(lock, condition);
  return true;
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
    case absl::StatusCode::kResourceExhausted:
      // gRPC's word for a message over the limit, and the server's for one over its sender's.
      return absl::StrContains(status.message(), "larger than max") ||
             ErrorReason(status) == "REQUEST_OVER_BYTES_LIMIT";
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
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  work_.notify_one();
  thread_.join();
}

KeptStatus PredictionRecorder::Core::Record(Prediction prediction) {
  if (prediction.endpoint.empty()) prediction.endpoint = endpoint_;
  const bool orphan = prediction.endpoint.empty() && prediction.model.empty();
  prediction = client_internal::Prepared(std::move(prediction));
  std::unique_lock<std::mutex> lock(mutex_);
  if (orphan) {
    ++counts_.dropped;
    return MakeError(absl::StatusCode::kInvalidArgument,
                     "prediction " + prediction.id + " has neither endpoint nor model",
                     "PREDICTION_WITHOUT_PARENT", "give the recorder an endpoint", "endpoint");
  }
  if (!WaitUntil(settled_, lock, EndOf(options_.max_block), [this] { return HasRoom(); })) {
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
  lock.unlock();
  work_.notify_one();
  return absl::OkStatus();
}

absl::Status PredictionRecorder::Core::Flush(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  const int64_t tickets = taken_;
  if (WaitUntil(settled_, lock, EndOf(timeout), [&] { return OldestTicket() >= tickets; })) {
    return absl::OkStatus();
  }
  std::string message = std::to_string(held_) + " predictions are not acknowledged after " +
                        absl::FormatDuration(timeout);
  if (!last_error_.ok()) message += ": " + std::string(last_error_.message());
  return MakeError(absl::StatusCode::kDeadlineExceeded, message, "FLUSH_TIMEOUT",
                   "they are still held and are sent as soon as the server takes them");
}

RecorderCounts PredictionRecorder::Core::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  RecorderCounts counts = counts_;
  counts.queued = static_cast<int64_t>(held_);
  return counts;
}

absl::Status PredictionRecorder::Core::last_error() const {
  const std::lock_guard<std::mutex> lock(mutex_);
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
  std::unique_lock<std::mutex> lock(mutex_);
  WaitUntil(work_, lock, WakeTime(), [this] { return HasWork(); });
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
  InFlight* flight = nullptr;
  size_t place = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    while (place < sent_ && in_flight_[place].batch.sequence != ack.sequence) ++place;
    if (place < sent_) flight = &in_flight_[place];
  }
  if (flight == nullptr) return;  // an answer to nothing
  // Told before the batch counts as settled, so that whoever waits in Flush finds all told. Not
  // under the lock; the batch stays where it is, for only this thread takes any out.
  const std::vector<Prediction>& predictions = flight->batch.predictions;
  int64_t refused = 0;
  for (const RefusedPrediction& refusal : ack.refused) {
    if (refusal.index >= predictions.size()) continue;
    ++refused;
    Tell(predictions[refusal.index], refusal.status);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    counts_.refused += refused;
    counts_.accepted += static_cast<int64_t>(predictions.size()) - refused;
    held_ -= predictions.size();
    in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(place));
    --sent_;
    if (in_flight_.empty()) careful_ = false;
    proven_ = true;
    last_error_ = absl::OkStatus();
  }
  settled_.notify_all();
  strikes_ = 0;
  backoff_.Reset();
}

void PredictionRecorder::Core::HandleClosed(const absl::Status& status) {
  stream_.reset();
  bool blamed = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = false;
    cancelled_ = false;
    last_error_ = status;
    blamed = sent_ > 0 && BlamesContent(status) && ++strikes_ >= (careful_ ? 1 : kMaxStrikes);
    sent_ = 0;
    next_attempt_ = EndOf(backoff_.Next());
  }
  if (blamed) Isolate(status);
}

// Deals with the oldest batch, over which the stream keeps breaking: takes it apart, or refuses
// what cannot be taken apart. So one bad prediction never holds up the others.
void PredictionRecorder::Core::Isolate(const absl::Status& status) {
  backoff_.Reset();  // the server is there
  const InFlight* single = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    careful_ = true;
    if (in_flight_.front().batch.predictions.size() > 1) {
      SplitFront();
      return;
    }
    single = &in_flight_.front();
  }
  Tell(single->batch.predictions.front(), status);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.refused;
    --held_;
    in_flight_.pop_front();
    if (in_flight_.empty()) careful_ = false;
  }
  settled_.notify_all();
}

// Makes two batches of the oldest one.
void PredictionRecorder::Core::SplitFront() {
  InFlight& front = in_flight_.front();
  std::vector<Prediction>& all = front.batch.predictions;
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

// Opens a stream if there is none and something to send; breaks one that has gone silent.
void PredictionRecorder::Core::OpenStream() {
  bool open = false;
  bool cancel = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (open_) {
      cancel = !cancelled_ && Clock::now() >= WakeTime();
      cancelled_ = cancelled_ || cancel;
    } else if (held_ > 0 && Clock::now() >= next_attempt_) {
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
           [this, number](absl::Status status) {
             Leave({.stream = number, .closed = std::move(status)});
           }});
}

void PredictionRecorder::Core::SendWhatFits() {
  for (;;) {
    const InFlight* next = nullptr;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
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
  next.sent_at = Clock::now();
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

void PredictionRecorder::Core::Tell(const Prediction& prediction, const absl::Status& status) {
  if (options_.on_refused != nullptr) options_.on_refused(prediction, status);
}

void PredictionRecorder::Core::Leave(Event event) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(std::move(event));
  }
  work_.notify_one();
}

bool PredictionRecorder::Core::HasWork() const {
  return stop_ || !events_.empty() || CanSend() ||
         (!open_ && held_ > 0 && Clock::now() >= next_attempt_);
}

bool PredictionRecorder::Core::HasRoom() const { return held_ < options_.max_queued; }

bool PredictionRecorder::Core::CanSend() const {
  if (!open_ || cancelled_) return false;
  const size_t window = proven_ && !careful_ ? options_.max_in_flight : 1;
  return sent_ < window && (sent_ < in_flight_.size() || !waiting_.empty());
}

// When the thread must look again although nothing happened: to try to connect, or to give up on a
// stream that does not acknowledge.
std::chrono::steady_clock::time_point PredictionRecorder::Core::WakeTime() const {
  if (!open_) {
    // Also with nothing held: what is recorded meanwhile shall find a thread that knows the time.
    return held_ > 0 || next_attempt_ > Clock::now() ? next_attempt_ : Clock::time_point::max();
  }
  if (cancelled_ || sent_ == 0) return Clock::time_point::max();
  const auto silence = absl::ToChronoNanoseconds(std::min(options_.ack_timeout, absl::Hours(24)));
  return in_flight_.front().sent_at + silence;
}

// The ticket before which everything is settled.
int64_t PredictionRecorder::Core::OldestTicket() const {
  if (!in_flight_.empty()) return in_flight_.front().first_ticket;
  return taken_ - static_cast<int64_t>(waiting_.size());
}

}  // namespace whence
