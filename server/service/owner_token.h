// A way back in for who has lost every token.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "access/bootstrap.h"
#include "service/house.h"

namespace whence::service {

// Makes a token of the metastore's owner, writes it to the ledger and returns whose it is; `keep`
// is told the secret before the commit. Where a group owns the metastore the token is that of the
// first of its members, by name, that is active. An owner that was deactivated is active again.
// FailedPrecondition OWNER_HAS_NO_MEMBERS when the group has no such member; the errors of
// access::CreateToken and of `keep`.
//
// For the offline use of whenced alone: no door leads here.
absl::StatusOr<std::string> MakeOwnerToken(House& house, const access::KeepSecret& keep);

}  // namespace whence::service
