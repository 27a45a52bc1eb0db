// FindPath: one shortest way from something to what came of it.

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "inference/origin.h"
#include "inference/prediction.h"
#include "lineage/run_store.h"
#include "lineage/walk.h"
#include "service/as_of.h"
#include "service/blobs.h"
#include "service/encoded.h"
#include "service/graph_draft.h"
#include "service/lineage_convert.h"
#include "service/lineage_impact.h"
#include "service/lineage_ops.h"
#include "service/lineage_root.h"
#include "service/need.h"
#include "service/node_names.h"
#include "service/prediction_convert.h"

namespace whence::service {
namespace {

using lineage::Answer;
using lineage::AnswerEdge;
using lineage::Grain;
using lineage::NodeId;
using What = LineageRoot::What;

// A path found, or not, and why not.
struct Found {
  bool found = false;
  std::vector<lineage::ColumnId> columns;  // first columns,
  std::vector<lineage::ColumnHop> hops;    // hops[i] leads from columns[i] to the next,
  std::vector<NodeId> nodes;               // then nodes
  bool cut_by_nodes = false;
  bool cut_by_depth = false;
  bool cut_by_edges = false;
};

// Where the position of an edge is looked up.
uint32_t PositionOf(const lineage::Graph& graph, NodeId source, NodeId target, Position as_of) {
  uint32_t position = 0;
  graph.ForEachOut(source, as_of, [&](const lineage::Edge& edge) {
    if (edge.node == target) position = edge.position;
    return edge.node != target;
  });
  return position;
}

uint32_t PositionOf(const lineage::Graph& graph, lineage::ColumnId source, lineage::ColumnId target,
                    const lineage::ColumnHop& hop, Position as_of) {
  uint32_t position = 0;
  graph.ForEachColumnOut(source, as_of, [&](const lineage::ColumnEdge& edge) {
    const bool same =
        edge.column == target && edge.via == hop.via && edge.transformation == hop.transformation;
    if (same) position = edge.position;
    return !same;
  });
  return position;
}

class PathFinder {
 public:
  PathFinder(Call& call, Position as_of, size_t max_nodes)
      : call_(call), graph_(call.house().graph()), as_of_(as_of), max_nodes_(max_nodes) {}

  absl::StatusOr<Found> Find(const LineageRoot& source, const LineageRoot& target) {
    if (target.what == What::kColumn) return ToColumn(source, target);
    if (source.what == What::kColumn) return FromColumn(source, target);
    return Walk(Grain::kVersion, source.nodes, target.nodes);
  }

 private:
  absl::StatusOr<Found> Walk(Grain grain, const std::vector<NodeId>& sources,
                             const std::vector<NodeId>& targets) {
    lineage::PathResult result = lineage::FindPath(graph_, sources, targets,
                                                   {.direction = lineage::Direction::kDownstream,
                                                    .grain = grain,
                                                    .max_depth = kMaxDepth,
                                                    .as_of = as_of_,
                                                    .max_nodes = max_nodes_,
                                                    .cancelled = call_.info().cancelled});
    if (result.cancelled) return WalkCancelled();
    Found found{.found = !result.paths.empty(),
                .columns = {},
                .hops = {},
                .nodes = {},
                .cut_by_nodes = result.truncated_by_nodes,
                .cut_by_depth = result.truncated_by_depth};
    if (!found.found) return found;
    lineage::Path& path = result.paths.front();
    found.hops = std::move(path.hops);
    (grain == Grain::kColumn ? found.columns : found.nodes) = std::move(path.nodes);
    return found;
  }

  absl::StatusOr<Found> ToColumn(const LineageRoot& source, const LineageRoot& target) {
    if (target.column_id == 0) return Found{};
    WHENCE_ASSIGN_OR_RETURN(const std::vector<NodeId> sources, ColumnsOf(source));
    return Walk(Grain::kColumn, sources, {target.column_id});
  }

  // The columns that a path to a column may begin at: of a run, those that it wrote.
  absl::StatusOr<std::vector<NodeId>> ColumnsOf(const LineageRoot& root) {
    std::vector<NodeId> columns;
    if (root.what == What::kColumn) {
      if (root.column_id != 0) columns.push_back(root.column_id);
    } else if (root.what == What::kData) {
      WHENCE_ASSIGN_OR_RETURN(const std::vector<int64_t> ids,
                              lineage::ListColumnIds(call_.connection(), as_of_, root.asset_id));
      for (const int64_t id : ids) columns.push_back(static_cast<NodeId>(id));
    } else {
      WHENCE_ASSIGN_OR_RETURN(
          const std::vector<lineage::ColumnLink> links,
          lineage::ListColumnLinks(call_.connection(), as_of_, root.nodes.front()));
      for (const lineage::ColumnLink& link : links) {
        columns.push_back(static_cast<NodeId>(link.target_id));
      }
    }
    return columns;
  }

