#pragma once

// Prints resources: one, or a list page by page, in the form that -o asks for.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/output/card.h"
#include "cli/output/table.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace whence::cli {

// One column of a resource's table and CSV.
template <class T>
struct ListColumn {
  using Value = std::function<std::string(const T&)>;
  using Show = std::function<Cell(const T&)>;

  ListColumn(std::string its_name, Value its_value, Show its_cell = nullptr, bool is_right = false,
             bool is_csv_only = false)
      : name(std::move(its_name)),
        value(std::move(its_value)),
        cell(std::move(its_cell)),
        right(is_right),
        csv_only(is_csv_only) {}

  // As CSV has it, "current_version"; tables show it in capitals without underscores.
  std::string name;
  // The whole value, for programs.
  Value value;
  // For people; unset: as `value`.
  Show cell;
  bool right;
  // Columns for programs only.
  bool csv_only;
};

// The part of a list's printing that does not depend on the type. One thread at a time.
class RowPrinter {
 public:
  // `field`: name of the list in the reply, for JSON and YAML.
  RowPrinter(App& app, std::string_view field, std::vector<std::string> csv_names,
             std::vector<TableColumn> table_columns);

  bool wants_cells() const { return format_ == Format::kTable; }
  bool wants_fields() const { return format_ == Format::kCsv; }

  void AddCells(std::vector<Cell> cells);
  void AddFields(const std::vector<std::string>& fields);
  void AddMessage(const google::protobuf::Message& message);

  // Writes what was added since the last page. A list begins with its first row or its first page.
  void EndPage();
  // Closes the list. `next_page_token` is told where a bound cut the list.
  void End(std::string_view next_page_token);

 private:
  App& app_;
  const Format format_;
  // Writes the head of a CSV before the first line: an error before that leaves stdout empty.
  void BeginCsv();

  const std::string field_;
  std::vector<std::string> csv_names_;
  TableWriter table_;
  int64_t count_ = 0;
};

template <class T>
class ListPrinter {
 public:
  ListPrinter(App& app, std::string_view field, std::vector<ListColumn<T>> columns)
      : columns_(std::move(columns)), rows_(app, field, CsvNames(), TableColumns()) {}

  void Add(const T& item) {
    if (rows_.wants_cells()) {
      std::vector<Cell> cells;
      for (const ListColumn<T>& column : columns_) {
        if (column.csv_only) continue;
        cells.push_back(column.cell ? column.cell(item) : Cell{column.value(item)});
      }
      rows_.AddCells(std::move(cells));
    } else if (rows_.wants_fields()) {
      std::vector<std::string> fields;
      for (const ListColumn<T>& column : columns_) fields.push_back(column.value(item));
      rows_.AddFields(fields);
    } else {
      rows_.AddMessage(item);
    }
  }
  void EndPage() { rows_.EndPage(); }
  void End(std::string_view next_page_token) { rows_.End(next_page_token); }

 private:
  std::vector<std::string> CsvNames() const {
    std::vector<std::string> names;
    for (const ListColumn<T>& column : columns_) names.push_back(column.name);
    return names;
  }
  std::vector<TableColumn> TableColumns() const {
    std::vector<TableColumn> columns;
    for (const ListColumn<T>& column : columns_) {
      if (!column.csv_only) columns.push_back({column.name, column.right});
    }
    return columns;
  }

  const std::vector<ListColumn<T>> columns_;
  RowPrinter rows_;
};

// How far to list, and what the things are called ("assets").
struct ListBounds {
  int64_t limit = 0;  // 0: all
  std::string noun;
};

// The size of the next page: a full one, or what is left of the limit.
int32_t NextPageSize(const ListBounds& bounds, int64_t printed);
// Says on stderr that the list is empty, or that the limit cut it.
void TellListEnd(App& app, const ListBounds& bounds, int64_t printed, bool more);

// Lists all pages, or `bounds.limit` items. `items` gives the list in a reply.
template <class Request, class Response, class Items, class T>
absl::Status PrintList(App& app, const Method<Request, Response>& method, Request request,
                       Items items, const ListBounds& bounds, ListPrinter<T>& printer) {
  int64_t printed = 0;
  for (;;) {
    request.set_page_size(NextPageSize(bounds, printed));
    absl::StatusOr<Response> page = app.Call(method, request);
    if (!page.ok()) return page.status();
    for (const T& item : std::invoke(items, *page)) printer.Add(item);
    printed += std::invoke(items, *page).size();
    printer.EndPage();
    const bool more = !page->next_page_token().empty();
    if (!more || (bounds.limit > 0 && printed >= bounds.limit)) {
      printer.End(page->next_page_token());
      TellListEnd(app, bounds, printed, more);
      return absl::OkStatus();
    }
    request.set_page_token(page->next_page_token());
  }
}

// One resource: `card` for people, else as -o says; `columns` are those of its lists.
void PrintMessage(App& app, const google::protobuf::Message& message);

template <class T>
absl::Status PrintRecord(App& app, const T& item, const Card& card,
                         const std::vector<ListColumn<T>>& columns) {
  if (app.format() == Format::kTable) {
    card.Print(app.out(), app.out_styler(), app.display().width);
  } else if (app.format() == Format::kCsv) {
    ListPrinter<T> printer(app, "", columns);
    printer.Add(item);
    printer.End("");
  } else {
    PrintMessage(app, item);
  }
  return absl::OkStatus();
}

}  // namespace whence::cli
