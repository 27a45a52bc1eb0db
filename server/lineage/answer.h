// Answers: the part of the graph that a question is about, as nodes and edges between them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/position.h"
#include "lineage/graph.h"
#include "lineage/walk.h"

namespace whence::lineage {

struct AnswerNode {
  NodeId id = kNoNode;  // a ColumnId at grain kColumn
  uint32_t depth = 0;   // hops between data from the nearest root; a via has that of its data
  bool source = false;  // nothing upstream in the whole graph as of the position
  bool cut = false;     // a bound kept further edges out, on a side that was walked

  friend bool operator==(const AnswerNode&, const AnswerNode&) = default;
};

// What an edge means; numbers of whence.v1.EdgeRole.
enum class EdgeRole : uint8_t { kRead = 1, kWrite = 2, kColumn = 3, kDerives = 4 };

// From origin to what came of it; the ends are indices into Answer::nodes.
struct AnswerEdge {
  uint32_t source = 0;
  uint32_t target = 0;
  EdgeRole role = EdgeRole::kRead;
  uint8_t transformation = 0;  // kColumn
  bool masking = false;        // kColumn
  NodeId via = kNoNode;        // kColumn
  uint32_t position = 0;       // when it became true

  friend bool operator==(const AnswerEdge&, const AnswerEdge&) = default;
};

struct Answer {
  Grain grain = Grain::kVersion;
  Direction direction = Direction::kUpstream;
  std::vector<AnswerNode> nodes;  // by depth; roots first
  size_t root_count = 0;          // how many of them are roots
  std::vector<AnswerEdge> edges;
  Position position = 0;
  // Which bounds bit.
  bool cut_by_nodes = false;
  bool cut_by_depth = false;
  bool cut_by_edges = false;
  bool cancelled = false;  // ended early: not an answer

  bool cut() const { return cut_by_nodes || cut_by_depth || cut_by_edges; }
};

// The closure of `roots` with its edges and flags. At grain kAsset nodes are assets and vias.
Answer AnswerWalk(const Graph& graph, std::span<const NodeId> roots, WalkOptions options);

// True when `id` has nothing upstream as of the position: for an asset at grain kAsset, none of its
// versions has.
bool IsSource(const Graph& graph, Grain grain, NodeId id, Position as_of);

// How much Collapse may put out and look at.
struct CollapseLimits {
  size_t max_edges = 0;  // kDerives edges at most
  size_t max_steps = 0;  // edges looked at
  const std::atomic<bool>* cancelled = nullptr;
};

// The same answer without runs and declarations (but for roots): kDerives edges from all that one
// read to all that it wrote, each pair once, with the earliest position. A bound that bites is said
// in cut_by_edges.
Answer WithoutVias(const Graph& graph, Answer answer, const CollapseLimits& limits);

// The same answer with only those data nodes (or columns) that `keep` wants, and the roots. An edge
// stays when both of its ends do; a run or declaration stays when it leads from a kept node to a
// kept node. Where a path between two kept nodes goes through data that was dropped and through
// none that was kept, a kDerives edge stands for it.
Answer Filtered(const Graph& graph, Answer answer, absl::FunctionRef<bool(NodeId)> keep,
                const CollapseLimits& limits);

}  // namespace whence::lineage