  // To the nearest of the targets that the column's impact reaches.
  absl::StatusOr<Found> FromColumn(const LineageRoot& source, const LineageRoot& target) {
    const lineage::ImpactResult impact = ImpactOf(graph_, source,
                                                  {.as_of = as_of_,
                                                   .max_depth = kMaxDepth,
                                                   .max_nodes = max_nodes_,
                                                   .max_edges = EdgeBound(max_nodes_),
                                                   .cancelled = call_.info().cancelled});
    if (impact.cancelled) return WalkCancelled();
    const lineage::ImpactPaths paths(impact);
    std::optional<NodeId> nearest;
    for (const NodeId node : target.nodes) {
      if (!paths.Reached(node)) continue;
      if (!nearest.has_value() || paths.DepthOf(node) < paths.DepthOf(*nearest)) nearest = node;
    }
    Found found;
    found.cut_by_nodes = impact.truncated_by_nodes;
    found.cut_by_depth = impact.truncated_by_depth;
    found.cut_by_edges = impact.truncated_by_edges;
    if (!nearest.has_value()) return found;
    found.found = true;
    lineage::ImpactPath path = paths.ToNode(*nearest);
    for (const lineage::ImpactColumn& column : path.columns) {
      if (!found.columns.empty()) found.hops.push_back(HopTo(column));
      found.columns.push_back(column.column);
    }
    found.nodes = std::move(path.nodes);
    return found;
  }

  // How the walk came to a column from its predecessor.
  lineage::ColumnHop HopTo(const lineage::ImpactColumn& column) const {
    lineage::ColumnHop hop{.via = column.via};
    graph_.ForEachColumnIn(column.column, as_of_, [&](const lineage::ColumnEdge& edge) {
      const bool same = edge.column == column.predecessor && edge.via == column.via;
      if (same) hop = {edge.via, edge.transformation, edge.masking};
      return !same;
    });
    return hop;
  }

  Call& call_;
  const lineage::Graph& graph_;
  const Position as_of_;
  const size_t max_nodes_;
};

// The nodes or the columns of a path with the edges between them.
Answer ToAnswer(const lineage::Graph& graph, const Found& found, bool columns, Position as_of) {
  Answer answer;
  answer.grain = columns ? Grain::kColumn : Grain::kVersion;
  answer.position = as_of;
  const std::vector<NodeId>& ids = columns ? found.columns : found.nodes;
  uint32_t depth = 0;
  for (uint32_t i = 0; i < ids.size(); ++i) {
    const bool data = columns || lineage::IsData(graph.type(ids[i]));
    if (i > 0 && data) ++depth;
    answer.nodes.push_back({.id = ids[i],
                            .depth = depth,
                            .source = lineage::IsSource(graph, answer.grain, ids[i], as_of)});
    if (i == 0) continue;
    AnswerEdge edge{.source = i - 1, .target = i};
    if (columns) {
      const lineage::ColumnHop& hop = found.hops[i - 1];
      edge.role = lineage::EdgeRole::kColumn;
      edge.via = hop.via;
      edge.transformation = hop.transformation;
      edge.masking = hop.masking;
      edge.position = PositionOf(graph, ids[i - 1], ids[i], hop, as_of);
    } else {
      edge.role = data ? lineage::EdgeRole::kWrite : lineage::EdgeRole::kRead;
      edge.position = PositionOf(graph, ids[i - 1], ids[i], as_of);
    }
    answer.edges.push_back(edge);
  }
  return answer;
}

absl::Status PutPath(Call& call, const Found& found, Position as_of, GraphWriter& writer,
                     GraphDraft* out) {
  const lineage::Graph& graph = call.house().graph();
  WHENCE_RETURN_IF_ERROR(writer.Add(ToAnswer(graph, found, /*columns=*/true, as_of), 0, out));
  const int32_t columns = out->size();
  // The version that holds the last column stands at that column's depth.
  const uint32_t add_depth = out->last_depth();
  WHENCE_RETURN_IF_ERROR(
      writer.Add(ToAnswer(graph, found, /*columns=*/false, as_of), add_depth, out));
  if (columns == 0 || found.nodes.empty()) return absl::OkStatus();
  out->AddEdge({.source = columns - 1,
                .target = columns,
                .role = v1::EDGE_ROLE_DERIVES,
                .position = graph.Node(found.nodes.front()).position});
  return absl::OkStatus();
}

// A prediction as target: its parents stand for it, and it comes last.
class PredictionEnd {
 public:
  static absl::StatusOr<PredictionEnd> Of(Call& call, Position as_of, const std::string& id) {
    PredictionEnd end;
    WHENCE_ASSIGN_OR_RETURN(end.prediction_,
                            inference::GetPrediction(call.connection(), as_of, id));
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesPrediction(end.prediction_));
    if (!sees) return Denied(call, StrCat("see prediction:", id));
    WHENCE_ASSIGN_OR_RETURN(end.parents_,
                            inference::ParentsOf(call.connection(), end.prediction_.origin_id));
    if (end.prediction_.run_uuid.empty()) return end;
    WHENCE_ASSIGN_OR_RETURN(const std::optional<lineage::Run> run,
                            lineage::FindRun(call.connection(), as_of, end.prediction_.run_uuid));
    if (run.has_value()) end.run_ = run->id;
    return end;
  }

