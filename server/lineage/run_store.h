// Reading runs, declarations and columns, as of a position.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "base/position.h"
#include "lineage/run.h"
#include "sql/connection.h"

namespace whence::lineage {

// The run with that (canonical) UUID; nothing when it was not known then.
absl::StatusOr<std::optional<Run>> FindRun(sql::Connection& connection, Position as_of,
                                           std::string_view uuid);
// The same. NotFound RUN_NOT_FOUND when there is none.
absl::StatusOr<Run> GetRun(sql::Connection& connection, Position as_of, std::string_view uuid);
// The run with that node id. NotFound RUN_NOT_FOUND.
absl::StatusOr<Run> GetRunById(sql::Connection& connection, Position as_of, int64_t id);

struct RunQuery {
  Position as_of = kNoPosition;
  int64_t job_id = 0;     // 0: any
  int64_t before_id = 0;  // 0: from the newest
};

// Calls `visit` with each run, newest first, until it returns false or there are no more. Returns
// true when there are no more.
absl::StatusOr<bool> ListRuns(sql::Connection& connection, const RunQuery& query,
                              absl::FunctionRef<bool(Run&&)> visit);

// What a run or declaration read and wrote: reads first, then by node.
absl::StatusOr<std::vector<DataEdge>> ListDataEdges(sql::Connection& connection, Position as_of,
                                                    int64_t via_id);

// How many of them there are now; no further than `most` + 1.
absl::StatusOr<size_t> CountDataEdges(sql::Connection& connection, int64_t via_id, size_t most);
absl::StatusOr<size_t> CountColumnLinks(sql::Connection& connection, int64_t via_id, size_t most);

// Characters of what is said now about how the columns of a run come from each other.
absl::StatusOr<size_t> CountTransformations(sql::Connection& connection, int64_t via_id);

// The column lineage through a run or declaration, by target, source and transformation; the first
// `most` of it.
absl::StatusOr<std::vector<ColumnLink>> ListColumnLinks(sql::Connection& connection, Position as_of,
                                                        int64_t via_id,
                                                        size_t most = kMaxColumnMappings);

// A set of edges declared in one call (or a part of it, see declare.h).
struct Declaration {
  int64_t id = 0;  // the lineage graph's node
  std::string comment;
  std::string creator;
  absl::Time create_time;
  Position position = kNoPosition;

  friend bool operator==(const Declaration&, const Declaration&) = default;
};

// NotFound DECLARATION_NOT_FOUND when there was none at the position.
absl::StatusOr<Declaration> GetDeclaration(sql::Connection& connection, Position as_of, int64_t id);

// Calls `visit` with each declaration whose id is below `before_id` (0: with all), newest first,
// until it returns false or there are no more. Returns true when there are no more.
absl::StatusOr<bool> ListDeclarations(sql::Connection& connection, Position as_of,
                                      int64_t before_id,
                                      absl::FunctionRef<bool(Declaration&&)> visit);

// --- Columns: interned names; the ids are the graph's ColumnIds ---

// The id of a column; 0 when nothing was ever said about it.
absl::StatusOr<int64_t> FindColumn(sql::Connection& connection, Position as_of,
                                   const ColumnKey& key);
// NotFound COLUMN_NOT_FOUND when there is no such id.
absl::StatusOr<ColumnKey> GetColumn(sql::Connection& connection, Position as_of, int64_t id);
// Ids of the columns of an asset that something was said about, by name.
absl::StatusOr<std::vector<int64_t>> ListColumnIds(sql::Connection& connection, Position as_of,
                                                   int64_t asset_id);

}  // namespace whence::lineage
