#include "service/run_event.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "catalog/pin.h"
#include "catalog/securable.h"
#include "lineage/run_apply.h"
#include "lineage/run_store.h"
#include "service/asset_write.h"
#include "service/catalog_convert.h"
#include "service/need.h"
#include "service/run_check.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using catalog::kNow;
using lineage::EdgeDirection;
using lineage::NewEdge;

// Builds the update of one event.
class EventBuilder {
 public:
  EventBuilder(Call& call, AssetNames& names, const RunEvent& event, std::string uuid)
      : call_(call), names_(names), event_(event) {
    update_.uuid = std::move(uuid);
    update_.fill_only = event.fill_only;
    update_.state = event.state;
  }

  absl::StatusOr<v1::Run> Apply() {
    sql::Connection& connection = call_.connection();
    WHENCE_ASSIGN_OR_RETURN(current_, lineage::FindRun(connection, kNow, update_.uuid));
    if (current_.has_value() && NamesData()) {
      WHENCE_RETURN_IF_ERROR(Recall(current_->id));
    }
    WHENCE_RETURN_IF_ERROR(AddFields());
    WHENCE_RETURN_IF_ERROR(AddJob());
    // All reads before the first write: what is read is what was there before.
    for (int i = 0; i < event_.run->reads_size(); ++i) {
      WHENCE_RETURN_IF_ERROR(AddRead(event_.run->reads(i), At("reads", i)));
    }
    for (int i = 0; i < event_.run->writes_size(); ++i) {
      WHENCE_RETURN_IF_ERROR(AddWrite(event_.run->writes(i), At("writes", i)));
    }
    for (int i = 0; i < event_.run->column_mappings_size(); ++i) {
      WHENCE_RETURN_IF_ERROR(AddMapping(event_.run->column_mappings(i), At("column_mappings", i)));
    }
    const auto stamp = [this]() -> const ledger::Change& {
      return call_.Change(StrCat("run:", update_.uuid));
    };
    WHENCE_ASSIGN_OR_RETURN(
        const lineage::AppliedRun applied,
        lineage::ApplyRun(call_.write(), stamp, call_.graph_changes(), current_, update_));
    return Answer(applied.run);
  }

 private:
  bool NamesData() const { return event_.run->reads_size() > 0 || event_.run->writes_size() > 0; }

  absl::StatusOr<v1::Run> Answer(const lineage::Run& run) {
    // A new run has what was said and nothing else; it need not be read back.
    if (!current_.has_value() && update_.links.empty()) {
      return RunToProto(names_, run, StoredEdges());
    }
    // One that grew by many events is not read through for each of them.
    const auto named = static_cast<size_t>(event_.run->reads_size()) +
                       static_cast<size_t>(event_.run->writes_size());
    const size_t most = std::max(kMaxEchoedEdges, named + update_.links.size());
    WHENCE_ASSIGN_OR_RETURN(const size_t edges,
                            lineage::CountDataEdges(call_.connection(), run.id, most));
    WHENCE_ASSIGN_OR_RETURN(const size_t links,
                            lineage::CountColumnLinks(call_.connection(), run.id, most));
    if (edges + links <= most) return WholeRunToProto(names_, run);
    WHENCE_ASSIGN_OR_RETURN(v1::Run wire, RunToProto(names_, run));
    wire.set_edges_omitted(true);
    return wire;
  }

  std::string At(std::string_view list, int index) const {
    return StrCat(event_.field, ".", list, "[", index, "]");
  }

  void AddEdge(lineage::DataEdge edge) {
    update_.edges.push_back(
        NewEdge{.direction = edge.direction, .node_id = edge.node_id, .alias = edge.alias});
    edges_.push_back(std::move(edge));
  }

  // The event's edges as they are kept: by side and node, of equals the first.
  std::vector<lineage::DataEdge> StoredEdges() {
    const auto place = [](const lineage::DataEdge& edge) {
      return std::pair(edge.direction, edge.node_id);
    };
    std::vector<lineage::DataEdge> edges = std::move(edges_);
    std::ranges::stable_sort(edges, {}, place);
    const auto rest = std::ranges::unique(edges, {}, place);
    edges.erase(rest.begin(), rest.end());
    return edges;
  }

