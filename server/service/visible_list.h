// Lists of securables for callers who may see few of them.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "catalog/securable.h"
#include "catalog/securable_list.h"
#include "service/call.h"

namespace whence::service {

// As catalog::ListSecurables without a choice (asserted), but some that the caller may not see are
// never visited: `visit` still asks about each (service/visibility.h) and meets all that the caller
// sees, in the same order, from the same places.
//
// Who may see something in the parent by what it has on the parent or above it meets everything:
// any item may be one of these. For anybody else what is visible was granted to it or to a group of
// it, is owned by these, or stands in such a catalog or schema. So these are looked up, put in
// order and visited, and what lies between them costs nothing: a thousand among a million are a
// thousand rows. With more than kMaxListCandidates of them everything is met again.
//
// Of what is looked up, `take_known` is asked first for each that is live: it may take it by its id
// alone, as `visit` would. Nothing: it is read and visited.
absl::StatusOr<catalog::ListEnd> ListVisible(
    Call& call, const catalog::ListQuery& query,
    absl::FunctionRef<absl::StatusOr<bool>(const catalog::Securable&)> visit,
    absl::FunctionRef<absl::StatusOr<std::optional<bool>>(int64_t)> take_known);

}  // namespace whence::service
