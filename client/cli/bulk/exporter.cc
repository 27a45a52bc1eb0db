#include "cli/bulk/exporter.h"

#include <type_traits>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/bulk/access_exporter.h"
#include "cli/bulk/pages.h"
#include "cli/bulk/portable.h"
#include "cli/bulk/references.h"
#include "cli/error.h"
#include "cli/text/human.h"
#include "google/protobuf/util/message_differencer.h"

namespace whence::cli {
namespace {

// A declaration may have 10,000 edges.
constexpr int32_t kDeclarationsOnAPage = 100;

}  // namespace

absl::Status Exporter::Run() {
  WHENCE_RETURN_IF_ERROR(Pin());
  AccessExporter access(app_, position_, catalog_,
                        [this](const std::string& line) { return Write(line); });
  if (with_access_) WHENCE_RETURN_IF_ERROR(access.WritePrincipals());
  WHENCE_RETURN_IF_ERROR(WriteCatalog());
  if (with_access_) WHENCE_RETURN_IF_ERROR(access.WriteTagDefinitions());
  WHENCE_RETURN_IF_ERROR(WriteDeclarations());
  WHENCE_RETURN_IF_ERROR(WriteRuns());
  WHENCE_RETURN_IF_ERROR(WritePredictions());
  if (with_access_) {
    std::vector<std::string> securables = std::move(container_names_);
    securables.insert(securables.end(), asset_names_.begin(), asset_names_.end());
    WHENCE_RETURN_IF_ERROR(access.WriteRules(securables));
  }
  progress_.Clear();
  out_.flush();
  TellOmissions();
  access.TellOmissions();
  return out_.good() ? absl::OkStatus() : LocalError("cannot write the export");
}

absl::Status Exporter::Pin() {
  WHENCE_ASSIGN_OR_RETURN(const v1::ServerInfo info,
                          app_.Call(kGetServerInfo, v1::GetServerInfoRequest()));
  position_ = info.position();
  if (catalog_.empty()) return absl::OkStatus();
  v1::GetCatalogRequest request;
  request.set_name(catalog_);
  request.mutable_as_of()->set_position(position_);
  WHENCE_ASSIGN_OR_RETURN(const v1::Catalog catalog, app_.Call(kGetCatalog, request));
  catalog_ = catalog.name();  // as references have it, however it was quoted
  return absl::OkStatus();
}

absl::Status Exporter::WriteCatalog() {
  WHENCE_RETURN_IF_ERROR(WriteCatalogs());
  WHENCE_RETURN_IF_ERROR(WriteSchemas());
  WHENCE_RETURN_IF_ERROR(WriteAssets());
  WHENCE_RETURN_IF_ERROR(WriteVersions());
  for (const std::string& name : asset_names_) {
    WHENCE_RETURN_IF_ERROR(SpoolIdentities(name));
  }
  for (Spool* spool : {&aliases_, &tags_, &identities_}) {
    WHENCE_RETURN_IF_ERROR(spool->ForEach([this](const std::string& line) { return Write(line); }));
  }
  return absl::OkStatus();
}

absl::Status Exporter::Write(const std::string& line) {
  out_ << line << '\n';
  ++records_;
  progress_.Show(0, 0, CountOf(records_, "record"));
  return out_.good() ? absl::OkStatus() : LocalError("cannot write the export");
}

absl::Status Exporter::WriteCatalogs() {
  const auto write = [this](const v1::Catalog& catalog) -> absl::Status {
    const std::string tags = TagsLine(catalog.name(), catalog.tags());
    if (!tags.empty()) WHENCE_RETURN_IF_ERROR(tags_.Add(tags));
    container_names_.push_back(catalog.name());
    return Write(RecordLine("catalog", Portable(catalog)));
  };
  if (!catalog_.empty()) {
    v1::GetCatalogRequest request;
    request.set_name(catalog_);
    request.mutable_as_of()->set_position(position_);
    WHENCE_ASSIGN_OR_RETURN(const v1::Catalog catalog, app_.Call(kGetCatalog, request));
    return write(catalog);
  }
  return ForEachPage(app_, position_, kListCatalogs, v1::ListCatalogsRequest(),
                     [&write](const v1::ListCatalogsResponse& page) -> absl::Status {
                       for (const v1::Catalog& catalog : page.catalogs()) {
                         WHENCE_RETURN_IF_ERROR(write(catalog));
                       }
                       return absl::OkStatus();
                     });
}

absl::Status Exporter::WriteSchemas() {
  v1::ListSchemasRequest request;
  request.set_parent(catalog_);
  return ForEachPage(app_, position_, kListSchemas, request,
                     [this](const v1::ListSchemasResponse& page) -> absl::Status {
                       for (const v1::Schema& schema : page.schemas()) {
                         WHENCE_RETURN_IF_ERROR(Write(RecordLine("schema", Portable(schema))));
                         container_names_.push_back(schema.name());
                         const std::string tags = TagsLine(schema.name(), schema.tags());
                         if (!tags.empty()) WHENCE_RETURN_IF_ERROR(tags_.Add(tags));
                       }
                       return absl::OkStatus();
                     });
}

absl::Status Exporter::WriteAssets() {
  v1::ListAssetsRequest request;
  request.set_parent(catalog_);
  return ForEachPage(app_, position_, kListAssets, request,
                     [this](const v1::ListAssetsResponse& page) -> absl::Status {
                       for (const v1::Asset& asset : page.assets()) {
                         WHENCE_RETURN_IF_ERROR(WriteAsset(asset));
                       }
                       return absl::OkStatus();
                     });
}

absl::Status Exporter::WriteAsset(const v1::Asset& asset) {
  WHENCE_RETURN_IF_ERROR(Write(RecordLine("asset", Portable(asset))));
  asset_names_.push_back(asset.name());
  for (const v1::Alias& alias : asset.aliases()) {
    v1::Alias portable = Portable(alias);
    portable.set_asset(asset.name());
    WHENCE_RETURN_IF_ERROR(aliases_.Add(RecordLine("alias", portable)));
  }
  const std::string tags = TagsLine(asset.name(), asset.tags());
  if (!tags.empty()) WHENCE_RETURN_IF_ERROR(tags_.Add(tags));
  for (const std::string& line : ColumnTagsLines(asset)) WHENCE_RETURN_IF_ERROR(tags_.Add(line));
  if (asset.current_version() > 0) {
    v1::Asset kept;
    kept.set_name(asset.name());
    if (asset.has_detail()) *kept.mutable_detail() = Portable(asset).detail();
    versioned_.push_back(std::move(kept));
  }
  return absl::OkStatus();
}

absl::Status Exporter::WriteVersions() {
  for (const v1::Asset& asset : versioned_) WHENCE_RETURN_IF_ERROR(WriteVersionsOf(asset));
  return absl::OkStatus();
}

absl::Status Exporter::WriteVersionsOf(const v1::Asset& asset) {
  std::vector<v1::Version> versions;  // newest first
  v1::ListVersionsRequest request;
  request.set_asset(asset.name());
  WHENCE_RETURN_IF_ERROR(ForEachPage(
      app_, position_, kListVersions, request, [&versions](const v1::ListVersionsResponse& page) {
        versions.insert(versions.end(), page.versions().begin(), page.versions().end());
        return absl::OkStatus();
      }));
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    WHENCE_RETURN_IF_ERROR(Write(RecordLine("version", Portable(*version))));
    const std::string tags = TagsLine(version->name(), version->tags());
    if (!tags.empty()) WHENCE_RETURN_IF_ERROR(tags_.Add(tags));
  }
  // Registering a version replaces the asset's detail by its own; one that was changed after the
  // newest version is set again.
  if (!versions.empty() && !google::protobuf::util::MessageDifferencer::Equals(
                               Portable(versions.front()).detail(), asset.detail())) {
    return Write(RecordLine("asset", asset, "detail"));
  }
  return absl::OkStatus();
}