  absl::Status Recall(int64_t run_id) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<lineage::DataEdge> edges,
                            lineage::ListDataEdges(call_.connection(), kNow, run_id));
    for (const lineage::DataEdge& edge : edges) {
      known_.emplace(edge.direction, edge.asset_id, "");
      if (!edge.alias.empty()) known_.emplace(edge.direction, edge.asset_id, edge.alias);
    }
    return absl::OkStatus();
  }

  absl::Status AddFields() {
    const v1::Run& run = *event_.run;
    if (run.has_start_time()) {
      WHENCE_ASSIGN_OR_RETURN(update_.start_time,
                              TimeFromProto(run.start_time(), event_.field + ".start_time"));
    }
    if (event_.end_time != nullptr) {
      WHENCE_ASSIGN_OR_RETURN(update_.end_time, TimeFromProto(*event_.end_time, "end_time"));
    }
    if (!run.parent_run_id().empty()) update_.parent_uuid = CanonicalUuid(run.parent_run_id());
    return AddAttributes();
  }

  absl::Status AddAttributes() {
    storage::RunAttributes attributes;
    const bool finished = current_.has_value() && lineage::IsFinished(current_->state);
    if (current_.has_value()) {
      WHENCE_RETURN_IF_ERROR(ParseStored(current_->attributes, "run.attributes", &attributes));
    }
    const std::string error_before = attributes.error_message();
    WHENCE_RETURN_IF_ERROR(MergeAttributes(*event_.run, event_.fill_only, &attributes));
    if (event_.error_message != nullptr) {
      // The message belongs to the outcome: the first one stands.
      const bool keep = event_.error_message->empty() || (finished && !error_before.empty());
      attributes.set_error_message(keep ? error_before : *event_.error_message);
    }
    update_.attributes = SerializeDeterministic(attributes);
    return absl::OkStatus();
  }

  absl::Status AddJob() {
    const std::string& job = event_.run->job();
    if (job.empty()) return absl::OkStatus();
    if (event_.fill_only && current_.has_value() && current_->job_id != 0) return absl::OkStatus();
    const std::string field = event_.field + ".job";
    WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> path, ParseName(job, field, 3));
    WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableId found,
                            FindOrCreate(path, catalog::Kind::kJob, field));
    update_.job_id = found.id;
    return WithFieldPrefix(NeedToUseAsset(call_, Use::kRead, found.id, found.kind, job), field);
  }

  // The live asset of that kind; a new one when there is none.
  absl::StatusOr<catalog::SecurableId> FindOrCreate(const std::vector<std::string>& path,
                                                    catalog::Kind kind, const std::string& field) {
    WHENCE_ASSIGN_OR_RETURN(const std::optional<catalog::SecurableId> found,
                            catalog::FindSecurable(call_.connection(), kNow, path));
    if (found.has_value() && found->kind != kind) {
      return WithFieldPrefix(
          FailedPrecondition("ASSET_KIND_MISMATCH",
                             StrCat(FormatName(path), " is a ", catalog::KindName(found->kind),
                                    ", not a ", catalog::KindName(kind)),
                             "use another name, or the kind that it has"),
          field);
    }
    if (found.has_value()) {
      names_.Know(found->id, FormatName(path));
      return *found;
    }
    WHENCE_RETURN_IF_ERROR(WithFieldPrefix(NeedToMake(call_, kind, path), field));
    absl::StatusOr<catalog::Securable> created = CreateInCatalog(
        call_,
        {.kind = kind, .path = path, .comment = "", .owner = "", .properties = "", .detail = ""});
    if (!created.ok()) return WithFieldPrefix(created.status(), field);
    names_.Know(created->id, created->FullName());
    return catalog::SecurableId{.id = created->id, .kind = created->kind};
  }

  // True when the run has the asset already on that side, read by that alias when one is given.
  bool Has(EdgeDirection direction, int64_t asset_id, const std::string& alias) const {
    return known_.contains(std::tuple(direction, asset_id, alias));
  }

  // The live asset that a reference names.
  absl::StatusOr<catalog::SecurableId> Require(const Reference& reference,
                                               const std::string& field) {
    absl::StatusOr<catalog::SecurableId> asset =
        catalog::RequireSecurable(call_.connection(), kNow, reference.name);
    if (!asset.ok()) {
      return WithFieldPrefix(NotFoundOrDenied(call_, reference.name, asset.status()), field);
    }
    WHENCE_RETURN_IF_ERROR(
        WithFieldPrefix(NeedToSeeId(call_, asset->id, FormatReference(reference)), field));
    names_.Know(asset->id, FormatName(reference.name));
    return *asset;
  }

  absl::Status AddPinned(EdgeDirection direction, const Reference& reference,
                         const std::string& field) {
    if (!known_.empty() && reference.version == 0) {
      WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableId asset, Require(reference, field));
      if (Has(direction, asset.id, reference.alias)) return absl::OkStatus();
    }
    absl::StatusOr<catalog::Pinned> pinned = catalog::Pin(call_.connection(), kNow, reference);
    if (!pinned.ok()) {
      return WithFieldPrefix(NotFoundOrDenied(call_, reference.name, pinned.status()), field);
    }
    WHENCE_RETURN_IF_ERROR(WithFieldPrefix(
        NeedToUseAsset(call_, direction == EdgeDirection::kRead ? Use::kRead : Use::kWrite,
                       pinned->asset_id, pinned->kind, FormatReference(reference)),
        field));
    names_.Know(pinned->asset_id, FormatName(reference.name));
    AddEdge({.direction = direction,
             .node_id = pinned->node_id,
             .asset_id = pinned->asset_id,
             .version = pinned->version,
             .alias = std::move(pinned->alias)});
    return absl::OkStatus();
  }

  absl::Status AddRead(const v1::RunRead& read, const std::string& at) {
    const std::string field = at + ".reference";
    WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseData(read.reference(), field));
    return AddPinned(EdgeDirection::kRead, reference, field);
  }

  absl::Status AddWrite(const v1::RunWrite& write, const std::string& at) {
    const std::string field = at + ".reference";
    WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseData(write.reference(), field));
    if (write.create_kind() != v1::KIND_UNSPECIFIED) {
      WHENCE_RETURN_IF_ERROR(
          FindOrCreate(reference.name, ToKind(write.create_kind()), field).status());
    }
    if (!write.has_version()) return AddPinned(EdgeDirection::kWrite, reference, field);
    absl::StatusOr<catalog::Securable> asset =
        catalog::GetSecurable(call_.connection(), kNow, reference.name);
    if (!asset.ok()) {
      return WithFieldPrefix(NotFoundOrDenied(call_, reference.name, asset.status()), field);
    }
    WHENCE_RETURN_IF_ERROR(WithFieldPrefix(
        NeedToUseAsset(call_, Use::kWrite, asset->id, asset->kind, asset->FullName()), field));
    names_.Know(asset->id, asset->FullName());
    WHENCE_ASSIGN_OR_RETURN(const catalog::Registered registered,
                            RegisterVersionOf(call_, *asset, write.version(), at + ".version"));
    AddEdge({.direction = EdgeDirection::kWrite,
             .node_id = registered.version.id,
             .asset_id = asset->id,
             .version = registered.version.number,
             .alias = {}});
    return absl::OkStatus();
  }

  // A column that is written is given tags by what it is said to come from: for who may write it.
  absl::StatusOr<lineage::ColumnKey> ColumnOf(EdgeDirection direction, const std::string& text,
                                              const std::string& field) {
    WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseColumn(text, field));
    WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableId asset, Require(reference, field));
    if (direction == EdgeDirection::kWrite && !may_write_.contains(asset.id)) {
      WHENCE_RETURN_IF_ERROR(WithFieldPrefix(
          NeedToUseAsset(call_, Use::kWrite, asset.id, asset.kind, FormatReference(reference)),
          field));
      may_write_.insert(asset.id);
    }
    return lineage::ColumnKey{.asset_id = asset.id, .name = std::move(reference.column)};
  }

  absl::Status AddMapping(const v1::ColumnMapping& mapping, const std::string& at) {
    WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey target,
                            ColumnOf(EdgeDirection::kWrite, mapping.column(), at + ".column"));
    for (int i = 0; i < mapping.sources_size(); ++i) {
      const v1::ColumnSource& source = mapping.sources(i);
      WHENCE_ASSIGN_OR_RETURN(
          lineage::ColumnKey key,
          ColumnOf(EdgeDirection::kRead, source.column(), StrCat(at, ".sources[", i, "].column")));
      update_.links.push_back({.target = target,
                               .source = std::move(key),
                               .transformation = source.transformation(),
                               .masking = source.masking(),
                               .description = source.description()});
    }
    return absl::OkStatus();
  }

  Call& call_;
  AssetNames& names_;
  const RunEvent& event_;
  std::optional<lineage::Run> current_;
  // What the run read and wrote before: side, asset, alias (empty: in whatever way).
  absl::flat_hash_set<std::tuple<EdgeDirection, int64_t, std::string>> known_;
  absl::flat_hash_set<int64_t> may_write_;  // assets of columns that the caller may write
  lineage::RunUpdate update_;
  std::vector<lineage::DataEdge> edges_;  // of update_, with what they lead to
};

}  // namespace

RunRecorder::RunRecorder(Call& call) : call_(call), names_(call, kNow) {}

absl::StatusOr<v1::Run> RunRecorder::Apply(const RunEvent& event) {
  std::string uuid = event.id.empty() ? call_.house().ids().NewUuid() : CanonicalUuid(event.id);
  if (!call_.changed()) call_.NameResource(StrCat("run:", uuid));
  return EventBuilder(call_, names_, event, std::move(uuid)).Apply();
}

}  // namespace whence::service
