#include "cli/bulk/applier.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/bulk/differences.h"

namespace whence::cli {
namespace {

absl::Status NumberDiffers(const v1::Version& version, std::string_view how) {
  return AlreadyExists(
      "VERSION_NUMBER_DIFFERS",
      StrCat("the line says version ", version.number(), " of ", version.asset(), ", ", how),
      "import into a server that does not have the asset yet");
}

}  // namespace

template <class T, class CreateRequest, class UpdateRequest, class GetRequest>
absl::Status Applier::ApplySecurable(const T& item, const std::string& mask,
                                     T* (CreateRequest::*in_create)(),
                                     T* (UpdateRequest::*in_update)(), GetRequest get) const {
  constexpr bool kIsCatalog = std::is_same_v<T, v1::Catalog>;
  constexpr bool kIsSchema = std::is_same_v<T, v1::Schema>;
  const auto pick = [](auto catalog, auto schema, auto asset) {
    if constexpr (kIsCatalog) {
      return catalog;
    } else if constexpr (kIsSchema) {
      return schema;
    } else {
      return asset;
    }
  };
  if (!mask.empty()) {
    UpdateRequest update;
    *(update.*in_update)() = item;
    FillMask(mask, update.mutable_update_mask());
    return Call(pick(kUpdateCatalog, kUpdateSchema, kUpdateAsset), update).status();
  }
  CreateRequest create;
  *(create.*in_create)() = item;
  absl::Status created = Call(pick(kCreateCatalog, kCreateSchema, kCreateAsset), create).status();
  if (created.code() != absl::StatusCode::kAlreadyExists) return created;
  get.set_name(item.name());
  WHENCE_ASSIGN_OR_RETURN(const T present, Call(pick(kGetCatalog, kGetSchema, kGetAsset), get));
  const std::string differences = Differences(item, present);
  if (differences.empty()) return absl::OkStatus();
  return ExistsAndDiffers(created, present.name(), differences, "kind");
}

absl::Status Applier::ApplyVersion(const v1::Version& version, const std::string& mask) const {
  if (!mask.empty()) {
    v1::UpdateVersionRequest update;
    *update.mutable_version() = version;
    if (version.name().empty()) {
      update.mutable_version()->set_name(StrCat(version.asset(), "@", version.number()));
    }
    FillMask(mask, update.mutable_update_mask());
    return Call(kUpdateVersion, update).status();
  }
  WHENCE_RETURN_IF_ERROR(CheckNumber(version));
  v1::RegisterVersionRequest request;
  request.set_asset(version.asset());
  *request.mutable_version() = version;
  WHENCE_ASSIGN_OR_RETURN(const v1::Version registered, Call(kRegisterVersion, request));
  if (version.number() == 0 || version.number() == registered.number()) return absl::OkStatus();
  return NumberDiffers(version,
                       StrCat("the server has this digest as version ", registered.number()));
}

absl::Status Applier::CheckNumber(const v1::Version& version) const {
  if (version.number() == 0) return absl::OkStatus();
  v1::GetAssetRequest get;
  get.set_name(version.asset());
  const absl::StatusOr<v1::Asset> asset = Call(kGetAsset, get);
  if (!asset.ok()) return absl::OkStatus();  // registering says it
  const int64_t next = asset->current_version() + 1;
  if (version.number() > next) {
    return NumberDiffers(version, StrCat("the server's next is version ", next));
  }
  if (version.number() == next || version.digest().empty()) return absl::OkStatus();
  v1::GetVersionRequest named;
  named.set_name(StrCat(version.asset(), "@", version.number()));
  const absl::StatusOr<v1::Version> present = Call(kGetVersion, named);
  if (!present.ok()) return present.status();
  if (present->digest() == version.digest()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const int64_t number, NumberOfDigest(version));
  return NumberDiffers(version, number == 0
                                    ? std::string("the server has another digest as that version")
                                    : StrCat("the server has this digest as version ", number));
}

absl::StatusOr<int64_t> Applier::NumberOfDigest(const v1::Version& version) const {
  v1::ListVersionsRequest list;
  list.set_asset(version.asset());
  list.set_page_size(kMaxPageSize);
  for (;;) {
    WHENCE_ASSIGN_OR_RETURN(const v1::ListVersionsResponse page, Call(kListVersions, list));
    for (const v1::Version& present : page.versions()) {
      if (present.digest() == version.digest()) return present.number();
    }
    if (page.next_page_token().empty()) return 0;
    list.set_page_token(page.next_page_token());
  }
}

// What each kind means.
struct Applier::Visitor {
  const Applier& self;
  const Record& record;

