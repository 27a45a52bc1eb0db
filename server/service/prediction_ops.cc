#include "service/prediction_ops.h"

#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "inference/prediction.h"
#include "service/as_of.h"
#include "service/need.h"
#include "service/node_names.h"
#include "service/prediction_convert.h"

namespace whence::service {
namespace {

// Purpose: records the predictions of one request. Ownership: borrows the call.
class Recorder {
 public:
  Recorder(Call& call, catalog::Hints hints) : call_(call), builder_(call, hints) {}

  // Records one prediction that was checked, or finds that it is recorded already; returns it as it
  // stands, in `kept` when that is not null. `field` is where the request holds it.
  absl::Status Record(const v1::Prediction& wire, std::string_view field,
                      inference::Prediction* kept) {
    std::string id = wire.id();
    std::string digest = ContentDigest(wire);
    // Before its references are looked up: what is recorded stays so, whatever became of them.
    inference::Known known = inference::Known::kNo;
    if (!id.empty()) {
      WHENCE_ASSIGN_OR_RETURN(known, inference::FindPrediction(call_.connection(), id, digest));
    }
    if (known == inference::Known::kAnother) return inference::PredictionAlreadyExists(id);
    if (known == inference::Known::kNo) {
      WHENCE_ASSIGN_OR_RETURN(id, Insert(wire, field, std::move(digest)));
    }
    if (kept == nullptr) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(*kept,
                            inference::GetPrediction(call_.connection(), call_.position(), id));
    return absl::OkStatus();
  }

 private:
  // Returns the id of what it inserted.
  absl::StatusOr<std::string> Insert(const v1::Prediction& wire, std::string_view field,
                                     std::string digest) {
    absl::StatusOr<inference::Prediction> prediction = builder_.Build(wire, &parents_);
    if (!prediction.ok()) return WithFieldPrefix(prediction.status(), field);
    const ledger::Change& change = call_.Change(StrCat("prediction:", prediction->id));
    WHENCE_ASSIGN_OR_RETURN(prediction->origin_id, OriginOf(change));
    prediction->content_digest = std::move(digest);
    WHENCE_RETURN_IF_ERROR(inference::InsertPrediction(call_.write(), change, *prediction));
    return std::move(prediction->id);
  }

  // Predictions of a batch mostly share their origin.
  absl::StatusOr<int64_t> OriginOf(const ledger::Change& change) {
    if (const auto found = origins_.find(parents_); found != origins_.end()) return found->second;
    WHENCE_ASSIGN_OR_RETURN(int64_t id, inference::InternOrigin(call_.write(), change, parents_));
    origins_.emplace(parents_, id);
    return id;
  }

  Call& call_;
  PredictionBuilder builder_;
  std::vector<inference::Parent> parents_;
  std::map<std::vector<inference::Parent>, int64_t> origins_;
};

// References of a prediction: each may become a row.
size_t CountParents(const v1::Prediction& prediction) {
  size_t count = (prediction.endpoint().empty() ? 0 : 1) + (prediction.model().empty() ? 0 : 1);
  count += static_cast<size_t>(prediction.prompts_size());
  count += static_cast<size_t>(prediction.inputs_size());
  for (const v1::RetrievedItem& item : prediction.retrieved()) {
    count += item.source().empty() ? 1 : 2;
  }
  return count;
}

void AddRefusal(int index, const v1::Prediction& prediction, const absl::Status& status,
                v1::RecordPredictionsResponse* response) {
  const ErrorDetail detail = GetErrorDetail(status);
  v1::RefusedPrediction* refused = response->add_refused();
  refused->set_index(index);
  refused->set_id(prediction.id());
  refused->set_code(static_cast<int>(status.code()));
  refused->set_reason(detail.reason);
  refused->set_message(std::string(status.message()));
}

// Errors that are about one prediction; anything else (a full disk) fails the whole batch.
bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status ValidateRecordPrediction(const v1::RecordPredictionRequest& request) {
  return WithFieldPrefix(CheckPrediction(request.prediction()), "prediction");
}

absl::StatusOr<v1::Prediction> RecordPrediction(Call& call,
                                                const v1::RecordPredictionRequest& request) {
  Recorder recorder(call, catalog::Hints::kFull);
  inference::Prediction kept;
  WHENCE_RETURN_IF_ERROR(recorder.Record(request.prediction(), "prediction", &kept));
  NodeNames names(call, call.position());
  return PredictionToProto(call, names, kept);
}

absl::Status ValidateRecordPredictions(const v1::RecordPredictionsRequest& request) {
  const auto count = static_cast<size_t>(request.predictions_size());
  if (count == 0) {
    return InvalidArgument("BATCH_EMPTY", "predictions", "holds no prediction",
                           "send 1 to 10,000 predictions");
  }
  if (count > kMaxPredictionBatch) {
    return InvalidArgument(
        "BATCH_TOO_LARGE", "predictions",
        StrCat("holds ", count, " predictions; at most ", kMaxPredictionBatch, " are allowed"),
        "send several smaller batches");
  }
  size_t parents = 0;
  for (const v1::Prediction& prediction : request.predictions())
    parents += CountParents(prediction);
  if (parents > kMaxBatchParents) {
    return InvalidArgument("BATCH_TOO_LARGE", "predictions",
                           StrCat("they name ", parents, " parents together; at most ",
                                  kMaxBatchParents, " are allowed"),
                           "send several smaller batches");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::RecordPredictionsResponse> RecordPredictions(
    Call& call, const v1::RecordPredictionsRequest& request) {
  v1::RecordPredictionsResponse response;
  Recorder recorder(call, catalog::Hints::kBrief);
  for (int i = 0; i < request.predictions_size(); ++i) {
    const v1::Prediction& prediction = request.predictions(i);
    absl::Status status = CheckPrediction(prediction);
    if (status.ok()) status = recorder.Record(prediction, "", nullptr);
    if (status.ok()) continue;
    if (!IsRefusal(status)) return status;
    if (absl::IsPermissionDenied(status)) call.NoteRefusedPart();
    AddRefusal(i, prediction, status, &response);
  }
  response.set_accepted_count(request.predictions_size() - response.refused_size());
  if (call.changed()) response.set_position(call.Change("").position);
  return response;
}

absl::StatusOr<v1::Prediction> GetPrediction(Call& call, const v1::GetPredictionRequest& request) {
  constexpr std::string_view kPrefix = "prediction:";
  std::string_view id = request.id();
  if (id.substr(0, kPrefix.size()) == kPrefix) id.remove_prefix(kPrefix.size());
  WHENCE_RETURN_IF_ERROR(ValidatePredictionId(id, "id"));
  WHENCE_ASSIGN_OR_RETURN(Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(inference::Prediction stored,
                          inference::GetPrediction(call.connection(), as_of, id));
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesPrediction(stored));
  if (!sees) return Denied(call, StrCat("see prediction:", id));
  NodeNames names(call, as_of);
  return PredictionToProto(call, names, stored);
}

}  // namespace whence::service
