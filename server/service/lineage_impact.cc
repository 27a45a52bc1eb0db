#include "service/lineage_impact.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/kind.h"
#include "inference/prediction.h"
#include "lineage/run_store.h"
#include "service/as_of.h"
#include "service/lineage_convert.h"
#include "service/lineage_ops.h"

namespace whence::service {
namespace {

using lineage::AffectedAsset;
using lineage::ImpactResult;
using lineage::NodeId;
using What = LineageRoot::What;

bool HasNoColumnLineage(uint8_t kind) {
  const auto asset_kind = static_cast<catalog::Kind>(kind);
  return asset_kind != catalog::Kind::kTable && asset_kind != catalog::Kind::kView;
}

absl::StatusOr<size_t> AssetBound(int32_t asked) {
  if (asked >= 0 && asked <= kMaxImpactAssets) {
    return static_cast<size_t>(asked == 0 ? kDefaultImpactAssets : asked);
  }
  return InvalidArgument("MAX_ASSETS_OUT_OF_RANGE", "max_assets",
                         StrCat(asked, " is not in 0 to ", kMaxImpactAssets),
                         "leave it out for 1,000");
}

// Assets and versions of one kind.
struct Tally {
  int32_t assets = 0;
  int32_t versions = 0;

  void Add(const AffectedAsset& asset) {
    ++assets;
    for (const uint32_t number : asset.versions) versions += number != 0 ? 1 : 0;
  }
};
using Tallies = std::map<uint8_t, Tally>;  // by kind

void PutKinds(const Tallies& tallies, google::protobuf::RepeatedPtrField<v1::ImpactByKind>* out) {
  for (const auto& [kind, tally] : tallies) {
    v1::ImpactByKind* wire = out->Add();
    wire->set_kind(static_cast<v1::Kind>(kind));
    wire->set_asset_count(tally.assets);
    wire->set_version_count(tally.versions);
  }
}

// Turns a result into the answer.
class ImpactWriter {
 public:
  ImpactWriter(Call& call, const ImpactResult& result, Position as_of, v1::ImpactResponse* out)
      : call_(call),
        result_(result),
        writer_(call, as_of, /*with_detail=*/false),
        assets_(lineage::AffectedAssets(call.house().graph(), result)),
        out_(*out) {}

  absl::Status Write(const v1::ImpactRequest& request, size_t max_assets) {
    WHENCE_RETURN_IF_ERROR(PutCounts());
    WHENCE_RETURN_IF_ERROR(PutColumnTags());
    WHENCE_RETURN_IF_ERROR(PutPredictionCount());
    out_.set_assets_truncated(assets_.size() > max_assets);
    const lineage::ImpactPaths paths(result_);
    for (size_t i = 0; i < std::min(max_assets, assets_.size()); ++i) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      WHENCE_RETURN_IF_ERROR(PutAsset(assets_[i], request.show_paths() ? &paths : nullptr));
    }
    if (result_.truncated_by_nodes) out_.add_truncations(v1::TRUNCATION_NODES);
    if (result_.truncated_by_depth) out_.add_truncations(v1::TRUNCATION_DEPTH);
    if (result_.truncated_by_edges) out_.add_truncations(v1::TRUNCATION_EDGES);
    return absl::OkStatus();
  }

