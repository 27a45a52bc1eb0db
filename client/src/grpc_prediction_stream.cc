#include "src/grpc_prediction_stream.h"

#include <utility>

#include "src/convert.h"
#include "src/grpc_connection.h"

namespace whence::client_internal {

// gRPC's rules: one read and one write at a time; OnDone comes when all operations and holds are
// over, and is the last thing that happens to the reactor. Writes begin outside of gRPC's own
// callbacks (Send), which needs a hold; it is let go of when the stream breaks.
GrpcPredictionStream::GrpcPredictionStream(v1::PredictionService::StubInterface& stub,
                                           std::unique_ptr<grpc::ClientContext> context,
                                           StatusConverter to_status, Events events)
    : context_(std::move(context)), to_status_(std::move(to_status)), events_(std::move(events)) {
  stub.async()->StreamPredictions(context_.get(), this);
  AddHold();
  StartRead(&answer_);
  StartCall();
}

GrpcPredictionStream::~GrpcPredictionStream() {
  Cancel();
  std::unique_lock<std::mutex> lock(mutex_);
  ended_.wait(lock, [this] { return done_; });
}

void GrpcPredictionStream::Send(const PredictionBatch& batch) {
  v1::StreamPredictionsRequest request;
  request.set_sequence(batch.sequence);
  for (const Prediction& prediction : batch.predictions) {
    ToProto(prediction, request.add_predictions());
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (broken_) return;
  outgoing_.push_back(std::move(request));
  if (writing_) return;
  writing_ = true;
  StartWrite(&outgoing_.front());
}

void GrpcPredictionStream::Cancel() { context_->TryCancel(); }

void GrpcPredictionStream::OnWriteDone(bool ok) {
  const std::lock_guard<std::mutex> lock(mutex_);
  writing_ = false;
  if (!ok) {
    broken_ = true;  // OnReadDone follows, and lets go of the hold
    return;
  }
  outgoing_.pop_front();
  if (broken_ || outgoing_.empty()) return;
  writing_ = true;
  StartWrite(&outgoing_.front());
}

void GrpcPredictionStream::OnReadDone(bool ok) {
  if (ok) {
    PredictionAck ack{.sequence = answer_.sequence(),
                      .refused = FromRepeated<RefusedPrediction>(answer_.refused())};
    events_.on_ack(std::move(ack));
    answer_.Clear();
    StartRead(&answer_);
    return;
  }
  bool release = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    broken_ = true;
    release = std::exchange(held_, false);
  }
  if (release) RemoveHold();
}

void GrpcPredictionStream::OnDone(const grpc::Status& status) {
  // A server that ends the stream without being asked has gone away politely.
  const absl::Status outcome =
      status.ok() ? absl::UnavailableError("the server ended the stream") : to_status_(status);
  events_.on_closed(outcome);
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ = true;
  ended_.notify_all();  // under the lock: once it is free, this object may be gone
}

std::unique_ptr<PredictionStream> GrpcConnection::OpenPredictionStream(
    PredictionStream::Events events) {
  auto context = std::make_unique<grpc::ClientContext>();
  Introduce(context.get());
  // Copied, not `this`: a stream may outlive its connection's last user by a callback.
  auto to_status = [options = options_](const grpc::Status& status) {
    return ToStatus(options, status, "StreamPredictions", absl::InfiniteDuration());
  };
  return std::make_unique<GrpcPredictionStream>(*prediction_, std::move(context),
                                                std::move(to_status), std::move(events));
}

}  // namespace whence::client_internal
