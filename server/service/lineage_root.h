// What questions about lineage begin with: references, resolved, and their bounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "lineage/graph.h"
#include "service/call.h"

namespace whence::service {

// A reference as of a position.
struct LineageRoot {
  enum class What { kData, kRun, kDeclaration, kColumn, kPrediction };
  What what = What::kData;
  std::string reference;  // pinned
  // kData: the version, or all versions of an asset (newest first) and its own node; kRun and
  // kDeclaration: that one. Empty for the others.
  std::vector<lineage::NodeId> nodes;
  int64_t asset_id = 0;             // kData, kColumn
  lineage::ColumnId column_id = 0;  // kColumn; 0 when nothing was ever said about it
  std::string column;               // kColumn: its name
  std::string prediction_id;        // kPrediction; not looked up yet
};

// Resolves any reference of base/reference.h, and beyond these `declaration:<number>` and
// `id:<asset id>` with `@number`, `@alias` or `#column` (for assets that are deleted).
// InvalidArgument REFERENCE_NOT_AN_ASSET for a catalog or schema, ID_MALFORMED and the reasons of
// ParseReference; NotFound for what was not there at the position, also COLUMN_NOT_FOUND;
// PERMISSION_DENIED for what the caller may not see (of a prediction nothing is known yet).
absl::StatusOr<LineageRoot> ResolveRoot(Call& call, Position as_of, std::string_view text,
                                        std::string_view field);

// The nodes of an asset: its versions, newest first, and its own node where that has edges or there
// is no version.
std::vector<lineage::NodeId> NodesOfAsset(const lineage::Graph& graph, int64_t asset_id,
                                          Position as_of);

// `asked`, or `otherwise` for 0. InvalidArgument DEPTH_OUT_OF_RANGE, MAX_NODES_OUT_OF_RANGE.
absl::StatusOr<uint32_t> DepthBound(int32_t asked);
absl::StatusOr<size_t> NodeBound(int32_t asked, int32_t otherwise);
// How many edges an answer of so many nodes may have.
size_t EdgeBound(size_t max_nodes);

// The error of a walk that its caller no longer waits for.
absl::Status WalkCancelled();

}  // namespace whence::service
