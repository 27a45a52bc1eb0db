// whence lineage, whence path.

#include <memory>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/graph_flags.h"
#include "cli/commands/shared.h"
#include "cli/graph/footer.h"
#include "cli/graph/graph_view.h"
#include "cli/graph/origin_tree.h"
#include "cli/graph/picture.h"
#include "cli/graph/prov.h"
#include "cli/graph/tree.h"
#include "cli/output/csv.h"
#include "cli/output/json.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct LineageFlags {
  std::string reference;
  bool up = false;
  bool down = false;
  bool both = false;
  std::string grain;
  std::vector<std::string> kinds;
  bool full = false;
  GraphBounds bounds;
};

constexpr size_t kLevelColumns = 3;

// One direction of the graph as trees under their heading.
void PrintDirection(App& app, const GraphView& view, const LineageFlags& flags, bool downstream,
                    bool heading, size_t& hidden) {
  UnfoldOptions options;
  options.downstream = downstream;
  options.text.full = flags.full;
  if (flags.full) options.max_children = 0;
  const size_t width = app.display().width;
  if (width > 0) options.max_levels = std::max<size_t>(4, width / 2 / kLevelColumns);
  Unfolder unfolder(view, options);
  std::vector<TreeNode> forest;
  if (view.roots().size() == 1) {
    forest = unfolder.Unfold(0);
  } else {
    for (const int root : view.roots()) {
      if (!unfolder.Shown(root))
        forest.push_back(unfolder.Branch(root, NodeLabel(view.node(root))));
    }
  }
  if (heading) {
    app.out() << app.out_styler().Paint(Tone::kDim, downstream ? "downstream" : "upstream") << '\n';
  }
  TreePrinter printer(app.out(), app.out_styler(), width);
  printer.Print(forest);
  if (forest.empty()) {
    app.out() << app.out_styler().Paint(Tone::kDim, downstream ? "└─ nothing came of it"
                                                               : "└─ it came from nothing recorded")
              << '\n';
  }
  for (const Continuation& continuation : unfolder.TakeContinuations()) {
    app.out() << "\n… " << continuation.title << '\n';
    printer.Print(continuation.forest);
  }
  hidden += unfolder.hidden();
}

void PrintTree(App& app, const v1::LineageGraph& graph, const LineageFlags& flags,
               v1::Direction direction) {
  const GraphView view(graph);
  StyledLine header;
  if (view.roots().size() == 1) {
    NodeTextOptions text;
    text.full = flags.full;
    const TreeNode root = DescribeNode(view.node(0), text);
    header.Add(root.label).Add(" ").Append(root.text);
    if (!root.digest.empty()) header.Add("   ").Add(root.digest, Tone::kDim);
  } else {
    header.Add(graph.root(), Tone::kBold);
  }
  app.out() << header.Render(app.out_styler(), app.display().width) << '\n';
  const bool both = direction == v1::DIRECTION_BOTH;
  size_t hidden = 0;
  if (direction != v1::DIRECTION_DOWNSTREAM) {
    PrintDirection(app, view, flags, /*downstream=*/false, both, hidden);
  }
  if (direction != v1::DIRECTION_UPSTREAM) {
    PrintDirection(app, view, flags, /*downstream=*/true, both, hidden);
  }
  std::vector<StyledLine> footer = {StyledLine().Add(
      StrCat(CountOf(graph.nodes_size(), "node"), ", ", CountOf(graph.edges_size(), "edge")),
      Tone::kDim)};
  for (StyledLine& part : CompletenessParts(graph)) footer.push_back(std::move(part));
  app.out() << '\n';
  PrintParts(app.out(), app.out_styler(), app.display().width, footer, " · ");
  if (hidden > 0) {
    app.Note(StrCat(CountOf(static_cast<int64_t>(hidden), "branch", "branches"),
                    " not shown; --full shows them"));
  }
}

// What stands between a node and the data next to it: the state of a run, how a column was made.
std::string NodeFact(const v1::LineageNode& node) {
  if (node.has_run()) return RunStateName(node.run().state());
  if (node.has_dataset()) return node.dataset().owner();
  return node.has_column() ? node.column().type() : "";
}

void PrintTable(App& app, const v1::LineageGraph& graph) {
  TableWriter table(app.out(), app.out_styler(), app.display().width,
                    {{"DEPTH", true}, {"KIND"}, {"REFERENCE"}, {"NAME"}, {"STATE OR OWNER"}});
  for (const v1::LineageNode& node : graph.nodes()) {
    const bool named = node.has_run();
    table.Add({{StrCat(node.depth()), Tone::kDim},
               {NodeLabel(node)},
               {node.reference(), Tone::kBold},
               {named ? node.run().job() : ""},
               {NodeFact(node)}});
  }
  table.Flush();
}

