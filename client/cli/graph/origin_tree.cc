#include "cli/graph/origin_tree.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

constexpr size_t kMaxParameterColumns = 100;

// "endpoint", "model", "prompt" say what a parent was to a prediction; others say what they are.
std::string RoleLabel(v1::EdgeRole role, const v1::LineageNode& node) {
  switch (role) {
    case v1::EDGE_ROLE_ENDPOINT:
      return "endpoint";
    case v1::EDGE_ROLE_MODEL:
      return "model";
    case v1::EDGE_ROLE_PROMPT:
      return "prompt";
    case v1::EDGE_ROLE_INPUT:
      return "input";
    case v1::EDGE_ROLE_RETRIEVED_SOURCE:
      return "source";
    case v1::EDGE_ROLE_RUN:
      return "part of";
    default:
      return NodeLabel(node);
  }
}

// "passages@1" of "demo.handbook.passages@1".
std::string LastPartOfReference(std::string_view reference) {
  const size_t at = reference.rfind('@');
  if (at == std::string_view::npos) return LastPart(reference);
  return StrCat(LastPart(reference.substr(0, at)), reference.substr(at));
}

}  // namespace

Unfolder::Unfolder(const GraphView& view, UnfoldOptions options)
    : view_(view),
      options_(std::move(options)),
      state_(static_cast<size_t>(view.size()), State::kNew) {}

const std::vector<Step>& Unfolder::Next(int node) const {
  return options_.downstream ? view_.Results(node) : view_.Origins(node);
}

std::vector<TreeNode> Unfolder::Unfold(int root) {
  state_[static_cast<size_t>(root)] = State::kOpen;
  std::vector<TreeNode> forest = Children(root, 0);
  state_[static_cast<size_t>(root)] = State::kShown;
  if (view_.node(root).cut()) {
    TreeNode more;
    more.text.Add(options_.downstream ? "… more came of it (cut)" : "… came from more (cut)",
                  Tone::kYellow);
    forest.push_back(std::move(more));
  }
  return forest;
}

TreeNode Unfolder::Branch(int node, std::string label) {
  return Child(node, nullptr, std::move(label), 0);
}

std::vector<Continuation> Unfolder::TakeContinuations() {
  std::vector<Continuation> continuations;
  while (!below_.empty()) {
    const int node = below_.front();
    below_.pop_front();
    const v1::LineageNode& root = view_.node(node);
    continuations.push_back({StrCat(NodeLabel(root), " ", NodeName(root)), Unfold(node)});
  }
  return continuations;
}

void Unfolder::Mark(int node, TreeNode& tree) const {
  const v1::LineageNode& data = view_.node(node);
  if (data.cut()) {
    tree.mark = options_.downstream ? "… more came of it (cut)" : "… came from more (cut)";
    tree.mark_tone = Tone::kYellow;
  } else if (data.source() && !options_.downstream) {
    tree.mark = "← source";
    tree.mark_tone = Tone::kGreen;
  }
}

TreeNode Unfolder::Child(int node, const v1::LineageEdge* edge, std::string label, size_t level) {
  TreeNode tree = DescribeNode(view_.node(node), options_.text);
  tree.label = std::move(label);
  if (edge != nullptr) {
    const std::string how = DescribeEdge(*edge);
    if (!how.empty()) tree.text.Add("   ").Add(how, Tone::kDim);
  }
  State& state = state_[static_cast<size_t>(node)];
  if (state != State::kNew) {
    tree.mark = state == State::kOpen    ? "(see above, a cycle)"
                : state == State::kBelow ? "(see below)"
                                         : "(see above)";
    if (Next(node).empty() && state == State::kShown) {
      Mark(node, tree);  // nothing hangs under it: it is shown whole again
    } else {
      tree.digest.clear();
    }
    return tree;
  }
  if (level >= options_.max_levels && !Next(node).empty()) {
    state = State::kBelow;
    below_.push_back(node);
    tree.mark = "… goes on below";
    return tree;
  }
  Mark(node, tree);
  state = State::kOpen;
  tree.children = Children(node, level + 1);
  state_[static_cast<size_t>(node)] = State::kShown;
  return tree;
}

