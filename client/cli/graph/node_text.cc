#include "cli/graph/node_text.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/records/detail_card.h"
#include "cli/records/events.h"
#include "cli/records/securables.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

constexpr size_t kShortCommit = 7;
constexpr char kRedacted[] = "[redacted]";

// Two spaces and a text, where there is one.
void AddFact(StyledLine& line, std::string_view text, Tone tone = Tone::kPlain) {
  if (text.empty()) return;
  if (!line.empty()) line.Add("  ");
  line.Add(OneLine(text), tone);
}

std::string InParentheses(std::string_view text) {
  return text.empty() ? "" : StrCat("(", text, ")");
}

// Facts that need the parentheses to be understood ("(214 rows)"), others stand alone.
std::string Summary(const v1::Detail& detail) {
  const std::string summary = DetailSummary(detail);
  const bool counted = detail.has_table() || detail.has_index();
  return counted ? InParentheses(summary) : summary;
}

void DescribeDataset(const v1::LineageNode& node, const NodeTextOptions& options, TreeNode& tree) {
  const v1::DatasetNode& dataset = node.dataset();
  const bool redacted = dataset.asset().empty();
  AddFact(tree.text, NodeName(node), redacted ? Tone::kDim : Tone::kBold);
  AddFact(tree.text, InParentheses(absl::StrJoin(dataset.aliases(), ", ")), Tone::kCyan);
  AddFact(tree.text, Summary(dataset.detail()));
  AddFact(tree.text, TagList(dataset.tags()), Tone::kYellow);
  // Its name may be another's by now: the reference for further questions is by id.
  if (dataset.deleted())
    AddFact(tree.text, StrCat("(deleted, ", node.reference(), ")"), Tone::kRed);
  if (options.full && dataset.has_create_time()) {
    AddFact(tree.text, HumanTimeOn(dataset.create_time(), options.day), Tone::kDim);
    AddFact(tree.text, dataset.creator());
    AddFact(tree.text, dataset.location(), Tone::kDim);
  }
  tree.digest = options.full ? OneLine(dataset.digest()) : ShortDigest(dataset.digest());
}

std::string CodeFact(const v1::CodeLocation& code) {
  if (code.commit().empty()) return code.path();
  return StrCat("git ", code.commit().substr(0, kShortCommit), code.dirty() ? "+" : "",
                code.path().empty() ? "" : " ", code.path());
}

void DescribeRun(const v1::Run& run, const NodeTextOptions& options, TreeNode& tree) {
  const std::string id = options.full ? run.id() : ShortUuid(run.id());
  if (!run.job().empty()) tree.text.Add(OneLine(LastPart(run.job())), Tone::kBold).Add(" ");
  tree.text.Add(id);
  AddFact(tree.text, RunStateName(run.state()), ToneOf(run.state()));
  const auto add = [&tree](std::string_view text, Tone tone) {
    if (!text.empty()) tree.text.Add("   ").Add(OneLine(text), tone);
  };
  add(HumanTimeOn(run.start_time(), options.day), Tone::kDim);
  add(CodeFact(run.code()), Tone::kPlain);
  if (options.full) add(run.recorder(), Tone::kPlain);
  if (!run.error_message().empty()) add(FitWidth(OneLine(run.error_message()), 60), Tone::kRed);
}

void DescribeDeclaration(const v1::Declaration& declaration, const NodeTextOptions& options,
                         TreeNode& tree) {
  AddFact(tree.text, StrCat("#", declaration.id()), Tone::kBold);
  AddFact(tree.text, StrCat("by ", declaration.creator()));
  AddFact(tree.text, HumanTimeOn(declaration.create_time(), options.day), Tone::kDim);
  tree.excerpt = declaration.comment();
}

void DescribeColumn(const v1::LineageNode& node, TreeNode& tree) {
  const v1::ColumnNode& column = node.column();
  const bool redacted = column.asset().empty();
  AddFact(tree.text, redacted ? kRedacted : node.reference(), redacted ? Tone::kDim : Tone::kBold);
  AddFact(tree.text, column.type(), Tone::kDim);
  AddFact(tree.text, TagList(column.tags()), Tone::kYellow);
}

}  // namespace

std::string NodeLabel(const v1::LineageNode& node) {
  switch (node.node_case()) {
    case v1::LineageNode::kDataset: {
      const std::string kind = Lower(KindName(node.dataset().kind()));
      return kind.empty() ? "data" : kind;
    }
    case v1::LineageNode::kRun:
      return "run";
    case v1::LineageNode::kDeclaration:
      return "declared";
    case v1::LineageNode::kColumn:
      return "column";
    case v1::LineageNode::kPrediction:
      return "prediction";
    case v1::LineageNode::NODE_NOT_SET:
      break;
  }
  return "node";
}

TreeNode DescribeNode(const v1::LineageNode& node, const NodeTextOptions& options) {
  TreeNode tree;
  tree.label = NodeLabel(node);
  switch (node.node_case()) {
    case v1::LineageNode::kDataset:
      DescribeDataset(node, options, tree);
      break;
    case v1::LineageNode::kRun:
      DescribeRun(node.run(), options, tree);
      break;
    case v1::LineageNode::kDeclaration:
      DescribeDeclaration(node.declaration(), options, tree);
      break;
    case v1::LineageNode::kColumn:
      DescribeColumn(node, tree);
      break;
    case v1::LineageNode::kPrediction:
      AddFact(tree.text, node.prediction().id(), Tone::kBold);
      AddFact(tree.text, PredictionStatusName(node.prediction().status()),
              ToneOf(node.prediction().status()));
      break;
    case v1::LineageNode::NODE_NOT_SET:
      AddFact(tree.text, node.reference());
      break;
  }
  return tree;
}

std::string RoleName(v1::EdgeRole role) {
  std::string name = Lower(WithoutPrefix(v1::EdgeRole_Name(role), "EDGE_ROLE_"));
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string DescribeEdge(const v1::LineageEdge& edge) {
  std::vector<std::string> words;
  if (const std::string how = Lower(TransformationName(edge.transformation())); !how.empty()) {
    words.push_back(how);
  }
  if (edge.masking()) words.emplace_back("masking");
  if (edge.via().starts_with("run:")) {
    words.push_back(StrCat("via run ", ShortUuid(edge.via().substr(4))));
  } else if (!edge.via().empty()) {
    words.push_back(StrCat("via ", OneLine(edge.via())));
  }
  return absl::StrJoin(words, ", ");
}

std::string NodeName(const v1::LineageNode& node) {
  if (node.has_run()) {
    const v1::Run& run = node.run();
    return run.job().empty() ? StrCat("run ", ShortUuid(run.id()))
                             : StrCat(OneLine(LastPart(run.job())), " ", ShortUuid(run.id()));
  }
  const bool redacted = (node.has_dataset() && node.dataset().asset().empty()) ||
                        (node.has_column() && node.column().asset().empty());
  if (redacted) return kRedacted;
  if (node.has_dataset() && node.dataset().deleted()) {
    const v1::DatasetNode& dataset = node.dataset();
    return OneLine(dataset.version() == 0 ? dataset.asset()
                                          : StrCat(dataset.asset(), "@", dataset.version()));
  }
  return OneLine(node.reference());
}

}  // namespace whence::cli
