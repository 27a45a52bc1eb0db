#include "service/lineage_convert.h"

#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "lineage/run_store.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "service/detail_columns.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using lineage::NodeId;
using lineage::NodeType;

// Counts fields `first` and `second` of the message in a length-delimited field.
int32_t CountFields(google::protobuf::io::CodedInputStream& input, int first, int second) {
  using google::protobuf::internal::WireFormatLite;
  uint32_t length = 0;
  if (!input.ReadVarint32(&length)) return 0;
  const auto outer = input.PushLimit(static_cast<int>(length));
  int32_t count = 0;
  while (const uint32_t tag = input.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    if (field == first || field == second) ++count;
    if (!WireFormatLite::SkipField(&input, tag)) break;
  }
  input.PopLimit(outer);
  return count;
}

// A node up to this is names, numbers and times; walks return a million of them.
constexpr size_t kPlainNodeBytes = 1024;

// Leaves what says what the node is and which one.
void Strip(v1::LineageNode* node) {
  if (node->has_dataset()) {
    node->mutable_dataset()->clear_detail();
    node->mutable_dataset()->clear_tags();
  } else if (node->has_run()) {
    node->mutable_run()->clear_parameters();
    node->mutable_run()->clear_properties();
    node->mutable_run()->clear_error_message();
  } else if (node->has_declaration()) {
    node->mutable_declaration()->clear_comment();
  } else if (node->has_column()) {
    node->mutable_column()->clear_tags();
    node->mutable_column()->clear_type();
  }
}

absl::Status ParseColumnTypes(std::string_view bytes,
                              absl::flat_hash_map<std::string, std::string>& types) {
  WHENCE_ASSIGN_OR_RETURN(const v1::Detail detail, ParseDetail(bytes));
  ForEachColumn(detail, [&types](const v1::Column& column) {
    types.try_emplace(column.name(), column.type());
  });
  return absl::OkStatus();
}

}  // namespace

int32_t CountColumns(std::string_view detail) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(detail.data()),
                                               static_cast<int>(detail.size()));
  int32_t count = 0;
  while (const uint32_t tag = input.ReadTag()) {
    switch (WireFormatLite::GetTagFieldNumber(tag)) {
      case v1::Detail::kTableFieldNumber:
        count += CountFields(input, v1::TableDetail::kColumnsFieldNumber, 0);
        break;
      case v1::Detail::kFunctionFieldNumber:
        count += CountFields(input, v1::FunctionDetail::kParametersFieldNumber, 0);
        break;
      case v1::Detail::kModelFieldNumber:
        count += CountFields(input, v1::ModelDetail::kInputsFieldNumber,
                             v1::ModelDetail::kOutputsFieldNumber);
        break;
      default:
        if (!WireFormatLite::SkipField(&input, tag)) return count;
    }
  }
  return count;
}

GraphWriter::GraphWriter(Call& call, Position as_of, bool with_detail)
    : call_(call),
      with_detail_(with_detail),
      nodes_(call.connection().Attached<NodeCache>()),
      describer_(call.house().graph(), call.connection(), as_of),
      job_names_(call.connection(), as_of) {}

absl::Status GraphWriter::PutDataset(NodeId id, v1::LineageNode* node) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* asset,
                          describer_.Asset(call_.house().graph().asset(id)));
  WHENCE_ASSIGN_OR_RETURN(lineage::DatasetFacts facts, describer_.Dataset(id));
  node->set_reference(lineage::DatasetReference(*asset, facts.version));
  v1::DatasetNode* out = node->mutable_dataset();
  out->set_asset(asset->name);
  out->set_asset_id(facts.asset_id);
  out->set_version(facts.version);
  out->set_kind(ToProto(asset->kind));
  out->set_owner(asset->owner);
  out->set_digest(std::move(facts.digest));
  out->set_location(std::move(facts.location));
  for (std::string& alias : facts.aliases) out->add_aliases(std::move(alias));
  PutTags(facts.tags, out->mutable_tags());
  *out->mutable_create_time() = TimeToProto(facts.create_time);
  out->set_creator(std::move(facts.creator));
  out->set_deleted(asset->deleted);
  out->set_column_count(CountColumns(facts.detail));
  if (with_detail_ && !facts.detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(*out->mutable_detail(), ParseDetail(facts.detail));
  }
  return absl::OkStatus();
}

