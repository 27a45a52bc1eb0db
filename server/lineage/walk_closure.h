// The breadth-first search that all walks share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lineage/walk.h"
#include "lineage/walk_scratch.h"
#include "lineage/walk_space.h"

namespace whence::lineage::internal {

// Purpose: finds the closure of roots in one direction or two, level by level, into a WalkResult.
// Both sides advance by turns, so that a bound on nodes keeps those nearest to the roots.
// Ownership: borrows everything. Used once, under an epoch guard, on clean scratch; the scratch's
// reached sets stay filled for whoever collects edges, until Clear().
// Thread-safety: none.
template <typename Space>
class Closure {
 public:
  Closure(const Space& space, const WalkOptions& options, WalkScratch* scratch, WalkResult* result)
      : space_(space), options_(options), scratch_(*scratch), result_(*result) {
    scratch_.dirty = true;
  }

  // Ends the search as soon as an id of `targets` is reached.
  void StopAt(const IdSet* targets) { targets_ = targets; }

  void Run(std::span<const NodeId> roots) {
    const bool go_on = AddRoots(roots);
    QueueRoots();
    if (!go_on) return;
    for (uint32_t depth = 0; Pending(); ++depth) {
      if (depth == options_.max_depth) {
        ForEachSide([this](Side side) { return CheckDepthCut(side); });
        break;
      }
      if constexpr (Space::kVias) {
        if (!Turn(false, depth) || !Turn(true, depth + 1)) break;
      } else if (!Turn(false, depth + 1)) {
        break;
      }
    }
    if (!result_.second_ways.empty()) MarkBothWays();
  }

  // The target at which the search ended, kNoNode when it reached none.
  NodeId found() const { return found_; }

  // Empties the scratch.
  void Clear() {
    for (const Reached& reached : result_.nodes) {
      scratch_.reached[kUp].ClearWord(reached.node);
      scratch_.reached[kDown].ClearWord(reached.node);
    }
    scratch_.queue[kUp].clear();
    scratch_.queue[kDown].clear();
    scratch_.dirty = false;
  }

 private:
  // How far ahead of the node at hand its successors in the queue are prefetched: the header
  // first, then (the header being there) the list it points to.
  static constexpr size_t kFetchAhead = 24;
  static constexpr size_t kFetchListAhead = 12;
  static constexpr size_t kCancelEvery = 256;

  // The frontier of a side: [begin, middle) is its turn now; [middle, end of the queue) are the
  // vias among the roots, which wait for the first via turn.
  struct Frontier {
    size_t begin = 0;
    size_t middle = 0;
  };

  bool Has(Side side) const { return Includes(options_.direction, DirectionOf(side)); }

  // Calls visit(side) -> bool for the sides walked; false when one said so.
  template <typename Visit>
  bool ForEachSide(Visit&& visit) {
    return (!Has(kUp) || visit(kUp)) && (!Has(kDown) || visit(kDown));
  }

  bool Pending() const {
    return frontier_[kUp].begin < scratch_.queue[kUp].size() ||
           frontier_[kDown].begin < scratch_.queue[kDown].size();
  }

  // False when the search is over before its first step.
  bool AddRoots(std::span<const NodeId> roots) {
    for (const NodeId id : roots) {
      const NodeId root = space_.Root(id);
      if (root == kNoNode) continue;
      if (scratch_.reached[kUp].Contains(root) || scratch_.reached[kDown].Contains(root)) continue;
      if (result_.nodes.size() >= options_.max_nodes) {
        result_.truncated_by_nodes = true;
        return false;
      }
      ForEachSide([&](Side side) { return scratch_.reached[side].Insert(root); });
      result_.nodes.push_back({root, kNoNode, kNoNode, 0, options_.direction});
      if (targets_ != nullptr && targets_->Contains(root)) {
        found_ = root;
        return false;
      }
    }
    roots_ = result_.nodes.size();
    return true;
  }

