#include "cli/graph/picture.h"

#include "base/strings.h"
#include "cli/graph/graph_view.h"
#include "cli/graph/node_text.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// What a node is, as a class of its own in both languages.
std::string_view StyleOf(const v1::LineageNode& node) {
  if (node.has_run() || node.has_declaration()) return "run";
  if (node.has_prediction()) return "prediction";
  if (node.has_column()) return "column";
  switch (node.dataset().kind()) {
    case v1::KIND_MODEL:
      return "model";
    case v1::KIND_PROMPT:
      return "prompt";
    case v1::KIND_INDEX:
      return "index";
    default:
      return "data";
  }
}

std::string_view DotAttributes(std::string_view style) {
  if (style == "run") return "shape=ellipse, fillcolor=\"#eeeeee\"";
  if (style == "prediction") return "shape=note, fillcolor=\"#fff4cc\"";
  if (style == "model") return "shape=box3d, fillcolor=\"#dbe9ff\"";
  if (style == "prompt") return "shape=note, fillcolor=\"#e8dcff\"";
  if (style == "index") return "shape=cylinder, fillcolor=\"#dcf5e4\"";
  if (style == "column") return "shape=box, fillcolor=\"#ffffff\"";
  return "shape=box, fillcolor=\"#dcf5e4\"";
}

// What an edge is worth saying: how a column was made, or what a parent was to a prediction.
std::string EdgeLabel(const v1::LineageEdge& edge) {
  if (edge.role() == v1::EDGE_ROLE_COLUMN) {
    return StrCat(Lower(TransformationName(edge.transformation())),
                  edge.masking() ? " (masking)" : "");
  }
  if (edge.role() < v1::EDGE_ROLE_ENDPOINT) return "";
  return RoleName(edge.role());
}

// Names of the nodes of graph number `graph`: n0, n1; then c0, c1.
std::string IdOf(size_t graph, int node) { return StrCat(graph == 0 ? "n" : "c", node); }

}  // namespace

std::string EscapeDot(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped.push_back('\\');
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

std::string EscapeMermaid(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '"':
        escaped += "#quot;";
        break;
      case '#':
        escaped += "#35;";
        break;
      case '&':
        escaped += "#amp;";
        break;
      case '<':
        escaped += "#lt;";
        break;
      case '>':
        escaped += "#gt;";
        break;
      case '`':
        escaped += "#96;";
        break;
      case '\n':
        escaped += "<br/>";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

std::string WriteDot(const std::vector<const v1::LineageGraph*>& graphs) {
  std::string out =
      "digraph lineage {\n"
      "  rankdir=LR;\n"
      "  node [style=filled, fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9, color=\"#666666\"];\n";
  for (size_t g = 0; g < graphs.size(); ++g) {
    const v1::LineageGraph& graph = *graphs[g];
    for (int i = 0; i < graph.nodes_size(); ++i) {
      const v1::LineageNode& node = graph.nodes(i);
      StrAppend(&out, "  ", IdOf(g, i), " [label=\"", EscapeDot(NodeName(node)), "\\n",
                EscapeDot(NodeLabel(node)), "\", ", DotAttributes(StyleOf(node)),
                node.reference() == graph.root() ? ", penwidth=2" : "", "];\n");
    }
    for (const v1::LineageEdge& edge : graph.edges()) {
      const std::string label = EdgeLabel(edge);
      StrAppend(&out, "  ", IdOf(g, edge.source()), " -> ", IdOf(g, edge.target()));
      if (!label.empty()) StrAppend(&out, " [label=\"", EscapeDot(label), "\"]");
      out += ";\n";
    }
  }
  return out + "}\n";
}

std::string WriteMermaid(const std::vector<const v1::LineageGraph*>& graphs) {
  std::string out = "flowchart LR\n";
  for (size_t g = 0; g < graphs.size(); ++g) {
    const v1::LineageGraph& graph = *graphs[g];
    for (int i = 0; i < graph.nodes_size(); ++i) {
      const v1::LineageNode& node = graph.nodes(i);
      const std::string label = StrCat("\"", EscapeMermaid(NodeName(node)), "<br/>",
                                       EscapeMermaid(NodeLabel(node)), "\"");
      const bool round = StyleOf(node) == "run";
      StrAppend(&out, "  ", IdOf(g, i), round ? "([" : "[", label, round ? "])" : "]",
                ":::", StyleOf(node), "\n");
    }
    for (const v1::LineageEdge& edge : graph.edges()) {
      const std::string label = EdgeLabel(edge);
      StrAppend(&out, "  ", IdOf(g, edge.source()), " -->");
      if (!label.empty()) StrAppend(&out, "|\"", EscapeMermaid(label), "\"|");
      StrAppend(&out, " ", IdOf(g, edge.target()), "\n");
    }
  }
  return out +
         "  classDef run fill:#eeeeee,stroke:#999999\n"
         "  classDef data fill:#dcf5e4,stroke:#5c9e74\n"
         "  classDef index fill:#dcf5e4,stroke:#5c9e74\n"
         "  classDef model fill:#dbe9ff,stroke:#5b7fb9\n"
         "  classDef prompt fill:#e8dcff,stroke:#8465b5\n"
         "  classDef prediction fill:#fff4cc,stroke:#b99b3c\n"
         "  classDef column fill:#ffffff,stroke:#999999\n";
}

}  // namespace whence::cli
