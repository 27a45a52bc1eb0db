// Erasing what is known of a principal.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "access/principal.h"
#include "ledger/erasure.h"
#include "sql/writer.h"

namespace whence::access {

// The ids of all principals that ever had the name, also of those that were deleted. The
// connection's errors.
absl::StatusOr<std::vector<PrincipalId>> PrincipalsNamed(sql::Connection& connection,
                                                         std::string_view name);

// Puts marks in place of display name, addresses and external id in all states of the principal,
// the present one too: nobody finds it by them any more. `position` is asked for that of the
// mutation when there is something to erase, and not before. How many states lost something; the
// connection's errors.
absl::StatusOr<int64_t> ErasePrincipal(sql::WriteContext& context, PrincipalId id, bool dry_run,
                                       absl::FunctionRef<Position()> position);

}  // namespace whence::access
