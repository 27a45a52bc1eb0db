#include "grpc/prediction_service.h"

#include "grpc/prediction_stream.h"
#include "service/prediction_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* PredictionService::RecordPrediction(CallbackServerContext* context,
                                                        const v1::RecordPredictionRequest* request,
                                                        v1::Prediction* response) {
  return Serve(*corridor_, *replies_, service::kRecordPrediction, context, request, response);
}

ServerUnaryReactor* PredictionService::RecordPredictions(
    CallbackServerContext* context, const v1::RecordPredictionsRequest* request,
    v1::RecordPredictionsResponse* response) {
  return Serve(*corridor_, *replies_, service::kRecordPredictions, context, request, response);
}

ServerUnaryReactor* PredictionService::GetPrediction(CallbackServerContext* context,
                                                     const v1::GetPredictionRequest* request,
                                                     v1::Prediction* response) {
  return Serve(*corridor_, *replies_, service::kGetPrediction, context, request, response);
}

ServerUnaryReactor* PredictionService::ListPredictions(CallbackServerContext* context,
                                                       const v1::ListPredictionsRequest* request,
                                                       v1::ListPredictionsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListPredictions, context, request, response);
}

grpc::ServerBidiReactor<v1::StreamPredictionsRequest, v1::StreamPredictionsResponse>*
PredictionService::StreamPredictions(CallbackServerContext* context) {
  return new PredictionStream(corridor_, context, &room_, &streams_);
}

}  // namespace whence::rpc
