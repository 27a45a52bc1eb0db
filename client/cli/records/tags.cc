#include "cli/records/tags.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string YesNo(bool value) { return value ? "true" : "false"; }

std::string OriginName(v1::TagOrigin origin) {
  return WithoutPrefix(v1::TagOrigin_Name(origin), "TAG_ORIGIN_");
}

// Why it is there: the way that it came, or where it was set.
std::string Way(const v1::EffectiveTag& tag) {
  if (tag.path().empty()) return tag.source();
  return absl::StrJoin(tag.path(), " > ");
}

// An effective tag and the column that it is on; empty: what was asked about.
struct Row {
  const std::string* column;
  const v1::EffectiveTag* tag;
};

std::vector<std::string> Fields(const Row& row, bool with_columns) {
  const v1::EffectiveTag& tag = *row.tag;
  std::vector<std::string> fields;
  if (with_columns) fields.push_back(*row.column);
  for (std::string field : {tag.key(), tag.value(), OriginName(tag.origin()), Way(tag)}) {
    fields.push_back(std::move(field));
  }
  return fields;
}

Tone ToneOf(v1::TagOrigin origin) {
  return origin == v1::TAG_ORIGIN_DERIVED     ? Tone::kYellow
         : origin == v1::TAG_ORIGIN_INHERITED ? Tone::kDim
                                              : Tone::kGreen;
}

std::vector<Cell> Cells(const Row& row, bool with_columns) {
  const v1::EffectiveTag& tag = *row.tag;
  std::vector<Cell> cells;
  if (with_columns) cells.push_back({*row.column});
  cells.push_back({tag.key(), Tone::kBold});
  cells.push_back({tag.value()});
  cells.push_back({OriginName(tag.origin()), ToneOf(tag.origin())});
  cells.push_back({tag.origin() == v1::TAG_ORIGIN_DIRECT ? "" : Way(tag), Tone::kCyan});
  return cells;
}

}  // namespace

std::vector<ListColumn<v1::TagDefinition>> TagDefinitionColumns() {
  using Item = const v1::TagDefinition&;
  return {
      {"key", [](Item item) { return item.key(); },
       [](Item item) {
         return Cell{item.key(), Tone::kBold};
       }},
      {"values", [](Item item) { return absl::StrJoin(item.values(), ", "); },
       [](Item item) {
         return item.values().empty() ? Cell{"any", Tone::kDim}
                                      : Cell{absl::StrJoin(item.values(), ", ")};
       }},
      {"propagates", [](Item item) { return YesNo(item.propagates()); },
       [](Item item) {
         return Cell{item.propagates() ? "yes" : "", Tone::kGreen};
       }},
      {"assigners", [](Item item) { return absl::StrJoin(item.assigners(), ", "); }},
      {"comment", [](Item item) { return item.comment(); }},
      {"updated", [](Item item) { return MachineTime(item.update_time()); }, nullptr, false, true},
      {"updater", [](Item item) { return item.updater(); }, nullptr, false, true},
      {"etag", [](Item item) { return item.etag(); }, nullptr, false, true},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

std::vector<ListColumn<v1::Declassification>> DeclassificationColumns() {
  using Item = const v1::Declassification&;
  return {
      {"reference", [](Item item) { return item.reference(); },
       [](Item item) {
         return Cell{item.reference(), Tone::kBold};
       }},
      {"key", [](Item item) { return item.key(); }},
      {"create_time", [](Item item) { return MachineTime(item.create_time()); },
       [](Item item) {
         return Cell{HumanTime(item.create_time()), Tone::kDim};
       }},
      {"creator", [](Item item) { return item.creator(); }},
      {"comment", [](Item item) { return item.comment(); }},
      {"position", [](Item item) { return StrCat(item.position()); }, nullptr, false, true},
  };
}

Card TagDefinitionCard(const v1::TagDefinition& definition) {
  Card card;
  card.Line("key", definition.key(), Tone::kBold)
      .Line("values",
            definition.values().empty() ? "any" : absl::StrJoin(definition.values(), ", "))
      .Line("propagates", definition.propagates() ? "yes" : "no",
            definition.propagates() ? Tone::kGreen : Tone::kPlain)
      .Line("assigners", definition.assigners().empty()
                             ? "who has APPLY TAG"
                             : absl::StrJoin(definition.assigners(), ", "))
      .Line("comment", definition.comment())
      .Line("updated", StrCat(HumanTime(definition.update_time()), " by ", definition.updater()))
      .Line("etag", definition.etag(), Tone::kDim)
      .Line("position", HumanCount(definition.position()), Tone::kDim);
  return card;
}

Card DeclassificationCard(const v1::Declassification& declassification) {
  Card card;
  card.Line("column", declassification.reference(), Tone::kBold)
      .Line("key", declassification.key())
      .Line("comment", declassification.comment())
      .Line("decided",
            StrCat(HumanTime(declassification.create_time()), " by ", declassification.creator()))
      .Line("position", HumanCount(declassification.position()), Tone::kDim);
  return card;
}

void PrintEffectiveTags(App& app, const v1::GetEffectiveTagsResponse& answer, bool with_columns) {
  std::vector<std::string> names;
  if (with_columns) names.emplace_back("column");
  for (const char* name : {"key", "value", "origin", "why"}) names.emplace_back(name);
  std::vector<TableColumn> columns;
  columns.reserve(names.size());
  for (const std::string& name : names) columns.push_back({name});
  RowPrinter rows(app, "tags", names, columns);
  const auto add = [&](const std::string& column, const v1::EffectiveTag& tag) {
    const Row row{&column, &tag};
    if (rows.wants_cells()) {
      rows.AddCells(Cells(row, with_columns));
    } else {
      rows.AddFields(Fields(row, with_columns));
    }
  };
  static const std::string kNone;
  for (const v1::EffectiveTag& tag : answer.tags()) add(kNone, tag);
  for (const v1::ColumnTags& column : answer.columns()) {
    for (const v1::EffectiveTag& tag : column.tags()) add(column.column(), tag);
  }
  rows.End("");
}

}  // namespace whence::cli