 private:
  absl::Status PutCounts() {
    Tallies kinds;
    std::map<std::string, Tallies> owners;
    for (size_t i = 0; i < assets_.size(); ++i) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* facts,
                              writer_.describer().Asset(assets_[i].asset));
      kinds[assets_[i].kind].Add(assets_[i]);
      WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(assets_[i].asset));
      owners[sees ? facts->owner : std::string()][assets_[i].kind].Add(assets_[i]);
    }
    PutKinds(kinds, out_.mutable_kinds());
    for (const auto& [owner, tallies] : owners) {
      v1::ImpactByOwner* wire = out_.add_owners();
      wire->set_owner(owner);
      PutKinds(tallies, wire->mutable_kinds());
    }
    out_.set_run_count(static_cast<int32_t>(result_.run_count));
    return absl::OkStatus();
  }

  absl::Status PutColumnTags() {
    struct Columns {
      int32_t all = 0;
      int32_t masked = 0;
    };
    std::map<std::pair<std::string, std::string>, Columns> tags;
    int32_t count = 0;
    for (size_t i = 0; i < result_.columns.size(); ++i) {
      const lineage::ImpactColumn& column = result_.columns[i];
      if (column.predecessor == 0) continue;
      ++count;
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey key,
                              writer_.describer().Column(column.column));
      WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(key.asset_id));
      if (!sees) continue;
      WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> list,
                              writer_.describer().ColumnTags(key.asset_id, key.name));
      for (const catalog::Tag& tag : list) {
        Columns& columns = tags[{tag.key, tag.value}];
        ++columns.all;
        if (column.masked) ++columns.masked;
      }
    }
    out_.set_column_count(count);
    for (const auto& [tag, columns] : tags) {
      v1::ImpactByTag* wire = out_.add_column_tags();
      wire->mutable_tag()->set_key(tag.first);
      wire->mutable_tag()->set_value(tag.second);
      wire->set_column_count(columns.all);
      wire->set_masked_count(columns.masked);
    }
    return absl::OkStatus();
  }

  absl::Status PutPredictionCount() {
    const lineage::Graph& graph = call_.house().graph();
    std::vector<int64_t> nodes;
    for (const lineage::ImpactNode& node : result_.nodes) {
      if (lineage::IsData(graph.type(node.node))) nodes.push_back(node.node);
    }
    WHENCE_ASSIGN_OR_RETURN(
        const int64_t count,
        inference::CountDerived(call_.connection(), writer_.describer().as_of(), nodes));
    out_.set_prediction_count(count);
    return absl::OkStatus();
  }

  absl::Status PutAsset(const AffectedAsset& asset, const lineage::ImpactPaths* paths) {
    v1::AffectedAsset* wire = out_.add_assets();
    WHENCE_RETURN_IF_ERROR(writer_.DescribeAsset(asset.asset, wire->mutable_asset()));
    wire->set_depth(static_cast<int32_t>(asset.depth));
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(asset.asset));
    if (!sees) return absl::OkStatus();
    for (const uint32_t number : asset.versions) wire->add_versions(number);
    for (const lineage::ColumnId column : asset.columns) {
      WHENCE_ASSIGN_OR_RETURN(lineage::ColumnKey key, writer_.describer().Column(column));
      wire->add_columns(std::move(key.name));
    }
    if (paths == nullptr) return absl::OkStatus();
    const lineage::ImpactPath path = asset.columns.empty() ? paths->ToNode(asset.nearest)
                                                           : paths->ToColumn(asset.columns.front());
    for (const lineage::ImpactColumn& column : path.columns) {
      WHENCE_ASSIGN_OR_RETURN(*wire->add_path(), writer_.ReferenceOfColumn(column.column));
    }
    for (const NodeId node : path.nodes) {
      WHENCE_ASSIGN_OR_RETURN(*wire->add_path(), writer_.ReferenceOf(node));
    }
    return absl::OkStatus();
  }

  Call& call_;
  const ImpactResult& result_;
  GraphWriter writer_;
  const std::vector<AffectedAsset> assets_;
  v1::ImpactResponse& out_;
};

}  // namespace

ImpactResult ImpactOf(const lineage::Graph& graph, const LineageRoot& root,
                      const lineage::ImpactOptions& options) {
  if (root.what != What::kColumn) return lineage::ImpactOfNodes(graph, root.nodes, options);
  return lineage::ImpactOfColumn(graph, static_cast<NodeId>(root.asset_id), root.column_id,
                                 HasNoColumnLineage, options);
}

absl::StatusOr<v1::ImpactResponse> Impact(Call& call, const v1::ImpactRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const uint32_t depth, DepthBound(request.depth()));
  WHENCE_ASSIGN_OR_RETURN(const size_t max_nodes, NodeBound(request.max_nodes(), kMaxWalkNodes));
  WHENCE_ASSIGN_OR_RETURN(const size_t max_assets, AssetBound(request.max_assets()));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const LineageRoot root,
                          ResolveRoot(call, as_of, request.reference(), "reference"));
  if (root.what == What::kPrediction) {
    return InvalidArgument("REFERENCE_NOT_IN_GRAPH", "reference",
                           "nothing derives from a prediction", "ask Explain about it");
  }
  const ImpactResult result = ImpactOf(call.house().graph(), root,
                                       {.as_of = as_of,
                                        .max_depth = depth,
                                        .max_nodes = max_nodes,
                                        .max_edges = EdgeBound(max_nodes),
                                        .cancelled = call.info().cancelled});
  if (result.cancelled) return WalkCancelled();
  v1::ImpactResponse out;
  out.set_root(root.reference);
  out.set_position(as_of);
  WHENCE_RETURN_IF_ERROR(ImpactWriter(call, result, as_of, &out).Write(request, max_assets));
  return out;
}

}  // namespace whence::service