absl::Status GraphWriter::DescribeAsset(NodeId asset_id, v1::DatasetNode* out) {
  v1::LineageNode node;
  WHENCE_RETURN_IF_ERROR(PutDataset(asset_id, &node));
  out->Swap(node.mutable_dataset());
  return absl::OkStatus();
}

absl::Status GraphWriter::PutRun(NodeId id, v1::LineageNode* node) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::Run run,
                          lineage::GetRunById(call_.connection(), describer_.as_of(), id));
  if (run.job_id != 0) {
    WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* job, describer_.Asset(run.job_id));
    job_names_.Know(run.job_id, lineage::DatasetReference(*job, 0));
  }
  node->set_reference(StrCat("run:", run.uuid));
  WHENCE_ASSIGN_OR_RETURN(*node->mutable_run(), RunToProto(job_names_, run));
  return absl::OkStatus();
}

absl::Status GraphWriter::PutDeclaration(NodeId id, v1::LineageNode* node) {
  WHENCE_ASSIGN_OR_RETURN(lineage::Declaration declaration,
                          lineage::GetDeclaration(call_.connection(), describer_.as_of(), id));
  node->set_reference(StrCat("declaration:", id));
  v1::Declaration* out = node->mutable_declaration();
  out->set_id(declaration.id);
  out->set_comment(std::move(declaration.comment));
  out->set_creator(std::move(declaration.creator));
  *out->mutable_create_time() = TimeToProto(declaration.create_time);
  out->set_position(declaration.position);
  return absl::OkStatus();
}

absl::Status GraphWriter::Describe(NodeId id, v1::LineageNode* node) {
  const NodeType type = call_.house().graph().type(id);
  if (type == NodeType::kRun) return PutRun(id, node);
  if (type == NodeType::kDeclaration) return PutDeclaration(id, node);
  return PutDataset(id, node);
}

void GraphWriter::Admit(v1::LineageNode* node, v1::LineageGraph* out) {
  const size_t bytes = node->ByteSizeLong();
  if (bytes <= kPlainNodeBytes) return;
  if (rich_bytes_ + bytes <= kMaxGraphDetailBytes) {
    rich_bytes_ += bytes;
    return;
  }
  rich_bytes_ = kMaxGraphDetailBytes;
  with_detail_ = false;
  Strip(node);
  for (const int truncation : out->truncations()) {
    if (truncation == v1::TRUNCATION_BYTES) return;
  }
  out->add_truncations(v1::TRUNCATION_BYTES);
}

absl::StatusOr<v1::LineageNode*> GraphWriter::AddNode(NodeId id, uint32_t depth,
                                                      v1::LineageGraph* out) {
  WHENCE_RETURN_IF_ERROR(call_.StillWanted());
  const lineage::NodeInfo info = call_.house().graph().Node(id);
  const NodeCache::Key key{
      .id = id, .asset = lineage::IsData(info.type) ? info.asset : 0, .detail = with_detail_};
  v1::LineageNode* node = out->add_nodes();
  const v1::LineageNode* known =
      nodes_ == nullptr ? nullptr : nodes_->Find(describer_.as_of(), key);
  if (known != nullptr) {
    node->CopyFrom(*known);
  } else {
    WHENCE_RETURN_IF_ERROR(Describe(id, node));
    if (nodes_ != nullptr) nodes_->Keep(describer_.as_of(), key, *node);
  }
  node->set_depth(static_cast<int32_t>(depth));
  Admit(node, out);
  return node;
}

absl::StatusOr<const std::string*> GraphWriter::TypeOf(const lineage::ColumnKey& key) {
  static const std::string kUnknown;
  auto found = types_.find(key.asset_id);
  if (found == types_.end()) {
    WHENCE_ASSIGN_OR_RETURN(const std::string detail, describer_.AssetDetail(key.asset_id));
    auto types = std::make_unique<ColumnTypes>();
    WHENCE_RETURN_IF_ERROR(ParseColumnTypes(detail, *types));
    found = types_.emplace(key.asset_id, std::move(types)).first;
  }
  const auto type = found->second->find(key.name);
  return type == found->second->end() ? &kUnknown : &type->second;
}

