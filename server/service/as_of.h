// Points in history, as requests name them.
#pragma once

#include "absl/status/statusor.h"
#include "base/position.h"
#include "service/call.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

// The position that `as_of` means: unset, what was published when the call arrived; a time, the
// last entry at or before it. POSITION_IN_FUTURE or POSITION_NEGATIVE (InvalidArgument) otherwise.
absl::StatusOr<Position> ResolveAsOf(Call& call, const v1::AsOf& as_of);

}  // namespace whence::service
