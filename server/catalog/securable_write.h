#pragma once

// Creating, changing, renaming, deleting and undeleting securables. On the writer's thread.
//
// Nothing is lost: a change closes the present state and opens the next one, a delete opens a state
// that is a tombstone. Callers read the present state with kNow, check its etag, see whether
// anything would change at all (a mutation that changes nothing takes no position), and then write.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog/securable.h"
#include "ledger/change.h"
#include "sql/writer.h"

namespace whence::catalog {

struct NewSecurable {
  Kind kind = Kind::kUnspecified;
  std::vector<std::string> path = {};  // valid parts, as many as the kind has
  std::string comment = {};
  std::string owner = {};
  std::string properties = {};
  std::string detail = {};
};

// What to change; what is not set stays.
struct SecurableUpdate {
  std::optional<std::string> comment = {};
  std::optional<std::string> owner = {};
  std::optional<std::string> properties = {};
  std::optional<std::string> detail = {};

  // True when `current` would look different after it.
  bool Changes(const Securable& current) const;
};

// OK when `path` can be created: its parents are there (else NotFound) and its name is free (else
// AlreadyExists CATALOG_ALREADY_EXISTS, SCHEMA_ALREADY_EXISTS, ASSET_ALREADY_EXISTS). Returns the
// parent's id, 0 for a catalog.
absl::StatusOr<int64_t> CheckCreatable(sql::Connection& connection,
                                       std::span<const std::string> path);

// Creates it, with CheckCreatable's errors.
absl::StatusOr<Securable> CreateSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const NewSecurable& wanted);

// Changes the state of a live securable, read with kNow. Nothing is written when nothing changes.
absl::StatusOr<Securable> UpdateSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const Securable& current, const SecurableUpdate& update);

// OK when `current` can be called `new_path`: as many parts as now, a parent that exists (NotFound)
// and, for a schema, is the same (InvalidArgument SCHEMA_CANNOT_CHANGE_CATALOG), a name that is
// free (AlreadyExists) or its own. Returns the new parent's id.
absl::StatusOr<int64_t> CheckRenamable(sql::Connection& connection, const Securable& current,
                                       std::span<const std::string> new_path);

// Renames, with CheckRenamable's errors. Id, versions, aliases, tags, identities, lineage stay.
// Nothing is written when it has that name already.
absl::StatusOr<Securable> RenameSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const Securable& current,
                                          std::span<const std::string> new_path);

// OK when `current` can be deleted: it has nothing live inside or `force`. Else FailedPrecondition
// CATALOG_NOT_EMPTY or SCHEMA_NOT_EMPTY.
absl::Status CheckDeletable(sql::Connection& connection, const Securable& current, bool force);

// Leaves a tombstone, with CheckDeletable's errors. What is inside stays as it is and can no longer
// be found by name.
absl::StatusOr<Securable> DeleteSecurable(sql::WriteContext& context, const ledger::Change& change,
                                          const Securable& current, bool force);

// The tombstone that undeleting `path` would take back: the newest of that name. What is live and
// has no tombstone of its name is returned itself (nothing to do). Fails with NotFound when neither
// is there, AlreadyExists when there is a tombstone and the name is in use again, and
// FailedPrecondition PARENT_DELETED when a parent is a tombstone.
absl::StatusOr<Securable> FindUndeletable(sql::Connection& connection,
                                          std::span<const std::string> path);

// OK when the tombstone `current` can be taken back: its parents are live (PARENT_DELETED), its
// name is free (AlreadyExists). Also OK for what is not deleted.
absl::Status CheckUndeletable(sql::Connection& connection, const Securable& current);

// Takes a deletion back, with CheckUndeletable's errors. Nothing is written when it is live.
absl::StatusOr<Securable> UndeleteSecurable(sql::WriteContext& context,
                                            const ledger::Change& change, const Securable& current);

}  // namespace whence::catalog
