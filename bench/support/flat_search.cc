#include "support/flat_search.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

namespace whence::bench {

using lineage::NodeId;

FlatSearch::FlatSearch(const Edges& edges)
    : offsets_(size_t{edges.max_id} + 2),
      targets_(edges.items.size()),
      visited_(edges.max_id / 64 + 1) {
  for (const Edges::Item& e : edges.items) ++offsets_[e.source + 1];
  for (size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
  std::vector<uint32_t> next(offsets_.begin(), offsets_.end());
  for (const Edges::Item& e : edges.items) targets_[next[e.source]++] = e.target;
  queue_.reserve(size_t{edges.max_id} + 1);
}

size_t FlatSearch::Run(NodeId root, size_t enough) {
  queue_.clear();
  queue_.push_back(root);
  visited_[root / 64] |= uint64_t{1} << (root % 64);
  for (size_t i = 0; i < queue_.size() && queue_.size() <= enough; ++i) {
    const uint32_t* end = targets_.data() + offsets_[queue_[i] + 1];
    for (const uint32_t* at = targets_.data() + offsets_[queue_[i]]; at != end; ++at) {
      uint64_t& word = visited_[*at / 64];
      const uint64_t bit = uint64_t{1} << (*at % 64);
      if ((word & bit) != 0) continue;
      word |= bit;
      queue_.push_back(*at);
    }
  }
  for (const uint32_t node : queue_) visited_[node / 64] = 0;
  return queue_.size();
}

NodeId FlatSearch::RootReaching(const Edges& edges, size_t wanted) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> share(0, 1);
  std::pair<size_t, NodeId> best{~size_t{0}, 0};
  for (int i = 0; i < 300 && best.first > wanted / 20; ++i) {
    // Versions of all ages alike, by orders of magnitude: the older, the more was made of them.
    const double index = std::pow(static_cast<double>(edges.versions.size()), share(random)) - 1;
    const NodeId root = edges.versions[static_cast<size_t>(index)];
    const size_t reached = Run(root, wanted + wanted / 10);
    best = std::min(best, {reached > wanted ? reached - wanted : wanted - reached, root});
  }
  return best.second;
}

}  // namespace whence::bench
