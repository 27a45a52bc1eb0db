#include "support/edges.h"

#include <algorithm>
#include <random>

namespace whence::bench {
namespace {

using lineage::NodeId;

class Maker {
 public:
  explicit Maker(NodeId first_id) { graph_.max_id = first_id - 1; }

  Edges Make(size_t wanted) {
    graph_.items.reserve(wanted + 8);
    graph_.last_position = 1;
    for (int i = 0; i < 100; ++i) AddVersion();
    while (graph_.items.size() < wanted) AddRun();
    return std::move(graph_);
  }

 private:
  NodeId AddVersion() {
    if (graph_.versions.size() % 10 == 0) {
      asset_ = ++graph_.max_id;
      graph_.nodes.push_back({asset_, asset_, graph_.last_position});
    }
    graph_.nodes.push_back({++graph_.max_id, asset_, graph_.last_position});
    graph_.versions.push_back(graph_.max_id);
    return graph_.max_id;
  }

  void AddRun() {
    const uint32_t position = ++graph_.last_position;
    const NodeId run = ++graph_.max_id;
    graph_.nodes.push_back({run, 0, position});
    std::vector<NodeId> reads;
    for (size_t left = 1 + random_() % 4; left > 0; --left) {
      const NodeId version = graph_.versions[random_() % graph_.versions.size()];
      if (std::find(reads.begin(), reads.end(), version) == reads.end()) reads.push_back(version);
    }
    std::sort(reads.begin(), reads.end());
    for (const NodeId version : reads) graph_.items.push_back({version, run, position});
    for (size_t writes = 1 + random_() % 2; writes > 0; --writes) {
      graph_.items.push_back({run, AddVersion(), position});
    }
  }

  Edges graph_;
  NodeId asset_ = 0;
  std::mt19937_64 random_{42};
};

}  // namespace

Edges MakeEdges(size_t wanted, NodeId first_id) { return Maker(first_id).Make(wanted); }

void LoadEdges(const Edges& edges, lineage::Graph* graph) {
  lineage::GraphLoader loader(graph, edges.items.size());
  for (const Edges::Node& node : edges.nodes) {
    if (node.asset == 0) {
      loader.AddRun(node.id, node.position);
    } else if (node.asset == node.id) {
      loader.AddAsset(node.id, 0, node.position);
    } else {
      loader.AddVersion(node.id, node.asset, 1, node.position);
    }
  }
  for (const Edges::Item& e : edges.items) loader.AddEdge(e.source, e.target, e.position);
  loader.Finish(edges.last_position);
}

}  // namespace whence::bench
