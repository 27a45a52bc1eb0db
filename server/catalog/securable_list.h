#pragma once

// Lists of securables in order of their names.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "sql/connection.h"

namespace whence::catalog {

// Where a list goes on: after this item. The id tells tombstones of the same name apart.
struct ListKey {
  std::string name;
  int64_t id = 0;

  friend bool operator==(const ListKey&, const ListKey&) = default;
};

struct ListQuery {
  Position as_of = kNoPosition;
  size_t depth = 3;                 // what is listed: 1 catalogs, 2 schemas, 3 assets
  std::vector<std::string> parent;  // live securable to list in: 0 to depth - 1 parts
  std::vector<ListKey> after;       // the item after which to begin, one key for each of `depth`
                                    // levels; empty: from the start
  bool show_deleted = false;        // also tombstones, and what stands in deleted parents
};

// Calls `visit` with each securable after `query.after`, in order of names (byte by byte, level by
// level), then ids, until it returns false or the list ends. The cost of a page does not depend on
// how many went before. NotFound as GetSecurable when the parent does not exist. Returns true when
// the list ended by itself.
absl::StatusOr<bool> ListSecurables(
    sql::Connection& connection, const ListQuery& query,
    absl::FunctionRef<absl::StatusOr<bool>(const Securable&, const std::vector<ListKey>&)> visit);

}  // namespace whence::catalog
