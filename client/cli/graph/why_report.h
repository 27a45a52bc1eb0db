#pragma once

// The answer of `whence why` for a person: what it is, where it came from as a tree, and whether
// that is all.

#include <ostream>

#include "cli/text/style.h"
#include "whence/v1/lineage.pb.h"

namespace whence::cli {

struct WhyOptions {
  Styler styler{false};
  size_t width = 0;  // 0: lines are as long as they are
  // Whole ids and digests, who and when of every node, all children.
  bool full = false;
  // Where the columns come from, as a part of its own.
  bool columns = false;
};

void PrintWhy(std::ostream& out, const v1::Explanation& explanation, const WhyOptions& options);

}  // namespace whence::cli
