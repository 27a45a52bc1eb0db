#pragma once

// Unfolds a graph into trees. What several branches share is unfolded once, where it is met first,
// and referred to after that; cycles end the same way. Branches that would run out at the right
// edge go on further down, in a tree of their own.

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "cli/graph/graph_view.h"
#include "cli/graph/node_text.h"
#include "cli/graph/tree.h"

namespace whence::cli {

struct UnfoldOptions {
  NodeTextOptions text;
  // To what came of the roots rather than to what they came from.
  bool downstream = false;
  // Most children shown of one node; 0: all. What is not shown is counted in a line.
  size_t max_children = 25;
  // Levels after which a branch goes on further down.
  size_t max_levels = 16;
};

// A tree that was carried on from a branch above.
struct Continuation {
  std::string title;
  std::vector<TreeNode> forest;
};

// Unfolds one graph once. The view must outlive it.
class Unfolder {
 public:
  Unfolder(const GraphView& view, UnfoldOptions options);

  // What hangs under `root`.
  std::vector<TreeNode> Unfold(int root);
  // A node as a branch of its own, with what hangs under it.
  TreeNode Branch(int node, std::string label);
  // The branches that were carried on further down; call after the last Unfold.
  std::vector<Continuation> TakeContinuations();

  // Whether a node was shown already.
  bool Shown(int node) const { return state_[static_cast<size_t>(node)] != State::kNew; }
  // Nodes that were left out because of max_children.
  size_t hidden() const { return hidden_; }

 private:
  enum class State : char { kNew, kOpen, kShown, kBelow };

  const std::vector<Step>& Next(int node) const;
  std::vector<TreeNode> Children(int node, size_t level);
  TreeNode Child(int node, const v1::LineageEdge* edge, std::string label, size_t level);
  std::vector<TreeNode> PredictionChildren(int node, size_t level);
  TreeNode IndexBranch(int node, int index, const v1::LineageEdge* edge, size_t level);
  void AddParameters(int node, std::vector<TreeNode>& children) const;
  void AddItems(const v1::Prediction& prediction, std::string_view index,
                std::vector<TreeNode>& children) const;
  std::string ShortName(std::string_view reference) const;
  void Mark(int node, TreeNode& tree) const;

  const GraphView& view_;
  const UnfoldOptions options_;
  std::vector<State> state_;
  std::deque<int> below_;
  size_t hidden_ = 0;
};

}  // namespace whence::cli
