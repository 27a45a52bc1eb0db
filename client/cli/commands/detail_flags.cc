#include "cli/commands/detail_flags.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/commands/shared.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/output/json.h"
#include "cli/text/human.h"
#include "cli/text/parse.h"

namespace whence::cli {
namespace {

const std::vector<v1::Kind> kTableKinds = {v1::KIND_TABLE, v1::KIND_VIEW};

// The message of Detail's oneof that suits the kind; nullptr for a kind that has none.
google::protobuf::Message* MessageFor(v1::Kind kind, v1::Detail& detail) {
  switch (kind) {
    case v1::KIND_TABLE:
    case v1::KIND_VIEW:
      return detail.mutable_table();
    case v1::KIND_VOLUME:
      return detail.mutable_volume();
    case v1::KIND_FUNCTION:
      return detail.mutable_function();
    case v1::KIND_MODEL:
      return detail.mutable_model();
    case v1::KIND_PROMPT:
      return detail.mutable_prompt();
    case v1::KIND_INDEX:
      return detail.mutable_index();
    case v1::KIND_ENDPOINT:
      return detail.mutable_endpoint();
    case v1::KIND_JOB:
      return detail.mutable_job();
    case v1::KIND_DASHBOARD:
      return detail.mutable_dashboard();
    default:
      return nullptr;
  }
}

}  // namespace

void DetailFlags::Remember(Parameter parameter, std::vector<v1::Kind> kinds) {
  known_.push_back({parameter, std::move(kinds)});
}

void DetailFlags::AddTo(Command& command) {
  Remember(command.Flag(detail_, "--detail", "JSON",
                        "What only its kind has, as JSON of the contract: {...}, a file, or - for "
                        "standard input; in place of the flags below",
                        Complete::kFile),
           {});
  AddTableFlags(command);
  AddModelFlags(command);
  AddPromptAndIndexFlags(command);
  AddOtherFlags(command);
}

void DetailFlags::AddTableFlags(Command& command) {
  Remember(command.Flag(columns_, "--column", "NAME:TYPE",
                        "TABLE, VIEW: a column; ! at the end: never null"),
           kTableKinds);
  Remember(command.Flag(format_, "--format", "NAME", "TABLE, VIEW: storage format"), kTableKinds);
  Remember(command.Flag(rows_, "--rows", "N", "TABLE, VIEW: number of rows"), kTableKinds);
  Remember(command.Flag(query_, "--query", "SQL", "VIEW: its definition"), {v1::KIND_VIEW});
}

void DetailFlags::AddModelFlags(Command& command) {
  Remember(command.Flag(framework_, "--framework", "NAME", "MODEL: for example onnx, openai"),
           {v1::KIND_MODEL});
  Remember(command.Flag(metrics_, "--metric", "NAME=VALUE", "MODEL: a metric"), {v1::KIND_MODEL});
  Remember(command.Flag(base_model_, "--base-model", "NAME", "MODEL: what it was made from"),
           {v1::KIND_MODEL});
}

void DetailFlags::AddPromptAndIndexFlags(Command& command) {
  Remember(
      command.Flag(template_, "--template", "FILE",
                   "PROMPT: the template, taken exactly; - for standard input", Complete::kFile),
      {v1::KIND_PROMPT});
  Remember(command.Flag(variables_, "--variable", "NAME",
                        "PROMPT: a declared variable; without: those the template uses"),
           {v1::KIND_PROMPT});
  Remember(command.Flag(dimension_, "--dimension", "N", "INDEX: dimension, or number of terms"),
           {v1::KIND_INDEX});
  Remember(command.Flag(distance_, "--distance", "METRIC", "INDEX: cosine, dot, l2 or bm25",
                        Complete::kDistance),
           {v1::KIND_INDEX});
  Remember(command.Flag(embedding_model_, "--embedding-model", "NAME", "INDEX: what embeds"),
           {v1::KIND_INDEX});
  Remember(command.Flag(items_, "--items", "N", "INDEX: number of items"), {v1::KIND_INDEX});
}

void DetailFlags::AddOtherFlags(Command& command) {
  Remember(command.Flag(url_, "--url", "URL", "ENDPOINT, DASHBOARD: where it is"),
           {v1::KIND_ENDPOINT, v1::KIND_DASHBOARD});
  Remember(command.Flag(serves_, "--serves", "REFERENCE", "ENDPOINT: a model it serves",
                        Complete::kReference),
           {v1::KIND_ENDPOINT});
  Remember(command.Flag(file_name_, "--file-name", "NAME", "VOLUME: file name or pattern"),
           {v1::KIND_VOLUME});
  Remember(command.Flag(files_, "--files", "N", "VOLUME: number of files"), {v1::KIND_VOLUME});
  Remember(command.Flag(bytes_, "--bytes", "N", "VOLUME: size in bytes"), {v1::KIND_VOLUME});
  Remember(command.Flag(repository_, "--repository", "URL", "JOB: repository of its code"),
           {v1::KIND_JOB});
  Remember(command.Flag(commit_, "--commit", "SHA", "JOB: commit of its code"), {v1::KIND_JOB});
  Remember(command.Flag(path_, "--path", "PATH", "JOB: path in the repository"), {v1::KIND_JOB});
  Remember(command.Flag(job_type_, "--job-type", "NAME", "JOB: for example airflow-task"),
           {v1::KIND_JOB});
}

bool DetailFlags::given() const {
  return std::any_of(known_.begin(), known_.end(),
                     [](const Known& known) { return known.parameter.given(); });
}

absl::Status DetailFlags::CheckKinds(v1::Kind kind) const {
  for (const Known& known : known_) {
    if (!known.parameter.given()) continue;
    const bool is_detail = known.kinds.empty();
    if (is_detail != !detail_.empty()) {
      return UsageError(StrCat("--detail and ", known.parameter.name(), " exclude each other"));
    }
    if (is_detail || std::find(known.kinds.begin(), known.kinds.end(), kind) != known.kinds.end()) {
      continue;
    }
    const std::string suits = absl::StrJoin(
        known.kinds, " or ", [](std::string* out, v1::Kind k) { out->append(KindName(k)); });
    return UsageError(StrCat(known.parameter.name(), " does not suit a ", KindName(kind)),
                      StrCat("it is for kind ", suits));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Detail> DetailFlags::FromJsonText(v1::Kind kind, std::istream& in) const {
  std::string text = detail_;
  if (!text.starts_with('{')) {
    WHENCE_ASSIGN_OR_RETURN(text, ReadFile(detail_, in));
  }
  absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return UsageOf(json.status(), "--detail");
  v1::Detail detail;
  google::protobuf::Message* message = MessageFor(kind, detail);
  if (message == nullptr) return UsageError("--detail: assets of this kind have no detail");
  // Both forms are taken: {"table": {...}} and the kind's own fields alone.
  const std::string member = Lower(kind == v1::KIND_VIEW ? "TABLE" : KindName(kind));
  const bool whole = json->members.size() == 1 && json->members.front().name == member;
  WHENCE_RETURN_IF_ERROR(
      UsageOf(FromJson(whole ? json->members.front().value : *json, message), "--detail"));
  return detail;
}

absl::Status DetailFlags::FillTable(v1::TableDetail* table) const {
  if (!columns_.empty()) table->clear_columns();
  for (const std::string& text : columns_) {
    const absl::StatusOr<v1::Column> column = ParseColumn(text);
    if (!column.ok()) return UsageOf(column.status(), "--column");
    *table->add_columns() = *column;
  }
  if (!format_.empty()) table->set_format(format_);
  if (rows_ != 0) table->set_row_count(rows_);
  if (!query_.empty()) table->set_view_definition(query_);
  return absl::OkStatus();
}

absl::Status DetailFlags::FillModel(v1::ModelDetail* model) const {
  if (!framework_.empty()) model->set_framework(framework_);
  if (!base_model_.empty()) model->set_base_model(base_model_);
  if (!metrics_.empty()) model->clear_metrics();
  for (const std::string& text : metrics_) {
    const absl::StatusOr<KeyValue> pair = ParseKeyValue(text);
    if (!pair.ok()) return UsageOf(pair.status(), "--metric");
    double value = 0;
    if (!absl::SimpleAtod(pair->value, &value)) {
      return UsageError(StrCat("--metric: not a number: ", QuoteForMessage(pair->value)));
    }
    (*model->mutable_metrics())[pair->key] = value;
  }
  return absl::OkStatus();
}

absl::Status DetailFlags::FillPrompt(std::istream& in, v1::PromptDetail* prompt) const {
  if (!template_.empty()) {
    WHENCE_ASSIGN_OR_RETURN(*prompt->mutable_template_(), ReadFile(template_, in));
    prompt->clear_variables();  // those of the old template
  }
  if (!variables_.empty()) prompt->clear_variables();
  for (const std::string& variable : variables_) prompt->add_variables(variable);
  return absl::OkStatus();
}

absl::Status DetailFlags::FillIndex(v1::IndexDetail* index) const {
  if (dimension_ < 0 || dimension_ > INT32_MAX) return UsageError("--dimension: out of range");
  if (dimension_ != 0) index->set_dimension(static_cast<int32_t>(dimension_));
  if (!embedding_model_.empty()) index->set_embedding_model(embedding_model_);
  if (items_ != 0) index->set_item_count(items_);
  if (distance_.empty()) return absl::OkStatus();
  const absl::StatusOr<v1::DistanceMetric> metric = ParseDistance(distance_);
  if (!metric.ok()) return UsageOf(metric.status(), "--distance");
  index->set_metric(*metric);
  return absl::OkStatus();
}

void DetailFlags::FillVolume(v1::VolumeDetail* volume) const {
  if (!file_name_.empty()) volume->set_file_name(file_name_);
  if (files_ != 0) volume->set_file_count(files_);
  if (bytes_ != 0) volume->set_byte_count(bytes_);
}

void DetailFlags::FillEndpoint(v1::EndpointDetail* endpoint) const {
  if (!url_.empty()) endpoint->set_url(url_);
  if (!serves_.empty()) endpoint->clear_serves();
  for (const std::string& served : serves_) endpoint->add_serves(served);
}

void DetailFlags::FillJob(v1::JobDetail* job) const {
  if (!job_type_.empty()) job->set_job_type(job_type_);
  if (!repository_.empty()) job->mutable_code()->set_repository(repository_);
  if (!commit_.empty()) job->mutable_code()->set_commit(commit_);
  if (!path_.empty()) job->mutable_code()->set_path(path_);
}

absl::StatusOr<v1::Detail> DetailFlags::Build(v1::Kind kind, const v1::Detail& present,
                                              std::istream& in) const {
  WHENCE_RETURN_IF_ERROR(CheckKinds(kind));
  if (!detail_.empty()) return FromJsonText(kind, in);
  v1::Detail detail = present;
  switch (kind) {
    case v1::KIND_TABLE:
    case v1::KIND_VIEW:
      WHENCE_RETURN_IF_ERROR(FillTable(detail.mutable_table()));
      break;
    case v1::KIND_MODEL:
      WHENCE_RETURN_IF_ERROR(FillModel(detail.mutable_model()));
      break;
    case v1::KIND_PROMPT:
      WHENCE_RETURN_IF_ERROR(FillPrompt(in, detail.mutable_prompt()));
      break;
    case v1::KIND_INDEX:
      WHENCE_RETURN_IF_ERROR(FillIndex(detail.mutable_index()));
      break;
    case v1::KIND_VOLUME:
      FillVolume(detail.mutable_volume());
      break;
    case v1::KIND_ENDPOINT:
      FillEndpoint(detail.mutable_endpoint());
      break;
    case v1::KIND_JOB:
      FillJob(detail.mutable_job());
      break;
    case v1::KIND_DASHBOARD:
      if (!url_.empty()) detail.mutable_dashboard()->set_url(url_);
      break;
    default:
      break;
  }
  return detail;
}

}  // namespace whence::cli
