// The columns in a detail, wherever its kind has them: columns of tables and views, parameters of
// functions, inputs and outputs of models.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "catalog/tag.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Calls `visit` with each column, in order.
void ForEachColumn(const v1::Detail& detail, absl::FunctionRef<void(const v1::Column&)> visit);
void ForEachColumn(v1::Detail& detail, absl::FunctionRef<void(v1::Column&)> visit);

// Names of the columns, in order, each once; none for kinds that have no columns.
std::vector<std::string> ColumnNames(const v1::Detail& detail);

// Puts tags on the columns that they belong to. `tags` are in order of columns and keys.
void PutColumnTags(const std::vector<catalog::ColumnTag>& tags, v1::Detail& detail);

}  // namespace whence::service
