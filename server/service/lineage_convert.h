// Answers of the lineage room as graphs of the contract.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "lineage/answer.h"
#include "lineage/describe.h"
#include "lineage/graph.h"
#include "service/call.h"
#include "service/graph_draft.h"
#include "service/message_cache.h"
#include "service/node_names.h"
#include "service/run_convert.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Purpose: describes nodes and edges as of one position; what several of them share is looked up
// once. When the rich nodes have kMaxGraphDetailBytes together, the further ones come without what
// makes them rich, and the graph says so (TRUNCATION_BYTES). Ownership: borrows the call.
// Thread-safety: one thread.
class GraphWriter {
 public:
  // Details of versions are put in where `with_detail` is true (explanations).
  GraphWriter(Call& call, Position as_of, bool with_detail);

  // Adds all nodes, edges and truncations of an answer. Nodes get `add_depth` steps more; `names`,
  // if there are any, learn what the roots are called. DataLoss when what the graph knows is not in
  // the database.
  absl::Status Add(const lineage::Answer& answer, uint32_t add_depth, GraphDraft* out,
                   NodeNames* names = nullptr);
  // Adds one column.
  absl::Status AddColumn(const lineage::ColumnKey& key, const NodePlace& place, GraphDraft* out);

  // References as graphs give them.
  absl::StatusOr<std::string> ReferenceOf(lineage::NodeId id);
  absl::StatusOr<std::string> ReferenceOfColumn(lineage::ColumnId id);

  // An asset without a particular version, as affected by something.
  absl::Status DescribeAsset(lineage::NodeId asset_id, v1::DatasetNode* out);

  lineage::Describer& describer() { return describer_; }

 private:
  // Types of an asset's columns, by name.
  using ColumnTypes = absl::flat_hash_map<std::string, std::string>;

  absl::Status AddEdge(const lineage::AnswerEdge& edge, int32_t first, GraphDraft* out);
  // Data or a via, remembered or looked up; valid until the next one.
  absl::StatusOr<const DescribedNode*> Describe(lineage::NodeId id);
  absl::StatusOr<DescribedNode> LookUp(lineage::NodeId id);
  DescribedNode Redacted(lineage::NodeId id);
  absl::Status PutDataset(lineage::NodeId id, v1::LineageNode* node);
  absl::Status PutRun(lineage::NodeId id, v1::LineageNode* node);
  absl::Status PutDeclaration(lineage::NodeId id, v1::LineageNode* node);
  // Adds a node that has been described, without what there is no more room for.
  void Put(const DescribedNode& node, const NodePlace& place, GraphDraft* out);
  absl::StatusOr<const std::string*> TypeOf(const lineage::ColumnKey& key);
  std::string ColumnPlaceholder(const lineage::ColumnKey& key);

  Call& call_;
  bool with_detail_;  // false as well once there is no more room
  DetailRoom room_;
  NodeCache* const nodes_;  // the connection's; may be null
  DescribedNode looked_up_;
  lineage::Describer describer_;
  AssetNames job_names_;
  absl::flat_hash_map<lineage::NodeId, std::string> via_references_;
  absl::flat_hash_map<int64_t, std::unique_ptr<ColumnTypes>> types_;  // by asset
};

// Number of columns in a stored detail, without building it. Damaged bytes count as far as they go.
int32_t CountColumns(std::string_view detail);

}  // namespace whence::service
