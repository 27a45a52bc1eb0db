// Declared lineage: edges without a run. On the writer's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ledger/change.h"
#include "lineage/graph_changes.h"
#include "lineage/run_apply.h"
#include "sql/writer.h"

namespace whence::lineage {

// Something declared to depend on something else.
struct DeclaredPair {
  int64_t source_node = 0;
  std::string source_alias;  // the alias that was asked for; empty when none
  int64_t target_node = 0;
  std::string target_alias;
  std::optional<NewColumnLink> column;  // between columns of the two
};

struct DeclaredEdges {
  int64_t first_id = 0;  // number of the first declaration
  int64_t count = 0;     // numbers in all, without gaps
};

// Records edges without a run. Edges pass through a node that connects all that it reads to all
// that it writes; so pairs are parted into declarations, one for each set of targets with the same
// sources, and nothing that was not declared follows from them.
absl::StatusOr<DeclaredEdges> DeclareEdges(sql::WriteContext& context, const ledger::Change& change,
                                           GraphChanges& graph, const std::string& comment,
                                           const std::vector<DeclaredPair>& pairs);

}  // namespace whence::lineage
