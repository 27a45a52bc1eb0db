#pragma once

// Versions: the immutable, numbered states of an asset.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

struct Version {
  int64_t id = 0;  // the lineage graph's node
  int64_t asset_id = 0;
  int64_t number = 0;  // from 1, without gaps
  std::string digest;
  std::string location;
  std::string detail;      // opaque here; as of registration
  std::string comment;     // mutable
  std::string properties;  // mutable; opaque here
  std::string creator;
  absl::Time create_time;
  Position create_position = kNoPosition;
  Position position = kNoPosition;  // of the last change of comment or properties

  // Opaque to callers: changes with comment and properties.
  std::string Etag() const;

  friend bool operator==(const Version&, const Version&) = default;
};

// OK when `etag` is empty or `current`'s. Else Aborted ETAG_MISMATCH.
absl::Status CheckEtag(const Version& current, std::string_view etag);

struct NewVersion {
  std::string digest = {};
  std::string location = {};
  std::string detail = {};
  std::string comment = {};
  std::string properties = {};
};

struct VersionUpdate {
  std::optional<std::string> comment = {};
  std::optional<std::string> properties = {};

  // True when `current` would look different after it.
  bool Changes(const Version& current) const;
};

// --- Reading ---

// Version `number` of an asset. NotFound VERSION_NOT_FOUND; the hint tells the newest.
absl::StatusOr<Version> GetVersion(sql::Connection& connection, Position as_of, int64_t asset_id,
                                   int64_t number);

// The version with that id. NotFound VERSION_NOT_FOUND.
absl::StatusOr<Version> GetVersionById(sql::Connection& connection, Position as_of, int64_t id);

// The newest version of an asset; nothing when it has none.
absl::StatusOr<std::optional<Version>> CurrentVersion(sql::Connection& connection, Position as_of,
                                                      int64_t asset_id);

// The version of an asset with that digest; nothing when there is none.
absl::StatusOr<std::optional<Version>> FindVersionByDigest(sql::Connection& connection,
                                                           Position as_of, int64_t asset_id,
                                                           std::string_view digest);

// Id and number only: for pinning and for counts.
struct VersionId {
  int64_t id = 0;      // 0: no version
  int64_t number = 0;  // 0: no version

  friend bool operator==(const VersionId&, const VersionId&) = default;
};
absl::StatusOr<VersionId> FindVersion(sql::Connection& connection, Position as_of, int64_t asset_id,
                                      int64_t number);
absl::StatusOr<VersionId> FindCurrentVersion(sql::Connection& connection, Position as_of,
                                             int64_t asset_id);

// Visits the versions below number `before` (0: from the newest), newest first, until `visit`
// returns false: one may have a detail of megabytes, so nobody gets them all at once. Returns
// whether all were visited.
absl::StatusOr<bool> ListVersions(sql::Connection& connection, Position as_of, int64_t asset_id,
                                  int64_t before, absl::FunctionRef<bool(Version&&)> visit);

// The error that GetVersion gives.
absl::Status VersionNotFound(sql::Connection& connection, Position as_of, int64_t asset_id,
                             int64_t number);

// --- Writing, on the writer's thread ---

struct Registered {
  Version version;
  bool created = false;  // false: the asset had a version with that digest
};

// Registers a version with the next number; the version with the same digest, unchanged, when the
// asset has one.
absl::StatusOr<Registered> RegisterVersion(sql::WriteContext& context, const ledger::Change& change,
                                           int64_t asset_id, const NewVersion& wanted);

// Changes the mutable fields. Nothing is written when nothing changes.
absl::StatusOr<Version> UpdateVersion(sql::WriteContext& context, const ledger::Change& change,
                                      const Version& current, const VersionUpdate& update);

}  // namespace whence::catalog
