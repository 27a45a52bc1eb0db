// PredictionService on the wire: one line an RPC.
#pragma once

#include "grpc/open_streams.h"
#include "grpc/places.h"
#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands PredictionService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class PredictionService final : public v1::PredictionService::CallbackService {
 public:
  PredictionService(service::Corridor* corridor, Replies* replies, int max_streams,
                    size_t max_streamed_bytes, absl::Duration stream_idle)
      : corridor_(corridor),
        replies_(replies),
        room_{.places = Places(max_streams), .max_bytes = max_streamed_bytes, .idle = stream_idle} {
  }

  // Ends the streams that are open, and those that come.
  void EndStreams() { streams_.EndAll(); }

  grpc::ServerUnaryReactor* RecordPrediction(grpc::CallbackServerContext* context,
                                             const v1::RecordPredictionRequest* request,
                                             v1::Prediction* response) override;
  grpc::ServerUnaryReactor* RecordPredictions(grpc::CallbackServerContext* context,
                                              const v1::RecordPredictionsRequest* request,
                                              v1::RecordPredictionsResponse* response) override;
  grpc::ServerUnaryReactor* GetPrediction(grpc::CallbackServerContext* context,
                                          const v1::GetPredictionRequest* request,
                                          v1::Prediction* response) override;
  grpc::ServerUnaryReactor* ListPredictions(grpc::CallbackServerContext* context,
                                            const v1::ListPredictionsRequest* request,
                                            v1::ListPredictionsResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamPredictionsRequest, v1::StreamPredictionsResponse>*
  StreamPredictions(grpc::CallbackServerContext* context) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
  StreamRoom room_;
  OpenStreams streams_;
};

}  // namespace whence::rpc