// The edges: a graph in CSV is what joins its nodes.
void PrintCsv(App& app, const v1::LineageGraph& graph) {
  const std::vector<std::string> head = {"source",  "target", "role",    "transformation",
                                         "masking", "via",    "position"};
  app.out() << CsvLine(head);
  for (const v1::LineageEdge& edge : graph.edges()) {
    if (edge.source() >= graph.nodes_size() || edge.target() >= graph.nodes_size()) continue;
    const std::vector<std::string> fields = {
        graph.nodes(edge.source()).reference(),
        graph.nodes(edge.target()).reference(),
        WithoutPrefix(v1::EdgeRole_Name(edge.role()), "EDGE_ROLE_"),
        TransformationName(edge.transformation()),
        edge.masking() ? "true" : "false",
        edge.via(),
        StrCat(edge.position())};
    app.out() << CsvLine(fields);
  }
}

// A line per node, then a line per edge.
void PrintJsonLines(App& app, const v1::LineageGraph& graph) {
  const auto print = [&app](std::string_view key, const google::protobuf::Message& message) {
    Json line = Json::Object();
    line.members.emplace_back(key, ToJson(message));
    app.out() << WriteJson(line, /*pretty=*/false) << '\n';
  };
  for (const v1::LineageNode& node : graph.nodes()) print("node", node);
  for (const v1::LineageEdge& edge : graph.edges()) print("edge", edge);
}

absl::StatusOr<v1::Direction> DirectionOf(const LineageFlags& flags) {
  if (int{flags.up} + int{flags.down} + int{flags.both} > 1) {
    return UsageError("--up, --down and --both exclude each other");
  }
  return flags.down   ? v1::DIRECTION_DOWNSTREAM
         : flags.both ? v1::DIRECTION_BOTH
                      : v1::DIRECTION_UPSTREAM;
}

absl::StatusOr<v1::GetLineageRequest> BuildRequest(const LineageFlags& flags) {
  v1::GetLineageRequest request;
  request.set_reference(flags.reference);
  WHENCE_ASSIGN_OR_RETURN(const v1::Direction direction, DirectionOf(flags));
  request.set_direction(direction);
  if (!flags.grain.empty()) {
    const absl::StatusOr<v1::Grain> grain = ParseGrain(flags.grain);
    if (!grain.ok()) return UsageOf(grain.status(), "--grain");
    request.set_grain(*grain);
  }
  for (const std::string& text : flags.kinds) {
    const absl::StatusOr<v1::Kind> kind = ParseKind(text);
    if (!kind.ok()) return UsageOf(kind.status(), "--kind");
    request.add_kinds(*kind);
  }
  WHENCE_RETURN_IF_ERROR(flags.bounds.Apply(request));
  return request;
}

// A prediction is a leaf that stands outside the graph; what is above it is its explanation.
absl::StatusOr<v1::LineageGraph> Fetch(App& app, const v1::GetLineageRequest& request) {
  if (!request.reference().starts_with("prediction:") ||
      request.direction() == v1::DIRECTION_DOWNSTREAM || request.grain() == v1::GRAIN_ASSET ||
      request.grain() == v1::GRAIN_COLUMN || !request.kinds().empty()) {
    absl::StatusOr<v1::LineageGraph> graph = app.Call(kGetLineage, request);
    if (!graph.ok()) return WithWhyHint(graph.status(), request.reference());
    return graph;
  }
  v1::ExplainRequest explain;
  explain.set_reference(request.reference());
  explain.set_depth(request.depth());
  explain.set_max_nodes(request.max_nodes());
  explain.set_omit_columns(true);
  if (request.has_as_of()) *explain.mutable_as_of() = request.as_of();
  WHENCE_ASSIGN_OR_RETURN(v1::Explanation explanation, app.Call(kExplain, explain));
  return std::move(*explanation.mutable_graph());
}

absl::Status ShowLineage(App& app, const LineageFlags& flags) {
  WHENCE_ASSIGN_OR_RETURN(const v1::GetLineageRequest request, BuildRequest(flags));
  WHENCE_ASSIGN_OR_RETURN(const v1::LineageGraph graph, Fetch(app, request));
  switch (app.format()) {
    case Format::kTree:
      PrintTree(app, graph, flags, request.direction());
      return absl::OkStatus();
    case Format::kTable:
      PrintTable(app, graph);
      break;
    case Format::kCsv:
      PrintCsv(app, graph);
      break;
    case Format::kJsonl:
      PrintJsonLines(app, graph);
      break;
    case Format::kDot:
      app.out() << WriteDot({&graph});
      break;
    case Format::kMermaid:
      app.out() << WriteMermaid({&graph});
      break;
    case Format::kProvJson:
      app.out() << WriteProv({&graph});
      break;
    default:
      PrintMessage(app, graph);
      break;
  }
  TellTruncations(app, graph.truncations());
  return absl::OkStatus();
}

