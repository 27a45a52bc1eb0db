#include "service/run_convert.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/node_names.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

void MergeMap(const PropertyMap& from, bool fill_only, PropertyMap* into) {
  for (const auto& [key, value] : from) {
    if (fill_only && into->contains(key)) continue;
    (*into)[key] = value;
  }
}

void MergeText(const std::string& from, bool fill_only, std::string* into) {
  if (!from.empty() && !(fill_only && !into->empty())) *into = from;
}

absl::Status CheckSum(size_t count, size_t most, std::string_view reason, std::string_view what) {
  if (count <= most) return absl::OkStatus();
  return FailedPrecondition(
      reason, StrCat("the run would have ", count, " ", what, "; at most ", most, " are allowed"),
      "keep large structures in a file and record it as a read");
}

absl::Status PutEdges(AssetNames& names, std::span<const lineage::DataEdge> edges, v1::Run* wire) {
  for (const lineage::DataEdge& edge : edges) {
    WHENCE_ASSIGN_OR_RETURN(std::string reference, names.ReferenceOf(edge.asset_id, edge.version));
    if (edge.direction == lineage::EdgeDirection::kRead) {
      v1::RunRead* read = wire->add_reads();
      read->set_reference(std::move(reference));
      read->set_alias(edge.alias);
    } else {
      wire->add_writes()->set_reference(std::move(reference));
    }
  }
  return absl::OkStatus();
}

absl::Status PutMappings(AssetNames& names, int64_t run_id, v1::Run* wire) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<lineage::ColumnLink> links,
                          lineage::ListColumnLinks(names.connection(), names.as_of(), run_id));
  int64_t target = 0;
  v1::ColumnMapping* mapping = nullptr;
  for (const lineage::ColumnLink& link : links) {
    if (mapping == nullptr || link.target_id != target) {
      target = link.target_id;
      mapping = wire->add_column_mappings();
      WHENCE_ASSIGN_OR_RETURN(*mapping->mutable_column(), names.ColumnReferenceOf(target));
    }
    v1::ColumnSource* source = mapping->add_sources();
    WHENCE_ASSIGN_OR_RETURN(*source->mutable_column(), names.ColumnReferenceOf(link.source_id));
    source->set_transformation(static_cast<v1::TransformationType>(link.transformation));
    source->set_description(link.description);
    source->set_masking(link.masking);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> AssetNames::NameOf(int64_t asset_id) {
  if (const auto found = names_.find(asset_id); found != names_.end()) return found->second;
  WHENCE_ASSIGN_OR_RETURN(std::string name, NameInAnswer(call_, as_of_, asset_id));
  return names_.emplace(asset_id, std::move(name)).first->second;
}

absl::StatusOr<std::string> AssetNames::ReferenceOf(int64_t asset_id, int64_t number) {
  WHENCE_ASSIGN_OR_RETURN(std::string name, NameOf(asset_id));
  return number == 0 ? std::move(name) : StrCat(name, "@", number);
}

absl::StatusOr<const AssetNames::Column*> AssetNames::FindColumn(int64_t column_id) {
  if (const auto found = columns_.find(column_id); found != columns_.end()) return &found->second;
  WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey key,
                          lineage::GetColumn(connection(), as_of_, column_id));
  WHENCE_ASSIGN_OR_RETURN(const std::string name, NameOf(key.asset_id));
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(key.asset_id));
  Column column{
      .asset_id = key.asset_id,
      .reference = sees ? StrCat(name, "#", QuoteNamePart(key.name))
                        : call_.visibility().PlaceholderOf(StrCat(key.asset_id, "#", key.name))};
  return &columns_.emplace(column_id, std::move(column)).first->second;
}

absl::StatusOr<std::string> AssetNames::ColumnReferenceOf(int64_t column_id) {
  WHENCE_ASSIGN_OR_RETURN(const Column* column, FindColumn(column_id));
  return column->reference;
}

absl::StatusOr<int64_t> AssetNames::AssetOfColumn(int64_t column_id) {
  WHENCE_ASSIGN_OR_RETURN(const Column* column, FindColumn(column_id));
  return column->asset_id;
}

absl::StatusOr<v1::Run> RunToProto(AssetNames& names, const lineage::Run& run) {
  v1::Run wire;
  wire.set_id(run.uuid);
  if (run.job_id != 0) {
    WHENCE_ASSIGN_OR_RETURN(*wire.mutable_job(), names.NameOf(run.job_id));
  }
  wire.set_state(static_cast<v1::RunState>(run.state));
  if (run.start_time.has_value()) *wire.mutable_start_time() = TimeToProto(*run.start_time);
  if (run.end_time.has_value()) *wire.mutable_end_time() = TimeToProto(*run.end_time);
  wire.set_parent_run_id(run.parent_uuid);
  if (!run.attributes.empty()) {
    WHENCE_ASSIGN_OR_RETURN(storage::RunAttributes attributes,
                            ParseStored<storage::RunAttributes>(run.attributes, "run.attributes"));
    wire.mutable_parameters()->swap(*attributes.mutable_parameters());
    if (attributes.has_code()) wire.mutable_code()->Swap(attributes.mutable_code());
    wire.set_host(std::move(*attributes.mutable_host()));
    wire.set_user(std::move(*attributes.mutable_user()));
    wire.set_error_message(std::move(*attributes.mutable_error_message()));
    wire.mutable_properties()->swap(*attributes.mutable_properties());
  }
  wire.set_recorder(run.recorder);
  *wire.mutable_create_time() = TimeToProto(run.create_time);
  *wire.mutable_update_time() = TimeToProto(run.update_time);
  wire.set_position(run.position);
  return wire;
}

absl::StatusOr<v1::Run> RunToProto(AssetNames& names, const lineage::Run& run,
                                   std::span<const lineage::DataEdge> edges) {
  WHENCE_ASSIGN_OR_RETURN(v1::Run wire, RunToProto(names, run));
  WHENCE_RETURN_IF_ERROR(PutEdges(names, edges, &wire));
  return wire;
}

absl::StatusOr<v1::Run> WholeRunToProto(AssetNames& names, const lineage::Run& run) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<lineage::DataEdge> edges,
                          lineage::ListDataEdges(names.connection(), names.as_of(), run.id));
  WHENCE_ASSIGN_OR_RETURN(v1::Run wire, RunToProto(names, run, edges));
  WHENCE_RETURN_IF_ERROR(PutMappings(names, run.id, &wire));
  return wire;
}

absl::Status MergeAttributes(const v1::Run& event, bool fill_only,
                             storage::RunAttributes* attributes) {
  MergeMap(event.parameters(), fill_only, attributes->mutable_parameters());
  MergeMap(event.properties(), fill_only, attributes->mutable_properties());
  if (event.has_code() && !(fill_only && attributes->has_code())) {
    *attributes->mutable_code() = event.code();
  }
  MergeText(event.host(), fill_only, attributes->mutable_host());
  MergeText(event.user(), fill_only, attributes->mutable_user());
  MergeText(event.error_message(), fill_only, attributes->mutable_error_message());
  WHENCE_RETURN_IF_ERROR(CheckSum(attributes->parameters().size(), kMaxParameters,
                                  "TOO_MANY_PARAMETERS", "parameters"));
  return CheckSum(attributes->properties().size(), kMaxProperties, "TOO_MANY_PROPERTIES",
                  "properties");
}

}  // namespace whence::service
