#include "service/lineage_columns.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "lineage/run_store.h"
#include "service/lineage_root.h"

namespace whence::service {
namespace {

using lineage::NodeId;

// Collects the columns and the edges between them, then puts them into an answer.
class ColumnOrigins {
 public:
  ColumnOrigins(const lineage::Graph& graph, const lineage::Answer& answer)
      : graph_(graph), answer_(answer) {
    for (const lineage::AnswerNode& node : answer.nodes) {
      const lineage::NodeInfo info = graph.Node(node.id);
      if (lineage::IsData(info.type)) depth_of_asset_.try_emplace(info.asset, node.depth);
    }
  }

  // Looks at so many pairs of columns, the nearest first.
  absl::Status Collect(Call& call, size_t max_edges) {
    size_t left = call.brief() ? kMaxBriefEdges : max_edges;
    for (const lineage::AnswerNode& node : answer_.nodes) {
      if (!lineage::IsVia(graph_.type(node.id))) continue;
      WHENCE_RETURN_IF_ERROR(call.StillWanted());
      WHENCE_ASSIGN_OR_RETURN(
          const std::vector<lineage::ColumnLink> links,
          lineage::ListColumnLinks(call.connection(), answer_.position, node.id, left + 1));
      cut_ = links.size() > left;
      if (cut_ && call.brief()) return call.Defer();
      for (size_t i = 0; i < std::min(links.size(), left); ++i) Take(node.id, links[i]);
      if (cut_) break;
      left -= links.size();
    }
    return absl::OkStatus();
  }

  // By depth, then in order of ids; edges between those that are left.
  lineage::Answer Finish(size_t max_nodes) {
    lineage::Answer columns;
    columns.grain = lineage::Grain::kColumn;
    columns.position = answer_.position;
    for (const auto& [id, depth] : depth_) {
      columns.nodes.push_back(
          {.id = id,
           .depth = depth,
           .source = lineage::IsSource(graph_, lineage::Grain::kColumn, id, answer_.position)});
    }
    std::sort(columns.nodes.begin(), columns.nodes.end(),
              [](const lineage::AnswerNode& a, const lineage::AnswerNode& b) {
                return std::tie(a.depth, a.id) < std::tie(b.depth, b.id);
              });
    columns.cut_by_edges = cut_;
    columns.cut_by_nodes = columns.nodes.size() > max_nodes;
    if (columns.cut_by_nodes) columns.nodes.resize(max_nodes);
    AddEdges(columns);
    return columns;
  }

 private:
  // A column of a dataset in the answer, and the column it comes from.
  void Take(NodeId via, const lineage::ColumnLink& link) {
    const auto target = static_cast<lineage::ColumnId>(link.target_id);
    const auto source = static_cast<lineage::ColumnId>(link.source_id);
    const auto found = depth_of_asset_.find(graph_.ColumnAsset(target));
    if (found == depth_of_asset_.end()) return;
    depth_.insert_or_assign(target, found->second);
    const auto above = depth_of_asset_.find(graph_.ColumnAsset(source));
    depth_.try_emplace(source, above == depth_of_asset_.end() ? found->second + 1 : above->second);
    edges_.push_back({.source = source,
                      .target = target,
                      .role = lineage::EdgeRole::kColumn,
                      .transformation = static_cast<uint8_t>(link.transformation),
                      .masking = link.masking,
                      .via = via,
                      .position = static_cast<uint32_t>(link.position)});
  }

  void AddEdges(lineage::Answer& columns) {
    absl::flat_hash_map<NodeId, uint32_t> place;
    for (uint32_t i = 0; i < columns.nodes.size(); ++i) place.emplace(columns.nodes[i].id, i);
    for (lineage::AnswerEdge edge : edges_) {
      const auto source = place.find(edge.source);
      const auto target = place.find(edge.target);
      if (target == place.end() || source == place.end()) {
        if (target != place.end()) columns.nodes[target->second].cut = true;
        continue;
      }
      edge.source = source->second;
      edge.target = target->second;
      columns.edges.push_back(edge);
    }
  }

  const lineage::Graph& graph_;
  const lineage::Answer& answer_;
  absl::flat_hash_map<NodeId, uint32_t> depth_of_asset_;  // of its nearest node
  absl::flat_hash_map<lineage::ColumnId, uint32_t> depth_;
  std::vector<lineage::AnswerEdge> edges_;  // ends are column ids
  bool cut_ = false;                        // there were more
};

}  // namespace

absl::Status AddColumnOrigins(Call& call, GraphWriter& writer, const lineage::Answer& answer,
                              size_t max_nodes, uint32_t add_depth, GraphDraft* out) {
  const lineage::Graph& graph = call.house().graph();
  out->set_position(answer.position);
  if (graph.column_edge_count() == 0) return absl::OkStatus();
  ColumnOrigins origins(graph, answer);
  WHENCE_RETURN_IF_ERROR(origins.Collect(call, EdgeBound(max_nodes)));
  return writer.Add(origins.Finish(max_nodes), add_depth, out);
}

}  // namespace whence::service
