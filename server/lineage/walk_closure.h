// The breadth-first search that all walks share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lineage/walk.h"
#include "lineage/walk_scratch.h"
#include "lineage/walk_space.h"

namespace whence::lineage::internal {

// Purpose: finds the closure of roots in one direction or two, level by level. Both sides advance
// by turns, so that a bound on nodes keeps those nearest to the roots.
// Use: Run(), then Result() or found(); the scratch's reached sets stay filled for whoever
// collects edges, until Clear().
// Ownership: borrows everything. Used once, under an epoch guard, on clean scratch.
// Thread-safety: none.
template <typename Space>
class Closure {
 public:
  Closure(const Space& space, const WalkOptions& options, WalkScratch* scratch, WalkResult* result)
      : space_(space),
        options_(options),
        both_(options.direction == Direction::kBoth),
        scratch_(*scratch),
        result_(*result) {
    scratch_.dirty = true;
    // For IdSet::InsertFast; 0 is no id.
    scratch_.reached[kUp].Insert(0);
    scratch_.reached[kDown].Insert(0);
  }

  // Ends the search as soon as an id of `targets` is reached.
  void StopAt(const IdSet* targets) { targets_ = targets; }

  void Run(std::span<const NodeId> roots) {
    if (!AddRoots(roots)) return;
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
  }

  // Fills the nodes of the result. Once, after Run().
  void Result() {
    if (both_) {
      MergeSides();
      return;
    }
    const ReachedList& found = scratch_.found[Has(kUp) ? kUp : kDown];
    result_.nodes.assign(found.begin(), found.end());
  }

  // The target at which the search ended, kNoNode when it reached none.
  NodeId found() const { return found_; }

  // Empties the scratch.
  void Clear() {
    for (const Side side : {kUp, kDown}) {
      IdSet& reached = scratch_.reached[side];
      for (const Reached& node : scratch_.found[side]) reached.ClearWord(node.node);
      reached.ClearWord(0);
      scratch_.found[side].Clear();
    }
    scratch_.dirty = false;
  }

 private:
  using Entry = typename Space::Entry;

  // How far ahead of the node at hand its successors in the queue are prefetched: the header
  // first, then (the header being there) the list it points to.
  static constexpr size_t kFetchAhead = 24;
  static constexpr size_t kFetchListAhead = 12;
  static constexpr size_t kCancelEvery = 256;

  struct Progress {
    // The frontier: [begin, middle) has its turn now; [middle, end) are the vias among the roots,
    // which wait for the first via turn.
    size_t begin = 0;
    size_t middle = 0;
    // Where each turn's finds begin, for merging two sides.
    std::vector<size_t> turns;
  };

  bool Has(Side side) const { return Includes(options_.direction, DirectionOf(side)); }

  // Calls visit(side) -> bool for the sides walked; false when one said so.
  template <typename Visit>
  bool ForEachSide(Visit&& visit) {
    return (!Has(kUp) || visit(kUp)) && (!Has(kDown) || visit(kDown));
  }

  bool Pending() const {
    return progress_[kUp].begin < scratch_.found[kUp].size() ||
           progress_[kDown].begin < scratch_.found[kDown].size();
  }

  // False when the search is over before its first step.
  bool AddRoots(std::span<const NodeId> roots) {
    bool go_on = true;
    for (const bool via : {false, true}) {
      for (const NodeId id : roots) {
        const NodeId root = space_.Root(id);
        if (root == kNoNode || space_.IsVia(root) != via) continue;
        go_on = go_on && AddRoot(root);
      }
      if (via) continue;
      ForEachSide([this](Side side) {
        progress_[side].middle = scratch_.found[side].size();
        return true;
      });
    }
    return go_on;
  }

  bool AddRoot(NodeId root) {
    if (scratch_.reached[Has(kUp) ? kUp : kDown].Contains(root)) return true;
    if (distinct_ >= options_.max_nodes) {
      result_.truncated_by_nodes = true;
      return false;
    }
    ++distinct_;
    ForEachSide([&](Side side) {
      scratch_.found[side].Reserve(1);
      scratch_.found[side].Append({root, kNoNode, kNoNode, 0, options_.direction},
                                  scratch_.reached[side].Insert(root));
      return true;
    });
    if (targets_ == nullptr || !targets_->Contains(root)) return true;
    found_ = root;
    return false;
  }

  // Expands one half level on each side. False when the search is over.
  bool Turn(bool via_turn, uint32_t depth) {
    return ForEachSide([&](Side side) {
      Progress& progress = progress_[side];
      const ReachedList& found = scratch_.found[side];
      const size_t end = via_turn ? found.size() : progress.middle;
      if (both_) progress.turns.push_back(found.size());
      if (!Expand(side, via_turn, progress.begin, end, depth)) return false;
      // After a data turn, the waiting root vias and the vias found are next; after a via turn,
      // the data nodes found.
      progress.begin = end;
      progress.middle = found.size();
      return true;
    });
  }