  std::vector<NodeId> Nodes() const {
    std::vector<NodeId> nodes;
    for (const inference::Parent& parent : parents_) {
      nodes.push_back(static_cast<NodeId>(parent.node_id));
    }
    if (run_ != 0) nodes.push_back(static_cast<NodeId>(run_));
    return nodes;
  }

  // Puts the prediction behind the last node of the path.
  absl::Status Append(Call& call, Position as_of, NodeId last, GraphDraft* out) const {
    v1::EdgeRole role = v1::EDGE_ROLE_RUN;
    for (const inference::Parent& parent : parents_) {
      if (parent.node_id == int64_t{last}) role = static_cast<v1::EdgeRole>(parent.role);
    }
    const int32_t before = out->size() - 1;
    v1::LineageNode node;
    node.set_reference(StrCat("prediction:", prediction_.id));
    NodeNames names(call, as_of);
    WHENCE_ASSIGN_OR_RETURN(*node.mutable_prediction(),
                            PredictionToProto(call, names, prediction_));
    out->Add({.bytes = SerializeDeterministic(node)}, {.depth = out->last_depth() + 1});
    out->AddEdge(
        {.source = before, .target = before + 1, .role = role, .position = prediction_.position});
    return absl::OkStatus();
  }

 private:
  inference::Prediction prediction_;
  std::vector<inference::Parent> parents_;
  int64_t run_ = 0;
};

}  // namespace

absl::StatusOr<v1::FindPathResponse> FindPath(Call& call, const v1::FindPathRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const size_t max_nodes, NodeBound(request.max_nodes(), kMaxWalkNodes));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const LineageRoot source,
                          ResolveRoot(call, as_of, request.source(), "source"));
  WHENCE_ASSIGN_OR_RETURN(LineageRoot target, ResolveRoot(call, as_of, request.target(), "target"));
  if (source.what == What::kPrediction) {
    return InvalidArgument("REFERENCE_NOT_IN_GRAPH", "source", "nothing derives from a prediction",
                           "name it as the target");
  }
  std::optional<PredictionEnd> prediction;
  if (target.what == What::kPrediction) {
    WHENCE_ASSIGN_OR_RETURN(prediction, PredictionEnd::Of(call, as_of, target.prediction_id));
    target.nodes = prediction->Nodes();
  }
  WHENCE_ASSIGN_OR_RETURN(const Found found,
                          PathFinder(call, as_of, max_nodes).Find(source, target));
  v1::FindPathResponse response;
  response.set_found(found.found);
  GraphDraft path;
  path.set_root(source.reference);
  if (found.found) {
    GraphWriter writer(call, as_of, /*with_detail=*/false);
    WHENCE_RETURN_IF_ERROR(PutPath(call, found, as_of, writer, &path));
    if (prediction.has_value()) {
      WHENCE_RETURN_IF_ERROR(prediction->Append(call, as_of, found.nodes.back(), &path));
    }
  } else {
    if (found.cut_by_nodes) path.Truncate(v1::TRUNCATION_NODES);
    if (found.cut_by_depth) path.Truncate(v1::TRUNCATION_DEPTH);
    if (found.cut_by_edges) path.Truncate(v1::TRUNCATION_EDGES);
  }
  path.set_position(as_of);
  *response.mutable_path() = Encoded<v1::LineageGraph>{path.Encode()}.Decode();
  return response;
}

}  // namespace whence::service
