#include <optional>
#include <utility>

#include "src/convert.h"

namespace whence::client_internal {
namespace {

std::optional<absl::Time> OptionalTime(bool has, const google::protobuf::Timestamp& proto) {
  return has ? std::make_optional(FromProto(proto)) : std::nullopt;
}

void ToProto(const ColumnMapping& mapping, v1::ColumnMapping* proto) {
  proto->set_column(mapping.column);
  for (const ColumnSource& source : mapping.sources) {
    v1::ColumnSource* target = proto->add_sources();
    target->set_column(source.column);
    target->set_transformation(static_cast<v1::TransformationType>(source.transformation));
    target->set_description(source.description);
    target->set_masking(source.masking);
  }
}

ColumnMapping FromProto(const v1::ColumnMapping& proto) {
  ColumnMapping mapping{.column = proto.column()};
  for (const v1::ColumnSource& source : proto.sources()) {
    mapping.sources.emplace_back(source.column(),
                                 static_cast<Transformation>(source.transformation()),
                                 source.masking(), source.description());
  }
  return mapping;
}

DatasetNode FromProto(const v1::DatasetNode& proto) {
  return {.asset = proto.asset(),
          .version = proto.version(),
          .kind = static_cast<Kind>(proto.kind()),
          .owner = proto.owner(),
          .digest = proto.digest(),
          .location = proto.location(),
          .aliases = FromStrings(proto.aliases()),
          .tags = FromRepeated<Tag>(proto.tags()),
          .create_time = client_internal::FromProto(proto.create_time()),
          .creator = proto.creator(),
          .deleted = proto.deleted(),
          .detail = client_internal::FromProto(proto.detail()),
          .asset_id = proto.asset_id()};
}

LineageNode FromProto(const v1::LineageNode& proto) {
  LineageNode node{.reference = proto.reference(),
                   .depth = proto.depth(),
                   .source = proto.source(),
                   .cut = proto.cut()};
  switch (proto.node_case()) {
    case v1::LineageNode::kDataset:
      node.node = FromProto(proto.dataset());
      break;
    case v1::LineageNode::kRun:
      node.node = client_internal::FromProto(proto.run());
      break;
    case v1::LineageNode::kDeclaration:
      node.node = DeclarationNode{
          .id = proto.declaration().id(),
          .comment = proto.declaration().comment(),
          .creator = proto.declaration().creator(),
          .create_time = client_internal::FromProto(proto.declaration().create_time())};
      break;
    case v1::LineageNode::kColumn:
      node.node = ColumnNode{.asset = proto.column().asset(),
                             .column = proto.column().column(),
                             .type = proto.column().type(),
                             .tags = FromRepeated<Tag>(proto.column().tags()),
                             .kind = static_cast<Kind>(proto.column().kind()),
                             .owner = proto.column().owner(),
                             .asset_id = proto.column().asset_id()};
      break;
    case v1::LineageNode::kPrediction:
      node.node = client_internal::FromProto(proto.prediction());
      break;
    case v1::LineageNode::NODE_NOT_SET:
      break;
  }
  return node;
}

LineageEdge FromProto(const v1::LineageEdge& proto) {
  return {.source = static_cast<size_t>(proto.source()),
          .target = static_cast<size_t>(proto.target()),
          .role = static_cast<EdgeRole>(proto.role()),
          .transformation = static_cast<Transformation>(proto.transformation()),
          .masking = proto.masking(),
          .via = proto.via(),
          .position = proto.position()};
}

}  // namespace

void ToProto(const RunRecord& run, v1::Run* proto) {
  proto->set_id(run.id);
  proto->set_job(run.job);
  proto->set_state(static_cast<v1::RunState>(run.state));
  if (run.start_time.has_value()) ToProto(*run.start_time, proto->mutable_start_time());
  if (run.end_time.has_value()) ToProto(*run.end_time, proto->mutable_end_time());
  proto->set_parent_run_id(run.parent_run_id);
  for (const RunRead& read : run.reads) proto->add_reads()->set_reference(read.reference);
  for (const RunWrite& write : run.writes) {
    v1::RunWrite* target = proto->add_writes();
    target->set_reference(write.reference);
    target->set_create_kind(static_cast<v1::Kind>(write.create_kind));
    if (write.version.has_value()) ToProto(*write.version, target->mutable_version());
  }
  for (const ColumnMapping& mapping : run.column_mappings) {
    ToProto(mapping, proto->add_column_mappings());
  }
  proto->mutable_parameters()->insert(run.parameters.begin(), run.parameters.end());
  if (run.code != CodeLocation()) ToProto(run.code, proto->mutable_code());
  proto->set_host(run.host);
  proto->set_user(run.user);
  proto->set_error_message(run.error_message);
  proto->mutable_properties()->insert(run.properties.begin(), run.properties.end());
}

RunRecord FromProto(const v1::Run& proto) {
  RunRecord run{.id = proto.id(),
                .job = proto.job(),
                .state = static_cast<RunState>(proto.state()),
                .start_time = OptionalTime(proto.has_start_time(), proto.start_time()),
                .end_time = OptionalTime(proto.has_end_time(), proto.end_time()),
                .parent_run_id = proto.parent_run_id(),
                .parameters = {proto.parameters().begin(), proto.parameters().end()},
                .code = FromProto(proto.code()),
                .host = proto.host(),
                .user = proto.user(),
                .error_message = proto.error_message(),
                .properties = {proto.properties().begin(), proto.properties().end()},
                .recorder = proto.recorder(),
                .create_time = FromProto(proto.create_time()),
                .update_time = FromProto(proto.update_time()),
                .position = proto.position()};
  for (const v1::RunRead& read : proto.reads()) {
    run.reads.push_back({.reference = read.reference(), .alias = read.alias()});
  }
  for (const v1::RunWrite& write : proto.writes()) {
    run.writes.push_back({.reference = write.reference()});
  }
  for (const v1::ColumnMapping& mapping : proto.column_mappings()) {
    run.column_mappings.push_back(FromProto(mapping));
  }
  return run;
}

LineageGraph FromProto(const v1::LineageGraph& proto) {
  LineageGraph graph{
      .root = proto.root(), .position = proto.position(), .redacted_count = proto.redacted_count()};
  for (const v1::LineageNode& node : proto.nodes()) graph.nodes.push_back(FromProto(node));
  for (const v1::LineageEdge& edge : proto.edges()) graph.edges.push_back(FromProto(edge));
  for (const int truncation : proto.truncations()) {
    if (truncation == v1::TRUNCATION_NODES) graph.cut_by_nodes = true;
    if (truncation == v1::TRUNCATION_DEPTH) graph.cut_by_depth = true;
  }
  return graph;
}

Explanation FromProto(const v1::Explanation& proto) {
  return {.graph = FromProto(proto.graph()),
          .columns = FromProto(proto.columns()),
          .run_count = proto.run_count(),
          .source_count = proto.source_count()};
}

}  // namespace whence::client_internal
