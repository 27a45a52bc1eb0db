#pragma once

// Lists of securables in order of their names.

#include <cstddef>
#include <cstdint>
#include <optional>
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

// Purpose: says which children of a catalog, of a schema or of the metastore a list looks at, for
// who knows that all others would be left out. Ownership and thread-safety: the list's caller's.
class ListChoice {
 public:
  virtual ~ListChoice() = default;
  // Ids of the children of `parent_id` (0: catalogs) to look at, each once, in any order; what is
  // not there as of the list is passed over. Null: all there are. Valid until the next call. Errors
  // end the list.
  virtual absl::StatusOr<const std::vector<int64_t>*> In(int64_t parent_id) = 0;

  // Takes something to be listed that the list's caller knows already, so that it need not be read:
  // the answer is what `visit` would have said. Nothing: it is to be read and visited. `live`: it
  // is no tombstone, nor is what it stands in.
  virtual absl::StatusOr<std::optional<bool>> TakeKnown(int64_t id, bool live) = 0;
};

struct ListQuery {
  Position as_of = kNoPosition;
  size_t depth = 3;                      // what is listed: 1 catalogs, 2 schemas, 3 assets
  std::vector<std::string> parent = {};  // live securable to list in: 0 to depth - 1 parts
  ListPlace after = {};                  // where to begin; empty: at the start
  bool show_deleted = false;             // also tombstones, and what is inside of them
  int64_t max_rows = kMaxScanPerPage;    // catalogs, schemas and assets passed, at most
  ListChoice* choice = nullptr;          // null: looks at everything
};

struct ListEnd {
  bool complete = false;  // nothing is left
  ListPlace place = {};   // otherwise: go on after this
  int64_t looked_at = 0;  // what was passed, and the children of a choice that were put in order
};

// Calls `visit` with each securable after `query.after`, in order of names (byte by byte, level by
// level), then of ids, until the list ends, `max_rows` have been passed, or `visit` returns
// false: then that securable was not taken, and the place is before it. The cost of a page does not
// depend on how many went before, but for those of a choice, which are put in order for each page:
// they are no part of `max_rows`, and whoever chooses them bounds them. NotFound as GetSecurable
// when the parent does not exist; errors of `visit` are passed on.
absl::StatusOr<ListEnd> ListSecurables(
    sql::Connection& connection, const ListQuery& query,
    absl::FunctionRef<absl::StatusOr<bool>(const Securable&)> visit);

}  // namespace whence::catalog
