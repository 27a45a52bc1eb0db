// Who asks, for questions that compare it with many principals.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "access/index.h"
#include "access/principal.h"

namespace whence::access {

// Purpose: Snapshot::IsIn of one caller, with most of the no's known beforehand: policies name many
// groups, and a caller is in few of them. Made in the time of a few such questions; allocates
// nothing. Ownership: borrows both. Thread-safety: as a value.
class Asker {
 public:
  Asker(const Snapshot& snapshot, const Identity& who);

  // Whether it is that principal, or in that group, directly or through others.
  bool Is(PrincipalId other) const {
    const size_t place = PlaceOf(other);
    return (near_[place / 64] >> place % 64 & 1U) != 0 && snapshot_.IsIn(who_, other);
  }
  // Whether it is any of them: an IsAnyOf (policy_set.h).
  bool operator()(std::span<const PrincipalId> others) const {
    return std::any_of(others.begin(), others.end(), [this](PrincipalId id) { return Is(id); });
  }

 private:
  static constexpr size_t kPlaces = 1024;
  // Ids are small numbers without gaps: most of them have a place for themselves.
  static size_t PlaceOf(PrincipalId id) { return static_cast<size_t>(id) % kPlaces; }

  const Snapshot& snapshot_;
  const Identity& who_;
  std::array<uint64_t, kPlaces / 64> near_{};  // a bit for the place of each that it is
};

}  // namespace whence::access
