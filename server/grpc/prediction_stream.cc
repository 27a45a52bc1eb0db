#include "grpc/prediction_stream.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "grpc/wire.h"
#include "service/prediction_operations.h"

namespace whence::rpc {

namespace {

absl::Status Stopping() {
  return Unavailable("SERVER_STOPPING", "the server is stopping",
                     "open the stream again when it is back, and send what was not acknowledged");
}

absl::Status Idle() {
  return Unavailable("STREAM_IDLE", "nothing came on this stream, and others wanted its place",
                     "open another one when there is something to record");
}

}  // namespace

PredictionStream::PredictionStream(service::Corridor* corridor,
                                   grpc::CallbackServerContext* context, StreamRoom* room,
                                   OpenStreams* streams)
    : corridor_(corridor),
      context_(context),
      info_(InfoOf(*context, &cancelled_)),
      room_(room),
      streams_(streams),
      last_event_(absl::ToUnixNanos(absl::Now())),
      place_(room->places) {
  // Who may not call at all takes nobody's place. Each message is asked for its credential again.
  const absl::Status admitted = corridor_->Authenticate(info_, "StreamPredictions");
  if (!admitted.ok()) {
    std::lock_guard lock(mutex_);
    place_.GiveBack();
    finished_ = true;
    Finish(ToWire(admitted));
    return;
  }
  if (!place_.taken() && streams_->EndIdlest(room_->idle)) place_.Take(room_->places);
  std::lock_guard lock(mutex_);
  if (!streams_->Add(this)) {
    finished_ = true;
    Finish(ToWire(Stopping()));
    return;
  }
  if (place_.taken()) {
    StartNextRead();
    return;
  }
  finished_ = true;
  Finish(ToWire(ResourceExhausted("TOO_MANY_STREAMS", "too many streams of predictions are open",
                                  "close streams that are idle, or record in batches")));
}

PredictionStream::~PredictionStream() {
  streams_->Remove(this);
  RemoveBytes(unacknowledged_bytes_);
}

void PredictionStream::End() {
  std::optional<grpc::Status> outcome;
  {
    std::lock_guard lock(mutex_);
    reads_over_ = true;
    ended_ = Stopping();
    outcome = Advance();
  }
  if (outcome.has_value()) Finish(*outcome);
}

bool PredictionStream::EndIdle() {
  std::optional<grpc::Status> outcome;
  bool stuck = false;
  {
    std::lock_guard lock(mutex_);
    if (!place_.taken() || in_corridor_ > 0 || finished_) return false;
    place_.GiveBack();
    reads_over_ = true;
    ended_ = Idle();
    stuck = write_pending_;  // its caller does not take what is acknowledged
    outcome = Advance();
  }
  if (stuck) context_->TryCancel();
  if (outcome.has_value()) Finish(*outcome);
  return true;
}

void PredictionStream::AddBytes(size_t bytes) {
  unacknowledged_bytes_ += bytes;
  room_->bytes.fetch_add(bytes);
}

void PredictionStream::RemoveBytes(size_t bytes) {
  unacknowledged_bytes_ -= bytes;
  room_->bytes.fetch_sub(bytes);
}

void PredictionStream::StartNextRead() {
  if (read_pending_ || reads_over_ || refused_ || broken_ || finished_) return;
  if (batches_.size() >= static_cast<size_t>(kMaxUnacknowledged)) return;
  if (unacknowledged_bytes_ >= kMaxUnacknowledgedBytes) return;
  if (!batches_.empty() && room_->bytes.load() >= room_->max_bytes) return;
  reading_ = std::make_unique<Batch>();
  read_pending_ = true;
  StartRead(&reading_->message);
}

void PredictionStream::OnReadDone(bool ok) {
  Batch* arrived = nullptr;
  std::optional<grpc::Status> outcome;
  {
    std::lock_guard lock(mutex_);
    if (ok && !refused_ && !broken_ && !finished_) {
      Happened();
      arrived = reading_.get();
      arrived->bytes = arrived->message.ByteSizeLong();
      AddBytes(arrived->bytes);
      batches_.push_back(std::move(reading_));
      ++in_corridor_;
    } else {
      read_pending_ = false;
      reading_.reset();
      reads_over_ = true;
      outcome = Advance();
    }
  }
  if (arrived != nullptr) {
    Record(arrived);
    // Only now, so that the batches come to the writer in their order. The call may have ended
    // meanwhile, but gRPC keeps the stream until this reaction is over.
    std::lock_guard lock(mutex_);
    read_pending_ = false;
    StartNextRead();
  }
  if (outcome.has_value()) Finish(*outcome);
}

void PredictionStream::Record(Batch* batch) {
  batch->acknowledgement.set_sequence(batch->message.sequence());
  *batch->request.mutable_predictions() = std::move(*batch->message.mutable_predictions());
  // May answer at once, when the batch is refused or the writer is full.
  corridor_->Run(service::kRecordPredictions, info_, batch->request, &batch->recorded,
                 [this, batch](absl::Status status) { Recorded(batch, std::move(status)); });
}

void PredictionStream::Recorded(Batch* batch, absl::Status status) {
  std::optional<grpc::Status> outcome;
  {
    std::lock_guard lock(mutex_);
    --in_corridor_;
    Happened();
    batch->done = true;
    batch->status = std::move(status);
    if (!batch->status.ok()) refused_ = true;
    v1::RecordPredictionsRequest().Swap(&batch->request);  // Clear() would keep the memory
    outcome = Advance();
    StartNextRead();
  }
  if (outcome.has_value()) Finish(*outcome);
}

void PredictionStream::OnWriteDone(bool ok) {
  std::optional<grpc::Status> outcome;
  {
    std::lock_guard lock(mutex_);
    write_pending_ = false;
    if (ok) Happened();
    RemoveBytes(batches_.front()->bytes);
    batches_.pop_front();
    if (!ok) broken_ = true;
    outcome = Advance();
    StartNextRead();
  }
  if (outcome.has_value()) Finish(*outcome);
}

// Acknowledges the oldest batch when it is durable; ends the call when there is no more to do.
std::optional<grpc::Status> PredictionStream::Advance() {
  if (write_pending_ || finished_) return std::nullopt;
  if (!broken_ && !batches_.empty() && batches_.front()->done && batches_.front()->status.ok()) {
    Batch& oldest = *batches_.front();
    oldest.acknowledgement.set_accepted_count(oldest.recorded.accepted_count());
    *oldest.acknowledgement.mutable_refused() = std::move(*oldest.recorded.mutable_refused());
    oldest.acknowledgement.set_position(oldest.recorded.position());
    write_pending_ = true;
    StartWrite(&oldest.acknowledgement);
    return std::nullopt;
  }
  const bool failed = !batches_.empty() && batches_.front()->done && !batches_.front()->status.ok();
  const bool drained = batches_.empty() && reads_over_;
  // The writer still holds pointers into batches that are in the corridor.
  if (in_corridor_ > 0 || !(failed || drained || broken_)) return std::nullopt;
  finished_ = true;
  if (failed) return ToWire(batches_.front()->status);
  return drained ? ToWire(ended_) : grpc::Status::OK;
}

void PredictionStream::OnCancel() {
  cancelled_.store(true, std::memory_order_relaxed);
  std::optional<grpc::Status> outcome;
  {
    std::lock_guard lock(mutex_);
    broken_ = true;
    outcome = Advance();
  }
  if (outcome.has_value()) Finish(*outcome);
}

void PredictionStream::OnDone() { delete this; }

}  // namespace whence::rpc
