#include "service/lineage_ops.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/kind.h"
#include "lineage/answer.h"
#include "lineage/run_store.h"
#include "service/as_of.h"
#include "service/checks.h"
#include "service/lineage_convert.h"
#include "service/lineage_root.h"

namespace whence::service {
namespace {

using lineage::Answer;
using lineage::Grain;
using lineage::NodeId;
using What = LineageRoot::What;

absl::StatusOr<lineage::Direction> DirectionOf(v1::Direction direction) {
  switch (direction) {
    case v1::DIRECTION_UNSPECIFIED:
    case v1::DIRECTION_UPSTREAM:
      return lineage::Direction::kUpstream;
    case v1::DIRECTION_DOWNSTREAM:
      return lineage::Direction::kDownstream;
    case v1::DIRECTION_BOTH:
      return lineage::Direction::kBoth;
    default:
      return InvalidArgument("ENUM_VALUE_UNKNOWN", "direction",
                             StrCat(static_cast<int>(direction), " is no direction"),
                             "see proto/whence/v1/lineage.proto");
  }
}

absl::StatusOr<Grain> GrainOf(v1::Grain grain, const LineageRoot& root) {
  switch (grain) {
    case v1::GRAIN_UNSPECIFIED:
      return root.what == What::kColumn ? Grain::kColumn : Grain::kVersion;
    case v1::GRAIN_VERSION:
      return Grain::kVersion;
    case v1::GRAIN_ASSET:
      return Grain::kAsset;
    case v1::GRAIN_COLUMN:
      if (root.what == What::kColumn || root.what == What::kData) return Grain::kColumn;
      return InvalidArgument("GRAIN_NOT_OF_REFERENCE", "grain",
                             StrCat(root.reference, " has no columns of its own"),
                             "name a column or a table");
    default:
      return InvalidArgument("ENUM_VALUE_UNKNOWN", "grain",
                             StrCat(static_cast<int>(grain), " is no grain"),
                             "see proto/whence/v1/lineage.proto");
  }
}

// The nodes to begin at.
absl::StatusOr<std::vector<NodeId>> RootNodes(Call& call, Position as_of, Grain grain,
                                              const LineageRoot& root) {
  if (grain != Grain::kColumn) {
    if (root.what != What::kColumn) return root.nodes;
    return NodesOfAsset(call.house().graph(), root.asset_id, as_of);
  }
  std::vector<NodeId> columns;
  if (root.what == What::kColumn) {
    if (root.column_id != 0) columns.push_back(root.column_id);
    return columns;
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<int64_t> ids,
                          lineage::ListColumnIds(call.connection(), as_of, root.asset_id));
  for (const int64_t id : ids) columns.push_back(static_cast<NodeId>(id));
  return columns;
}

absl::StatusOr<absl::flat_hash_set<uint8_t>> KindsOf(const v1::GetLineageRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckKinds(request.kinds(), "kinds"));
  absl::flat_hash_set<uint8_t> kinds;
  for (const int kind : request.kinds()) kinds.insert(static_cast<uint8_t>(kind));
  return kinds;
}

// Takes out what the grain and the kinds leave out.
Answer Reduce(const lineage::Graph& graph, Answer answer, const absl::flat_hash_set<uint8_t>& kinds,
              const lineage::CollapseLimits& limits) {
  if (answer.grain == Grain::kAsset) {
    answer = lineage::WithoutVias(graph, std::move(answer), limits);
  }
  if (kinds.empty() || answer.cancelled) return answer;
  const bool columns = answer.grain == Grain::kColumn;
  return lineage::Filtered(
      graph, std::move(answer),
      [&](NodeId id) {
        return kinds.contains(graph.kind(columns ? graph.ColumnAsset(id) : graph.asset(id)));
      },
      limits);
}

}  // namespace

absl::StatusOr<Encoded<v1::LineageGraph>> GetLineage(Call& call,
                                                     const v1::GetLineageRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::Direction direction, DirectionOf(request.direction()));
  WHENCE_ASSIGN_OR_RETURN(const uint32_t depth, DepthBound(request.depth()));
  WHENCE_ASSIGN_OR_RETURN(const size_t max_nodes,
                          NodeBound(request.max_nodes(), kDefaultWalkNodes));
  WHENCE_ASSIGN_OR_RETURN(const absl::flat_hash_set<uint8_t> kinds, KindsOf(request));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const LineageRoot root,
                          ResolveRoot(call, as_of, request.reference(), "reference"));
  WHENCE_ASSIGN_OR_RETURN(const Grain grain, GrainOf(request.grain(), root));
  if (root.what == What::kPrediction) {
    return InvalidArgument("REFERENCE_NOT_IN_GRAPH", "reference",
                           "a prediction is no node of the graph", "ask Explain about it");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<NodeId> roots, RootNodes(call, as_of, grain, root));
  const lineage::Graph& graph = call.house().graph();
  Answer answer = lineage::AnswerWalk(graph, roots,
                                      {.direction = direction,
                                       .grain = grain,
                                       .max_depth = depth,
                                       .as_of = as_of,
                                       .max_nodes = max_nodes,
                                       .max_edges = EdgeBound(max_nodes),
                                       .cancelled = call.info().cancelled});
  const size_t max_edges = kMaxDerivedEdgesPerNode * std::max(max_nodes, size_t{kDefaultWalkNodes});
  if (!answer.cancelled) {
    answer = Reduce(graph, std::move(answer), kinds,
                    {.max_edges = max_edges,
                     .max_steps = kMaxStepsPerDerivedEdge * max_edges,
                     .cancelled = call.info().cancelled});
  }
  if (answer.cancelled) return WalkCancelled();
  GraphDraft out;
  out.set_root(root.reference);
  GraphWriter writer(call, as_of, /*with_detail=*/false);
  if (root.what == What::kColumn && grain == Grain::kColumn && roots.empty()) {
    // Nothing was ever said about the column: it stands alone.
    WHENCE_RETURN_IF_ERROR(
        writer.AddColumn({.asset_id = root.asset_id, .name = root.column}, {.source = true}, &out));
  }
  WHENCE_RETURN_IF_ERROR(writer.Add(answer, 0, &out));
  out.set_position(as_of);
  return Encoded<v1::LineageGraph>{out.Encode()};
}

}  // namespace whence::service
