#include "cli/bulk/applier.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "google/protobuf/util/message_differencer.h"

namespace whence::cli {
namespace {

// Ten tries over about half a minute: as long as a server takes to be started again.
constexpr int kTries = 10;
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

template <class T>
std::vector<std::string> SharedDifferences(const T& said, const T& present) {
  std::vector<std::string> fields;
  if (!said.comment().empty() && said.comment() != present.comment())
    fields.emplace_back("comment");
  if (!said.owner().empty() && said.owner() != present.owner()) fields.emplace_back("owner");
  const bool same_properties =
      std::all_of(said.properties().begin(), said.properties().end(), [&present](const auto& pair) {
        const auto found = present.properties().find(pair.first);
        return found != present.properties().end() && found->second == pair.second;
      });
  if (!same_properties) fields.emplace_back("properties");
  return fields;
}

// Tags on columns are set apart and answered with the detail.
v1::Detail WithoutTags(v1::Detail detail) {
  const auto clear = [](google::protobuf::RepeatedPtrField<v1::Column>* columns) {
    for (v1::Column& column : *columns) column.clear_tags();
  };
  if (detail.has_table()) clear(detail.mutable_table()->mutable_columns());
  if (detail.has_function()) clear(detail.mutable_function()->mutable_parameters());
  if (detail.has_model()) {
    clear(detail.mutable_model()->mutable_inputs());
    clear(detail.mutable_model()->mutable_outputs());
  }
  return detail;
}

void FillMask(const std::string& mask, google::protobuf::FieldMask* fields) {
  for (const absl::string_view path : absl::StrSplit(mask, ',', absl::SkipEmpty())) {
    fields->add_paths(std::string(path));
  }
}

absl::Status NumberDiffers(const v1::Version& version, std::string_view how) {
  return AlreadyExists(
      "VERSION_NUMBER_DIFFERS",
      StrCat("the line says version ", version.number(), " of ", version.asset(), ", ", how),
      "import into a server that does not have the asset yet");
}

}  // namespace

std::string Differences(const v1::Catalog& said, const v1::Catalog& present) {
  return absl::StrJoin(SharedDifferences(said, present), ", ");
}

std::string Differences(const v1::Schema& said, const v1::Schema& present) {
  return absl::StrJoin(SharedDifferences(said, present), ", ");
}

std::string Differences(const v1::Asset& said, const v1::Asset& present) {
  std::vector<std::string> fields = SharedDifferences(said, present);
  if (said.kind() != present.kind()) fields.emplace_back("kind");
  // Each version may replace the detail, so it is the versions' affair once there are any.
  if (said.has_detail() && present.current_version() == 0 &&
      !google::protobuf::util::MessageDifferencer::Equals(WithoutTags(said.detail()),
                                                          WithoutTags(present.detail()))) {
    fields.emplace_back("detail");
  }
  return absl::StrJoin(fields, ", ");
}

bool Applier::ServerGone(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded ||
         GetErrorDetail(status).reason == "WRITER_QUEUE_FULL";
}

template <class Request, class Response>
absl::StatusOr<Response> Applier::Call(const Method<Request, Response>& method,
                                       const Request& request) const {
  absl::Duration pause = kFirstPause;
  for (int tries = 1;; ++tries) {
    absl::StatusOr<Response> reply = connection_.Call(method, request);
    if (reply.ok() || !ServerGone(reply.status()) || tries == kTries) return reply;
    absl::SleepFor(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

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
  // The kind is fixed: there is no way to make the two agree.
  std::string hint = "another asset has that name; rename one of them";
  if (differences.find("kind") == std::string::npos) {
    hint =
        StrCat("change it with \"update_mask\": \"", absl::StrReplaceAll(differences, {{" ", ""}}),
               "\" beside the record, or leave the line out");
  }
  return AlreadyExists(GetErrorDetail(created).reason,
                       StrCat(present.name(), " exists and differs in ", differences), hint);
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

absl::Status Applier::ApplyOne(const Record& record) const {
  struct Visitor {
    const Applier& self;
    const Record& record;

    absl::Status operator()(const v1::Catalog& item) const {
      return self.ApplySecurable(
          item, record.update_mask, &v1::CreateCatalogRequest::mutable_catalog,
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
    absl::Status operator()(const v1::Prediction& item) const {
      v1::RecordPredictionRequest request;
      *request.mutable_prediction() = item;
      return self.Call(kRecordPrediction, request).status();
    }
  };
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
