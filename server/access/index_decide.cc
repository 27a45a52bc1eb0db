// Decisions; part of index.h. Nothing here allocates.

#include "access/caller.h"
#include "access/index.h"
#include "access/index_state.h"

namespace whence::access {

Outcome Snapshot::Decide(const Identity& who, Privilege privilege, const Chain& chain) const {
  const Caller caller(*state_, who.principal);
  if (!caller.alive()) return Outcome::kInactive;
  if (!MayUse(who, privilege, chain)) return Outcome::kOutOfScope;
  return Judge(caller.LevelsOf(chain), privilege, chain.depth);
}

bool Snapshot::Sees(const Identity& who, const Chain& chain) const {
  const Caller caller(*state_, who.principal);
  if (!caller.alive() || !InScope(who, chain)) return false;
  if (chain.depth == 0) return true;
  const Levels levels = caller.LevelsOf(chain);
  const PrivilegeSet on_it = levels[static_cast<size_t>(chain.depth)];
  if (on_it.Has(Privilege::kBrowse)) return true;
  if (chain.depth >= 2 && !levels[1].Has(Privilege::kUseCatalog)) return false;
  if (chain.depth >= 3 && !levels[2].Has(Privilege::kUseSchema)) return false;
  // Of the gates only its own says something about a catalog or schema.
  PrivilegeSet telling = ApplicablePrivileges(chain.kind) - kGates;
  if (chain.depth == 1) telling |= Privilege::kUseCatalog;
  if (chain.depth == 2) telling |= Privilege::kUseSchema;
  return on_it.HasAny(telling);
}

bool Snapshot::SeesAll(const Identity& who) const {
  const Caller caller(*state_, who.principal);
  return caller.alive() && InScope(who, {}) && caller.LevelsOf({})[0].Has(Privilege::kBrowse);
}

PrivilegeSet Snapshot::Effective(const Identity& who, const Chain& chain) const {
  const Caller caller(*state_, who.principal);
  if (!caller.alive() || !InScope(who, chain)) return {};
  const PrivilegeSet has = caller.LevelsOf(chain)[static_cast<size_t>(chain.depth)];
  return who.read_only ? has & kReadingPrivileges : has;
}

}  // namespace whence::access
