// What a classification is worked out from, read from the tables. For the files of this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "access/classification_edit.h"
#include "base/position.h"
#include "lineage/graph.h"
#include "sql/connection.h"

namespace whence::access {

// What was said about columns that lineage knows.
struct ColumnFacts {
  std::vector<ColumnFact> set;
  std::vector<ColumnFact> declassified;  // by key; no values
};

// Of all columns, with one of the keys (sorted) alone. Reads all tags of columns there are.
absl::StatusOr<ColumnFacts> LoadColumnFacts(sql::Connection& connection, Position as_of,
                                            const std::vector<std::string>& keys);

// Of one column.
absl::Status AppendColumnFacts(sql::Connection& connection, Position as_of,
                               const std::vector<std::string>& keys, lineage::ColumnId column,
                               ColumnFacts* facts);

}  // namespace whence::access