std::vector<TreeNode> Unfolder::Children(int node, size_t level) {
  const v1::LineageNode& data = view_.node(node);
  if (data.has_prediction() && !options_.downstream) return PredictionChildren(node, level);
  std::vector<TreeNode> children;
  AddParameters(node, children);
  const std::vector<Step>& steps = Next(node);
  size_t shown = 0;
  for (const Step& step : steps) {
    if (options_.max_children > 0 && shown >= options_.max_children &&
        steps.size() > options_.max_children + 1) {
      TreeNode more;
      more.text.Add(StrCat("… and ", HumanCount(static_cast<int64_t>(steps.size() - shown)),
                           " more (--full shows them)"),
                    Tone::kYellow);
      hidden_ += steps.size() - shown;
      children.push_back(std::move(more));
      break;
    }
    const bool to_itself = step.node == node && step.edge->role() != v1::EDGE_ROLE_COLUMN;
    if (to_itself) continue;
    const v1::LineageNode& next = view_.node(step.node);
    children.push_back(
        Child(step.node, step.edge,
              options_.downstream ? NodeLabel(next) : RoleLabel(step.edge->role(), next), level));
    ++shown;
  }
  return children;
}

// What a run was given, as its first branch.
void Unfolder::AddParameters(int node, std::vector<TreeNode>& children) const {
  const v1::LineageNode& data = view_.node(node);
  if (!data.has_run() || data.run().parameters().empty() || options_.downstream) return;
  const std::map<std::string, std::string> sorted(data.run().parameters().begin(),
                                                  data.run().parameters().end());
  const std::string text = absl::StrJoin(sorted, ", ", [](std::string* out, const auto& pair) {
    StrAppend(out, pair.first, "=", pair.second);
  });
  TreeNode with;
  with.label = "with";
  with.text.Add(options_.text.full ? OneLine(text) : FitWidth(OneLine(text), kMaxParameterColumns));
  children.push_back(std::move(with));
}

std::vector<TreeNode> Unfolder::PredictionChildren(int node, size_t level) {
  std::vector<TreeNode> children;
  std::vector<Step> sources;
  for (const Step& step : Next(node)) {
    const v1::EdgeRole role = step.edge->role();
    if (role == v1::EDGE_ROLE_RETRIEVED_SOURCE) {
      sources.push_back(step);
    } else if (role == v1::EDGE_ROLE_INDEX) {
      children.push_back(IndexBranch(node, step.node, step.edge, level));
    } else {
      children.push_back(
          Child(step.node, step.edge, RoleLabel(role, view_.node(step.node)), level));
    }
  }
  // The retrieved items name their sources; those whose origin no branch has shown get their own.
  for (const Step& step : sources) {
    if (!Shown(step.node)) children.push_back(Child(step.node, step.edge, "source", level));
  }
  return children;
}

TreeNode Unfolder::IndexBranch(int node, int index, const v1::LineageEdge* edge, size_t level) {
  std::vector<TreeNode> items;
  AddItems(view_.node(node).prediction(), view_.node(index).reference(), items);
  TreeNode branch = Child(index, edge, "retrieved from index", level);
  branch.wide_label = true;
  std::move(branch.children.begin(), branch.children.end(), std::back_inserter(items));
  branch.children = std::move(items);
  return branch;
}

void Unfolder::AddItems(const v1::Prediction& prediction, std::string_view index,
                        std::vector<TreeNode>& children) const {
  for (int i = 0; i < prediction.retrieved_size(); ++i) {
    const v1::RetrievedItem& item = prediction.retrieved(i);
    if (item.index() != index) continue;
    TreeNode tree;
    tree.text.Add(StrCat("#", i + 1), Tone::kBold).Add("  ").Add(HumanScore(item.score()));
    const std::string where = absl::StrJoin(
        {item.source().empty() ? item.item_id() : ShortName(item.source()), item.source_location()},
        " ");
    tree.text.Add("  ").Add(OneLine(where));
    tree.excerpt = item.excerpt();
    children.push_back(std::move(tree));
  }
}

// The last part of the name where no other asset in the graph shares it.
std::string Unfolder::ShortName(std::string_view reference) const {
  std::string wanted = LastPartOfReference(reference);
  for (int i = 0; i < view_.size(); ++i) {
    const v1::LineageNode& node = view_.node(i);
    if (node.has_dataset() && node.reference() != reference &&
        LastPartOfReference(node.reference()) == wanted) {
      return std::string(reference);
    }
  }
  return wanted;
}

}  // namespace whence::cli
