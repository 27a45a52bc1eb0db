#include "service/lineage_convert.h"

#include <utility>
#include <vector>

#include "base/assert.h"
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

// Leaves what says what the node is and which one.
DescribedNode Stripped(DescribedNode described) {
  v1::LineageNode node;
  WHENCE_ASSERT(node.ParseFromString(described.bytes));
  if (node.has_dataset()) {
    node.mutable_dataset()->clear_detail();
    node.mutable_dataset()->clear_tags();
  } else if (node.has_run()) {
    node.mutable_run()->clear_parameters();
    node.mutable_run()->clear_properties();
    node.mutable_run()->clear_error_message();
  } else if (node.has_declaration()) {
    node.mutable_declaration()->clear_comment();
  } else if (node.has_column()) {
    node.mutable_column()->clear_tags();
    node.mutable_column()->clear_type();
  }
  described.bytes = SerializeDeterministic(node);
  return described;
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
      job_names_(call, as_of) {}

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
  out->set_position(call_.house().graph().Node(id).position);
  if (with_detail_ && !facts.detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(*out->mutable_detail(), ParseDetail(facts.detail));
  }
  return absl::OkStatus();
}

absl::Status GraphWriter::DescribeAsset(NodeId asset_id, v1::DatasetNode* out) {
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(asset_id));
  if (!sees) {
    out->set_kind(static_cast<v1::Kind>(call_.house().graph().kind(asset_id)));
    return absl::OkStatus();
  }
  v1::LineageNode node;
  WHENCE_RETURN_IF_ERROR(PutDataset(asset_id, &node));
  out->Swap(node.mutable_dataset());
  return absl::OkStatus();
}

absl::Status GraphWriter::PutRun(NodeId id, v1::LineageNode* node) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::Run run,
                          lineage::GetRunById(call_.connection(), describer_.as_of(), id));
  // With the whole description of the job at hand its name is no look-up of its own. A run may be
  // seen without its job: then nothing is known of it.
  WHENCE_ASSIGN_OR_RETURN(const bool sees_job,
                          run.job_id == 0 ? false : call_.visibility().SeesAsset(run.job_id));
  if (sees_job) {
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

absl::StatusOr<DescribedNode> GraphWriter::LookUp(NodeId id) {
  const NodeType type = call_.house().graph().type(id);
  v1::LineageNode node;
  if (type == NodeType::kRun) {
    WHENCE_RETURN_IF_ERROR(PutRun(id, &node));
  } else if (type == NodeType::kDeclaration) {
    WHENCE_RETURN_IF_ERROR(PutDeclaration(id, &node));
  } else {
    WHENCE_RETURN_IF_ERROR(PutDataset(id, &node));
  }
  DescribedNode described{.bytes = SerializeDeterministic(node), .via = lineage::IsVia(type)};
  if (node.has_dataset() && !node.dataset().deleted()) {
    described.asset_id = node.dataset().asset_id();
    described.asset = node.dataset().asset();
  }
  return described;
}

// Keeps its place and what kind of thing it is, and nothing else.
DescribedNode GraphWriter::Redacted(NodeId id) {
  const lineage::Graph& graph = call_.house().graph();
  const lineage::NodeInfo info = graph.Node(id);
  v1::LineageNode node;
  node.set_reference(call_.visibility().PlaceholderOf(id));
  if (info.type == NodeType::kRun) {
    node.mutable_run();
  } else if (info.type == NodeType::kDeclaration) {
    node.mutable_declaration();
  } else {
    node.mutable_dataset()->set_kind(static_cast<v1::Kind>(graph.kind(info.asset)));
  }
  return {
      .bytes = SerializeDeterministic(node), .via = lineage::IsVia(info.type), .redacted = true};
}

absl::StatusOr<const DescribedNode*> GraphWriter::Describe(NodeId id) {
  WHENCE_RETURN_IF_ERROR(call_.StillWanted());
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesNode(id, describer_.as_of()));
  if (!sees) {
    looked_up_ = Redacted(id);
    return &looked_up_;
  }
  const lineage::NodeInfo info = call_.house().graph().Node(id);
  const NodeCache::Key key{
      .id = id, .asset = lineage::IsData(info.type) ? info.asset : 0, .detail = with_detail_};
  if (nodes_ != nullptr) {
    if (const DescribedNode* known = nodes_->Find(describer_.as_of(), key)) return known;
  }
  WHENCE_ASSIGN_OR_RETURN(looked_up_, LookUp(id));
  if (nodes_ != nullptr) nodes_->Keep(describer_.as_of(), key, looked_up_);
  return &looked_up_;
}

