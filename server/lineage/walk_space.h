// What is next to what, at each grain: the part of a walk that differs between grains.
#pragma once

#include <cstdint>

#include "lineage/graph_store.h"
#include "lineage/walk.h"

namespace whence::lineage::internal {

// Which of the two closures: indexes WalkScratch::reached and found.
enum Side : uint8_t { kUp = 0, kDown = 1 };

constexpr Direction DirectionOf(Side side) {
  return side == kUp ? Direction::kUpstream : Direction::kDownstream;
}

// A space has:
//   kVias          whether data and via nodes take turns (otherwise every step is a data hop)
//   Entry          what its adjacency lists hold
//   Root(id)       the node that a root given by the caller stands for as of the bound; 0: none
//   IsVia(node)    the turn a root takes
//   Spans(side, node, via_turn, visit)   visit(const Entry* begin, const Entry* end) -> bool to go
//                  on, for what is next to the node; returns false when stopped
//   Next(entry, via_turn), Via(entry)    the neighbour that an entry of such a span means, with
//                  repetitions, and the via that a column edge carries
//   Fetch(side, node), FetchList(side, node)   prefetch, the first some steps before the second
// They hold for the time of one walk, under an epoch guard.

class VersionSpace {
 public:
  static constexpr bool kVias = true;
  using Entry = Edge;

  VersionSpace(const GraphStore& store, uint32_t bound) : store_(store), bound_(bound) {}

  NodeId Root(NodeId id) const { return store_.Exists(id, bound_) ? id : kNoNode; }
  bool IsVia(NodeId node) const { return lineage::IsVia(store_.Type(node)); }

  template <typename Visit>
  bool Spans(Side side, NodeId node, bool /*via_turn*/, Visit&& visit) const {
    const Adjacency<Edge>& lists = Lists(side);
    return lists.ForEachSpan(lists.Header(node), bound_, visit);
  }
  NodeId Next(const Edge& edge, bool /*via_turn*/) const { return edge.node; }
  static NodeId Via(const Edge& /*edge*/) { return kNoNode; }

  void Fetch(Side side, NodeId node) const { Lists(side).PrefetchHeader(node); }
  void FetchList(Side side, NodeId node) const { Lists(side).PrefetchList(node); }

 private:
  const Adjacency<Edge>& Lists(Side side) const { return side == kUp ? store_.in : store_.out; }

  const GraphStore& store_;
  const uint32_t bound_;
};

// An asset's neighbours are those of its own node, then those of its versions in their order.
class AssetSpace {
 public:
  static constexpr bool kVias = true;
  using Entry = Edge;

  AssetSpace(const GraphStore& store, uint32_t bound) : store_(store), bound_(bound) {}

  NodeId Root(NodeId id) const {
    if (!store_.Exists(id, bound_)) return kNoNode;
    return IsData(store_.Type(id)) ? store_.AssetOf(id) : id;
  }
  bool IsVia(NodeId node) const { return lineage::IsVia(store_.Type(node)); }

  template <typename Visit>
  bool Spans(Side side, NodeId node, bool via_turn, Visit&& visit) const {
    const Adjacency<Edge>& lists = Lists(side);
    if (!lists.ForEachSpan(lists.Header(node), bound_, visit)) return false;
    if (via_turn) return true;
    return store_.versions.ForEach(store_.VersionsHeader(node), bound_, [&](const Edge& version) {
      return lists.ForEachSpan(lists.Header(version.node), bound_, visit);
    });
  }
  NodeId Next(const Edge& edge, bool via_turn) const {
    return via_turn ? store_.AssetOf(edge.node) : edge.node;
  }
  static NodeId Via(const Edge& /*edge*/) { return kNoNode; }

  void Fetch(Side side, NodeId node) const {
    Lists(side).PrefetchHeader(node);
    __builtin_prefetch(store_.nodes.At(node));
  }
  void FetchList(Side side, NodeId node) const { Lists(side).PrefetchList(node); }

 private:
  const Adjacency<Edge>& Lists(Side side) const { return side == kUp ? store_.in : store_.out; }

  const GraphStore& store_;
  const uint32_t bound_;
};

class ColumnSpace {
 public:
  static constexpr bool kVias = false;
  using Entry = ColumnEdge;

  ColumnSpace(const GraphStore& store, uint32_t bound) : store_(store), bound_(bound) {}

  ColumnId Root(ColumnId id) const { return store_.ColumnExists(id, bound_) ? id : 0; }
  bool IsVia(ColumnId /*column*/) const { return false; }

  template <typename Visit>
  bool Spans(Side side, ColumnId column, bool /*via_turn*/, Visit&& visit) const {
    const Adjacency<ColumnEdge>& lists = Lists(side);
    return lists.ForEachSpan(lists.Header(column), bound_, visit);
  }
  ColumnId Next(const ColumnEdge& edge, bool /*via_turn*/) const { return edge.column; }
  static NodeId Via(const ColumnEdge& edge) { return edge.via; }

  void Fetch(Side side, ColumnId column) const { Lists(side).PrefetchHeader(column); }
  void FetchList(Side side, ColumnId column) const { Lists(side).PrefetchList(column); }

 private:
  const Adjacency<ColumnEdge>& Lists(Side side) const {
    return side == kUp ? store_.column_in : store_.column_out;
  }

  const GraphStore& store_;
  const uint32_t bound_;
};

}  // namespace whence::lineage::internal
