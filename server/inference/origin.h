// Origins: the distinct sets of parents that predictions have.
//
// An endpoint answers thousands of times with the same model, prompts and indexes. That set is kept
// once; a prediction names it. So a prediction is one row, and "what derives from this version" is
// asked of the few origins instead of the many predictions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::inference {

// What a parent was to the prediction; numbers of whence.v1.EdgeRole.
enum class Role : int {
  kEndpoint = 5,
  kModel = 6,
  kPrompt = 7,
  kInput = 8,
  kIndex = 9,
  kRetrievedSource = 10,
};

// One parent: a version, or an asset when no version was meant; a node of the lineage graph.
struct Parent {
  Role role = Role::kModel;
  int64_t node_id = 0;

  friend auto operator<=>(const Parent&, const Parent&) = default;
};

// The origin with these parents, made when it is new. Order counts inside a role (prompts are a
// sequence) but for indexes and retrieved sources; repetitions do not. On the writer's thread.
absl::StatusOr<int64_t> InternOrigin(sql::WriteContext& context, const ledger::Change& change,
                                     std::span<const Parent> parents);

// The parents of an origin, by role, then in order (by node, where order does not count).
absl::StatusOr<std::vector<Parent>> ParentsOf(sql::Connection& connection, int64_t origin_id);

// The origins that have `node_id` as a parent in `role`, ascending.
absl::StatusOr<std::vector<int64_t>> OriginsWithParent(sql::Connection& connection, Role role,
                                                       int64_t node_id);

// The origins that have the asset or any version of it as a parent in `role`, ascending.
absl::StatusOr<std::vector<int64_t>> OriginsWithAsset(sql::Connection& connection, Role role,
                                                      int64_t asset_id);

// The origins that have any of the nodes as a parent in any role, ascending.
absl::StatusOr<std::vector<int64_t>> OriginsDerivedFrom(sql::Connection& connection,
                                                        std::span<const int64_t> node_ids);

}  // namespace whence::inference
