#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "base/reference.h"
#include "catalog/kind.h"
#include "catalog/securable.h"
#include "sql/connection.h"

namespace whence::catalog {

// What a reference to data meant at a position: a node of the lineage graph.
struct Pinned {
  int64_t node_id = 0;  // the version's id, or the asset's own
  int64_t asset_id = 0;
  int64_t version = 0;  // number; 0: the asset itself
  Kind kind = Kind::kUnspecified;
  std::string alias = {};  // the alias that was asked for; empty when none

  friend bool operator==(const Pinned&, const Pinned&) = default;
};

// Pins an asset (its newest version; the asset itself when it has none), `asset@number`,
// `asset@alias`, `asset@latest` (its newest version, which must exist). Of a column reference the
// column is left aside. Fails with InvalidArgument REFERENCE_NOT_AN_ASSET for anything else, and
// with NotFound (CATALOG_, SCHEMA_, ASSET_, VERSION_, ALIAS_NOT_FOUND).
absl::StatusOr<Pinned> Pin(sql::Connection& connection, Position as_of, const Reference& reference,
                           Hints hints = Hints::kFull);

}  // namespace whence::catalog
