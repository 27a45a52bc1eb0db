// Explain: the whole origin of something.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "inference/origin.h"
#include "inference/prediction.h"
#include "lineage/answer.h"
#include "lineage/run_store.h"
#include "service/as_of.h"
#include "service/lineage_columns.h"
#include "service/lineage_convert.h"
#include "service/lineage_ops.h"
#include "service/lineage_root.h"
#include "service/node_names.h"
#include "service/prediction_convert.h"

namespace whence::service {
namespace {

using lineage::Answer;
using lineage::Grain;
using lineage::NodeId;
using What = LineageRoot::What;

// What every part of an explanation needs.
struct Question {
  Position as_of = 0;
  uint32_t depth = 0;
  size_t max_nodes = 0;
  bool columns = true;
};

// Fails when the caller has gone; defers what is more than a few nodes.
absl::StatusOr<Answer> WalkUp(Call& call, const Question& question, Grain grain,
                              std::span<const NodeId> roots) {
  const bool brief = call.brief() && question.max_nodes > kMaxBriefNodes;
  Answer answer = lineage::AnswerWalk(call.house().graph(), roots,
                                      {.direction = lineage::Direction::kUpstream,
                                       .grain = grain,
                                       .max_depth = question.depth,
                                       .as_of = question.as_of,
                                       .max_nodes = brief ? kMaxBriefNodes : question.max_nodes,
                                       .cancelled = call.info().cancelled});
  if (answer.cancelled) return WalkCancelled();
  if (brief && answer.cut_by_nodes) return call.Defer();
  return answer;
}

// Counts runs, declarations and sources of the graph.
void Count(v1::Explanation* out) {
  absl::flat_hash_set<std::string> vias;
  int32_t runs = 0;
  int32_t sources = 0;
  for (const v1::LineageNode& node : out->graph().nodes()) {
    if (node.has_run() || node.has_declaration()) ++runs;
    if (node.source()) ++sources;
  }
  for (const v1::LineageEdge& edge : out->graph().edges()) {
    if (!edge.via().empty() && vias.insert(edge.via()).second) ++runs;
  }
  out->set_run_count(runs);
  out->set_source_count(sources);
}

absl::Status ExplainColumn(Call& call, const LineageRoot& root, const Question& question,
                           GraphWriter& writer, v1::Explanation* out) {
  if (root.column_id == 0) {
    WHENCE_ASSIGN_OR_RETURN(v1::LineageNode * node,
                            writer.AddColumn({.asset_id = root.asset_id, .name = root.column}, 0,
                                             out->mutable_graph()));
    node->set_source(true);
    return absl::OkStatus();
  }
  const NodeId roots[] = {root.column_id};
  WHENCE_ASSIGN_OR_RETURN(const Answer answer, WalkUp(call, question, Grain::kColumn, roots));
  return writer.Add(answer, 0, out->mutable_graph());
}

absl::Status ExplainNodes(Call& call, const LineageRoot& root, const Question& question,
                          GraphWriter& writer, v1::Explanation* out) {
  WHENCE_ASSIGN_OR_RETURN(const Answer answer, WalkUp(call, question, Grain::kVersion, root.nodes));
  WHENCE_RETURN_IF_ERROR(writer.Add(answer, 0, out->mutable_graph()));
  if (!question.columns) return absl::OkStatus();
  return AddColumnOrigins(call, writer, answer, question.max_nodes, 0, out->mutable_columns());
}

// One prediction: itself first, then its parents and what they come from.
class PredictionExplanation {
 public:
  PredictionExplanation(Call& call, const Question& question, GraphWriter& writer,
                        v1::Explanation* out)
      : call_(call), question_(question), writer_(writer), out_(out) {}

  absl::Status Explain(std::string_view id) {
    sql::Connection& connection = call_.connection();
    WHENCE_ASSIGN_OR_RETURN(prediction_, inference::GetPrediction(connection, question_.as_of, id));
    WHENCE_ASSIGN_OR_RETURN(parents_, inference::ParentsOf(connection, prediction_.origin_id));
    WHENCE_RETURN_IF_ERROR(FindRoots());
    // The prediction takes one node and one step of what was asked for.
    Question behind = question_;
    behind.max_nodes -= 1;
    behind.depth -= 1;
    Answer answer;
    answer.position = question_.as_of;
    if (behind.max_nodes > 0) {
      WHENCE_ASSIGN_OR_RETURN(answer, WalkUp(call_, behind, Grain::kVersion, roots_));
    }
    if (answer.root_count < roots_.size()) answer.cut_by_nodes = true;
    v1::LineageGraph* graph = out_->mutable_graph();
    v1::LineageNode* first = graph->add_nodes();
    WHENCE_RETURN_IF_ERROR(writer_.Add(answer, 1, graph));
    AddParentEdges(answer, graph);
    WHENCE_RETURN_IF_ERROR(PutPrediction(first));
    if (!question_.columns) return absl::OkStatus();
    return AddColumnOrigins(call_, writer_, answer, question_.max_nodes, 1,
                            out_->mutable_columns());
  }

