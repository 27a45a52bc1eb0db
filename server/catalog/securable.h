#pragma once

// Catalogs, schemas and assets: one tree of named things (securables: what grants and policies will
// attach to), three levels deep, kept as states in time. Reading; see securable_write.h for writing
// and securable_list.h for lists.
//
// Every read takes the position it is asked as of, and tells the world exactly as it was then:
// names of parents included. Current reads are reads at the published position; the writer reads
// with kNow, everything written so far.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "catalog/kind.h"
#include "sql/connection.h"

namespace whence::catalog {

// The position that sees every state there is: for reads on the writer's connection.
inline constexpr Position kNow = kForever - 1;

// A securable as of a position.
struct Securable {
  int64_t id = 0;
  Kind kind = Kind::kUnspecified;
  int64_t parent_id = 0;          // 0 for catalogs
  std::vector<std::string> path;  // full name in parts, unquoted, as of the position
  std::string comment;
  std::string owner;
  std::string properties;       // opaque here; made and read by the service room
  std::string detail;           // the same
  bool deleted = false;         // a tombstone itself
  bool parent_deleted = false;  // its schema or catalog is one
  std::string creator;
  absl::Time create_time;
  std::string updater;
  absl::Time update_time;
  Position position = kNoPosition;  // from which this state held

  // True when it can be found by its name.
  bool live() const { return !deleted && !parent_deleted; }
  // The path as a name, quoted where needed.
  std::string FullName() const;
  // Opaque to callers: changes with every change of this state.
  std::string Etag() const;

  friend bool operator==(const Securable&, const Securable&) = default;
};

// OK when `etag` is empty or `current`'s. Else Aborted ETAG_MISMATCH.
absl::Status CheckEtag(const Securable& current, std::string_view etag);

// What the error about a name that leads nowhere says beside its reason.
enum class Hints {
  kFull,   // what was meant, or what became of it: costs up to kMaxHintCells and 500 rows
  kBrief,  // where to look: for batches, whose many refusals nobody reads one by one
};

// The live securable at `path` (1 to 3 parts). NotFound CATALOG_NOT_FOUND, SCHEMA_NOT_FOUND or
// ASSET_NOT_FOUND for the first part that is missing; the hint names the closest live name, the
// present name of what was renamed, or how to undelete.
absl::StatusOr<Securable> GetSecurable(sql::Connection& connection, Position as_of,
                                       std::span<const std::string> path);

// The securable with that id, also a tombstone. NotFound SECURABLE_NOT_FOUND when there was none.
absl::StatusOr<Securable> GetSecurableById(sql::Connection& connection, Position as_of, int64_t id);

// What a name leads to, without its state.
struct SecurableId {
  int64_t id = 0;
  Kind kind = Kind::kUnspecified;

  friend bool operator==(const SecurableId&, const SecurableId&) = default;
};

// The live securable at `path`; nothing when there is none. Cheap: one index seek a part.
absl::StatusOr<std::optional<SecurableId>> FindSecurable(sql::Connection& connection,
                                                         Position as_of,
                                                         std::span<const std::string> path);

// How far a path leads, and past what: `found` of its parts are there, from the catalog down.
struct Trail {
  std::array<SecurableId, 3> steps{};
  size_t found = 0;
};
absl::StatusOr<Trail> FollowPath(sql::Connection& connection, Position as_of,
                                 std::span<const std::string> path);

// The same as FindSecurable, with GetSecurable's error when there is none.
absl::StatusOr<SecurableId> RequireSecurable(sql::Connection& connection, Position as_of,
                                             std::span<const std::string> path,
                                             Hints hints = Hints::kFull);

// The error that GetSecurable gives for `path`, of which some part must be missing.
absl::Status SecurableNotFound(sql::Connection& connection, Position as_of,
                               std::span<const std::string> path, Hints hints = Hints::kFull);

// The securable's path as of a position, also a tombstone's (the last name it had). NotFound
// SECURABLE_NOT_FOUND when it did not exist then.
absl::StatusOr<std::vector<std::string>> PathOf(sql::Connection& connection, Position as_of,
                                                int64_t id);

// The same as a name, quoted where needed.
absl::StatusOr<std::string> FullNameOf(sql::Connection& connection, Position as_of, int64_t id);

// True when the securable and everything above it exist and are no tombstones.
absl::StatusOr<bool> IsLive(sql::Connection& connection, Position as_of, int64_t id);

}  // namespace whence::catalog
