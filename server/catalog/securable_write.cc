#include "catalog/securable_write.h"

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/object_id.h"
#include "catalog/securable_rows.h"

namespace whence::catalog {
namespace {

constexpr sql::Query kInsertSecurable{
    "INSERT INTO securable (id, kind, position, creator, create_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kInsertState{
    "INSERT INTO securable_state (securable_id, valid_from, valid_to, parent_id, name, comment,"
    " owner, properties, detail, deleted, updater, update_time_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"};

constexpr sql::Query kCloseState{
    "UPDATE securable_state SET valid_to = ?3 WHERE securable_id = ?1 AND valid_from = ?2"};

constexpr sql::Query kReplaceState{
    "UPDATE securable_state SET parent_id = ?3, name = ?4, comment = ?5, owner = ?6,"
    " properties = ?7, detail = ?8, deleted = ?9, updater = ?10, update_time_us = ?11"
    " WHERE securable_id = ?1 AND valid_from = ?2"};

// Two moves in one mutation are one.
constexpr sql::Query kInsertMove{
    "INSERT INTO securable_move (position, securable_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING"};

// The literal lets the index of live names answer.
constexpr sql::Query kLiveChild{
    "SELECT name FROM securable_state"
    " WHERE parent_id = ?1 AND valid_to = 9223372036854775807 AND deleted = 0"
    " ORDER BY name LIMIT 1"};

absl::Status InsertState(sql::Connection& connection, const Securable& state) {
  return connection.Execute(kInsertState, state.id, state.position, kForever, state.parent_id,
                            state.path.back(), state.comment, state.owner,
                            sql::Blob{state.properties}, sql::Blob{state.detail}, state.deleted,
                            state.updater, state.update_time);
}

// Makes `next` the present state of what `current` was, stamped with the change. A second change
// in one mutation overwrites the first: in between there was no position to ask for.
absl::StatusOr<Securable> WriteState(sql::WriteContext& context, const ledger::Change& change,
                                     const Securable& current, Securable next) {
  WHENCE_ASSERT(current.position <= change.position);
  next.position = change.position;
  next.updater = std::string(change.actor);
  next.update_time = change.time;
  sql::Connection& connection = context.connection();
  if (next.parent_id != current.parent_id || next.path.back() != current.path.back() ||
      next.deleted != current.deleted) {
    NameCache::NameChanged(context, change.position);
  }
  if (next.parent_id != current.parent_id) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertMove, next.position, next.id));
  }
  NoteChange(context, next.id, change.position);
  context.Weigh(next.detail.size() + next.properties.size());  // copied, whatever was changed
  if (current.position == change.position) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kReplaceState, next.id, next.position, next.parent_id,
                                              next.path.back(), next.comment, next.owner,
                                              sql::Blob{next.properties}, sql::Blob{next.detail},
                                              next.deleted, next.updater, next.update_time));
    return next;
  }
  WHENCE_RETURN_IF_ERROR(
      connection.Execute(kCloseState, current.id, current.position, change.position));
  WHENCE_RETURN_IF_ERROR(InsertState(connection, next));
  return next;
}

absl::Status NameTaken(std::span<const std::string> path) {
  const std::string_view level = LevelName(path.size());
  return AlreadyExists(
      AlreadyExistsReason(path.size()), StrCat(level, " ", FormatName(path), " exists already"),
      StrCat("choose another name, or see 'whence ", level, " get ", FormatName(path), "'"));
}

absl::Status ParentDeleted(std::span<const std::string> path, std::string_view parent_level,
                           const std::string& parent) {
  return FailedPrecondition(
      "PARENT_DELETED",
      StrCat(FormatName(path), " stands in a deleted ", parent_level, ": ", parent),
      StrCat("undelete ", parent, " first: 'whence ", parent_level, " undelete ", parent, "'"));
}

