// References of lineage nodes, as of a position.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "service/call.h"
#include "sql/connection.h"

namespace whence::service {

// What an asset is called in answers as of a position: its full name, `id:17` where it, its schema
// or its catalog was deleted by then, for the name may be another asset's, or a placeholder where
// the caller may not see it. Fails as catalog::FullNameOf.
absl::StatusOr<std::string> NameInAnswer(Call& call, Position as_of, int64_t asset_id);

// Purpose: turns the node ids of assets and versions into references (`prod.fraud.model@7`,
// `id:17@7` of a deleted one), with the names that held at one position; asks the catalog once an
// asset. Ownership: borrows the call. Thread-safety: one thread.
class NodeNames {
 public:
  NodeNames(Call& call, Position as_of) : call_(call), as_of_(as_of) {}

  // `asset` for an asset's own node, `asset@number` for a version's. Fails as catalog::FullNameOf.
  absl::StatusOr<std::string> ReferenceOf(int64_t node_id);
  // The name is known from elsewhere: of an asset that is not deleted.
  void Know(int64_t asset_id, const std::string& name) { names_.try_emplace(asset_id, name); }

 private:
  Call& call_;
  const Position as_of_;
  absl::flat_hash_map<int64_t, std::string> names_;  // by asset id
};

}  // namespace whence::service
