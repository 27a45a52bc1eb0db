#pragma once

// One node of a graph on one line: for trees, headers and pictures.

#include <string>

#include "cli/graph/graph_view.h"
#include "cli/graph/tree.h"

namespace whence::cli {

struct NodeTextOptions {
  // Whole ids, digests and times of registration.
  bool full = false;
  // Times on the same day are shown without the date.
  google::protobuf::Timestamp day;
};

// "model", "run", "column", "declared": what the node is.
std::string NodeLabel(const v1::LineageNode& node);

// Label, text and digest; no mark and no children.
TreeNode DescribeNode(const v1::LineageNode& node, const NodeTextOptions& options);

// "transformation, masking, via run 8f41c2e7": what an edge says beyond its ends; empty for the
// edges between data and runs.
std::string DescribeEdge(const v1::LineageEdge& edge);

// The lower-case name of a role: "read", "retrieved source".
std::string RoleName(v1::EdgeRole role);

// A short unstyled name for pictures: "demo.handbook.answerer@1", "train-answerer 8f41c2e7".
std::string NodeName(const v1::LineageNode& node);

}  // namespace whence::cli
