// Filling the in-memory graph from the database at start.
#pragma once

#include "absl/status/status.h"
#include "base/position.h"
#include "lineage/graph.h"
#include "sql/connection.h"

namespace whence::lineage {

// Reads every asset, version, run, declaration, column and edge, table by table in key order, into
// the empty `graph`, and publishes `last` (the ledger's last position). Fails with the storage
// errors of sql/connection.h, or with DataLoss LINEAGE_DAMAGED when an edge names what is not
// there; the graph is not usable then.
absl::Status LoadGraph(sql::Connection& connection, Graph& graph, Position last);

}  // namespace whence::lineage