void AddLineage(CommandTree& tree) {
  Command& command = tree.Verb(nullptr, "lineage", "The graph around something");
  auto flags = std::make_shared<LineageFlags>();
  command.Formats(kGraphFormats)
      .Example("whence lineage prod.fraud.scores", "what it came from")
      .Example("whence lineage prod.raw.users#email --down --depth 2")
      .Example("whence lineage prod.fraud.model@7 --both --grain asset --kind table --kind model")
      .Example("whence lineage prod.fraud.model@7 -o dot | dot -Tsvg > origin.svg")
      .Example("whence lineage prod.fraud.model@7 --both -o prov-json", "as W3C PROV")
      .Argument(flags->reference, "reference",
                "asset, asset@NUMBER, asset@ALIAS, asset#COLUMN, run:ID or prediction:ID",
                Complete::kReference);
  command.Switch(flags->up, "--up", "What it came from (without any of the three)");
  command.Switch(flags->down, "--down", "What came of it");
  command.Switch(flags->both, "--both", "Both");
  command.Flag(flags->grain, "--grain", "GRAIN",
               "version, asset or column; column for a column, else version", Complete::kGrain);
  command.Flag(flags->kinds, "--kind", "KIND", "Only data of this kind", Complete::kKind);
  flags->bounds.AddTo(command, "10,000");
  command.Switch(flags->full, "--full", "Whole ids and digests, all branches");
  command.Does([flags](App& app) { return ShowLineage(app, *flags); });
}

void PrintPath(App& app, const v1::LineageGraph& path) {
  NodeTextOptions text;
  bool first = true;
  for (const v1::LineageNode& node : path.nodes()) {
    const TreeNode described = DescribeNode(node, text);
    StyledLine line;
    line.Add(first ? "  " : "→ ", Tone::kDim);
    line.Add(StrCat(described.label, "  "), Tone::kDim).Append(described.text);
    app.out() << line.Render(app.out_styler(), app.display().width) << '\n';
    first = false;
  }
}

struct PathFlags {
  std::string source;
  std::string target;
  GraphBounds bounds;
};

absl::Status ShowPath(App& app, const PathFlags& flags) {
  v1::FindPathRequest request;
  request.set_source(flags.source);
  request.set_target(flags.target);
  WHENCE_RETURN_IF_ERROR(flags.bounds.Apply(request));
  WHENCE_ASSIGN_OR_RETURN(const v1::FindPathResponse reply, app.Call(kFindPath, request));
  switch (app.format()) {
    case Format::kTree:
      if (reply.found()) PrintPath(app, reply.path());
      break;
    case Format::kDot:
      app.out() << WriteDot({&reply.path()});
      break;
    case Format::kMermaid:
      app.out() << WriteMermaid({&reply.path()});
      break;
    case Format::kProvJson:
      app.out() << WriteProv({&reply.path()});
      break;
    default:
      PrintMessage(app, reply);
      break;
  }
  if (reply.found()) return absl::OkStatus();
  app.ConditionNotMet();
  const bool unknown = !reply.path().truncations().empty();
  app.Say(StrCat(unknown ? "no path found from " : "no path from ", flags.source, " to ",
                 flags.target, " as of position ", HumanCount(reply.path().position())));
  TellTruncations(app, reply.path().truncations());
  return absl::OkStatus();
}

void AddPath(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "path", "A shortest path from one thing to another, down the lineage");
  auto flags = std::make_shared<PathFlags>();
  command.Formats(kWhyFormats)
      .About("Ends with 2 when there is none.")
      .Example("whence path prod.raw.users#email prod.mart.contacts#mail")
      .Example("whence path prod.raw.users prediction:p-1")
      .Argument(flags->source, "source", "Where it begins", Complete::kReference);
  command.Argument(flags->target, "target", "Where it ends", Complete::kReference);
  flags->bounds.AddTo(command, "1,000,000", /*with_depth=*/false);
  command.Does([flags](App& app) { return ShowPath(app, *flags); });
}

}  // namespace

void AddLineageCommands(CommandTree& tree) {
  AddLineage(tree);
  AddPath(tree);
}

}  // namespace whence::cli