// The id that `path` without its last part leads to.
absl::StatusOr<int64_t> RequireParent(sql::Connection& connection,
                                      std::span<const std::string> path) {
  if (path.size() == 1) return internal::kRoot;
  WHENCE_ASSIGN_OR_RETURN(const SecurableId parent,
                          RequireSecurable(connection, kNow, path.first(path.size() - 1)));
  return parent.id;
}

}  // namespace

bool SecurableUpdate::Changes(const Securable& current) const {
  return (comment.has_value() && *comment != current.comment) ||
         (owner.has_value() && *owner != current.owner) ||
         (properties.has_value() && *properties != current.properties) ||
         (detail.has_value() && *detail != current.detail);
}

absl::StatusOr<int64_t> CheckCreatable(sql::Connection& connection,
                                       std::span<const std::string> path) {
  WHENCE_ASSERT(!path.empty() && path.size() <= 3);
  WHENCE_ASSIGN_OR_RETURN(const int64_t parent_id, RequireParent(connection, path));
  WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> taken,
                          internal::FindChild(connection, kNow, parent_id, path.back()));
  if (taken.has_value()) return NameTaken(path);
  return parent_id;
}

absl::StatusOr<Securable> CreateSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const NewSecurable& wanted) {
  WHENCE_ASSERT(wanted.path.size() == NameDepth(wanted.kind));
  sql::Connection& connection = context.connection();
  Securable created;
  WHENCE_ASSIGN_OR_RETURN(created.parent_id, CheckCreatable(connection, wanted.path));
  WHENCE_ASSIGN_OR_RETURN(created.id, NextObjectId(context));
  created.kind = wanted.kind;
  created.path = wanted.path;
  created.comment = wanted.comment;
  created.owner = wanted.owner;
  created.properties = wanted.properties;
  created.detail = wanted.detail;
  created.creator = created.updater = std::string(change.actor);
  created.create_time = created.update_time = change.time;
  created.position = change.position;
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertSecurable, created.id, created.kind,
                                            created.position, created.creator,
                                            created.create_time));
  WHENCE_RETURN_IF_ERROR(InsertState(connection, created));
  return created;
}

absl::StatusOr<Securable> UpdateSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const Securable& current, const SecurableUpdate& update) {
  if (!update.Changes(current)) return current;
  Securable next = current;
  if (update.comment.has_value()) next.comment = *update.comment;
  if (update.owner.has_value()) next.owner = *update.owner;
  if (update.properties.has_value()) next.properties = *update.properties;
  if (update.detail.has_value()) next.detail = *update.detail;
  return WriteState(context, change, current, std::move(next));
}

absl::StatusOr<int64_t> CheckRenamable(sql::Connection& connection, const Securable& current,
                                       std::span<const std::string> new_path) {
  WHENCE_ASSERT(new_path.size() == current.path.size());
  WHENCE_ASSIGN_OR_RETURN(const int64_t parent_id, RequireParent(connection, new_path));
  if (current.kind == Kind::kSchema && parent_id != current.parent_id) {
    return InvalidArgument(
        "SCHEMA_CANNOT_CHANGE_CATALOG", "new_name",
        StrCat(FormatName(new_path), " stands in another catalog than ", current.FullName()),
        "a schema stays in its catalog; move its assets one by one");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> taken,
                          internal::FindChild(connection, kNow, parent_id, new_path.back()));
  if (taken.has_value() && taken->id != current.id) return NameTaken(new_path);
  return parent_id;
}

absl::StatusOr<Securable> RenameSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const Securable& current,
                                          std::span<const std::string> new_path) {
  WHENCE_ASSIGN_OR_RETURN(const int64_t parent_id,
                          CheckRenamable(context.connection(), current, new_path));
  if (parent_id == current.parent_id && new_path.back() == current.path.back()) return current;
  Securable next = current;
  next.parent_id = parent_id;
  next.path.assign(new_path.begin(), new_path.end());
  return WriteState(context, change, current, std::move(next));
}

