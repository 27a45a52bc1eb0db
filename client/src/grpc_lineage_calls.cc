// The calls of LineageService and the unary ones of PredictionService.
#include "src/convert.h"
#include "src/grpc_connection.h"

namespace whence::client_internal {
namespace {

using LineageStub = v1::LineageService::StubInterface;
using PredictionStub = v1::PredictionService::StubInterface;

// StartRun, UpdateRun and RecordRun ask alike.
template <typename Request>
Request RunRequest(const RunRecord& run, const CallOptions& options) {
  Request request;
  ToProto(run, request.mutable_run());
  request.set_request_id(RequestIdOf(options));
  return request;
}

}  // namespace

absl::StatusOr<RunRecord> GrpcConnection::StartRun(const RunRecord& run,
                                                   const CallOptions& options) {
  return Converted<RunRecord>(Invoke("StartRun", *lineage_, &LineageStub::StartRun,
                                     RunRequest<v1::StartRunRequest>(run, options), options));
}

absl::StatusOr<RunRecord> GrpcConnection::UpdateRun(const RunRecord& additions,
                                                    const CallOptions& options) {
  return Converted<RunRecord>(Invoke("UpdateRun", *lineage_, &LineageStub::UpdateRun,
                                     RunRequest<v1::UpdateRunRequest>(additions, options),
                                     options));
}

absl::StatusOr<RunRecord> GrpcConnection::FinishRun(const RunOutcome& outcome,
                                                    const CallOptions& options) {
  v1::FinishRunRequest request;
  request.set_id(outcome.id);
  request.set_state(static_cast<v1::RunState>(outcome.state));
  if (outcome.end_time.has_value()) ToProto(*outcome.end_time, request.mutable_end_time());
  request.set_error_message(outcome.error_message);
  ToProto(outcome.additions, request.mutable_additions());
  request.set_request_id(RequestIdOf(options));
  return Converted<RunRecord>(
      Invoke("FinishRun", *lineage_, &LineageStub::FinishRun, request, options));
}

absl::StatusOr<RunRecord> GrpcConnection::RecordRun(const RunRecord& run,
                                                    const CallOptions& options) {
  return Converted<RunRecord>(Invoke("RecordRun", *lineage_, &LineageStub::RecordRun,
                                     RunRequest<v1::RecordRunRequest>(run, options), options));
}

absl::StatusOr<RunRecord> GrpcConnection::GetRun(const std::string& id, const AsOf& as_of,
                                                 const CallOptions& options) {
  v1::GetRunRequest request;
  request.set_id(id);
  SetAsOf(as_of, &request);
  return Converted<RunRecord>(Invoke("GetRun", *lineage_, &LineageStub::GetRun, request, options));
}

absl::StatusOr<Explanation> GrpcConnection::Explain(const std::string& reference,
                                                    const ExplainOptions& explain,
                                                    const CallOptions& options) {
  v1::ExplainRequest request;
  request.set_reference(reference);
  SetAsOf(explain.as_of, &request);
  request.set_depth(explain.depth);
  request.set_max_nodes(explain.max_nodes);
  request.set_omit_columns(explain.omit_columns);
  return Converted<Explanation>(
      Invoke("Explain", *lineage_, &LineageStub::Explain, request, options));
}

absl::StatusOr<Prediction> GrpcConnection::RecordPrediction(const Prediction& prediction,
                                                            const CallOptions& options) {
  v1::RecordPredictionRequest request;
  ToProto(prediction, request.mutable_prediction());
  return Converted<Prediction>(Invoke("RecordPrediction", *prediction_,
                                      &PredictionStub::RecordPrediction, request, options));
}

absl::StatusOr<Prediction> GrpcConnection::GetPrediction(const std::string& id, const AsOf& as_of,
                                                         const CallOptions& options) {
  v1::GetPredictionRequest request;
  request.set_id(id);
  SetAsOf(as_of, &request);
  return Converted<Prediction>(
      Invoke("GetPrediction", *prediction_, &PredictionStub::GetPrediction, request, options));
}

absl::StatusOr<Page<Prediction>> GrpcConnection::ListPredictions(const PredictionQuery& query,
                                                                 const CallOptions& options) {
  v1::ListPredictionsRequest request;
  request.set_endpoint(query.endpoint);
  request.set_model(query.model);
  request.set_prompt(query.prompt);
  if (query.start_time.has_value()) ToProto(*query.start_time, request.mutable_start_time());
  if (query.end_time.has_value()) ToProto(*query.end_time, request.mutable_end_time());
  if (query.status.has_value()) {
    request.set_status(static_cast<v1::PredictionStatus>(*query.status));
  }
  request.set_filter(query.filter);
  request.set_page_size(query.page_size);
  request.set_page_token(query.page_token);
  SetAsOf(query.as_of, &request);
  const auto response =
      Invoke("ListPredictions", *prediction_, &PredictionStub::ListPredictions, request, options);
  if (!response.ok()) return response.status();
  return Page<Prediction>{.items = FromRepeated<Prediction>(response->predictions()),
                          .next_page_token = response->next_page_token()};
}

}  // namespace whence::client_internal
