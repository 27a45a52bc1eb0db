#include "service/graph_draft.h"

#include "service/encoded.h"

namespace whence::service {

void GraphDraft::Append(const DescribedNode& node, const NodePlace& place, std::string* out) {
  using Node = v1::LineageNode;
  std::string where;
  AppendNumberField(&where, Node::kDepthFieldNumber, place.depth);
  AppendNumberField(&where, Node::kSourceFieldNumber, place.source ? 1 : 0);
  AppendNumberField(&where, Node::kCutFieldNumber, place.cut ? 1 : 0);
  AppendBytesHead(out, v1::LineageGraph::kNodesFieldNumber, node.bytes.size() + where.size());
  out->append(node.bytes);
  out->append(where);
  if (node.via) ++vias_;
  if (place.source) ++sources_;
  if (node.redacted) ++redacted_;
}

void GraphDraft::Add(const DescribedNode& node, const NodePlace& place) {
  Append(node, place, &parts_);
  ++size_;
  last_depth_ = place.depth;
}

void GraphDraft::PutFirst(const DescribedNode& node, const NodePlace& place) {
  Append(node, place, &first_);
}

void GraphDraft::AddEdge(const Edge& edge) {
  using Wire = v1::LineageEdge;
  std::string bytes;
  AppendNumberField(&bytes, Wire::kSourceFieldNumber, static_cast<uint64_t>(edge.source));
  AppendNumberField(&bytes, Wire::kTargetFieldNumber, static_cast<uint64_t>(edge.target));
  AppendNumberField(&bytes, Wire::kRoleFieldNumber, static_cast<uint64_t>(edge.role));
  AppendNumberField(&bytes, Wire::kTransformationFieldNumber,
                    static_cast<uint64_t>(edge.transformation));
  AppendNumberField(&bytes, Wire::kMaskingFieldNumber, edge.masking ? 1 : 0);
  if (!edge.via.empty()) AppendBytesField(&bytes, Wire::kViaFieldNumber, edge.via);
  AppendNumberField(&bytes, Wire::kPositionFieldNumber, static_cast<uint64_t>(edge.position));
  AppendBytesField(&parts_, v1::LineageGraph::kEdgesFieldNumber, bytes);
}

void GraphDraft::Truncate(v1::Truncation truncation) { truncations_ |= 1U << truncation; }

std::string GraphDraft::Encode() const {
  using Graph = v1::LineageGraph;
  std::string bytes;
  bytes.reserve(root_.size() + first_.size() + parts_.size() + 64);
  if (!root_.empty()) AppendBytesField(&bytes, Graph::kRootFieldNumber, root_);
  bytes += first_;
  bytes += parts_;
  AppendNumberField(&bytes, Graph::kPositionFieldNumber, static_cast<uint64_t>(position_));
  for (int truncation = 1; truncation <= v1::Truncation_MAX; ++truncation) {
    if ((truncations_ >> truncation & 1) == 0) continue;
    AppendNumberField(&bytes, Graph::kTruncationsFieldNumber, static_cast<uint64_t>(truncation));
  }
  AppendNumberField(&bytes, Graph::kRedactedCountFieldNumber, static_cast<uint64_t>(redacted_));
  return bytes;
}

}  // namespace whence::service