absl::StatusOr<v1::LineageNode*> GraphWriter::AddColumn(const lineage::ColumnKey& key,
                                                        uint32_t depth, v1::LineageGraph* out) {
  WHENCE_RETURN_IF_ERROR(call_.StillWanted());
  WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* asset, describer_.Asset(key.asset_id));
  WHENCE_ASSIGN_OR_RETURN(const std::string* type, TypeOf(key));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          describer_.ColumnTags(key.asset_id, key.name));
  v1::LineageNode* node = out->add_nodes();
  node->set_depth(static_cast<int32_t>(depth));
  node->set_reference(lineage::ColumnReference(*asset, key.name));
  v1::ColumnNode* column = node->mutable_column();
  column->set_asset(asset->name);
  column->set_asset_id(key.asset_id);
  column->set_column(key.name);
  column->set_type(*type);
  PutTags(tags, column->mutable_tags());
  column->set_kind(ToProto(asset->kind));
  column->set_owner(asset->owner);
  Admit(node, out);
  return node;
}

absl::StatusOr<v1::LineageNode*> GraphWriter::AddColumn(lineage::ColumnId id, uint32_t depth,
                                                        v1::LineageGraph* out) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey key, describer_.Column(id));
  return AddColumn(key, depth, out);
}

absl::StatusOr<std::string> GraphWriter::ReferenceOf(NodeId id) {
  const lineage::NodeInfo info = call_.house().graph().Node(id);
  if (lineage::IsData(info.type)) {
    WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* asset, describer_.Asset(info.asset));
    return lineage::DatasetReference(*asset, info.type == NodeType::kVersion ? info.number : 0);
  }
  if (const auto found = via_references_.find(id); found != via_references_.end()) {
    return found->second;
  }
  std::string reference = StrCat("declaration:", id);
  if (info.type == NodeType::kRun) {
    WHENCE_ASSIGN_OR_RETURN(const lineage::Run run,
                            lineage::GetRunById(call_.connection(), describer_.as_of(), id));
    reference = StrCat("run:", run.uuid);
  }
  return via_references_.emplace(id, std::move(reference)).first->second;
}

absl::StatusOr<std::string> GraphWriter::ReferenceOfColumn(lineage::ColumnId id) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey key, describer_.Column(id));
  WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* asset, describer_.Asset(key.asset_id));
  return lineage::ColumnReference(*asset, key.name);
}

absl::Status GraphWriter::AddEdge(const lineage::AnswerEdge& edge, v1::LineageGraph* out) {
  v1::LineageEdge* wire = out->add_edges();
  wire->set_source(static_cast<int32_t>(edge.source));
  wire->set_target(static_cast<int32_t>(edge.target));
  wire->set_role(static_cast<v1::EdgeRole>(edge.role));
  wire->set_position(edge.position);
  if (edge.role != lineage::EdgeRole::kColumn) return absl::OkStatus();
  wire->set_transformation(static_cast<v1::TransformationType>(edge.transformation));
  wire->set_masking(edge.masking);
  WHENCE_ASSIGN_OR_RETURN(*wire->mutable_via(), ReferenceOf(edge.via));
  return absl::OkStatus();
}

absl::Status GraphWriter::Add(const lineage::Answer& answer, int32_t add_depth,
                              v1::LineageGraph* out) {
  const bool columns = answer.grain == lineage::Grain::kColumn;
  const uint32_t first = static_cast<uint32_t>(out->nodes_size());
  for (const lineage::AnswerNode& node : answer.nodes) {
    const uint32_t depth = node.depth + static_cast<uint32_t>(add_depth);
    WHENCE_ASSIGN_OR_RETURN(v1::LineageNode * wire, columns ? AddColumn(node.id, depth, out)
                                                            : AddNode(node.id, depth, out));
    wire->set_source(node.source);
    wire->set_cut(node.cut);
  }
  for (lineage::AnswerEdge edge : answer.edges) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    edge.source += first;
    edge.target += first;
    WHENCE_RETURN_IF_ERROR(AddEdge(edge, out));
  }
  out->set_position(answer.position);
  if (answer.cut_by_nodes) out->add_truncations(v1::TRUNCATION_NODES);
  if (answer.cut_by_depth) out->add_truncations(v1::TRUNCATION_DEPTH);
  if (answer.cut_by_edges) out->add_truncations(v1::TRUNCATION_EDGES);
  return absl::OkStatus();
}

}  // namespace whence::service
