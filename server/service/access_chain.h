// From names and ids of securables to what decisions are about: the chain from the catalog down,
// with the principals that own its links.
//
// On hot paths: names and owners come from what the connection remembers (catalog::NameCache,
// catalog::LinkCache), principals from the snapshot in memory; then nothing is allocated and
// nothing asked of the database.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "sql/connection.h"

namespace whence::service {

// How far a path leads.
struct ChainFound {
  access::Chain chain;  // of as many parts as there are
  bool whole = false;   // all parts are there
};

// The chain of the live securable at `path` (1 to 3 parts), or of the last live one above it; the
// metastore's when there is not even the catalog.
absl::StatusOr<ChainFound> FindChain(sql::Connection& connection, const access::Snapshot& access,
                                     Position as_of, std::span<const std::string> path);

// The same, with the error of catalog::GetSecurable when a part is missing.
absl::StatusOr<access::Chain> ChainOfPath(sql::Connection& connection,
                                          const access::Snapshot& access, Position as_of,
                                          std::span<const std::string> path);

// The chain of the securable with that id, also of a tombstone; 0: the metastore's. NotFound
// SECURABLE_NOT_FOUND when it did not exist.
absl::StatusOr<access::Chain> ChainOfId(sql::Connection& connection, const access::Snapshot& access,
                                        Position as_of, int64_t id);

// The chain of a securable that was read already, as of the same position: for lists, whose parents
// are few.
absl::StatusOr<access::Chain> ChainOf(sql::Connection& connection, const access::Snapshot& access,
                                      Position as_of, const catalog::Securable& securable);

// The chain's first `depth` links: that of what stands above. `depth` at most the chain's.
access::Chain Above(const access::Chain& chain, int depth);

}  // namespace whence::service
