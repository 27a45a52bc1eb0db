// The tags and columns that conditions of policies are about: the one place that knows where they
// come from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/policy_set.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "catalog/tag.h"
#include "sql/connection.h"

namespace whence::service {

// The columns of an asset, with their tags and types.
struct PolicyColumns {
  // In the order of the schema, then those with a tag alone. A tag that was set, or that lineage
  // says, of a column whose name differs from one of the schema in case alone is that one's.
  std::vector<access::TaggedColumn> columns;
  std::vector<std::string> types;  // of each, as it was registered; empty: not known
};

// Tags of the chain's link at `level` (1 to the chain's depth; none on the metastore): its own, and
// those of what is above it whose keys it has not.
absl::StatusOr<std::vector<catalog::Tag>> TagsForPolicies(sql::Connection& connection,
                                                          Position as_of,
                                                          const access::Chain& chain, int level);

// Never null; without columns for kinds that have none.
absl::StatusOr<std::shared_ptr<const PolicyColumns>> ColumnsForPolicies(sql::Connection& connection,
                                                                        Position as_of,
                                                                        int64_t asset_id);

// Gives a reading connection a memory for both; without one they are read every time.
void AttachPolicyTags(sql::Connection& reader, const catalog::Changes* changes);

}  // namespace whence::service