  absl::Status operator()(const v1::Catalog& item) const {
    return self.ApplySecurable(item, record.update_mask, &v1::CreateCatalogRequest::mutable_catalog,
                               &v1::UpdateCatalogRequest::mutable_catalog, v1::GetCatalogRequest());
  }
  absl::Status operator()(const v1::Schema& item) const {
    return self.ApplySecurable(item, record.update_mask, &v1::CreateSchemaRequest::mutable_schema,
                               &v1::UpdateSchemaRequest::mutable_schema, v1::GetSchemaRequest());
  }
  absl::Status operator()(const v1::Asset& item) const {
    return self.ApplySecurable(item, record.update_mask, &v1::CreateAssetRequest::mutable_asset,
                               &v1::UpdateAssetRequest::mutable_asset, v1::GetAssetRequest());
  }
  absl::Status operator()(const v1::Version& item) const {
    return self.ApplyVersion(item, record.update_mask);
  }
  absl::Status operator()(const v1::Alias& item) const {
    v1::SetAliasRequest request;
    request.set_asset(item.asset());
    request.set_alias(item.alias());
    request.set_version(item.version());
    return self.Call(kSetAlias, request).status();
  }
  absl::Status operator()(const v1::SetTagsRequest& item) const {
    return self.Call(kSetTags, item).status();
  }
  absl::Status operator()(const v1::DatasetIdentity& item) const {
    v1::AttachDatasetIdentityRequest request;
    *request.mutable_identity() = item;
    return self.Call(kAttachDatasetIdentity, request).status();
  }
  absl::Status operator()(const v1::RecordEdgesRequest& item) const {
    return self.Call(kRecordEdges, item).status();
  }
  absl::Status operator()(const v1::Run&) const { return self.ApplyOneRun(record); }
  // What governs.
  template <class T>
  absl::Status operator()(const T& item) const {
    return self.access_.Apply(item, record.update_mask);
  }
  absl::Status operator()(const v1::Prediction& item) const {
    v1::RecordPredictionRequest request;
    *request.mutable_prediction() = item;
    return self.Call(kRecordPrediction, request).status();
  }
};

absl::Status Applier::ApplyOne(const Record& record) const {
  return std::visit(Visitor{*this, record}, record.body);
}

absl::Status Applier::ApplyOneRun(const Record& record) const {
  const v1::Run& run = std::get<v1::Run>(record.body);
  if (record.state_unknown) {
    v1::UpdateRunRequest request;
    *request.mutable_run() = run;
    return Call(kUpdateRun, request).status();
  }
  v1::RecordRunRequest request;
  *request.mutable_run() = run;
  return Call(kRecordRun, request).status();
}

LineResults Applier::ApplyRuns(std::span<const NumberedRecord> runs) const {
  const bool any_unknown = std::any_of(
      runs.begin(), runs.end(), [](const NumberedRecord& run) { return run.record.state_unknown; });
  absl::Status status;
  if (runs.size() == 1) {
    return {{runs.front().line, ApplyOneRun(runs.front().record)}};
  }
  if (!any_unknown) {
    v1::RecordRunsRequest request;
    for (const NumberedRecord& run : runs) {
      *request.add_runs() = std::get<v1::Run>(run.record.body);
    }
    status = Call(kRecordRuns, request).status();
  }
  LineResults results;
  if (!any_unknown && (status.ok() || ServerGone(status))) {
    for (const NumberedRecord& run : runs) results.emplace_back(run.line, status);
    return results;
  }
  // All or none: halves are tried until the refused ones stand alone.
  const size_t half = runs.size() / 2;
  results = ApplyRuns(runs.first(half));
  LineResults rest = ApplyRuns(runs.subspan(half));
  std::move(rest.begin(), rest.end(), std::back_inserter(results));
  return results;
}

LineResults Applier::ApplyPredictions(std::span<const NumberedRecord> predictions) const {
  v1::RecordPredictionsRequest request;
  for (const NumberedRecord& prediction : predictions) {
    *request.add_predictions() = std::get<v1::Prediction>(prediction.record.body);
  }
  const absl::StatusOr<v1::RecordPredictionsResponse> reply = Call(kRecordPredictions, request);
  LineResults results;
  for (const NumberedRecord& prediction : predictions) {
    results.emplace_back(prediction.line, reply.status());
  }
  if (!reply.ok()) {
    if (ServerGone(reply.status()) || predictions.size() == 1) return results;
    const size_t half = predictions.size() / 2;
    results = ApplyPredictions(predictions.first(half));
    LineResults rest = ApplyPredictions(predictions.subspan(half));
    std::move(rest.begin(), rest.end(), std::back_inserter(results));
    return results;
  }
  for (const v1::RefusedPrediction& refused : reply->refused()) {
    const auto index = static_cast<size_t>(refused.index());
    if (index >= results.size()) continue;
    const auto code = static_cast<absl::StatusCode>(refused.code());
    results[index].second = IsErrorReason(refused.reason())
                                ? MakeError(code, refused.message(), {refused.reason(), "", "", {}})
                                : absl::Status(code, refused.message());
  }
  return results;
}

}  // namespace whence::cli
