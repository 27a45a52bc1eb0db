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
#include "service/blobs.h"
#include "service/encoded.h"
#include "service/graph_draft.h"
#include "service/lineage_columns.h"
#include "service/lineage_convert.h"
#include "service/lineage_ops.h"
#include "service/lineage_root.h"
#include "service/need.h"
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
  const bool brief = call.brief();
  Answer answer = lineage::AnswerWalk(
      call.house().graph(), roots,
      {.direction = lineage::Direction::kUpstream,
       .grain = grain,
       .max_depth = question.depth,
       .as_of = question.as_of,
       .max_nodes = brief ? std::min(kMaxBriefNodes, question.max_nodes) : question.max_nodes,
       .max_edges = brief ? kMaxBriefEdges : EdgeBound(question.max_nodes),
       .cancelled = call.info().cancelled});
  if (answer.cancelled) return WalkCancelled();
  const bool is_long = question.max_nodes > kMaxBriefNodes && answer.cut_by_nodes;
  if (brief && (is_long || answer.cut_by_edges)) return call.Defer();
  return answer;
}

// An explanation as it grows.
struct Draft {
  GraphDraft graph;
  GraphDraft columns;
  size_t column_vias = 0;  // runs and declarations that edges of the graph name

  Encoded<v1::Explanation> Encode(bool with_columns) const {
    using Wire = v1::Explanation;
    std::string bytes;
    AppendBytesField(&bytes, Wire::kGraphFieldNumber, graph.Encode());
    if (with_columns) AppendBytesField(&bytes, Wire::kColumnsFieldNumber, columns.Encode());
    AppendNumberField(&bytes, Wire::kRunCountFieldNumber,
                      static_cast<uint64_t>(graph.vias()) + column_vias);
    AppendNumberField(&bytes, Wire::kSourceCountFieldNumber,
                      static_cast<uint64_t>(graph.sources()));
    return {std::move(bytes)};
  }
};

absl::Status ExplainColumn(Call& call, const LineageRoot& root, const Question& question,
                           GraphWriter& writer, Draft* out) {
  if (root.column_id == 0) {
    return writer.AddColumn({.asset_id = root.asset_id, .name = root.column}, {.source = true},
                            &out->graph);
  }
  const NodeId roots[] = {root.column_id};
  WHENCE_ASSIGN_OR_RETURN(const Answer answer, WalkUp(call, question, Grain::kColumn, roots));
  absl::flat_hash_set<NodeId> vias;
  for (const lineage::AnswerEdge& edge : answer.edges) {
    if (edge.via != lineage::kNoNode) vias.insert(edge.via);
  }
  out->column_vias = vias.size();
  return writer.Add(answer, 0, &out->graph);
}

absl::Status ExplainNodes(Call& call, const LineageRoot& root, const Question& question,
                          GraphWriter& writer, Draft* out) {
  WHENCE_ASSIGN_OR_RETURN(const Answer answer, WalkUp(call, question, Grain::kVersion, root.nodes));
  WHENCE_RETURN_IF_ERROR(writer.Add(answer, 0, &out->graph));
  if (!question.columns) return absl::OkStatus();
  return AddColumnOrigins(call, writer, answer, question.max_nodes, 0, &out->columns);
}

// One prediction: itself first, then its parents and what they come from.
class PredictionExplanation {
 public:
  PredictionExplanation(Call& call, const Question& question, GraphWriter& writer, Draft* out)
      : call_(call),
        question_(question),
        writer_(writer),
        out_(*out),
        names_(call, question.as_of) {}

  absl::Status Explain(std::string_view id) {
    sql::Connection& connection = call_.connection();
    WHENCE_ASSIGN_OR_RETURN(prediction_, inference::GetPrediction(connection, question_.as_of, id));
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesPrediction(prediction_));
    if (!sees) return Denied(call_, StrCat("see prediction:", id));
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
    // Its parents' names come with their description.
    out_.graph.ReserveFirst();
    WHENCE_RETURN_IF_ERROR(writer_.Add(answer, 1, &out_.graph, &names_));
    const bool complete = AddParentEdges(answer);
    WHENCE_RETURN_IF_ERROR(PutPrediction({.cut = !complete}));
    if (!question_.columns) return absl::OkStatus();
    return AddColumnOrigins(call_, writer_, answer, question_.max_nodes, 1, &out_.columns);
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

  // False when a bound kept some of them out.
  bool AddParentEdges(const Answer& answer) {
    absl::flat_hash_map<int64_t, int32_t> place;  // of the roots, behind the prediction
    for (size_t i = 0; i < answer.root_count; ++i) {
      place.emplace(answer.nodes[i].id, static_cast<int32_t>(i) + 1);
    }
    bool complete = true;
    const auto add = [&](int64_t node, v1::EdgeRole role) {
      const auto found = place.find(node);
      if (found == place.end()) {
        complete = false;
        return;
      }
      out_.graph.AddEdge(
          {.source = found->second, .target = 0, .role = role, .position = prediction_.position});
    };
    for (const inference::Parent& parent : parents_) {
      add(parent.node_id, static_cast<v1::EdgeRole>(parent.role));
    }
    if (run_ != lineage::kNoNode) add(run_, v1::EDGE_ROLE_RUN);
    return complete;
  }

  absl::Status PutPrediction(const NodePlace& place) {
    v1::LineageNode node;
    WHENCE_ASSIGN_OR_RETURN(*node.mutable_prediction(),
                            PredictionToProto(call_, names_, prediction_));
    node.set_reference(StrCat("prediction:", prediction_.id));
    out_.graph.PutFirst({.bytes = SerializeDeterministic(node)}, place);
    return absl::OkStatus();
  }

  Call& call_;
  const Question& question_;
  GraphWriter& writer_;
  Draft& out_;
  NodeNames names_;
  inference::Prediction prediction_;
  std::vector<inference::Parent> parents_;
  std::vector<NodeId> roots_;
  NodeId run_ = lineage::kNoNode;
};

}  // namespace

absl::StatusOr<Encoded<v1::Explanation>> Explain(Call& call, const v1::ExplainRequest& request) {
  Question question;
  WHENCE_ASSIGN_OR_RETURN(question.depth, DepthBound(request.depth()));
  WHENCE_ASSIGN_OR_RETURN(question.max_nodes, NodeBound(request.max_nodes(), kDefaultWalkNodes));
  WHENCE_ASSIGN_OR_RETURN(question.as_of, ResolveAsOf(call, request.as_of()));
  question.columns = !request.omit_columns();
  WHENCE_ASSIGN_OR_RETURN(const LineageRoot root,
                          ResolveRoot(call, question.as_of, request.reference(), "reference"));
  Draft out;
  GraphWriter writer(call, question.as_of, /*with_detail=*/true);
  if (root.what == What::kPrediction) {
    WHENCE_RETURN_IF_ERROR(
        PredictionExplanation(call, question, writer, &out).Explain(root.prediction_id));
  } else if (root.what == What::kColumn) {
    WHENCE_RETURN_IF_ERROR(ExplainColumn(call, root, question, writer, &out));
  } else {
    WHENCE_RETURN_IF_ERROR(ExplainNodes(call, root, question, writer, &out));
  }
  for (GraphDraft* graph : {&out.graph, &out.columns}) {
    graph->set_root(root.reference);
    graph->set_position(question.as_of);
  }
  return out.Encode(question.columns);
}

}  // namespace whence::service
