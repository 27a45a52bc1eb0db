#include "cli/bulk/portable.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/limits.h"
#include "base/name.h"
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

// The server lists these by ids, which another server gives otherwise; and what was read by two
// names is there twice once it is known by one.
template <class T>
void SortUnique(google::protobuf::RepeatedPtrField<T>* items) {
  std::map<std::string, T> sorted;
  for (T& item : *items) sorted.emplace(WriteJson(ToJson(item), /*pretty=*/false), std::move(item));
  items->Clear();
  for (auto& [text, item] : sorted) *items->Add() = std::move(item);
}

// Leaves the first `most` items in `first`, which is equal to `all`, and the others in `all`.
template <class T>
void Keep(size_t most, google::protobuf::RepeatedPtrField<T>* all,
          google::protobuf::RepeatedPtrField<T>* first) {
  const auto kept = static_cast<int>(std::min(most, static_cast<size_t>(all->size())));
  first->DeleteSubrange(kept, first->size() - kept);
  all->DeleteSubrange(0, kept);
}

std::string LineOf(std::string_view kind, Json body, std::string_view update_mask = {}) {
  Json line = Json::Object();
  line.members.emplace_back(kind, std::move(body));
  if (!update_mask.empty()) line.members.emplace_back("update_mask", Json::String(update_mask));
  return WriteJson(line, /*pretty=*/false);
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
  SortUnique(portable.mutable_reads());
  SortUnique(portable.mutable_writes());
  for (v1::ColumnMapping& mapping : *portable.mutable_column_mappings()) {
    SortUnique(mapping.mutable_sources());
  }
  SortUnique(portable.mutable_column_mappings());
  return portable;
}

v1::Prediction Portable(const v1::Prediction& prediction) {
  v1::Prediction portable = prediction;
  portable.clear_recorder();
  portable.clear_create_time();
  portable.clear_position();
  return portable;
}

v1::RecordEdgesRequest Portable(const v1::Declaration& declaration) {
  v1::RecordEdgesRequest portable;
  *portable.mutable_edges() = declaration.edges();
  SortUnique(portable.mutable_edges());
  portable.set_comment(declaration.comment());
  return portable;
}

std::vector<std::string> RunLines(const v1::Run& run) {
  v1::Run rest = run;
  std::vector<std::string> lines;
  do {
    v1::Run portion = rest;
    Keep(kMaxRunEndpoints, rest.mutable_reads(), portion.mutable_reads());
    Keep(kMaxRunEndpoints, rest.mutable_writes(), portion.mutable_writes());
    const bool last = rest.reads().empty() && rest.writes().empty();
    // Columns last: what they stand in is named by then.
    if (!last) portion.clear_column_mappings();
    Json body = ToJson(portion);
    // Left out, it would mean COMPLETE.
    if (run.state() == v1::RUN_STATE_UNSPECIFIED) {
      body.members.emplace_back("state", Json::String(v1::RunState_Name(run.state())));
    }
    lines.push_back(LineOf("run", std::move(body)));
  } while (!rest.reads().empty() || !rest.writes().empty());
  return lines;
}

std::string RecordLine(std::string_view kind, const google::protobuf::Message& body,
                       std::string_view update_mask) {
  return LineOf(kind, ToJson(body), update_mask);
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

}  // namespace whence::cli