absl::Status CheckDeletable(sql::Connection& connection, const Securable& current, bool force) {
  if (force || IsAssetKind(current.kind)) return absl::OkStatus();
  std::vector<std::string> child = current.path;
  {
    sql::Rows rows = connection.Run(kLiveChild, current.id);
    if (!rows.Next()) return rows.status();
    child.emplace_back(rows.Text(0));
  }
  const std::string_view level = LevelName(current.path.size());
  return FailedPrecondition(
      current.kind == Kind::kCatalog ? "CATALOG_NOT_EMPTY" : "SCHEMA_NOT_EMPTY",
      StrCat(level, " ", current.FullName(), " is not empty: ", FormatName(child), " is in it"),
      StrCat("delete what is in it first, or force it: 'whence ", level, " delete ",
             current.FullName(), " --force'"));
}

absl::StatusOr<Securable> DeleteSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const Securable& current, bool force) {
  WHENCE_RETURN_IF_ERROR(CheckDeletable(context.connection(), current, force));
  if (current.deleted) return current;
  Securable next = current;
  next.deleted = true;
  return WriteState(context, change, current, std::move(next));
}

absl::StatusOr<Securable> FindUndeletable(sql::Connection& connection,
                                          std::span<const std::string> path) {
  WHENCE_ASSERT(!path.empty() && path.size() <= 3);
  int64_t parent_id = internal::kRoot;
  for (size_t depth = 1; depth < path.size(); ++depth) {
    const std::string& part = path[depth - 1];
    WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> child,
                            internal::FindChild(connection, kNow, parent_id, part));
    if (!child.has_value()) {
      WHENCE_ASSIGN_OR_RETURN(const std::optional<int64_t> tombstone,
                              internal::FindTombstone(connection, kNow, parent_id, part));
      if (!tombstone.has_value()) return SecurableNotFound(connection, kNow, path);
      return ParentDeleted(path, LevelName(depth), FormatName(path.first(depth)));
    }
    parent_id = child->id;
  }
  WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> live,
                          internal::FindChild(connection, kNow, parent_id, path.back()));
  WHENCE_ASSIGN_OR_RETURN(const std::optional<int64_t> tombstone,
                          internal::FindTombstone(connection, kNow, parent_id, path.back()));
  if (live.has_value() && tombstone.has_value()) return NameTaken(path);
  if (!live.has_value() && !tombstone.has_value()) {
    return SecurableNotFound(connection, kNow, path);
  }
  return GetSecurableById(connection, kNow, live.has_value() ? live->id : *tombstone);
}

absl::Status CheckUndeletable(sql::Connection& connection, const Securable& current) {
  const std::span<const std::string> path = current.path;
  if (current.parent_deleted) {
    size_t uppermost = 0;  // of two tombstones above, the upper one has to come back first
    size_t depth = path.size() - 1;
    for (int64_t id = current.parent_id; id != internal::kRoot; --depth) {
      WHENCE_ASSIGN_OR_RETURN(const std::optional<internal::NameRow> parent,
                              internal::GetName(connection, kNow, id));
      WHENCE_ASSERT(parent.has_value());
      if (parent->deleted) uppermost = depth;
      id = parent->parent_id;
    }
    return ParentDeleted(path, LevelName(uppermost), FormatName(path.first(uppermost)));
  }
  if (!current.deleted) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<NameCache::Child> taken,
                          internal::FindChild(connection, kNow, current.parent_id, path.back()));
  if (taken.has_value()) return NameTaken(path);
  return absl::OkStatus();
}

absl::StatusOr<Securable> UndeleteSecurable(sql::WriteContext& context,
                                            const ledger::Change& change,
                                            const Securable& current) {
  WHENCE_RETURN_IF_ERROR(CheckUndeletable(context.connection(), current));
  if (!current.deleted) return current;
  Securable next = current;
  next.deleted = false;
  return WriteState(context, change, current, std::move(next));
}

}  // namespace whence::catalog
