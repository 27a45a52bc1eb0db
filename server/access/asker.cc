#include "access/asker.h"

#include "access/caller.h"

namespace whence::access {

Asker::Asker(const Snapshot& snapshot, const Identity& who) : snapshot_(snapshot), who_(who) {
  const Caller caller(snapshot.state(), who);
  if (!caller.known()) return;
  const auto note = [this](PrincipalId id) {
    near_[PlaceOf(id) / 64] |= uint64_t{1} << PlaceOf(id) % 64;
  };
  note(who.principal);
  caller.EachGroup(note);
}

}  // namespace whence::access
