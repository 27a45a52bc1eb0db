#pragma once

// Rows of securable_state, for the files of this room that read and write securables.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/name_cache.h"
#include "catalog/securable.h"
#include "sql/connection.h"

// What ReadState reads, in its order; `t` is securable_state, `s` securable.
#define WHENCE_SECURABLE_COLUMNS                                                   \
  "s.id, s.kind, s.creator, s.create_time_us, t.valid_from, t.parent_id, t.name, " \
  "t.comment, t.owner, t.properties, t.detail, t.deleted, t.updater, t.update_time_us"

namespace whence::catalog::internal {

// The parent of a catalog.
inline constexpr int64_t kRoot = 0;

// A securable from a row of WHENCE_SECURABLE_COLUMNS. Its path holds its own name only.
Securable ReadState(sql::Rows& rows);

// One level of the tree: a securable's name and place.
struct NameRow {
  int64_t id = 0;
  int64_t parent_id = 0;
  std::string name;
  bool deleted = false;
};

// The live child of that name; from the connection's cache of names when it knows.
absl::StatusOr<std::optional<NameCache::Child>> FindChild(sql::Connection& connection,
                                                          Position as_of, int64_t parent_id,
                                                          std::string_view name);
// The same with its state; the path holds its own name only.
absl::StatusOr<std::optional<Securable>> GetChild(sql::Connection& connection, Position as_of,
                                                  int64_t parent_id, std::string_view name);
// The newest tombstone of that name.
absl::StatusOr<std::optional<int64_t>> FindTombstone(sql::Connection& connection, Position as_of,
                                                     int64_t parent_id, std::string_view name);
// Name and place of a securable, also of a tombstone; nothing when it did not exist.
absl::StatusOr<std::optional<NameRow>> GetName(sql::Connection& connection, Position as_of,
                                               int64_t id);

// The securable with that id, also a tombstone; the path holds its own name only. Nothing when it
// did not exist.
absl::StatusOr<std::optional<Securable>> GetState(sql::Connection& connection, Position as_of,
                                                  int64_t id);

// Puts the names of the parents before `securable.path` and sets parent_deleted.
absl::Status CompletePath(sql::Connection& connection, Position as_of, Securable& securable);

}  // namespace whence::catalog::internal
