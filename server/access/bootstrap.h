// How a metastore begins: somebody must be there who may make others.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/token.h"
#include "base/clock.h"
#include "sql/connection.h"

namespace whence::access {

// Takes the first token's secret to where its owner will find it, before anything is committed.
using KeepSecret = std::function<absl::Status(const std::string& secret)>;

// On a metastore without principals (new, or from before there were any) makes the administrator
// `admin_name`, owner of the metastore, one token and the metastore's keys, all valid from position
// 0 and without a ledger entry: this is the metastore as it was made, and the first mutation has
// position 1. In one transaction, on the writer's connection before the writer starts. Nothing on a
// metastore that has principals.
//
// `keep` is called before the commit, so that no token is committed that nobody knows: what it kept
// of a start that then failed is worthless, and the next start keeps another. Its error is
// returned, and nothing was made.
//
// In a database from before there were principals, owners and creators are names that somebody
// declared. They stay as they are, and own nothing until the administrator makes a principal of
// that name; the administrator may do everything meanwhile.
//
// InvalidArgument PRINCIPAL_MALFORMED, or PRINCIPAL_IS_A_GROUP for a group.
absl::StatusOr<std::optional<MadeToken>> Bootstrap(sql::Connection& writer, const Clock& clock,
                                                   std::string_view admin_name,
                                                   const KeepSecret& keep = nullptr);

// 32 random bytes of this metastore, made by Bootstrap, that make something its own: `redaction`
// (placeholders of what may not be seen), `mask` (salted hashes). Never leaves the server.
// Internal METASTORE_KEY_MISSING when there is none of that purpose.
absl::StatusOr<std::string> MetastoreKey(sql::Connection& connection, std::string_view purpose);

}  // namespace whence::access
