#include "catalog/securable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable_rows.h"

namespace whence::catalog {
namespace {

absl::Status NoSuchId(int64_t id) {
  return NotFound("SECURABLE_NOT_FOUND", absl::StrCat("nothing in the catalog has the id ", id),
                  "ids are shown by get and list; ask as of a time when it existed");
}

}  // namespace

std::string Securable::FullName() const { return FormatName(path); }

std::string Securable::Etag() const { return absl::StrCat(position); }

absl::Status CheckEtag(const Securable& current, std::string_view etag) {
  if (etag.empty() || etag == current.Etag()) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH",
                 StrCat(current.FullName(), " has changed: its etag is ", current.Etag(), ", not ",
                        QuoteForMessage(etag)),
                 "get it again, look at what changed, then retry with its new etag");
}

absl::StatusOr<Securable> GetSecurable(sql::Connection& connection, Position as_of,
                                       std::span<const std::string> path) {
  WHENCE_ASSERT(!path.empty());
  const std::span<const std::string> above = path.first(path.size() - 1);
  Trail trail;
  if (!above.empty()) {
    WHENCE_ASSIGN_OR_RETURN(trail, FollowPath(connection, as_of, above));
  }
  if (trail.found == above.size()) {
    const int64_t parent = above.empty() ? internal::kRoot : trail.steps[above.size() - 1].id;
    WHENCE_ASSIGN_OR_RETURN(std::optional<Securable> child,
                            internal::GetChild(connection, as_of, parent, path.back()));
    if (child.has_value()) {
      child->path.assign(path.begin(), path.end());
      return *std::move(child);
    }
  }
  return SecurableNotFound(connection, as_of, path);
}

absl::StatusOr<Securable> GetSecurableById(sql::Connection& connection, Position as_of,
                                           int64_t id) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Securable> found,
                          internal::GetState(connection, as_of, id));
  if (!found.has_value()) return NoSuchId(id);
  WHENCE_RETURN_IF_ERROR(internal::CompletePath(connection, as_of, *found));
  return *std::move(found);
}

absl::StatusOr<std::optional<SecurableId>> FindSecurable(sql::Connection& connection,
                                                         Position as_of,
                                                         std::span<const std::string> path) {
  WHENCE_ASSIGN_OR_RETURN(const Trail trail, FollowPath(connection, as_of, path));
  if (trail.found < path.size()) return std::nullopt;
  return trail.steps[path.size() - 1];
}

absl::StatusOr<Trail> FollowPath(sql::Connection& connection, Position as_of,
                                 std::span<const std::string> path) {
  WHENCE_ASSERT(!path.empty() && path.size() <= 3);
  Trail trail;
  int64_t parent = internal::kRoot;
  for (const std::string& part : path) {
    WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> child,
                            internal::FindChild(connection, as_of, parent, part));
    if (!child.has_value()) break;
    trail.steps[trail.found++] = {.id = child->id, .kind = child->kind};
    parent = child->id;
  }
  return trail;
}

absl::StatusOr<SecurableId> RequireSecurable(sql::Connection& connection, Position as_of,
                                             std::span<const std::string> path, Hints hints) {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<SecurableId> found,
                          FindSecurable(connection, as_of, path));
  if (found.has_value()) return *found;
  return SecurableNotFound(connection, as_of, path, hints);
}

absl::StatusOr<std::vector<std::string>> PathOf(sql::Connection& connection, Position as_of,
                                                int64_t id) {
  std::vector<std::string> path;
  for (int64_t at = id; at != internal::kRoot;) {
    WHENCE_ASSIGN_OR_RETURN(std::optional<internal::NameRow> row,
                            internal::GetName(connection, as_of, at));
    if (!row.has_value()) return NoSuchId(at);
    path.push_back(std::move(row->name));
    at = row->parent_id;
  }
  if (path.empty()) return NoSuchId(id);
  std::reverse(path.begin(), path.end());
  return path;
}

absl::StatusOr<std::string> FullNameOf(sql::Connection& connection, Position as_of, int64_t id) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> path, PathOf(connection, as_of, id));
  return FormatName(path);
}

absl::StatusOr<bool> IsLive(sql::Connection& connection, Position as_of, int64_t id) {
  for (int64_t at = id; at != internal::kRoot;) {
    WHENCE_ASSIGN_OR_RETURN(const std::optional<internal::NameRow> row,
                            internal::GetName(connection, as_of, at));
    if (!row.has_value() || row->deleted) return false;
    at = row->parent_id;
  }
  return id != internal::kRoot;
}

}  // namespace whence::catalog
