#include "cli/records/detail_card.h"

#include <map>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/records/securables.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string CountIfKnown(int64_t count) { return count == 0 ? "" : HumanCount(count); }

void AddColumns(std::string_view heading,
                const google::protobuf::RepeatedPtrField<v1::Column>& columns, Card& card) {
  std::vector<std::vector<Cell>> rows;
  for (const v1::Column& column : columns) {
    rows.push_back({{column.name()},
                    {column.type(), Tone::kDim},
                    {column.nullable() ? "" : "not null", Tone::kDim},
                    {TagList(column.tags()), Tone::kYellow},
                    {column.comment()}});
  }
  card.Table(heading, {{"NAME"}, {"TYPE"}, {"NULL"}, {"TAGS"}, {"COMMENT"}}, std::move(rows));
}

void AddMetrics(const v1::ModelDetail& model, Card& card) {
  const std::map<std::string, double> sorted(model.metrics().begin(), model.metrics().end());
  std::vector<std::vector<Cell>> rows;
  rows.reserve(sorted.size());
  for (const auto& [name, value] : sorted) rows.push_back({{name}, {HumanNumber(value)}});
  card.Table("metrics", {{"NAME"}, {"VALUE", true}}, std::move(rows));
}

void AddTable(const v1::TableDetail& table, Card& card) {
  card.Line("format", table.format()).Line("rows", CountIfKnown(table.row_count()));
  AddColumns("columns", table.columns(), card);
  card.Text("view definition", table.view_definition());
}

void AddFunction(const v1::FunctionDetail& function, Card& card) {
  card.Line("language", function.language()).Line("returns", function.return_type());
  AddColumns("parameters", function.parameters(), card);
  card.Text("body", function.body());
}

void AddModel(const v1::ModelDetail& model, Card& card) {
  card.Line("framework", model.framework()).Line("base model", model.base_model());
  AddMetrics(model, card);
  AddColumns("inputs", model.inputs(), card);
  AddColumns("outputs", model.outputs(), card);
}

void AddIndex(const v1::IndexDetail& index, Card& card) {
  card.Line("dimension", CountIfKnown(index.dimension()))
      .Line("distance", WithoutPrefix(v1::DistanceMetric_Name(index.metric()), "DISTANCE_METRIC_"))
      .Line("embedding model", index.embedding_model())
      .Line("items", CountIfKnown(index.item_count()));
}

}  // namespace

std::string CodeText(const v1::CodeLocation& code) {
  std::vector<std::string> words;
  if (!code.repository().empty()) words.push_back(code.repository());
  if (!code.commit().empty()) words.push_back(code.commit().substr(0, 12));
  if (!code.path().empty()) words.push_back(code.path());
  if (code.dirty()) words.emplace_back("(uncommitted changes)");
  return absl::StrJoin(words, " ");
}

void AddDetail(const v1::Detail& detail, Card& card) {
  switch (detail.kind_case()) {
    case v1::Detail::kTable:
      AddTable(detail.table(), card);
      return;
    case v1::Detail::kVolume:
      card.Line("file", detail.volume().file_name())
          .Line("files", CountIfKnown(detail.volume().file_count()))
          .Line("size",
                detail.volume().byte_count() == 0 ? "" : HumanBytes(detail.volume().byte_count()));
      return;
    case v1::Detail::kFunction:
      AddFunction(detail.function(), card);
      return;
    case v1::Detail::kModel:
      AddModel(detail.model(), card);
      return;
    case v1::Detail::kPrompt:
      card.Line("variables", absl::StrJoin(detail.prompt().variables(), ", "))
          .Text("template", detail.prompt().template_());
      return;
    case v1::Detail::kIndex:
      AddIndex(detail.index(), card);
      return;
    case v1::Detail::kEndpoint:
      card.Line("url", detail.endpoint().url())
          .Line("serves", absl::StrJoin(detail.endpoint().serves(), ", "));
      return;
    case v1::Detail::kJob:
      card.Line("job type", detail.job().job_type()).Line("code", CodeText(detail.job().code()));
      return;
    case v1::Detail::kDashboard:
      card.Line("url", detail.dashboard().url());
      return;
    case v1::Detail::KIND_NOT_SET:
      return;
  }
}

std::string DetailSummary(const v1::Detail& detail) {
  switch (detail.kind_case()) {
    case v1::Detail::kTable:
      return detail.table().row_count() == 0 ? "" : CountOf(detail.table().row_count(), "row");
    case v1::Detail::kVolume:
      return detail.volume().file_name();
    case v1::Detail::kModel:
      return detail.model().framework();
    case v1::Detail::kIndex:
      return detail.index().item_count() == 0 ? "" : CountOf(detail.index().item_count(), "item");
    case v1::Detail::kEndpoint:
      return detail.endpoint().url();
    case v1::Detail::kDashboard:
      return detail.dashboard().url();
    default:
      return "";
  }
}

void AddMap(std::string_view heading, const google::protobuf::Map<std::string, std::string>& map,
            Card& card) {
  const std::map<std::string, std::string> sorted(map.begin(), map.end());
  std::vector<std::vector<Cell>> rows;
  rows.reserve(sorted.size());
  for (const auto& [key, value] : sorted) rows.push_back({{key}, {value}});
  card.Table(heading, {{"KEY"}, {"VALUE"}}, std::move(rows));
}

}  // namespace whence::cli