 private:
  // The parents, each once, then the run.
  absl::Status FindRoots() {
    absl::flat_hash_set<int64_t> seen;
    for (const inference::Parent& parent : parents_) {
      if (seen.insert(parent.node_id).second) {
        roots_.push_back(static_cast<NodeId>(parent.node_id));
      }
    }
    if (prediction_.run_uuid.empty()) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(
        const std::optional<lineage::Run> run,
        lineage::FindRun(call_.connection(), question_.as_of, prediction_.run_uuid));
    if (!run.has_value()) return absl::OkStatus();
    run_ = static_cast<NodeId>(run->id);
    roots_.push_back(run_);
    return absl::OkStatus();
  }

  void AddParentEdges(const Answer& answer, v1::LineageGraph* graph) {
    absl::flat_hash_map<int64_t, int32_t> place;  // of the roots, behind the prediction
    for (size_t i = 0; i < answer.root_count; ++i) {
      place.emplace(answer.nodes[i].id, static_cast<int32_t>(i) + 1);
    }
    const auto add = [&](int64_t node, v1::EdgeRole role) {
      const auto found = place.find(node);
      if (found == place.end()) {
        graph->mutable_nodes(0)->set_cut(true);
        return;
      }
      v1::LineageEdge* edge = graph->add_edges();
      edge->set_source(found->second);
      edge->set_target(0);
      edge->set_role(role);
      edge->set_position(prediction_.position);
    };
    for (const inference::Parent& parent : parents_) {
      add(parent.node_id, static_cast<v1::EdgeRole>(parent.role));
    }
    if (run_ != lineage::kNoNode) add(run_, v1::EDGE_ROLE_RUN);
  }

  absl::Status PutPrediction(v1::LineageNode* node) {
    NodeNames names(call_, question_.as_of);
    // The parents have been described already.
    for (const v1::LineageNode& parent : out_->graph().nodes()) {
      if (parent.depth() > 1) break;
      if (parent.has_dataset() && !parent.dataset().deleted()) {
        names.Know(parent.dataset().asset_id(), parent.dataset().asset());
      }
    }
    WHENCE_ASSIGN_OR_RETURN(*node->mutable_prediction(),
                            PredictionToProto(call_, names, prediction_));
    node->set_reference(StrCat("prediction:", prediction_.id));
    return absl::OkStatus();
  }

  Call& call_;
  const Question& question_;
  GraphWriter& writer_;
  v1::Explanation* const out_;
  inference::Prediction prediction_;
  std::vector<inference::Parent> parents_;
  std::vector<NodeId> roots_;
  NodeId run_ = lineage::kNoNode;
};

}  // namespace

absl::StatusOr<v1::Explanation> Explain(Call& call, const v1::ExplainRequest& request) {
  Question question;
  WHENCE_ASSIGN_OR_RETURN(question.depth, DepthBound(request.depth()));
  WHENCE_ASSIGN_OR_RETURN(question.max_nodes, NodeBound(request.max_nodes(), kDefaultWalkNodes));
  WHENCE_ASSIGN_OR_RETURN(question.as_of, ResolveAsOf(call, request.as_of()));
  question.columns = !request.omit_columns();
  WHENCE_ASSIGN_OR_RETURN(const LineageRoot root,
                          ResolveRoot(call, question.as_of, request.reference(), "reference"));
  v1::Explanation out;
  GraphWriter writer(call, question.as_of, /*with_detail=*/true);
  if (root.what == What::kPrediction) {
    WHENCE_RETURN_IF_ERROR(
        PredictionExplanation(call, question, writer, &out).Explain(root.prediction_id));
  } else if (root.what == What::kColumn) {
    WHENCE_RETURN_IF_ERROR(ExplainColumn(call, root, question, writer, &out));
  } else {
    WHENCE_RETURN_IF_ERROR(ExplainNodes(call, root, question, writer, &out));
  }
  out.mutable_graph()->set_root(root.reference);
  out.mutable_graph()->set_position(question.as_of);
  if (question.columns) {
    out.mutable_columns()->set_root(root.reference);
    out.mutable_columns()->set_position(question.as_of);
  }
  Count(&out);
  return out;
}

}  // namespace whence::service
