// PredictionService on the wire: one line an RPC.
#pragma once

#include "grpc/places.h"
#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands PredictionService's calls to the corridor. Ownership: borrows the corridor.
// Thread-safety: gRPC calls it from many threads.
class PredictionService final : public v1::PredictionService::CallbackService {
 public:
  PredictionService(service::Corridor* corridor, int max_streams, size_t max_streamed_bytes)
      : corridor_(corridor),
        room_{.places = Places(max_streams), .max_bytes = max_streamed_bytes} {}

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
  StreamRoom room_;
};

}  // namespace whence::rpc
