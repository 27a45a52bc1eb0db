#include "service/visibility.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "base/digest.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "inference/origin.h"
#include "lineage/run_store.h"
#include "service/access_chain.h"
#include "service/authority.h"
#include "service/call.h"
#include "service/need.h"

namespace whence::service {
namespace {

constexpr size_t kPlaceholderBytes = 8;

}  // namespace

Visibility::Visibility(Call& call)
    : call_(call), access_(call.access()), all_(access_.SeesAll(call.identity())) {}

absl::StatusOr<bool> Visibility::AskAboutAsset(int64_t asset_id) {
  WHENCE_ASSIGN_OR_RETURN(const access::Chain chain,
                          ChainOfId(call_.connection(), access_, call_.position(), asset_id));
  return call_.authority().Sees(call_.identity(), chain);
}

absl::StatusOr<bool> Visibility::SeesAsset(int64_t asset_id) {
  if (all_) return true;
  if (const auto known = assets_.find(asset_id); known != assets_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(const bool sees, AskAboutAsset(asset_id));
  assets_.emplace(asset_id, sees);
  return sees;
}

absl::StatusOr<bool> Visibility::Sees(const catalog::Securable& securable) {
  if (all_) return true;
  // By id: what it is called and where it stands may be of the past.
  return SeesAsset(securable.id);
}

absl::StatusOr<bool> Visibility::SeesAnyEnd(lineage::NodeId via) {
  const lineage::Graph& graph = call_.house().graph();
  std::vector<lineage::NodeId> ends;
  const auto note = [&ends](const lineage::Edge& edge) {
    ends.push_back(edge.node);
    return true;
  };
  graph.ForEachIn(via, kForever, note);
  graph.ForEachOut(via, kForever, note);
  for (const lineage::NodeId end : ends) {
    WHENCE_ASSIGN_OR_RETURN(const bool sees, SeesAsset(graph.asset(end)));
    if (sees) return true;
  }
  return false;
}

absl::StatusOr<bool> Visibility::SeesRun(const lineage::Run& run) {
  if (all_ || run.recorder == call_.info().principal) return true;
  if (run.job_id != 0) return SeesAsset(run.job_id);
  if (const auto known = vias_.find(run.id); known != vias_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(const bool sees, SeesAnyEnd(static_cast<lineage::NodeId>(run.id)));
  vias_.emplace(run.id, sees);
  return sees;
}

absl::StatusOr<bool> Visibility::SeesRun(int64_t run_id, Position as_of) {
  if (all_) return true;
  if (const auto known = vias_.find(run_id); known != vias_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(const lineage::Run run,
                          lineage::GetRunById(call_.connection(), as_of, run_id));
  WHENCE_ASSIGN_OR_RETURN(const bool sees, SeesRun(run));
  vias_.insert_or_assign(run_id, sees);
  return sees;
}

absl::StatusOr<bool> Visibility::SeesDeclaration(int64_t id, const std::string& creator) {
  if (all_ || creator == call_.info().principal) return true;
  if (const auto known = vias_.find(id); known != vias_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(const bool sees, SeesAnyEnd(static_cast<lineage::NodeId>(id)));
  vias_.emplace(id, sees);
  return sees;
}

absl::StatusOr<bool> Visibility::SeesDeclaration(int64_t id, Position as_of) {
  if (all_) return true;
  if (const auto known = vias_.find(id); known != vias_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(const lineage::Declaration declaration,
                          lineage::GetDeclaration(call_.connection(), as_of, id));
  return SeesDeclaration(id, declaration.creator);
}

absl::StatusOr<bool> Visibility::SeesNode(lineage::NodeId id, Position as_of) {
  if (all_) return true;
  const lineage::NodeInfo node = call_.house().graph().Node(id);
  if (node.type == lineage::NodeType::kRun) return SeesRun(id, as_of);
  if (node.type == lineage::NodeType::kDeclaration) return SeesDeclaration(id, as_of);
  return SeesAsset(node.asset);
}

absl::StatusOr<bool> Visibility::AnyThatAnswered(
    int64_t origin_id, absl::FunctionRef<absl::StatusOr<bool>(const access::Chain&)> visit) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<inference::Parent> parents,
                          inference::ParentsOf(call_.connection(), origin_id));
  const lineage::Graph& graph = call_.house().graph();
  for (const inference::Parent& parent : parents) {
    if (parent.role != inference::Role::kEndpoint && parent.role != inference::Role::kModel) {
      continue;
    }
    const int64_t asset = graph.asset(static_cast<lineage::NodeId>(parent.node_id));
    WHENCE_ASSIGN_OR_RETURN(const access::Chain chain,
                            ChainOfId(call_.connection(), access_, call_.position(), asset));
    WHENCE_ASSIGN_OR_RETURN(const bool enough, visit(chain));
    if (enough) return true;
  }
  return false;
}

absl::StatusOr<bool> Visibility::MaySelectFrom(int64_t origin_id) {
  return AnyThatAnswered(origin_id, [this](const access::Chain& chain) -> absl::StatusOr<bool> {
    WHENCE_ASSIGN_OR_RETURN(
        const Verdict verdict,
        call_.authority().Decide(call_.identity(), access::Privilege::kSelect, chain));
    return verdict.allowed();
  });
}

absl::Status Visibility::NotePredictionRead(int64_t origin_id) {
  if (!call_.audits_reads() || !noted_origins_.insert(origin_id).second) return absl::OkStatus();
  return AnyThatAnswered(origin_id,
                         [this](const access::Chain& chain) -> absl::StatusOr<bool> {
                           WHENCE_RETURN_IF_ERROR(
                               NoteRead(call_, access::Privilege::kSelect, chain, "an asset"));
                           return false;
                         })
      .status();
}

absl::StatusOr<bool> Visibility::SeesPrediction(const inference::Prediction& prediction) {
  bool sees = prediction.recorder == call_.info().principal;
  if (const auto known = origins_.find(prediction.origin_id); !sees && known != origins_.end()) {
    sees = known->second;
  } else if (!sees) {
    WHENCE_ASSIGN_OR_RETURN(sees, MaySelectFrom(prediction.origin_id));
    origins_.emplace(prediction.origin_id, sees);
  }
  if (sees) WHENCE_RETURN_IF_ERROR(NotePredictionRead(prediction.origin_id));
  return sees;
}

std::string Visibility::PlaceholderOf(int64_t object_id) {
  return PlaceholderOf(StrCat(object_id));
}

std::string Visibility::PlaceholderOf(std::string_view object) {
  const std::string digest = Sha256Bytes(StrCat(call_.house().redaction_key(), ":", object));
  return StrCat(
      "redacted:",
      ToStd(absl::BytesToHexString(ToAbsl(std::string_view(digest).substr(0, kPlaceholderBytes)))));
}

}  // namespace whence::service
