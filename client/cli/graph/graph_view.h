#pragma once

// A lineage graph made ready for walking: edges by node, in a fixed order.

#include <string>
#include <string_view>
#include <vector>

#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// A neighbour of a node and the edge to it.
struct Step {
  int node = 0;
  const v1::LineageEdge* edge = nullptr;
};

// Refers to the graph, which must outlive it. Immutable. Edges that point outside the nodes (a
// server's fault) are left out.
class GraphView {
 public:
  explicit GraphView(const v1::LineageGraph& graph);

  const v1::LineageGraph& graph() const { return graph_; }
  int size() const { return graph_.nodes_size(); }
  const v1::LineageNode& node(int index) const { return graph_.nodes(index); }

  // What the node came from; what came of it. Each neighbour once per role, by role, then nearest
  // first.
  const std::vector<Step>& Origins(int index) const { return origins_[static_cast<size_t>(index)]; }
  const std::vector<Step>& Results(int index) const { return results_[static_cast<size_t>(index)]; }

  // Where to begin: the first node, or all versions of the asset asked for.
  const std::vector<int>& roots() const { return roots_; }

  // The index of the node with this reference; -1 if there is none.
  int Find(std::string_view reference) const;

 private:
  const v1::LineageGraph& graph_;
  std::vector<std::vector<Step>> origins_;
  std::vector<std::vector<Step>> results_;
  std::vector<int> roots_;
};

}  // namespace whence::cli
