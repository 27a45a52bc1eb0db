#pragma once

// Positions of the ledger. Each mutation takes the next one, from 1 up without gaps; "as of" is a
// position. Rows that can change are kept with the positions [valid_from, valid_to) in which they
// held; a read at P takes rows with valid_from <= P AND valid_to > P.

#include <cstdint>
#include <limits>

namespace whence {

using Position = int64_t;

// Before the first mutation: an empty world.
inline constexpr Position kNoPosition = 0;

// `valid_to` of a row that still holds.
inline constexpr Position kForever = std::numeric_limits<int64_t>::max();

}  // namespace whence
