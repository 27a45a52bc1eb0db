#include <type_traits>
#include <variant>

#include "src/convert.h"

namespace whence::client_internal {
namespace {

void SetColumns(const std::vector<Column>& columns,
                google::protobuf::RepeatedPtrField<v1::Column>* protos) {
  for (const Column& column : columns) {
    v1::Column* proto = protos->Add();
    proto->set_name(column.name);
    proto->set_type(column.type);
    proto->set_nullable(column.nullable);
    proto->set_comment(column.comment);
  }
}

std::vector<Column> ColumnsOf(const google::protobuf::RepeatedPtrField<v1::Column>& protos) {
  std::vector<Column> columns;
  for (const v1::Column& proto : protos) {
    columns.push_back({.name = proto.name(),
                       .type = proto.type(),
                       .nullable = proto.nullable(),
                       .comment = proto.comment(),
                       .tags = FromRepeated<Tag>(proto.tags())});
  }
  return columns;
}

void Set(std::monostate, v1::Detail*) {}

void Set(const TableDetail& detail, v1::Detail* proto) {
  v1::TableDetail* table = proto->mutable_table();
  SetColumns(detail.columns, table->mutable_columns());
  table->set_format(detail.format);
  table->set_view_definition(detail.view_definition);
  table->set_row_count(detail.row_count);
}

void Set(const VolumeDetail& detail, v1::Detail* proto) {
  v1::VolumeDetail* volume = proto->mutable_volume();
  volume->set_file_count(detail.file_count);
  volume->set_byte_count(detail.byte_count);
  volume->set_file_name(detail.file_name);
}

void Set(const FunctionDetail& detail, v1::Detail* proto) {
  v1::FunctionDetail* function = proto->mutable_function();
  SetColumns(detail.parameters, function->mutable_parameters());
  function->set_return_type(detail.return_type);
  function->set_language(detail.language);
  function->set_body(detail.body);
}

void Set(const ModelDetail& detail, v1::Detail* proto) {
  v1::ModelDetail* model = proto->mutable_model();
  model->set_framework(detail.framework);
  SetColumns(detail.inputs, model->mutable_inputs());
  SetColumns(detail.outputs, model->mutable_outputs());
  model->mutable_metrics()->insert(detail.metrics.begin(), detail.metrics.end());
  model->set_base_model(detail.base_model);
}

void Set(const PromptDetail& detail, v1::Detail* proto) {
  v1::PromptDetail* prompt = proto->mutable_prompt();
  prompt->set_template_(detail.text);
  for (const std::string& variable : detail.variables) prompt->add_variables(variable);
}

void Set(const IndexDetail& detail, v1::Detail* proto) {
  v1::IndexDetail* index = proto->mutable_index();
  index->set_dimension(detail.dimension);
  index->set_metric(static_cast<v1::DistanceMetric>(detail.metric));
  index->set_embedding_model(detail.embedding_model);
  index->set_item_count(detail.item_count);
}

void Set(const EndpointDetail& detail, v1::Detail* proto) {
  v1::EndpointDetail* endpoint = proto->mutable_endpoint();
  endpoint->set_url(detail.url);
  for (const std::string& reference : detail.serves) endpoint->add_serves(reference);
}

void Set(const JobDetail& detail, v1::Detail* proto) {
  v1::JobDetail* job = proto->mutable_job();
  ToProto(detail.code, job->mutable_code());
  job->set_job_type(detail.job_type);
}

void Set(const DashboardDetail& detail, v1::Detail* proto) {
  proto->mutable_dashboard()->set_url(detail.url);
}

TableDetail Get(const v1::TableDetail& proto) {
  return {.columns = ColumnsOf(proto.columns()),
          .format = proto.format(),
          .view_definition = proto.view_definition(),
          .row_count = proto.row_count()};
}

FunctionDetail Get(const v1::FunctionDetail& proto) {
  return {.parameters = ColumnsOf(proto.parameters()),
          .return_type = proto.return_type(),
          .language = proto.language(),
          .body = proto.body()};
}

ModelDetail Get(const v1::ModelDetail& proto) {
  return {.framework = proto.framework(),
          .inputs = ColumnsOf(proto.inputs()),
          .outputs = ColumnsOf(proto.outputs()),
          .metrics = {proto.metrics().begin(), proto.metrics().end()},
          .base_model = proto.base_model()};
}

}  // namespace

void ToProto(const CodeLocation& code, v1::CodeLocation* proto) {
  proto->set_repository(code.repository);
  proto->set_commit(code.commit);
  proto->set_path(code.path);
  proto->set_dirty(code.dirty);
}

CodeLocation FromProto(const v1::CodeLocation& proto) {
  return {.repository = proto.repository(),
          .commit = proto.commit(),
          .path = proto.path(),
          .dirty = proto.dirty()};
}

void ToProto(const Detail& detail, v1::Detail* proto) {
  std::visit([proto](const auto& kind) { Set(kind, proto); }, detail);
}

Detail FromProto(const v1::Detail& proto) {
  switch (proto.kind_case()) {
    case v1::Detail::kTable:
      return Get(proto.table());
    case v1::Detail::kVolume:
      return VolumeDetail{.file_count = proto.volume().file_count(),
                          .byte_count = proto.volume().byte_count(),
                          .file_name = proto.volume().file_name()};
    case v1::Detail::kFunction:
      return Get(proto.function());
    case v1::Detail::kModel:
      return Get(proto.model());
    case v1::Detail::kPrompt:
      return PromptDetail{.text = proto.prompt().template_(),
                          .variables = FromStrings(proto.prompt().variables())};
    case v1::Detail::kIndex:
      return IndexDetail{.dimension = proto.index().dimension(),
                         .metric = static_cast<DistanceMetric>(proto.index().metric()),
                         .embedding_model = proto.index().embedding_model(),
                         .item_count = proto.index().item_count()};
    case v1::Detail::kEndpoint:
      return EndpointDetail{.url = proto.endpoint().url(),
                            .serves = FromStrings(proto.endpoint().serves())};
    case v1::Detail::kJob:
      return JobDetail{.code = FromProto(proto.job().code()), .job_type = proto.job().job_type()};
    case v1::Detail::kDashboard:
      return DashboardDetail{.url = proto.dashboard().url()};
    case v1::Detail::KIND_NOT_SET:
      break;
  }
  return std::monostate();
}

}  // namespace whence::client_internal
