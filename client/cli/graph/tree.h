#pragma once

// A tree of labelled lines, and how it is drawn:
//
//   ├─ model    demo.handbook.answerer@1  (champion)       sha256:9f2c51d0
//   │  └─ run   train-answerer 8f41c2e7  COMPLETE
//   └─ prompt   demo.handbook.extractive@1

#include <ostream>
#include <string>
#include <vector>

#include "cli/text/style.h"

namespace whence::cli {

// A node and what hangs under it. A plain value type.
struct TreeNode {
  // "model", "run"; padded to the width of its siblings' unless `wide_label`.
  std::string label;
  bool wide_label = false;
  StyledLine text;
  // Stands in a column of its own, over all lines.
  std::string digest;
  // Behind everything: "← source", "(see above)".
  std::string mark;
  Tone mark_tone = Tone::kDim;
  // Text to be cut first where the line is too long, in quotes.
  std::string excerpt;
  std::vector<TreeNode> children;
};

// Draws forests of one output, so that their columns line up. The stream is not owned.
class TreePrinter {
 public:
  // `width` 0: lines are as long as they are.
  TreePrinter(std::ostream& out, Styler styler, size_t width)
      : out_(out), styler_(styler), width_(width) {}

  void Print(const std::vector<TreeNode>& forest);

 private:
  size_t MeasureDigestColumn(const std::vector<TreeNode>& nodes, size_t indent, bool top) const;
  void PrintNodes(const std::vector<TreeNode>& nodes, const std::string& indent, bool top);
  void PrintLine(const TreeNode& node, StyledLine line) const;

  std::ostream& out_;
  const Styler styler_;
  const size_t width_;
  size_t digest_column_ = 0;
};

}  // namespace whence::cli
