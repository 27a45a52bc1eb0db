#include "cli/bulk/portable.h"

#include <algorithm>

#include "base/name.h"
#include "base/reference.h"
#include "base/strings.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

template <class T>
T WithoutShared(const T& item) {
  T portable = item;
  portable.clear_id();
  portable.clear_tags();
  portable.clear_state();
  portable.clear_create_time();
  portable.clear_creator();
  portable.clear_update_time();
  portable.clear_updater();
  portable.clear_etag();
  portable.clear_position();
  return portable;
}

void ClearColumnTags(google::protobuf::RepeatedPtrField<v1::Column>* columns) {
  for (v1::Column& column : *columns) column.clear_tags();
}

void ClearTags(v1::Detail* detail) {
  if (detail->has_table()) ClearColumnTags(detail->mutable_table()->mutable_columns());
  if (detail->has_function()) ClearColumnTags(detail->mutable_function()->mutable_parameters());
  if (detail->has_model()) {
    ClearColumnTags(detail->mutable_model()->mutable_inputs());
    ClearColumnTags(detail->mutable_model()->mutable_outputs());
  }
}

}  // namespace

v1::Catalog Portable(const v1::Catalog& catalog) { return WithoutShared(catalog); }

v1::Schema Portable(const v1::Schema& schema) { return WithoutShared(schema); }

v1::Asset Portable(const v1::Asset& asset) {
  v1::Asset portable = WithoutShared(asset);
  portable.clear_current_version();
  portable.clear_aliases();
  if (portable.has_detail()) ClearTags(portable.mutable_detail());
  return portable;
}

v1::Version Portable(const v1::Version& version) {
  v1::Version portable = version;
  portable.clear_name();
  portable.clear_tags();
  portable.clear_aliases();
  portable.clear_create_time();
  portable.clear_creator();
  portable.clear_etag();
  portable.clear_position();
  portable.clear_kind();
  if (portable.has_detail()) ClearTags(portable.mutable_detail());
  return portable;
}

v1::Alias Portable(const v1::Alias& alias) {
  v1::Alias portable;
  portable.set_asset(alias.asset());
  portable.set_alias(alias.alias());
  portable.set_version(alias.version());
  return portable;
}

v1::DatasetIdentity Portable(const v1::DatasetIdentity& identity) {
  v1::DatasetIdentity portable = identity;
  portable.clear_position();
  return portable;
}

v1::Run Portable(const v1::Run& run) {
  v1::Run portable = run;
  portable.clear_recorder();
  portable.clear_create_time();
  portable.clear_update_time();
  portable.clear_position();
  for (v1::RunRead& read : *portable.mutable_reads()) read.clear_alias();
  for (v1::RunWrite& write : *portable.mutable_writes()) {
    write.clear_version();
    write.clear_create_kind();
  }
  return portable;
}

v1::Prediction Portable(const v1::Prediction& prediction) {
  v1::Prediction portable = prediction;
  portable.clear_recorder();
  portable.clear_create_time();
  portable.clear_position();
  return portable;
}

std::string RecordLine(std::string_view kind, const google::protobuf::Message& body,
                       std::string_view update_mask) {
  Json line = Json::Object();
  line.members.emplace_back(kind, ToJson(body));
  if (!update_mask.empty()) line.members.emplace_back("update_mask", Json::String(update_mask));
  return WriteJson(line, /*pretty=*/false);
}

std::string TagsLine(const std::string& reference,
                     const google::protobuf::RepeatedPtrField<v1::Tag>& tags) {
  if (tags.empty()) return "";
  v1::SetTagsRequest request;
  request.set_reference(reference);
  *request.mutable_set() = tags;
  return RecordLine("tags", request);
}

std::vector<std::string> ColumnTagsLines(const v1::Asset& asset) {
  std::vector<std::string> lines;
  const v1::Detail& detail = asset.detail();
  for (const auto* columns : {&detail.table().columns(), &detail.function().parameters(),
                              &detail.model().inputs(), &detail.model().outputs()}) {
    for (const v1::Column& column : *columns) {
      std::string line =
          TagsLine(StrCat(asset.name(), "#", QuoteNamePart(column.name())), column.tags());
      if (!line.empty()) lines.push_back(std::move(line));
    }
  }
  return lines;
}

bool InCatalog(std::string_view reference, std::string_view catalog) {
  if (!reference.starts_with(catalog)) return false;
  const std::string_view rest = reference.substr(catalog.size());
  return rest.empty() || rest.front() == '.';
}

bool InCatalog(const v1::Run& run, std::string_view catalog) {
  return InCatalog(run.job(), catalog) ||
         std::any_of(
             run.reads().begin(), run.reads().end(),
             [catalog](const v1::RunRead& read) { return InCatalog(read.reference(), catalog); }) ||
         std::any_of(run.writes().begin(), run.writes().end(),
                     [catalog](const v1::RunWrite& write) {
                       return InCatalog(write.reference(), catalog);
                     });
}

bool InCatalog(const v1::Prediction& prediction, std::string_view catalog) {
  const auto any = [catalog](const auto& references) {
    return std::any_of(references.begin(), references.end(),
                       [catalog](const std::string& text) { return InCatalog(text, catalog); });
  };
  return InCatalog(prediction.endpoint(), catalog) || InCatalog(prediction.model(), catalog) ||
         any(prediction.prompts()) || any(prediction.inputs());
}

}  // namespace whence::cli
