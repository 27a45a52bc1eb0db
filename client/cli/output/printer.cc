#include "cli/output/printer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/limits.h"
#include "base/strings.h"
#include "cli/output/csv.h"
#include "cli/output/json.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::vector<TableColumn> Capitals(std::vector<TableColumn> columns) {
  for (TableColumn& column : columns) {
    absl::AsciiStrToUpper(&column.name);
    std::replace(column.name.begin(), column.name.end(), '_', ' ');
  }
  return columns;
}

}  // namespace

RowPrinter::RowPrinter(App& app, std::string_view field, std::vector<std::string> csv_names,
                       std::vector<TableColumn> table_columns)
    : app_(app),
      format_(app.format()),
      field_(field),
      csv_names_(std::move(csv_names)),
      table_(app.out(), app.out_styler(), app.display().width, Capitals(std::move(table_columns))) {
}

void RowPrinter::BeginCsv() {
  if (format_ != Format::kCsv || csv_names_.empty()) return;
  app_.out() << CsvLine(csv_names_);
  csv_names_.clear();
}

void RowPrinter::AddCells(std::vector<Cell> cells) { table_.Add(std::move(cells)); }

void RowPrinter::AddFields(const std::vector<std::string>& fields) {
  BeginCsv();
  app_.out() << CsvLine(fields);
}

void RowPrinter::AddMessage(const google::protobuf::Message& message) {
  const Json json = ToJson(message);
  const bool first = count_++ == 0;
  if (format_ == Format::kJsonl) {
    app_.out() << WriteJson(json, /*pretty=*/false) << '\n';
  } else if (format_ == Format::kYaml) {
    Json list = Json::Object();
    list.members.emplace_back(field_, Json::Array()).value.items.push_back(json);
    const std::string text = WriteYaml(list);
    app_.out() << (first ? text : text.substr(text.find('\n') + 1));
  } else {
    if (first) app_.out() << "{\n  \"" << field_ << "\": [\n    ";
    if (!first) app_.out() << ",\n    ";
    app_.out() << WriteJson(json, /*pretty=*/true, 4);
  }
}

void RowPrinter::EndPage() {
  BeginCsv();
  table_.Flush();
  app_.out().flush();
}

void RowPrinter::End(std::string_view next_page_token) {
  BeginCsv();
  table_.Flush();
  const std::string token = WriteJson(Json::String(next_page_token), /*pretty=*/false);
  if (format_ == Format::kYaml) {
    if (count_ == 0) app_.out() << field_ << ": []\n";
    if (!next_page_token.empty()) app_.out() << "next_page_token: " << token << '\n';
  } else if (format_ == Format::kJson) {
    app_.out() << (count_ == 0 ? StrCat("{\n  \"", field_, "\": []") : std::string("\n  ]"));
    if (!next_page_token.empty()) app_.out() << ",\n  \"next_page_token\": " << token;
    app_.out() << "\n}\n";
  }
  app_.out().flush();
}

int32_t NextPageSize(const ListBounds& bounds, int64_t printed) {
  if (bounds.limit <= 0) return kMaxPageSize;
  return static_cast<int32_t>(std::min<int64_t>(kMaxPageSize, bounds.limit - printed));
}

void TellListEnd(App& app, const ListBounds& bounds, int64_t printed, bool more) {
  if (more) {
    app.Note(StrCat("there are more ", bounds.noun, "; --limit ", bounds.limit, " cut the list"));
  } else if (printed == 0 && app.format() == Format::kTable) {
    app.Note(StrCat("no ", bounds.noun));
  }
}

void PrintMessage(App& app, const google::protobuf::Message& message) {
  const Json json = ToJson(message);
  switch (app.format()) {
    case Format::kYaml:
      app.out() << WriteYaml(json);
      break;
    case Format::kJsonl:
      app.out() << WriteJson(json, /*pretty=*/false) << '\n';
      break;
    default:
      app.out() << WriteJson(json, /*pretty=*/true) << '\n';
      break;
  }
  app.out().flush();
}

}  // namespace whence::cli
