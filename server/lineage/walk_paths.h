// Enumerating simple paths by length.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include "base/limits.h"
#include "lineage/walk.h"
#include "lineage/walk_closure.h"
#include "lineage/walk_space.h"

namespace whence::lineage::internal {

// A path as it is searched: nodes[0] is the source; vias[i] (columns) leads to nodes[i].
struct RawPath {
  std::vector<NodeId> nodes;
  std::vector<NodeId> vias;
};

// Purpose: the k shortest simple paths from sources to targets along one side. First a walk from
// the targets towards the sources tells every node's distance to its nearest target; then partial
// paths are extended, most promising first. As the distances are exact, a graph without cycles is
// searched without a single step in vain.
// Ownership: borrows everything; used once, under an epoch guard. Thread-safety: none.
template <typename Space>
class PathEnumerator {
 public:
  PathEnumerator(const Space& space, Side side, const WalkOptions& options, WalkScratch* scratch,
                 PathResult* result)
      : space_(space), side_(side), options_(options), scratch_(*scratch), result_(*result) {}

  std::vector<RawPath> Run(std::span<const NodeId> sources, std::span<const NodeId> targets,
                           size_t k) {
    std::vector<RawPath> paths;
    if (k == 0 || !MeasureDistances(targets)) return paths;
    absl::flat_hash_set<NodeId> roots;
    for (const NodeId id : sources) {
      const NodeId root = space_.Root(id);
      if (root == kNoNode || !roots.insert(root).second) continue;
      if (!Push({root, kNoNode, kNoParent, 0, 0, space_.IsVia(root)})) return paths;
    }
    for (size_t popped = 0; !pending_.empty(); ++popped) {
      if (popped % 64 == 0 && Cancelled()) return paths;
      const uint32_t at = std::get<1>(pending_.top());
      pending_.pop();
      if (distances_.at(partials_[at].node) == 0) {
        paths.push_back(Complete(at));
        if (paths.size() == k) return paths;
      }
      if (!Extend(at)) return paths;
    }
    // All that could be seen was tried: what was cut is what may be missing.
    result_.truncated_by_depth |= cut_by_depth_;
    return paths;
  }

 private:
  static constexpr uint32_t kNoParent = 0xFFFF'FFFF;
  using Entry = typename Space::Entry;

  // A path from a source to `node`, as a link to the path without it.
  struct Partial {
    NodeId node;
    NodeId via;
    uint32_t parent;
    uint32_t steps;  // nodes before this one
    uint32_t depth;  // data hops
    bool is_via;
  };

  // False when the search can end: cancelled, or no targets.
  bool MeasureDistances(std::span<const NodeId> targets) {
    WalkOptions options = options_;
    options.direction = side_ == kUp ? Direction::kDownstream : Direction::kUpstream;
    // One more than asked for: from this end a path that starts at a via looks one hop longer.
    if (options.max_depth != kUnlimitedDepth) ++options.max_depth;
    WalkResult back;
    Closure<Space> closure(space_, options, &scratch_, &back);
    closure.Run(targets);
    closure.Result();
    closure.Clear();
    distances_.reserve(back.nodes.size());
    for (const Reached& reached : back.nodes) {
      const uint32_t steps =
          reached.predecessor == kNoNode ? 0 : distances_.at(reached.predecessor) + 1;
      distances_.emplace(reached.node, steps);
    }
    result_.truncated_by_nodes |= back.truncated_by_nodes;
    cut_by_depth_ = back.truncated_by_depth;
    result_.cancelled |= back.cancelled;
    return !back.cancelled && !back.nodes.empty();
  }

  // False when a bound on the work bit.
  bool Push(const Partial& partial) {
    const auto distance = distances_.find(partial.node);
    if (distance == distances_.end()) return true;  // no target behind it
    if (partials_.size() >= std::min(options_.max_nodes, kMaxPathSteps)) {
      result_.truncated_by_nodes = true;
      return false;
    }
    const auto index = static_cast<uint32_t>(partials_.size());
    partials_.push_back(partial);
    pending_.push({partial.steps + distance->second, index});
    return true;
  }

  bool Extend(uint32_t at) {
    const Partial partial = partials_[at];
    tried_.clear();
    const auto take = [&](const Entry* begin, const Entry* end) {
      return std::all_of(begin, end, [&](const Entry& e) { return ExtendBy(partial, at, e); });
    };
    return space_.Spans(side_, partial.node, partial.is_via, take);
  }

  bool ExtendBy(const Partial& partial, uint32_t at, const Entry& entry) {
    const NodeId next = space_.Next(entry, partial.is_via);
    if (!distances_.contains(next) || OnPath(at, next)) return true;
    if (!tried_.insert({next, Space::Via(entry)}).second) return true;
    if (partial.depth >= options_.max_depth) {
      cut_by_depth_ = true;
      return true;
    }
    const bool hop = !Space::kVias || partial.is_via;
    return Push({next, Space::Via(entry), at, partial.steps + 1, partial.depth + (hop ? 1 : 0),
                 Space::kVias && !partial.is_via});
  }

  bool OnPath(uint32_t at, NodeId node) const {
    for (; at != kNoParent; at = partials_[at].parent) {
      if (partials_[at].node == node) return true;
    }
    return false;
  }

  RawPath Complete(uint32_t at) const {
    RawPath path;
    for (; at != kNoParent; at = partials_[at].parent) {
      path.nodes.push_back(partials_[at].node);
      path.vias.push_back(partials_[at].via);
    }
    std::reverse(path.nodes.begin(), path.nodes.end());
    std::reverse(path.vias.begin(), path.vias.end());
    return path;
  }

  bool Cancelled() {
    if (options_.cancelled == nullptr || !options_.cancelled->load(std::memory_order_relaxed)) {
      return false;
    }
    result_.cancelled = true;
    return true;
  }

  const Space& space_;
  const Side side_;
  const WalkOptions& options_;
  WalkScratch& scratch_;
  PathResult& result_;
  bool cut_by_depth_ = false;
  absl::flat_hash_map<NodeId, uint32_t> distances_;  // steps to the nearest target
  std::vector<Partial> partials_;
  // (length of the shortest path it can become, order of making): ties go to the older.
  using Pending = std::pair<uint32_t, uint32_t>;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  absl::flat_hash_set<std::pair<NodeId, NodeId>> tried_;
};

}  // namespace whence::lineage::internal
