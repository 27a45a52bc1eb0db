// What to say, and what to advise, when a name leads nowhere.

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/closest_name.h"
#include "catalog/securable.h"
#include "catalog/securable_rows.h"

namespace whence::catalog {
namespace {

constexpr sql::Query kNamesFrom{
    "SELECT name FROM securable_state"
    " WHERE parent_id = ?1 AND name >= ?2 AND valid_from <= ?3 AND valid_to > ?3 AND deleted = 0"
    " ORDER BY name LIMIT ?4"};

constexpr sql::Query kNamesBefore{
    "SELECT name FROM securable_state"
    " WHERE parent_id = ?1 AND name < ?2 AND valid_from <= ?3 AND valid_to > ?3 AND deleted = 0"
    " ORDER BY name DESC LIMIT ?4"};

// What last had the name.
constexpr sql::Query kLastBearer{
    "SELECT securable_id FROM securable_state"
    " WHERE parent_id = ?1 AND name = ?2 AND valid_from <= ?3"
    " ORDER BY valid_from DESC LIMIT 1"};

// "it is now called x.y.z", or how to undelete it, when something had that name; else empty.
absl::StatusOr<std::string> Fate(sql::Connection& connection, Position as_of, int64_t parent_id,
                                 std::span<const std::string> path) {
  int64_t id = internal::kRoot;
  {
    sql::Rows rows = connection.Run(kLastBearer, parent_id, path.back(), as_of);
    if (rows.Next()) id = rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  if (id == internal::kRoot) return std::string();
  WHENCE_ASSIGN_OR_RETURN(const Securable fate, GetSecurableById(connection, as_of, id));
  if (fate.live()) return StrCat("it is now called ", fate.FullName());
  if (fate.parent_deleted) return std::string();
  return StrCat("it was deleted; 'whence ", LevelName(path.size()), " undelete ", fate.FullName(),
                "' takes that back");
}

// "see 'whence asset list prod.fraud'".
std::string ListHint(std::span<const std::string> path) {
  std::string hint = StrCat("see 'whence ", LevelName(path.size()), " list");
  if (path.size() > 1) StrAppend(&hint, " ", FormatName(path.first(path.size() - 1)));
  return hint + "'";
}

absl::StatusOr<std::string> Hint(sql::Connection& connection, Position as_of, int64_t parent_id,
                                 std::span<const std::string> path, Hints hints) {
  if (hints == Hints::kBrief) return ListHint(path);
  WHENCE_ASSIGN_OR_RETURN(std::string fate, Fate(connection, as_of, parent_id, path));
  if (!fate.empty()) return fate;
  const std::string& name = path.back();
  const auto names = [&](const sql::Query& query) {
    return connection.Run(query, parent_id, name, as_of, kHintNamesPerSide);
  };
  WHENCE_ASSIGN_OR_RETURN(std::optional<std::string> closest,
                          ClosestName(name, names(kNamesFrom), names(kNamesBefore)));
  if (!closest.has_value()) return ListHint(path);
  std::vector<std::string> suggestion(path.begin(), path.end());
  suggestion.back() = *std::move(closest);
  return StrCat(FormatName(suggestion), " exists; ", ListHint(path));
}

}  // namespace

absl::Status SecurableNotFound(sql::Connection& connection, Position as_of,
                               std::span<const std::string> path, Hints hints) {
  WHENCE_ASSERT(!path.empty() && path.size() <= 3);
  int64_t parent_id = internal::kRoot;
  size_t depth = 1;
  for (; depth < path.size(); ++depth) {
    WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> child,
                            internal::FindChild(connection, as_of, parent_id, path[depth - 1]));
    if (!child.has_value()) break;
    parent_id = child->id;
  }
  const std::span<const std::string> missing = path.first(depth);
  WHENCE_ASSIGN_OR_RETURN(const std::string hint,
                          Hint(connection, as_of, parent_id, missing, hints));
  return NotFound(NotFoundReason(depth), StrCat("no ", LevelName(depth), " ", FormatName(missing)),
                  hint);
}

}  // namespace whence::catalog