  void QueueRoots() {
    ForEachSide([this](Side side) {
      std::vector<uint32_t>& queue = scratch_.queue[side];
      for (const Reached& root : result_.nodes) {
        if (!space_.IsVia(root.node)) queue.push_back(root.node);
      }
      frontier_[side] = {0, queue.size()};
      for (const Reached& root : result_.nodes) {
        if (space_.IsVia(root.node)) queue.push_back(root.node);
      }
      return true;
    });
  }

  // Expands one half level on each side. False when the search is over.
  bool Turn(bool via_turn, uint32_t depth) {
    return ForEachSide([&](Side side) {
      Frontier& frontier = frontier_[side];
      const size_t end = via_turn ? scratch_.queue[side].size() : frontier.middle;
      if (!Expand(side, via_turn, frontier.begin, end, depth)) return false;
      // After a data turn, the waiting root vias and the vias found are next; after a via turn,
      // the data nodes found.
      frontier = {end, scratch_.queue[side].size()};
      return true;
    });
  }

  bool Expand(Side side, bool via_turn, size_t begin, size_t end, uint32_t depth) {
    const std::vector<uint32_t>& queue = scratch_.queue[side];
    IdSet& reached = scratch_.reached[side];
    for (size_t i = begin; i < end; ++i) {
      if (i % kCancelEvery == 0 && Cancelled()) return false;
      if (i + kFetchAhead < queue.size()) space_.Fetch(side, queue[i + kFetchAhead]);
      if (i + kFetchListAhead < queue.size()) space_.FetchList(side, queue[i + kFetchListAhead]);
      const NodeId node = queue[i];
      if (!space_.Neighbours(side, node, via_turn, [&](NodeId next, NodeId via) {
            return !reached.Insert(next) ||
                   Found(side, {next, node, via, depth, DirectionOf(side)});
          })) {
        return false;
      }
    }
    return true;
  }

  bool Found(Side side, const Reached& reached) {
    if (options_.direction == Direction::kBoth &&
        scratch_.reached[1 - side].Contains(reached.node)) {
      result_.second_ways.push_back(reached);
    } else if (result_.nodes.size() >= options_.max_nodes) {
      result_.truncated_by_nodes = true;
      scratch_.reached[side].Erase(reached.node);
      return false;
    } else {
      result_.nodes.push_back(reached);
    }
    scratch_.queue[side].push_back(reached.node);
    if (targets_ != nullptr && targets_->Contains(reached.node)) {
      found_ = reached.node;
      return false;
    }
    return true;
  }

  bool Cancelled() {
    if (options_.cancelled == nullptr || !options_.cancelled->load(std::memory_order_relaxed)) {
      return false;
    }
    result_.cancelled = true;
    return true;
  }

  // Was there anything beyond the last level? False when so: the other side need not look.
  bool CheckDepthCut(Side side) {
    const std::vector<uint32_t>& queue = scratch_.queue[side];
    for (size_t i = frontier_[side].begin; i < queue.size(); ++i) {
      if (i % kCancelEvery == 0 && Cancelled()) return false;
      const bool via_turn = Space::kVias && i >= frontier_[side].middle;
      if (!space_.Neighbours(side, queue[i], via_turn, [&](NodeId next, NodeId) {
            return scratch_.reached[side].Contains(next);
          })) {
        result_.truncated_by_depth = true;
        return false;
      }
    }
    return true;
  }

  void MarkBothWays() {
    for (const Reached& again : result_.second_ways) scratch_.marks.Insert(again.node);
    for (size_t i = roots_; i < result_.nodes.size(); ++i) {
      Reached& reached = result_.nodes[i];
      if (scratch_.marks.Contains(reached.node)) reached.direction = Direction::kBoth;
    }
    for (const Reached& again : result_.second_ways) scratch_.marks.ClearWord(again.node);
  }

  const Space& space_;
  const WalkOptions& options_;
  WalkScratch& scratch_;
  WalkResult& result_;
  const IdSet* targets_ = nullptr;
  NodeId found_ = kNoNode;
  size_t roots_ = 0;
  Frontier frontier_[2];
};

}  // namespace whence::lineage::internal
