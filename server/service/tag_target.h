// What a reference puts tags on: a catalog, schema, asset, version or column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "base/reference.h"
#include "catalog/securable.h"
#include "service/call.h"

namespace whence::service {

struct TagTarget {
  int64_t id = 0;
  std::string column;            // empty: the target itself
  std::string name;              // the reference; of a version, pinned to its number
  catalog::Securable securable;  // of a version or column: the asset
};

// The reference in `text`. The reasons of ParseReference; REFERENCE_NOT_TAGGABLE for what cannot
// carry tags.
absl::StatusOr<Reference> ParseTagTarget(std::string_view text, std::string_view field);
// The same of a column: REFERENCE_NOT_A_COLUMN for anything else.
absl::StatusOr<Reference> ParseTagColumn(std::string_view text, std::string_view field);

// What it leads to as of the position. NotFound for what is not there; COLUMN_NOT_FOUND for a
// column that neither the asset's schema has, as far as that is known, nor lineage ever named.
absl::StatusOr<TagTarget> FindTagTarget(Call& call, Position as_of, const Reference& reference);

}  // namespace whence::service