void GraphWriter::Put(const DescribedNode& node, const NodePlace& place, GraphDraft* out) {
  if (room_.Take(node.bytes.size())) {
    out->Add(node, place);
    return;
  }
  with_detail_ = false;
  out->Add(Stripped(node), place);
  out->Truncate(v1::TRUNCATION_BYTES);
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

std::string GraphWriter::ColumnPlaceholder(const lineage::ColumnKey& key) {
  return call_.visibility().PlaceholderOf(StrCat(key.asset_id, "#", key.name));
}

absl::Status GraphWriter::AddColumn(const lineage::ColumnKey& key, const NodePlace& place,
                                    GraphDraft* out) {
  WHENCE_RETURN_IF_ERROR(call_.StillWanted());
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(key.asset_id));
  WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* asset, describer_.Asset(key.asset_id));
  if (!sees) {
    v1::LineageNode node;
    node.set_reference(ColumnPlaceholder(key));
    node.mutable_column()->set_kind(ToProto(asset->kind));
    Put({.bytes = SerializeDeterministic(node), .redacted = true}, place, out);
    return absl::OkStatus();
  }
  WHENCE_ASSIGN_OR_RETURN(const std::string* type, TypeOf(key));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          describer_.ColumnTags(key.asset_id, key.name));
  v1::LineageNode node;
  node.set_reference(lineage::ColumnReference(*asset, key.name));
  v1::ColumnNode* column = node.mutable_column();
  column->set_asset(asset->name);
  column->set_asset_id(key.asset_id);
  column->set_column(key.name);
  column->set_type(*type);
  PutTags(tags, column->mutable_tags());
  column->set_kind(ToProto(asset->kind));
  column->set_owner(asset->owner);
  Put({.bytes = SerializeDeterministic(node)}, place, out);
  return absl::OkStatus();
}

absl::StatusOr<std::string> GraphWriter::ReferenceOf(NodeId id) {
  const lineage::NodeInfo info = call_.house().graph().Node(id);
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesNode(id, describer_.as_of()));
  if (!sees) return call_.visibility().PlaceholderOf(id);
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
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().SeesAsset(key.asset_id));
  if (!sees) return ColumnPlaceholder(key);
  WHENCE_ASSIGN_OR_RETURN(const lineage::AssetFacts* asset, describer_.Asset(key.asset_id));
  return lineage::ColumnReference(*asset, key.name);
}

absl::Status GraphWriter::AddEdge(const lineage::AnswerEdge& edge, int32_t first, GraphDraft* out) {
  GraphDraft::Edge wire{.source = first + static_cast<int32_t>(edge.source),
                        .target = first + static_cast<int32_t>(edge.target),
                        .role = static_cast<v1::EdgeRole>(edge.role),
                        .position = edge.position};
  if (edge.role != lineage::EdgeRole::kColumn) {
    out->AddEdge(wire);
    return absl::OkStatus();
  }
  WHENCE_ASSIGN_OR_RETURN(const std::string via, ReferenceOf(edge.via));
  wire.transformation = static_cast<v1::TransformationType>(edge.transformation);
  wire.masking = edge.masking;
  wire.via = via;
  out->AddEdge(wire);
  return absl::OkStatus();
}

absl::Status GraphWriter::Add(const lineage::Answer& answer, uint32_t add_depth, GraphDraft* out,
                              NodeNames* names) {
  const int32_t first = out->size();
  size_t added = 0;
  for (const lineage::AnswerNode& node : answer.nodes) {
    const NodePlace place{.depth = node.depth + add_depth, .source = node.source, .cut = node.cut};
    ++added;
    if (answer.grain == lineage::Grain::kColumn) {
      WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey key, describer_.Column(node.id));
      WHENCE_RETURN_IF_ERROR(AddColumn(key, place, out));
      continue;
    }
    WHENCE_ASSIGN_OR_RETURN(const DescribedNode* described, Describe(node.id));
    if (names != nullptr && added <= answer.root_count && described->asset_id != 0) {
      names->Know(described->asset_id, described->asset);
    }
    Put(*described, place, out);
  }
  for (const lineage::AnswerEdge& edge : answer.edges) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    WHENCE_RETURN_IF_ERROR(AddEdge(edge, first, out));
  }
  out->set_position(answer.position);
  if (answer.cut_by_nodes) out->Truncate(v1::TRUNCATION_NODES);
  if (answer.cut_by_depth) out->Truncate(v1::TRUNCATION_DEPTH);
  if (answer.cut_by_edges) out->Truncate(v1::TRUNCATION_EDGES);
  return absl::OkStatus();
}

}  // namespace whence::service
