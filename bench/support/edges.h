// A lineage graph made by a rule: what walks are measured on, in memory and in a database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lineage/graph.h"

namespace whence::bench {

// Pipelines at random: each run reads one to four versions made before, anywhere, and writes one
// or two; an asset has ten versions. No locality beyond that of birth: the hard case for caches.
// Every run is a position of its own. Ids count from `first_id` on, without gaps.
struct Edges {
  struct Item {
    lineage::NodeId source;
    lineage::NodeId target;
    uint32_t position;
  };
  struct Node {
    lineage::NodeId id;
    lineage::NodeId asset;  // 0: a run; itself: an asset
    uint32_t position;
  };
  std::vector<Node> nodes;
  std::vector<Item> items;
  std::vector<lineage::NodeId> versions;
  lineage::NodeId max_id = 0;
  uint32_t last_position = 0;
};

// At least `wanted` edges; the same for the same arguments.
Edges MakeEdges(size_t wanted, lineage::NodeId first_id = 1);

// Into an empty graph.
void LoadEdges(const Edges& edges, lineage::Graph* graph);

}  // namespace whence::bench
