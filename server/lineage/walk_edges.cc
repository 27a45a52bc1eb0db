#include "lineage/walk_edges.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "lineage/walk_space.h"

namespace whence::lineage::internal {
namespace {

class EdgeCollector {
 public:
  EdgeCollector(const GraphStore& store, const WalkOptions& options, uint32_t bound,
                const WalkScratch& scratch, WalkResult* result)
      : store_(store),
        options_(options),
        bound_(bound),
        scratch_(scratch),
        result_(*result),
        side_(options.direction == Direction::kUpstream ? kUp : kDown),
        lists_(side_ == kUp ? store.in : store.out) {}

  // Calls collect(node) for each reached node, unless cancelled, until there is no room.
  template <typename Collect>
  void ForEachNode(Collect&& collect) {
    for (size_t i = 0; i < result_.nodes.size() && !result_.truncated_by_edges; ++i) {
      result_.edges_cut_at = i;
      if (i % 256 == 0 && options_.cancelled != nullptr &&
          options_.cancelled->load(std::memory_order_relaxed)) {
        result_.cancelled = true;
        return;
      }
      collect(result_.nodes[i].node);
    }
  }

  void VersionEdges(NodeId node) {
    lists_.ForEach(lists_.Header(node), bound_, [&](const Edge& edge) {
      if (!IsReached(edge.node)) return true;
      if (!HasRoom(result_.edges.size())) return false;
      result_.edges.push_back(Oriented(node, edge));
      return true;
    });
  }

  // Several edges of versions may be one edge of assets; the earliest stands for them.
  void AssetEdges(NodeId node) {
    found_.clear();
    const auto add = [&](NodeId other, uint32_t position) {
      if (IsReached(other)) found_.push_back({other, position});
      return true;
    };
    const auto add_edge = [&](const Edge& edge) { return add(edge.node, edge.position); };
    if (IsVia(store_.Type(node))) {
      lists_.ForEach(lists_.Header(node), bound_, [&](const Edge& edge) {
        return add(store_.AssetOf(edge.node), edge.position);
      });
    } else {
      lists_.ForEach(lists_.Header(node), bound_, add_edge);
      store_.versions.ForEach(store_.VersionsHeader(node), bound_, [&](const Edge& version) {
        return lists_.ForEach(lists_.Header(version.node), bound_, add_edge);
      });
    }
    std::sort(found_.begin(), found_.end(), [](const Edge& a, const Edge& b) {
      return std::tie(a.node, a.position) < std::tie(b.node, b.position);
    });
    const auto same = [](const Edge& a, const Edge& b) { return a.node == b.node; };
    found_.erase(std::unique(found_.begin(), found_.end(), same), found_.end());
    std::sort(found_.begin(), found_.end(), [](const Edge& a, const Edge& b) {
      return std::tie(a.position, a.node) < std::tie(b.position, b.node);
    });
    for (const Edge& edge : found_) {
      if (!HasRoom(result_.edges.size())) return;
      result_.edges.push_back(Oriented(node, edge));
    }
  }

  void ColumnEdges(ColumnId column) {
    const Adjacency<ColumnEdge>& lists = side_ == kUp ? store_.column_in : store_.column_out;
    lists.ForEach(lists.Header(column), bound_, [&](const ColumnEdge& edge) {
      if (!IsReached(edge.column)) return true;
      if (!HasRoom(result_.column_edges.size())) return false;
      const ColumnId source = side_ == kUp ? edge.column : column;
      const ColumnId target = side_ == kUp ? column : edge.column;
      result_.column_edges.push_back(
          {source, target, edge.via, edge.position, edge.transformation, edge.masking});
      return true;
    });
  }

 private:
  bool IsReached(NodeId id) const {
    return scratch_.reached[kUp].Contains(id) || scratch_.reached[kDown].Contains(id);
  }
  // False, and said in the result, when the edges that there are may be no more.
  bool HasRoom(size_t edges) {
    if (edges < options_.max_edges) return true;
    result_.truncated_by_edges = true;
    return false;
  }
  WalkEdge Oriented(NodeId node, const Edge& edge) const {
    return side_ == kUp ? WalkEdge{edge.node, node, edge.position}
                        : WalkEdge{node, edge.node, edge.position};
  }

  const GraphStore& store_;
  const WalkOptions& options_;
  const uint32_t bound_;
  const WalkScratch& scratch_;
  WalkResult& result_;
  const Side side_;
  const Adjacency<Edge>& lists_;
  std::vector<Edge> found_;
};

}  // namespace

void CollectEdges(const GraphStore& store, const WalkOptions& options, uint32_t bound,
                  const WalkScratch& scratch, WalkResult* result) {
  EdgeCollector collector(store, options, bound, scratch, result);
  switch (options.grain) {
    case Grain::kVersion:
      return collector.ForEachNode([&](NodeId node) { collector.VersionEdges(node); });
    case Grain::kAsset:
      return collector.ForEachNode([&](NodeId node) { collector.AssetEdges(node); });
    case Grain::kColumn:
      return collector.ForEachNode([&](NodeId node) { collector.ColumnEdges(node); });
  }
}

}  // namespace whence::lineage::internal
