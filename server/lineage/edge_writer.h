// Writing the edges of one run or declaration.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ledger/change.h"
#include "lineage/graph_changes.h"
#include "lineage/run.h"
#include "lineage/run_apply.h"
#include "sql/writer.h"

namespace whence::lineage::internal {

// Purpose: inserts edges and column links, each once, and tells the graph about those that were
// new. Ownership: borrows everything. Thread-safety: the writer's thread, during one mutation.
class EdgeWriter {
 public:
  EdgeWriter(sql::WriteContext& context, const ledger::Change& change, GraphChanges& graph)
      : context_(context), change_(change), graph_(graph) {}

  absl::Status Write(int64_t via, const NewEdge& edge);
  absl::Status Write(int64_t via, const NewColumnLink& link);

 private:
  // The column's id; a new one when nothing was said about it yet.
  absl::StatusOr<int64_t> Intern(const ColumnKey& key);

  sql::WriteContext& context_;
  const ledger::Change& change_;
  GraphChanges& graph_;
  absl::flat_hash_map<ColumnKey, int64_t> interned_;
};

}  // namespace whence::lineage::internal
