#pragma once

// Aliases: movable names for versions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

// What an alias meant during one stretch of positions.
struct Alias {
  int64_t asset_id = 0;
  std::string name;
  int64_t version_id = 0;
  int64_t number = 0;  // of the version
  std::string updater;
  absl::Time update_time;
  Position position = kNoPosition;  // from which it meant that version
  Position end = kForever;          // from which it no longer did

  friend bool operator==(const Alias&, const Alias&) = default;
};

// What the alias means; nothing when it is not set.
absl::StatusOr<std::optional<Alias>> FindAlias(sql::Connection& connection, Position as_of,
                                               int64_t asset_id, std::string_view name);

// The same. NotFound ALIAS_NOT_FOUND, with the closest one set as the hint.
absl::StatusOr<Alias> GetAlias(sql::Connection& connection, Position as_of, int64_t asset_id,
                               std::string_view name, Hints hints = Hints::kFull);

// Up to `limit` aliases of an asset after the name `after`, by name.
absl::StatusOr<std::vector<Alias>> ListAliases(sql::Connection& connection, Position as_of,
                                               int64_t asset_id, std::string_view after, int limit);

// Up to `limit` stretches of one alias that began before position `before` (kForever: from the
// newest), newest first, as known at `as_of`: what ended later had not ended then.
absl::StatusOr<std::vector<Alias>> AliasHistory(sql::Connection& connection, Position as_of,
                                                int64_t asset_id, std::string_view name,
                                                Position before, int limit);

// Names of the aliases that mean a version, by name.
absl::StatusOr<std::vector<std::string>> AliasesOfVersion(sql::Connection& connection,
                                                          Position as_of, int64_t asset_id,
                                                          int64_t version_id);

// Lets the alias mean the version (of the same asset). The same again writes nothing.
// FailedPrecondition TOO_MANY_ALIASES when the asset has kMaxAliasesPerAsset others.
absl::Status SetAlias(sql::WriteContext& context, const ledger::Change& change, int64_t asset_id,
                      std::string_view name, int64_t version_id, int64_t number);

// Ends it. Nothing is written when it is not set.
absl::Status DeleteAlias(sql::WriteContext& context, const ledger::Change& change, int64_t asset_id,
                         std::string_view name);

}  // namespace whence::catalog
