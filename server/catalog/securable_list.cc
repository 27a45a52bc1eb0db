#include "catalog/securable_list.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "base/status_macros.h"
#include "catalog/link_cache.h"
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
    return ListEnd{.complete = complete, .place = std::move(place_), .looked_at = looked_at_};
  }

 private:
  // Lists everything in `parent_id`. False when it stopped before the end.
  absl::StatusOr<bool> Level(int64_t parent_id, const std::vector<std::string>& path,
                             bool parent_deleted) {
    if (query_.choice != nullptr) {
      WHENCE_ASSIGN_OR_RETURN(const std::vector<int64_t>* const chosen,
                              query_.choice->In(parent_id));
      if (chosen != nullptr) return Chosen(parent_id, *chosen, path, parent_deleted);
    }
    return IsLast(path) ? Leaves(parent_id, path, parent_deleted)
                        : Branches(parent_id, path, parent_deleted);
  }

  // True when what stands at `path` has in it what is listed.
  bool IsLast(const std::vector<std::string>& path) const {
    return path.size() + 1 == query_.depth;
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

  // Notes where the list stands. False when it has passed enough.
  bool Pass(ListKey key) {
    place_ = stack_;
    place_.push_back(std::move(key));
    ++looked_at_;
    return ++rows_ < query_.max_rows;
  }

  // What is listed, with its own name as its path. False when the list stops here.
  absl::StatusOr<bool> Leaf(Securable item, const std::vector<std::string>& path,
                            bool parent_deleted) {
    item.path.insert(item.path.begin(), path.begin(), path.end());
    item.parent_deleted = parent_deleted;
    WHENCE_ASSIGN_OR_RETURN(const bool taken, visit_(item));
    if (!taken) return false;
    return Pass({.name = item.path.back(), .id = item.id});
  }

  // A catalog or schema, with all that is in it.
  absl::StatusOr<bool> Branch(ListKey key, bool deleted, const std::vector<std::string>& path,
                              bool parent_deleted) {
    std::vector<std::string> inside = path;
    inside.push_back(key.name);
    stack_.push_back(key);
    WHENCE_ASSIGN_OR_RETURN(const bool complete, Level(key.id, inside, parent_deleted || deleted));
    stack_.pop_back();
    if (!complete) return false;
    return Pass(std::move(key));
  }

  absl::StatusOr<bool> Leaves(int64_t parent_id, const std::vector<std::string>& path,
                              bool parent_deleted) {
    const ListKey first = First(path.size());
    sql::Rows rows = connection_.Run(kListStates, parent_id, first.name, first.id, query_.as_of,
                                     query_.show_deleted);
    while (rows.Next()) {
      WHENCE_ASSIGN_OR_RETURN(const bool more,
                              Leaf(internal::ReadState(rows), path, parent_deleted));
      if (!more) return false;
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
      WHENCE_ASSIGN_OR_RETURN(const bool more,
                              Branch({.name = std::string(rows.Text(1)), .id = rows.Int64(0)},
                                     rows.Bool(2), path, parent_deleted));
      if (!more) return false;
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
    return true;
  }

  struct Child {
    ListKey key;
    bool deleted = false;
  };

  // Those of `ids` that both queries above would find, in their order.
  absl::StatusOr<std::vector<Child>> InOrder(int64_t parent_id, const std::vector<int64_t>& ids,
                                             const ListKey& first) {
    std::vector<Child> children;
    for (const int64_t id : ids) {
      ++looked_at_;
      WHENCE_ASSIGN_OR_RETURN(const SecurableLink* const link,
                              FindLink(connection_, query_.as_of, id));
      if (link == nullptr || link->parent_id != parent_id) continue;
      if (link->deleted && !query_.show_deleted) continue;
      if (std::tie(link->name, id) < std::tie(first.name, first.id)) continue;
      children.push_back({.key = {.name = link->name, .id = id}, .deleted = link->deleted});
    }
    std::sort(children.begin(), children.end(), [](const Child& a, const Child& b) {
      return std::tie(a.key.name, a.key.id) < std::tie(b.key.name, b.key.id);
    });
    return children;
  }

  absl::StatusOr<bool> ChosenLeaf(Child child, const std::vector<std::string>& path,
                                  bool parent_deleted) {
    const bool live = !child.deleted && !parent_deleted;
    WHENCE_ASSIGN_OR_RETURN(const std::optional<bool> taken,
                            query_.choice->TakeKnown(child.key.id, live));
    if (taken.has_value()) return *taken && Pass(std::move(child.key));
    WHENCE_ASSIGN_OR_RETURN(std::optional<Securable> item,
                            internal::GetState(connection_, query_.as_of, child.key.id));
    WHENCE_ASSERT(item.has_value());  // its link was there, as of the same position
    return Leaf(*std::move(item), path, parent_deleted);
  }

  // As Leaves and Branches, of some children.
  absl::StatusOr<bool> Chosen(int64_t parent_id, const std::vector<int64_t>& ids,
                              const std::vector<std::string>& path, bool parent_deleted) {
    WHENCE_ASSIGN_OR_RETURN(std::vector<Child> children,
                            InOrder(parent_id, ids, First(path.size())));
    for (Child& child : children) {
      bool more = false;
      if (IsLast(path)) {
        WHENCE_ASSIGN_OR_RETURN(more, ChosenLeaf(std::move(child), path, parent_deleted));
      } else {
        WHENCE_ASSIGN_OR_RETURN(more,
                                Branch(std::move(child.key), child.deleted, path, parent_deleted));
      }
      if (!more) return false;
    }
    return true;
  }

  sql::Connection& connection_;
  const ListQuery& query_;
  const absl::FunctionRef<absl::StatusOr<bool>(const Securable&)> visit_;
  ListPlace stack_;  // the catalog and schema the walk is in
  ListPlace place_;  // the last item passed
  int64_t rows_ = 0;
  int64_t looked_at_ = 0;
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
