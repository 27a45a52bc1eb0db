#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "base/position.h"

namespace whence::ledger {

// The stamp of one mutation: everything it writes carries it. Taken from the writer's counter and
// clock at the mutation's first write; a mutation that changes nothing takes none.
struct Change {
  Position position = kNoPosition;
  absl::Time time;
  std::string_view actor;  // the principal; borrowed from the call
};

}  // namespace whence::ledger
