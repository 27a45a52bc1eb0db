#include "lineage/answer.h"

#include <utility>

#include "absl/container/flat_hash_map.h"

namespace whence::lineage {
namespace {

// Calls `visit` with the neighbours of `id` on one side until it returns false.
void ForEachNeighbour(const Graph& graph, Grain grain, NodeId id, Direction side, Position as_of,
                      absl::FunctionRef<bool(NodeId)> visit) {
  const bool up = side == Direction::kUpstream;
  if (grain == Grain::kColumn) {
    const auto each = [&visit](const ColumnEdge& edge) { return visit(edge.column); };
    return up ? graph.ForEachColumnIn(id, as_of, each) : graph.ForEachColumnOut(id, as_of, each);
  }
  bool more = true;
  const auto list = [&](NodeId node, bool assets) {
    const auto each = [&](const Edge& edge) {
      return more = visit(assets ? graph.asset(edge.node) : edge.node);
    };
    up ? graph.ForEachIn(node, as_of, each) : graph.ForEachOut(node, as_of, each);
    return more;
  };
  if (grain == Grain::kVersion) {
    list(id, false);
  } else if (IsVia(graph.type(id))) {
    list(id, true);
  } else if (list(id, false)) {
    graph.ForEachVersion(id, as_of, [&](const Edge& version) { return list(version.node, false); });
  }
}

using Index = absl::flat_hash_map<NodeId, uint32_t>;

Index IndexOf(const WalkResult& walk) {
  Index index;
  index.reserve(walk.nodes.size());
  for (size_t i = 0; i < walk.nodes.size(); ++i) {
    index.emplace(walk.nodes[i].node, static_cast<uint32_t>(i));
  }
  return index;
}

void AddEdges(const Graph& graph, const WalkResult& walk, const Index& index, Answer& answer) {
  answer.edges.reserve(walk.edges.size() + walk.column_edges.size());
  for (const WalkEdge& edge : walk.edges) {
    answer.edges.push_back(
        {.source = index.at(edge.source),
         .target = index.at(edge.target),
         .role = IsVia(graph.type(edge.target)) ? EdgeRole::kRead : EdgeRole::kWrite,
         .position = edge.position});
  }
  for (const WalkColumnEdge& edge : walk.column_edges) {
    answer.edges.push_back({.source = index.at(edge.source),
                            .target = index.at(edge.target),
                            .role = EdgeRole::kColumn,
                            .transformation = edge.transformation,
                            .masking = edge.masking,
                            .via = edge.via,
                            .position = edge.position});
  }
}

// Whether there are edges in the lists that the edges of an answer are taken from.
bool HasEdges(const Graph& graph, const WalkOptions& options, NodeId id, Position as_of) {
  const Direction side =
      options.direction == Direction::kUpstream ? Direction::kUpstream : Direction::kDownstream;
  bool any = false;
  ForEachNeighbour(graph, options.grain, id, side, as_of, [&any](NodeId) {
    any = true;
    return false;
  });
  return any;
}

// Whether a neighbour on a side that was walked from here is not in the answer.
bool IsCut(const Graph& graph, Grain grain, const Reached& node, const Index& index,
           Position as_of) {
  bool cut = false;
  for (const Direction side : {Direction::kUpstream, Direction::kDownstream}) {
    if (cut || !Includes(node.direction, side)) continue;
    ForEachNeighbour(graph, grain, node.node, side, as_of, [&](NodeId neighbour) {
      cut = !index.contains(neighbour);
      return !cut;
    });
  }
  return cut;
}

}  // namespace

bool IsSource(const Graph& graph, Grain grain, NodeId id, Position as_of) {
  if (grain == Grain::kVersion) return graph.InDegree(id, as_of) == 0;
  bool source = true;
  ForEachNeighbour(graph, grain, id, Direction::kUpstream, as_of,
                   [&source](NodeId) { return source = false; });
  return source;
}

Answer AnswerWalk(const Graph& graph, std::span<const NodeId> roots, WalkOptions options) {
  options.collect_edges = true;
  const WalkResult walk = Walk(graph, roots, options);
  Answer answer;
  answer.grain = options.grain;
  answer.direction = options.direction;
  answer.position = walk.position;
  answer.cut_by_nodes = walk.truncated_by_nodes;
  answer.cut_by_depth = walk.truncated_by_depth;
  answer.cut_by_edges = walk.truncated_by_edges;
  answer.cancelled = walk.cancelled;
  if (walk.cancelled) return answer;
  const Index index = IndexOf(walk);
  answer.nodes.reserve(walk.nodes.size());
  for (size_t i = 0; i < walk.nodes.size(); ++i) {
    const Reached& reached = walk.nodes[i];
    if (reached.predecessor == kNoNode) ++answer.root_count;
    const bool loses_edges = walk.truncated_by_edges && i >= walk.edges_cut_at &&
                             HasEdges(graph, options, reached.node, walk.position);
    answer.nodes.push_back(
        {.id = reached.node,
         .depth = reached.depth,
         .source = IsSource(graph, options.grain, reached.node, walk.position),
         .cut = loses_edges ||
                (walk.truncated() && IsCut(graph, options.grain, reached, index, walk.position))});
  }
  AddEdges(graph, walk, index, answer);
  return answer;
}

}  // namespace whence::lineage
