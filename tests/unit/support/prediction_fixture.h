#pragma once

// A house with what predictions refer to, and short ways to record and list them.

#include <string>
#include <string_view>
#include <vector>

#include "service/prediction_operations.h"
#include "service/time_convert.h"
#include "support/house_fixture.h"

namespace whence::test {

// Purpose: `m.s.model` with versions 1 and 2, `m.s.prompt` and `m.s.index` with version 1,
// `m.s.endpoint` and `m.s.table` without versions. Otherwise as HouseFixture.
class PredictionFixture : public HouseFixture {
 public:
  PredictionFixture() {
    Asset("m.s.model", v1::KIND_MODEL);
    Version("m.s.model");
    Version("m.s.model");
    Asset("m.s.prompt", v1::KIND_PROMPT);
    Version("m.s.prompt");
    Asset("m.s.index", v1::KIND_INDEX);
    Version("m.s.index");
    Asset("m.s.endpoint", v1::KIND_ENDPOINT);
    Asset("m.s.table", v1::KIND_TABLE);
  }

  static v1::Prediction Prediction(std::string_view id, std::string_view model = "m.s.model@1") {
    v1::Prediction prediction;
    prediction.set_id(std::string(id));
    prediction.set_model(std::string(model));
    return prediction;
  }
  // One that began `seconds` after 2001-09-09T01:46:40Z.
  static v1::Prediction At(std::string_view id, int64_t seconds,
                           std::string_view model = "m.s.model@1") {
    v1::Prediction prediction = Prediction(id, model);
    *prediction.mutable_start_time() = Seconds(seconds);
    return prediction;
  }
  static google::protobuf::Timestamp Seconds(int64_t seconds) {
    return service::TimeToProto(absl::FromUnixSeconds(1'000'000'000 + seconds));
  }

  absl::StatusOr<v1::Prediction> Record(const v1::Prediction& prediction) {
    v1::RecordPredictionRequest request;
    *request.mutable_prediction() = prediction;
    return Run(service::kRecordPrediction, request);
  }
  absl::StatusOr<v1::RecordPredictionsResponse> Batch(
      const std::vector<v1::Prediction>& predictions) {
    v1::RecordPredictionsRequest request;
    request.mutable_predictions()->Assign(predictions.begin(), predictions.end());
    return Run(service::kRecordPredictions, request);
  }
  absl::StatusOr<v1::Prediction> Get(std::string_view id) {
    v1::GetPredictionRequest request;
    request.set_id(std::string(id));
    return Run(service::kGetPrediction, request);
  }

  // The ids of all pages of a list, pages told apart: "c b|a".
  std::string Pages(v1::ListPredictionsRequest request) {
    std::string list;
    for (;;) {
      auto page = Run(service::kListPredictions, request);
      if (!page.ok()) return ReasonOf(page.status());
      for (int i = 0; i < page->predictions_size(); ++i) {
        StrAppend(&list, i == 0 ? "" : " ", page->predictions(i).id());
      }
      if (page->next_page_token().empty()) return list;
      request.set_page_token(page->next_page_token());
      list += "|";
    }
  }
  std::string List() { return Pages({}); }
};

}  // namespace whence::test
