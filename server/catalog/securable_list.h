#pragma once

// Lists of securables in order of their names.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "base/limits.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "sql/connection.h"

namespace whence::catalog {

// One level of a place in a list. The id tells tombstones of the same name apart.
struct ListKey {
  std::string name;
  int64_t id = 0;

  friend bool operator==(const ListKey&, const ListKey&) = default;
};

// A place in a list: one key a level, from catalogs down. A place with fewer levels than the list
// is deep stands after everything inside that catalog or schema.
using ListPlace = std::vector<ListKey>;

struct ListQuery {
  Position as_of = kNoPosition;
  size_t depth = 3;                      // what is listed: 1 catalogs, 2 schemas, 3 assets
  std::vector<std::string> parent = {};  // live securable to list in: 0 to depth - 1 parts
  ListPlace after = {};                  // where to begin; empty: at the start
  bool show_deleted = false;             // also tombstones, and what is inside of them
  int64_t max_rows = kMaxScanPerPage;    // catalogs, schemas and assets looked at, at most
};

struct ListEnd {
  bool complete = false;  // nothing is left
  ListPlace place = {};   // otherwise: go on after this
};

// Calls `visit` with each securable after `query.after`, in order of names (byte by byte, level by
// level), then of ids, until the list ends, `max_rows` have been looked at, or `visit` returns
// false: then that securable was not taken, and the place is before it. The cost of a page does not
// depend on how many went before. NotFound as GetSecurable when the parent does not exist; errors
// of `visit` are passed on.
absl::StatusOr<ListEnd> ListSecurables(
    sql::Connection& connection, const ListQuery& query,
    absl::FunctionRef<absl::StatusOr<bool>(const Securable&)> visit);

}  // namespace whence::catalog
