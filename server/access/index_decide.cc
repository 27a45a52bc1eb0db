// Decisions; part of index.h. Nothing here allocates.

#include "access/caller.h"
#include "access/index.h"
#include "access/index_state.h"
#include "access/policy_set.h"

namespace whence::access {

namespace {

Levels Without(Levels levels, const Taken& taken) {
  for (size_t i = 0; i < levels.size(); ++i) levels[i] = levels[i] - taken[i];
  return levels;
}

}  // namespace

bool Snapshot::HasDenies() const {
  return state_->policies != nullptr && state_->policies->has_denies();
}

bool Snapshot::HasAudits() const {
  return state_->policies != nullptr && state_->policies->has_audits();
}

Outcome Snapshot::Decide(const Identity& who, Privilege privilege, const Chain& chain,
                         const Taken& taken) const {
  const Caller caller(*state_, who);
  if (!caller.alive()) return Outcome::kInactive;
  if (!MayUse(who, privilege, chain)) return Outcome::kOutOfScope;
  const Levels levels = caller.LevelsOf(chain);
  const Outcome granted = Judge(levels, privilege, chain.depth);
  if (granted != Outcome::kAllowed) return granted;
  const Outcome left = Judge(Without(levels, taken), privilege, chain.depth);
  return left == Outcome::kAllowed ? left : Outcome::kDeniedByPolicy;
}

bool Snapshot::Sees(const Identity& who, const Chain& chain, const Taken& taken) const {
  const Caller caller(*state_, who);
  if (!caller.alive() || !InScope(who, chain)) return false;
  if (chain.depth == 0) return true;
  return SeenWith(Without(caller.LevelsOf(chain), taken), chain.depth, Telling(chain.kind));
}

bool Snapshot::SeesAll(const Identity& who) const {
  const Caller caller(*state_, who);
  if (!caller.alive() || !InScope(who, {})) return false;
  if (!caller.LevelsOf({})[0].Has(Privilege::kBrowse)) return false;
  return !HasDenies() || !state_->policies->MayHide([&caller](std::span<const PrincipalId> all) {
    return caller.IsAnyOf(all);
  });
}

PrivilegeSet Snapshot::Effective(const Identity& who, const Chain& chain,
                                 const Taken& taken) const {
  const Caller caller(*state_, who);
  if (!caller.alive() || !InScope(who, chain)) return {};
  const auto level = static_cast<size_t>(chain.depth);
  const PrivilegeSet has = caller.LevelsOf(chain)[level] - taken[level];
  return who.read_only ? has & kReadingPrivileges : has;
}

}  // namespace whence::access