absl::Status Exporter::SpoolIdentities(const std::string& asset) {
  v1::ListDatasetIdentitiesRequest request;
  request.set_asset(asset);
  return ForEachPage(
      app_, position_, kListDatasetIdentities, request,
      [this](const v1::ListDatasetIdentitiesResponse& page) -> absl::Status {
        for (const v1::DatasetIdentity& identity : page.identities()) {
          WHENCE_RETURN_IF_ERROR(identities_.Add(RecordLine("identity", Portable(identity))));
        }
        return absl::OkStatus();
      });
}

template <class T>
bool Exporter::Take(T& record) {
  if (!catalog_.empty() && !InCatalog(record, catalog_)) return false;
  if constexpr (std::is_same_v<T, v1::Prediction>) {
    if (MakerDeleted(record)) {
      ++dropped_records_;
      return false;
    }
  }
  const int64_t dropped = DropDeleted(record);
  if constexpr (std::is_same_v<T, v1::RecordEdgesRequest>) {
    if (record.edges().empty()) {
      ++dropped_records_;
      return false;
    }
  }
  dropped_references_ += dropped;
  if (dropped > 0) ++trimmed_records_;
  if (!catalog_.empty() && BeyondCatalog(record, catalog_)) ++beyond_records_;
  return true;
}

