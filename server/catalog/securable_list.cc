#include "catalog/securable_list.h"

#include <algorithm>

#include "base/assert.h"
#include "base/status_macros.h"
#include "catalog/securable_rows.h"

namespace whence::catalog {
namespace {

// Children of ?1 from (?2, ?3) on, as of ?4; with ?5 = 1 tombstones too. Equal names (tombstones of
// one name) come together, so that sorting by id needs no more memory than these.
#define WHENCE_CHILDREN                                                                \
  " WHERE t.parent_id = ?1 AND t.name >= ?2 AND (t.name > ?2 OR t.securable_id >= ?3)" \
  " AND t.valid_from <= ?4 AND t.valid_to > ?4 AND t.deleted <= ?5"                    \
  " ORDER BY t.name, t.securable_id"

constexpr sql::Query kListNames{
    "SELECT t.securable_id, t.name, t.deleted FROM securable_state AS t" WHENCE_CHILDREN};

constexpr sql::Query kListStates{
    "SELECT " WHENCE_SECURABLE_COLUMNS
    " FROM securable_state AS t JOIN securable AS s ON s.id = t.securable_id" WHENCE_CHILDREN};

// Walks the tree in order, level by level: a cursor a level, three at most.
class Lister {
 public:
  Lister(sql::Connection& connection, const ListQuery& query,
         absl::FunctionRef<absl::StatusOr<bool>(const Securable&)> visit)
      : connection_(connection), query_(query), visit_(visit), place_(query.after) {}

  absl::StatusOr<ListEnd> Run() {
    std::vector<std::string> path;
    int64_t parent_id = internal::kRoot;
    for (const std::string& part : query_.parent) {
      path.push_back(part);
      WHENCE_ASSIGN_OR_RETURN(const SecurableId id,
                              RequireSecurable(connection_, query_.as_of, path));
      parent_id = id.id;
      stack_.push_back({.name = part, .id = id.id});
    }
    WHENCE_ASSIGN_OR_RETURN(const bool complete, Level(parent_id, path, /*parent_deleted=*/false));
    return ListEnd{.complete = complete, .place = std::move(place_)};
  }

 private:
  // Lists everything in `parent_id`. False when it stopped before the end.
  absl::StatusOr<bool> Level(int64_t parent_id, const std::vector<std::string>& path,
                             bool parent_deleted) {
    return path.size() + 1 == query_.depth ? Leaves(parent_id, path, parent_deleted)
                                           : Branches(parent_id, path, parent_deleted);
  }

  // True while the walk is on the way to the place where the list begins.
  bool OnTheWay() const {
    if (query_.after.size() < stack_.size()) return false;
    return std::equal(stack_.begin(), stack_.end(), query_.after.begin());
  }

  // The first key of this level that is wanted.
  ListKey First(size_t level) const {
    if (!OnTheWay() || level >= query_.after.size()) return {};
    ListKey first = query_.after[level];
    if (level + 1 == query_.after.size()) ++first.id;  // after this one
    return first;
  }

  // Notes where the list stands. False when it has looked at enough.
  bool Pass(ListKey key) {
    place_ = stack_;
    place_.push_back(std::move(key));
    return ++rows_ < query_.max_rows;
  }

  absl::StatusOr<bool> Leaves(int64_t parent_id, const std::vector<std::string>& path,
                              bool parent_deleted) {
    const ListKey first = First(path.size());
    sql::Rows rows = connection_.Run(kListStates, parent_id, first.name, first.id, query_.as_of,
                                     query_.show_deleted);
    while (rows.Next()) {
      Securable item = internal::ReadState(rows);
      item.path.insert(item.path.begin(), path.begin(), path.end());
      item.parent_deleted = parent_deleted;
      WHENCE_ASSIGN_OR_RETURN(const bool taken, visit_(item));
      if (!taken) return false;
      if (!Pass({.name = item.path.back(), .id = item.id})) return false;
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    return true;
  }

  absl::StatusOr<bool> Branches(int64_t parent_id, const std::vector<std::string>& path,
                                bool parent_deleted) {
    const ListKey first = First(path.size());
    sql::Rows rows = connection_.Run(kListNames, parent_id, first.name, first.id, query_.as_of,
                                     query_.show_deleted);
    while (rows.Next()) {
      ListKey key{.name = std::string(rows.Text(1)), .id = rows.Int64(0)};
      std::vector<std::string> inside = path;
      inside.push_back(key.name);
      stack_.push_back(key);
      WHENCE_ASSIGN_OR_RETURN(const bool complete,
                              Level(key.id, inside, parent_deleted || rows.Bool(2)));
      stack_.pop_back();
      if (!complete) return false;
      if (!Pass(std::move(key))) return false;
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    return true;
  }

  sql::Connection& connection_;
  const ListQuery& query_;
  const absl::FunctionRef<absl::StatusOr<bool>(const Securable&)> visit_;
  ListPlace stack_;  // the catalog and schema the walk is in
  ListPlace place_;  // the last item passed
  int64_t rows_ = 0;
};

}  // namespace

absl::StatusOr<ListEnd> ListSecurables(
    sql::Connection& connection, const ListQuery& query,
    absl::FunctionRef<absl::StatusOr<bool>(const Securable&)> visit) {
  WHENCE_ASSERT(query.depth >= 1 && query.depth <= 3);
  WHENCE_ASSERT(query.parent.size() < query.depth && query.after.size() <= query.depth);
  return Lister(connection, query, visit).Run();
}

}  // namespace whence::catalog
