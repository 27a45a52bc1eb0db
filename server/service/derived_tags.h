// The tags that columns of an asset have by lineage (access/classification.h), by name.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/tag.h"
#include "sql/connection.h"

namespace whence::service {

struct DerivedTags {
  // By column, key and value. A key that stands at a column itself is not among them; one that came
  // from several sources is there with each value.
  std::vector<catalog::ColumnTag> tags;
  // Not all, or nobody knows: there are more than kMaxDerivedTags in the metastore; of the past,
  // more than kMaxPastClassification columns above.
  bool cut = false;
};

// As of a position: of the present from memory, of the past worked out anew, which is slow. Once an
// asset's derived tags change, catalog::Changes tells so for its id. On a connection to which no
// classification was lent there are none.
absl::StatusOr<DerivedTags> DerivedColumnTags(sql::Connection& connection, Position as_of,
                                              int64_t asset_id);

}  // namespace whence::service
