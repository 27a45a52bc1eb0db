#include "service/detail_columns.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"

namespace whence::service {

void ForEachColumn(const v1::Detail& detail, absl::FunctionRef<void(const v1::Column&)> visit) {
  if (detail.has_table()) {
    for (const v1::Column& column : detail.table().columns()) visit(column);
  } else if (detail.has_function()) {
    for (const v1::Column& column : detail.function().parameters()) visit(column);
  } else if (detail.has_model()) {
    for (const v1::Column& column : detail.model().inputs()) visit(column);
    for (const v1::Column& column : detail.model().outputs()) visit(column);
  }
}

void ForEachColumn(v1::Detail& detail, absl::FunctionRef<void(v1::Column&)> visit) {
  if (detail.has_table()) {
    for (v1::Column& column : *detail.mutable_table()->mutable_columns()) visit(column);
  } else if (detail.has_function()) {
    for (v1::Column& column : *detail.mutable_function()->mutable_parameters()) visit(column);
  } else if (detail.has_model()) {
    for (v1::Column& column : *detail.mutable_model()->mutable_inputs()) visit(column);
    for (v1::Column& column : *detail.mutable_model()->mutable_outputs()) visit(column);
  }
}

std::vector<std::string> ColumnNames(const v1::Detail& detail) {
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> seen;
  ForEachColumn(detail, [&](const v1::Column& column) {
    if (seen.insert(column.name()).second) names.push_back(column.name());
  });
  return names;
}

void PutColumnTags(const std::vector<catalog::ColumnTag>& tags, v1::Detail& detail) {
  if (tags.empty()) return;
  ForEachColumn(detail, [&tags](v1::Column& column) {
    const auto by_column = [](const catalog::ColumnTag& tag) -> const std::string& {
      return tag.column;
    };
    for (auto entry = std::ranges::lower_bound(tags, column.name(), {}, by_column);
         entry != tags.end() && entry->column == column.name(); ++entry) {
      v1::Tag* tag = column.add_tags();
      tag->set_key(entry->tag.key);
      tag->set_value(entry->tag.value);
    }
  });
}

}  // namespace whence::service
