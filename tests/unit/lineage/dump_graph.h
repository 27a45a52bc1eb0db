#pragma once

// A graph as text, to compare two.

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lineage/graph.h"

namespace whence::lineage::test {

// Everything in a graph as text, lists in their order.
inline std::string Dump(const Graph& graph) {
  std::string text = absl::StrCat("published ", graph.published(), "\n");
  for (NodeId id = 1; id <= graph.max_node_id(); ++id) {
    const NodeInfo info = graph.Node(id);
    if (info.type == NodeType::kNone) continue;
    absl::StrAppend(&text, id, ": ", static_cast<int>(info.type), " ", int{info.kind}, " ",
                    info.asset, "@", info.number, " p", info.position, " out");
    for (const Edge& edge : graph.Out(id))
      absl::StrAppend(&text, " ", edge.node, "/", edge.position);
    absl::StrAppend(&text, " in");
    for (const Edge& edge : graph.In(id))
      absl::StrAppend(&text, " ", edge.node, "/", edge.position);
    absl::StrAppend(&text, " versions");
    for (const Edge& edge : graph.Versions(id)) absl::StrAppend(&text, " ", edge.node);
    absl::StrAppend(&text, "\n");
  }
  const auto columns = [&text](std::string_view what, const std::vector<ColumnEdge>& edges) {
    absl::StrAppend(&text, " ", absl::string_view(what.data(), what.size()));
    for (const ColumnEdge& edge : edges) {
      absl::StrAppend(&text, " ", edge.column, "/", edge.position, "/", edge.via, "/",
                      int{edge.transformation}, edge.masking ? "m" : "");
    }
  };
  for (ColumnId id = 1; id <= graph.max_column_id(); ++id) {
    absl::StrAppend(&text, "#", id, ": ", graph.ColumnAsset(id));
    columns("out", graph.ColumnOut(id));
    columns("in", graph.ColumnIn(id));
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace whence::lineage::test
