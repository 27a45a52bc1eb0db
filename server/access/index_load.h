// Reading a state from the tables. For the files of this room.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "access/index_state.h"
#include "base/position.h"
#include "sql/connection.h"

namespace whence::access {

// Everything as of a position. The storage errors of sql/connection.h.
absl::StatusOr<std::shared_ptr<const State>> LoadState(sql::Connection& connection,
                                                       Position position);

}  // namespace whence::access
