#pragma once

// Dataset identities: the (namespace, name) pairs that OpenLineage producers know assets by.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

struct DatasetIdentity {
  std::string name_space;  // `namespace` is a keyword
  std::string name;
  int64_t asset_id = 0;
  Position position = kNoPosition;  // of the attachment

  friend bool operator==(const DatasetIdentity&, const DatasetIdentity&) = default;
};

// What the identity is attached to, live or not; nothing when it is not attached.
absl::StatusOr<std::optional<DatasetIdentity>> FindIdentity(sql::Connection& connection,
                                                            Position as_of,
                                                            std::string_view name_space,
                                                            std::string_view name);

// The live asset that the identity belongs to. NotFound DATASET_IDENTITY_NOT_FOUND when there is
// none, or when its asset is deleted.
absl::StatusOr<DatasetIdentity> ResolveIdentity(sql::Connection& connection, Position as_of,
                                                std::string_view name_space, std::string_view name);

// Up to `limit` identities of an asset after the pair (`after_space`, `after_name`), in order.
absl::StatusOr<std::vector<DatasetIdentity>> ListIdentities(sql::Connection& connection,
                                                            Position as_of, int64_t asset_id,
                                                            std::string_view after_space,
                                                            std::string_view after_name, int limit);

// OK when the identity can be attached to the asset: it belongs to no other live asset (else
// AlreadyExists DATASET_IDENTITY_TAKEN; an identity of a deleted asset is free) and the asset has
// fewer than kMaxDatasetIdentities (else FailedPrecondition TOO_MANY_DATASET_IDENTITIES).
absl::Status CheckAttachable(sql::Connection& connection, int64_t asset_id,
                             std::string_view name_space, std::string_view name);

// Attaches it, with CheckAttachable's errors. The same again writes nothing.
absl::StatusOr<DatasetIdentity> AttachIdentity(sql::WriteContext& context,
                                               const ledger::Change& change, int64_t asset_id,
                                               std::string_view name_space, std::string_view name);

// Detaches it. Nothing is written when it is not attached.
absl::Status DetachIdentity(sql::WriteContext& context, const ledger::Change& change,
                            std::string_view name_space, std::string_view name);

}  // namespace whence::catalog
