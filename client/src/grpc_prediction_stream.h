#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "whence/connection.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::client_internal {

// StreamPredictions over gRPC's callback API: reads and writes go on by themselves on gRPC's
// threads, so nothing here blocks but the destructor, which breaks the stream and waits until gRPC
// has let go of it.
class GrpcPredictionStream final
    : public PredictionStream,
      private grpc::ClientBidiReactor<v1::StreamPredictionsRequest, v1::StreamPredictionsResponse> {
 public:
  using StatusConverter = std::function<absl::Status(const grpc::Status&)>;

  // `context` carries what every call carries; `to_status` makes errors of the connection's form.
  GrpcPredictionStream(v1::PredictionService::StubInterface& stub,
                       std::unique_ptr<grpc::ClientContext> context, StatusConverter to_status,
                       Events events);
  ~GrpcPredictionStream() override;

  void Send(const PredictionBatch& batch) override;
  void Cancel() override;

 private:
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  const std::unique_ptr<grpc::ClientContext> context_;
  const StatusConverter to_status_;
  const Events events_;
  v1::StreamPredictionsResponse answer_;  // of the read under way

  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  // The front is being written while writing_; gRPC needs it to stay where it is.
  std::deque<v1::StreamPredictionsRequest> outgoing_;
  bool writing_ = false;
  bool held_ = true;     // the hold that keeps OnDone from coming early
  bool broken_ = false;  // no more writes
  bool done_ = false;
};

}  // namespace whence::client_internal
