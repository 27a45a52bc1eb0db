#include "service/detail_check.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/prompt_template.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "service/checks.h"

namespace whence::service {
namespace {

using Columns = google::protobuf::RepeatedPtrField<v1::Column>;

// Fields are named from here on relative to the message checked; whoever calls puts the path before
// it, and only when there is an error to name.

absl::Status OneLine(std::string_view text, std::string_view field, size_t max_bytes) {
  return ValidateText(text, field, max_bytes, /*allow_newlines=*/false);
}

absl::Status CheckColumn(const v1::Column& column) {
  WHENCE_RETURN_IF_ERROR(ValidateNamePart(column.name(), "name"));
  WHENCE_RETURN_IF_ERROR(ValidateText(column.type(), "type", kMaxColumnTypeBytes,
                                      /*allow_newlines=*/true));
  return CheckComment(column.comment(), "comment");
}

absl::Status CheckColumns(const Columns& columns, std::string_view field, size_t most,
                          std::string_view too_many) {
  if (static_cast<size_t>(columns.size()) > most) {
    return InvalidArgument(
        too_many, field,
        absl::StrCat("there are ", columns.size(), "; at most ", most, " are allowed"),
        "split it, or leave out what nobody asks for");
  }
  absl::flat_hash_set<std::string_view> names;
  names.reserve(static_cast<size_t>(columns.size()));
  for (int i = 0; i < columns.size(); ++i) {
    if (absl::Status status = CheckColumn(columns[i]); !status.ok()) {
      return WithFieldPrefix(status, StrCat(field, "[", i, "]"));
    }
    if (!names.insert(columns[i].name()).second) {
      return InvalidArgument(
          "COLUMN_DUPLICATE", StrCat(field, "[", i, "].name"),
          StrCat("the name ", QuoteForMessage(columns[i].name()), " is given twice"),
          "names are unique in their list; case counts");
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::TableDetail& table) {
  WHENCE_RETURN_IF_ERROR(CheckColumns(table.columns(), "columns", kMaxColumns, "TOO_MANY_COLUMNS"));
  WHENCE_RETURN_IF_ERROR(OneLine(table.format(), "format", kMaxWordBytes));
  WHENCE_RETURN_IF_ERROR(ValidateText(table.view_definition(), "view_definition", kMaxBodyBytes,
                                      /*allow_newlines=*/true));
  return CheckNotNegative(table.row_count(), "row_count");
}

absl::Status Check(const v1::VolumeDetail& volume) {
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(volume.file_count(), "file_count"));
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(volume.byte_count(), "byte_count"));
  return OneLine(volume.file_name(), "file_name", kMaxUriBytes);
}

absl::Status Check(const v1::FunctionDetail& function) {
  WHENCE_RETURN_IF_ERROR(CheckColumns(function.parameters(), "parameters", kMaxFunctionParameters,
                                      "TOO_MANY_PARAMETERS"));
  WHENCE_RETURN_IF_ERROR(ValidateText(function.return_type(), "return_type", kMaxColumnTypeBytes,
                                      /*allow_newlines=*/true));
  WHENCE_RETURN_IF_ERROR(OneLine(function.language(), "language", kMaxWordBytes));
  return ValidateText(function.body(), "body", kMaxBodyBytes, /*allow_newlines=*/true);
}

absl::Status CheckMetrics(const google::protobuf::Map<std::string, double>& metrics) {
  if (metrics.size() > kMaxMetrics) {
    return InvalidArgument(
        "TOO_MANY_METRICS", "metrics",
        absl::StrCat("there are ", metrics.size(), "; at most ", kMaxMetrics, " are allowed"),
        "keep those that people compare versions by");
  }
  // In order of names, so that the same request always gets the same error.
  const std::map<std::string_view, double> ordered(metrics.begin(), metrics.end());
  for (const auto& [name, value] : ordered) {
    if (name.empty()) {
      return InvalidArgument("METRIC_NAME_EMPTY", "metrics", "a metric has an empty name",
                             "name it, for example auc");
    }
    WHENCE_RETURN_IF_ERROR(OneLine(name, "metrics", kMaxPropertyKeyBytes));
    if (!std::isfinite(value)) {
      return InvalidArgument("METRIC_NOT_FINITE", StrCat("metrics[", QuoteForMessage(name), "]"),
                             "the value is not a finite number",
                             "leave out metrics that could not be computed");
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::ModelDetail& model) {
  WHENCE_RETURN_IF_ERROR(OneLine(model.framework(), "framework", kMaxWordBytes));
  WHENCE_RETURN_IF_ERROR(CheckColumns(model.inputs(), "inputs", kMaxColumns, "TOO_MANY_COLUMNS"));
  WHENCE_RETURN_IF_ERROR(CheckColumns(model.outputs(), "outputs", kMaxColumns, "TOO_MANY_COLUMNS"));
  WHENCE_RETURN_IF_ERROR(CheckMetrics(model.metrics()));
  return OneLine(model.base_model(), "base_model", kMaxUriBytes);
}

absl::Status Check(const v1::PromptDetail& prompt) {
  // A template is stored exactly, so all of UTF-8 may be in it.
  if (prompt.template_().empty()) {
    return InvalidArgument("PROMPT_TEMPLATE_EMPTY", "template", "the template is empty",
                           "give the prompt's text, or leave the detail out");
  }
  if (prompt.template_().size() > kMaxTemplateBytes) {
    return InvalidArgument("TEXT_TOO_LONG", "template",
                           absl::StrCat("has ", prompt.template_().size(), " bytes; at most ",
                                        kMaxTemplateBytes, " are allowed"),
                           "keep the fixed part, and pass the rest in as a variable");
  }
  if (!IsValidUtf8(prompt.template_())) {
    return InvalidArgument("TEXT_NOT_UTF8", "template", "is not valid UTF-8", "send text as UTF-8");
  }
  if (prompt.variables().empty()) return TemplateVariables(prompt.template_()).status();
  const std::vector<std::string> declared(prompt.variables().begin(), prompt.variables().end());
  return CheckTemplate(prompt.template_(), declared);
}

absl::Status Check(const v1::IndexDetail& index) {
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(index.dimension(), "dimension"));
  WHENCE_RETURN_IF_ERROR(CheckNotNegative(index.item_count(), "item_count"));
  if (!v1::DistanceMetric_IsValid(index.metric())) {
    return InvalidArgument("ENUM_VALUE_UNKNOWN", "metric",
                           absl::StrCat(static_cast<int>(index.metric()), " is no DistanceMetric"),
                           "use a value of the contract; is the client newer than the server?");
  }
  return OneLine(index.embedding_model(), "embedding_model", kMaxUriBytes);
}

absl::Status CheckServed(const std::string& served) {
  WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseReference(served, ""));
  const bool data = reference.kind == Reference::Kind::kVersion ||
                    reference.kind == Reference::Kind::kAlias ||
                    (reference.kind == Reference::Kind::kSecurable && reference.name.size() == 3);
  if (data) return absl::OkStatus();
  return InvalidArgument(
      "REFERENCE_NOT_AN_ASSET", "",
      StrCat(QuoteForMessage(served), " names no asset and no version"),
      "name the model or agent: catalog.schema.asset, with @version if you like");
}

absl::Status Check(const v1::EndpointDetail& endpoint) {
  WHENCE_RETURN_IF_ERROR(OneLine(endpoint.url(), "url", kMaxUriBytes));
  if (static_cast<size_t>(endpoint.serves_size()) > kMaxServed) {
    return InvalidArgument("TOO_MANY_SERVED", "serves",
                           absl::StrCat("there are ", endpoint.serves_size(), "; at most ",
                                        kMaxServed, " are allowed"),
                           "register one endpoint per group of models");
  }
  for (int i = 0; i < endpoint.serves_size(); ++i) {
    if (absl::Status status = CheckServed(endpoint.serves(i)); !status.ok()) {
      return WithFieldPrefix(status, absl::StrCat("serves[", i, "]"));
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::JobDetail& job) {
  WHENCE_RETURN_IF_ERROR(CheckCodeLocation(job.code(), "code"));
  return OneLine(job.job_type(), "job_type", kMaxWordBytes);
}

absl::Status Check(const v1::DashboardDetail& dashboard) {
  return OneLine(dashboard.url(), "url", kMaxUriBytes);
}

}  // namespace

absl::Status CheckCodeLocation(const v1::CodeLocation& code, std::string_view field) {
  absl::Status status = OneLine(code.repository(), "repository", kMaxUriBytes);
  if (status.ok()) status = OneLine(code.commit(), "commit", kMaxWordBytes);
  if (status.ok()) status = OneLine(code.path(), "path", kMaxUriBytes);
  return WithFieldPrefix(status, field);
}

absl::Status CheckDetail(const v1::Detail& detail, std::string_view field) {
  absl::Status status;
  std::string_view member;
  switch (detail.kind_case()) {
    case v1::Detail::kTable:
      status = Check(detail.table());
      member = "table";
      break;
    case v1::Detail::kVolume:
      status = Check(detail.volume());
      member = "volume";
      break;
    case v1::Detail::kFunction:
      status = Check(detail.function());
      member = "function";
      break;
    case v1::Detail::kModel:
      status = Check(detail.model());
      member = "model";
      break;
    case v1::Detail::kPrompt:
      status = Check(detail.prompt());
      member = "prompt";
      break;
    case v1::Detail::kIndex:
      status = Check(detail.index());
      member = "index";
      break;
    case v1::Detail::kEndpoint:
      status = Check(detail.endpoint());
      member = "endpoint";
      break;
    case v1::Detail::kJob:
      status = Check(detail.job());
      member = "job";
      break;
    case v1::Detail::kDashboard:
      status = Check(detail.dashboard());
      member = "dashboard";
      break;
    case v1::Detail::KIND_NOT_SET:
      break;
  }
  if (status.ok()) return status;
  return WithFieldPrefix(WithFieldPrefix(status, member), field);
}

absl::Status CheckDetailSuits(const v1::Detail& detail, catalog::Kind kind,
                              std::string_view field) {
  using catalog::Kind;
  bool suits = false;
  switch (detail.kind_case()) {
    case v1::Detail::kTable:
      suits =
          kind == Kind::kView || (kind == Kind::kTable && detail.table().view_definition().empty());
      break;
    case v1::Detail::kVolume:
      suits = kind == Kind::kVolume;
      break;
    case v1::Detail::kFunction:
      suits = kind == Kind::kFunction;
      break;
    case v1::Detail::kModel:
      suits = kind == Kind::kModel;
      break;
    case v1::Detail::kPrompt:
      suits = kind == Kind::kPrompt;
      break;
    case v1::Detail::kIndex:
      suits = kind == Kind::kIndex;
      break;
    case v1::Detail::kEndpoint:
      suits = kind == Kind::kEndpoint;
      break;
    case v1::Detail::kJob:
      suits = kind == Kind::kJob;
      break;
    case v1::Detail::kDashboard:
      suits = kind == Kind::kDashboard;
      break;
    case v1::Detail::KIND_NOT_SET:
      suits = true;
      break;
  }
  if (suits) return absl::OkStatus();
  if (kind == Kind::kTable && detail.has_table()) {
    return InvalidArgument("DETAIL_KIND_MISMATCH", StrCat(field, ".table.view_definition"),
                           "a table has no query", "leave it empty, or register a view");
  }
  return InvalidArgument("DETAIL_KIND_MISMATCH", field,
                         StrCat("this detail is not one of a ", catalog::KindName(kind)),
                         StrCat("set the member that suits a ", catalog::KindName(kind)));
}

v1::Detail StoredDetail(const v1::Detail& detail) {
  v1::Detail stored = detail;
  const auto without_tags = [](Columns& columns) {
    for (v1::Column& column : columns) column.clear_tags();
  };
  if (stored.has_table()) without_tags(*stored.mutable_table()->mutable_columns());
  if (stored.has_function()) without_tags(*stored.mutable_function()->mutable_parameters());
  if (stored.has_model()) {
    without_tags(*stored.mutable_model()->mutable_inputs());
    without_tags(*stored.mutable_model()->mutable_outputs());
  }
  if (stored.has_prompt() && stored.prompt().variables().empty()) {
    absl::StatusOr<std::vector<std::string>> variables =
        TemplateVariables(stored.prompt().template_());
    if (variables.ok()) {
      for (std::string& name : *variables) {
        stored.mutable_prompt()->add_variables(std::move(name));
      }
    }
  }
  return stored;
}

}  // namespace whence::service