void Exporter::TellOmissions() {
  if (dropped_references_ > 0 || dropped_records_ > 0) {
    app_.Warn(StrCat(
        "left out what names deleted assets: ", CountOf(dropped_references_, "reference"), " (",
        CountOf(trimmed_records_, "record"), " written without), ",
        CountOf(dropped_records_, "whole record"), "; 'whence admin backup' keeps everything"));
  }
  if (beyond_records_ > 0) {
    app_.Note(StrCat(CountOf(beyond_records_, "record"),
                     " also name other catalogs, which must be there when this is imported"));
  }
}

absl::Status Exporter::SpoolDeclarations(Spool& newest_first) {
  v1::ListDeclarationsRequest request;
  request.set_page_size(kDeclarationsOnAPage);
  return ForEachPage(
      app_, position_, kListDeclarations, request,
      [this, &newest_first](const v1::ListDeclarationsResponse& page) -> absl::Status {
        for (const v1::Declaration& declaration : page.declarations()) {
          v1::RecordEdgesRequest edges = Portable(declaration);
          if (!Take(edges)) continue;
          WHENCE_RETURN_IF_ERROR(newest_first.Add(RecordLine("edges", edges)));
        }
        return absl::OkStatus();
      });
}

absl::Status Exporter::WriteDeclarations() {
  Spool newest_first;
  WHENCE_RETURN_IF_ERROR(SpoolDeclarations(newest_first));
  return newest_first.ForEachBackwards([this](const std::string& line) { return Write(line); });
}

absl::Status Exporter::WriteRuns() {
  std::vector<std::string> ids;  // newest first
  WHENCE_RETURN_IF_ERROR(ForEachPage(app_, position_, kListRuns, v1::ListRunsRequest(),
                                     [&ids](const v1::ListRunsResponse& page) {
                                       for (const v1::Run& run : page.runs())
                                         ids.push_back(run.id());
                                       return absl::OkStatus();
                                     }));
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    v1::GetRunRequest request;
    request.set_id(*id);
    request.mutable_as_of()->set_position(position_);
    WHENCE_ASSIGN_OR_RETURN(v1::Run run, app_.Call(kGetRun, request));
    if (!Take(run)) continue;
    for (const std::string& line : RunLines(Portable(run))) WHENCE_RETURN_IF_ERROR(Write(line));
  }
  return absl::OkStatus();
}

absl::Status Exporter::SpoolPredictions(Spool& newest_first) {
  return ForEachPage(
      app_, position_, kListPredictions, v1::ListPredictionsRequest(),
      [this, &newest_first](const v1::ListPredictionsResponse& page) -> absl::Status {
        for (const v1::Prediction& listed : page.predictions()) {
          v1::Prediction prediction = Portable(listed);
          if (!Take(prediction)) continue;
          WHENCE_RETURN_IF_ERROR(newest_first.Add(RecordLine("prediction", prediction)));
        }
        progress_.Show(0, 0, CountOf(records_ + newest_first.count(), "record"));
        return absl::OkStatus();
      });
}

absl::Status Exporter::WritePredictions() {
  Spool newest_first;
  WHENCE_RETURN_IF_ERROR(SpoolPredictions(newest_first));
  return newest_first.ForEachBackwards([this](const std::string& line) { return Write(line); });
}

}  // namespace whence::cli
