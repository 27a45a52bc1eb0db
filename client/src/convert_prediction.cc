#include "src/convert.h"
#include "src/error_info.h"

namespace whence::client_internal {
namespace {

RetrievedItem FromProto(const v1::RetrievedItem& proto) {
  return {.index = proto.index(),
          .item_id = proto.item_id(),
          .score = proto.score(),
          .source = proto.source(),
          .source_location = proto.source_location(),
          .excerpt = proto.excerpt()};
}

}  // namespace

void ToProto(const Prediction& prediction, v1::Prediction* proto) {
  proto->set_id(prediction.id);
  proto->set_endpoint(prediction.endpoint);
  proto->set_model(prediction.model);
  for (const std::string& prompt : prediction.prompts) proto->add_prompts(prompt);
  for (const std::string& input : prediction.inputs) proto->add_inputs(input);
  for (const RetrievedItem& item : prediction.retrieved) {
    v1::RetrievedItem* target = proto->add_retrieved();
    target->set_index(item.index);
    target->set_item_id(item.item_id);
    target->set_score(item.score);
    target->set_source(item.source);
    target->set_source_location(item.source_location);
    target->set_excerpt(item.excerpt);
  }
  proto->set_run_id(prediction.run_id);
  proto->set_status(static_cast<v1::PredictionStatus>(prediction.status));
  proto->set_error_message(prediction.error_message);
  if (prediction.start_time.has_value()) {
    ToProto(*prediction.start_time, proto->mutable_start_time());
  }
  // 0 would mean "unknown", which less than a microsecond is not.
  const int64_t latency_us = absl::ToInt64Microseconds(prediction.latency);
  proto->set_latency_us(latency_us == 0 && prediction.latency > absl::ZeroDuration() ? 1
                                                                                     : latency_us);
  proto->set_input_tokens(prediction.input_tokens);
  proto->set_output_tokens(prediction.output_tokens);
  proto->set_cost_micros(prediction.cost_micros);
  proto->set_currency(prediction.currency);
  proto->set_input_digest(prediction.input_digest);
  proto->set_output_digest(prediction.output_digest);
  proto->set_input_text(prediction.input);
  proto->set_output_text(prediction.output);
  proto->mutable_properties()->insert(prediction.properties.begin(), prediction.properties.end());
}

Prediction FromProto(const v1::Prediction& proto) {
  Prediction prediction{.id = proto.id(),
                        .endpoint = proto.endpoint(),
                        .model = proto.model(),
                        .prompts = FromStrings(proto.prompts()),
                        .inputs = FromStrings(proto.inputs()),
                        .input = proto.input_text(),
                        .output = proto.output_text(),
                        .status = proto.status() == v1::PREDICTION_STATUS_UNSPECIFIED
                                      ? PredictionStatus::kOk
                                      : static_cast<PredictionStatus>(proto.status()),
                        .error_message = proto.error_message(),
                        .latency = absl::Microseconds(proto.latency_us()),
                        .input_tokens = proto.input_tokens(),
                        .output_tokens = proto.output_tokens(),
                        .cost_micros = proto.cost_micros(),
                        .currency = proto.currency(),
                        .run_id = proto.run_id(),
                        .input_digest = proto.input_digest(),
                        .output_digest = proto.output_digest(),
                        .properties = {proto.properties().begin(), proto.properties().end()},
                        .recorder = proto.recorder(),
                        .create_time = FromProto(proto.create_time()),
                        .position = proto.position()};
  if (proto.has_start_time()) prediction.start_time = FromProto(proto.start_time());
  for (const v1::RetrievedItem& item : proto.retrieved()) {
    prediction.retrieved.push_back(FromProto(item));
  }
  return prediction;
}

RefusedPrediction FromProto(const v1::RefusedPrediction& proto) {
  const auto code = static_cast<absl::StatusCode>(proto.code());
  // A refusal is an error whatever code it came with.
  return {.index = static_cast<size_t>(proto.index()),
          .status = MakeError(code == absl::StatusCode::kOk ? absl::StatusCode::kUnknown : code,
                              proto.message(), proto.reason())};
}

}  // namespace whence::client_internal