  bool Expand(Side side, bool via_turn, size_t begin, size_t end, uint32_t depth) {
    const ReachedList& found = scratch_.found[side];
    for (size_t i = begin; i < end; ++i) {
      if (i % kCancelEvery == 0 && Cancelled()) return false;
      if (i + kFetchAhead < found.size()) space_.Fetch(side, found[i + kFetchAhead].node);
      if (i + kFetchListAhead < found.size()) {
        space_.FetchList(side, found[i + kFetchListAhead].node);
      }
      const NodeId node = found[i].node;
      if (!space_.Spans(side, node, via_turn, [&](const Entry* at, const Entry* stop) {
            const auto count = static_cast<size_t>(stop - at);
            scratch_.found[side].Reserve(count);
            if (targets_ == nullptr && !both_ && found.size() + count <= options_.max_nodes) {
              TakeAll(side, at, stop, via_turn, node, depth);
              return true;
            }
            return TakeWithCare(side, at, stop, via_turn, node, depth);
          })) {
        return false;
      }
    }
    return true;
  }

  // When no bound can bite: the loop in which large walks spend their time.
  void TakeAll(Side side, const Entry* at, const Entry* stop, bool via_turn, NodeId node,
               uint32_t depth) {
    IdSet& reached = scratch_.reached[side];
    ReachedList& found = scratch_.found[side];
    for (; at != stop; ++at) {
      const NodeId next = space_.Next(*at, via_turn);
      const bool fresh = reached.InsertFast(next);
      found.Append({next, node, Space::Via(*at), depth, DirectionOf(side)}, fresh);
    }
  }

  bool TakeWithCare(Side side, const Entry* at, const Entry* stop, bool via_turn, NodeId node,
                    uint32_t depth) {
    IdSet& reached = scratch_.reached[side];
    for (; at != stop; ++at) {
      const NodeId next = space_.Next(*at, via_turn);
      if (!reached.Insert(next)) continue;
      const bool known = both_ && scratch_.reached[1 - side].Contains(next);
      if (!known && distinct_of(side) >= options_.max_nodes) {
        result_.truncated_by_nodes = true;
        reached.Erase(next);
        return false;
      }
      if (!known) ++distinct_;
      scratch_.found[side].Append({next, node, Space::Via(*at), depth, DirectionOf(side)}, true);
      if (targets_ != nullptr && targets_->Contains(next)) {
        found_ = next;
        return false;
      }
    }
    return true;
  }

  // Nodes reached; with one side, TakeAll does not count.
  size_t distinct_of(Side side) const { return both_ ? distinct_ : scratch_.found[side].size(); }

  bool Cancelled() {
    if (options_.cancelled == nullptr || !options_.cancelled->load(std::memory_order_relaxed)) {
      return false;
    }
    result_.cancelled = true;
    return true;
  }

  // Was there anything beyond the last level? False when so: the other side need not look.
  bool CheckDepthCut(Side side) {
    const ReachedList& found = scratch_.found[side];
    const IdSet& reached = scratch_.reached[side];
    for (size_t i = progress_[side].begin; i < found.size(); ++i) {
      if (i % kCancelEvery == 0 && Cancelled()) return false;
      const bool via_turn = Space::kVias && i >= progress_[side].middle;
      if (!space_.Spans(side, found[i].node, via_turn, [&](const Entry* at, const Entry* stop) {
            return std::all_of(at, stop, [&](const Entry& entry) {
              return reached.Contains(space_.Next(entry, via_turn));
            });
          })) {
        result_.truncated_by_depth = true;
        return false;
      }
    }
    return true;
  }

  // Turn by turn, upstream first. Who was there already goes to the second ways.
  void MergeSides() {
    const size_t roots =
        progress_[kUp].turns.empty() ? scratch_.found[kUp].size() : progress_[kUp].turns.front();
    const size_t turns = std::max(progress_[kUp].turns.size(), progress_[kDown].turns.size());
    for (size_t i = 0; i < roots; ++i) MergeOne(scratch_.found[kUp][i]);
    for (size_t turn = 0; turn < turns; ++turn) {
      for (const Side side : {kUp, kDown}) {
        const std::vector<size_t>& starts = progress_[side].turns;
        const size_t size = scratch_.found[side].size();
        const size_t end = turn + 1 < starts.size() ? starts[turn + 1] : size;
        for (size_t i = turn < starts.size() ? starts[turn] : size; i < end; ++i) {
          MergeOne(scratch_.found[side][i]);
        }
      }
    }
    for (const Reached& reached : result_.nodes) scratch_.marks.ClearWord(reached.node);
    if (!result_.second_ways.empty()) MarkBothWays();
  }

  void MergeOne(const Reached& reached) {
    (scratch_.marks.Insert(reached.node) ? result_.nodes : result_.second_ways).push_back(reached);
  }

  void MarkBothWays() {
    for (const Reached& again : result_.second_ways) scratch_.marks.Insert(again.node);
    for (Reached& reached : result_.nodes) {
      if (scratch_.marks.Contains(reached.node)) reached.direction = Direction::kBoth;
    }
    for (const Reached& again : result_.second_ways) scratch_.marks.ClearWord(again.node);
  }

  const Space& space_;
  const WalkOptions& options_;
  const bool both_;
  WalkScratch& scratch_;
  WalkResult& result_;
  const IdSet* targets_ = nullptr;
  NodeId found_ = kNoNode;
  size_t distinct_ = 0;  // nodes reached, counted once; with one side only roots
  Progress progress_[2];
};

}  // namespace whence::lineage::internal
