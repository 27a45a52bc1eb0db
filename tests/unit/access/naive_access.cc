#include "naive_access.h"

#include <algorithm>

namespace whence::access::test {
namespace {

bool IsReading(Privilege privilege) {
  return privilege == Privilege::kUseCatalog || privilege == Privilege::kUseSchema ||
         privilege == Privilege::kBrowse || privilege == Privilege::kSelect ||
         privilege == Privilege::kExecute || privilege == Privilege::kReadVolume;
}

// Whether a grant of `granted` gives `wanted`.
bool Gives(Privilege granted, Privilege wanted) {
  if (granted == wanted) return true;
  return granted == Privilege::kAllPrivileges && wanted != Privilege::kManage;
}

// The securable at a level: 0 is the metastore.
int64_t IdAt(const Chain& chain, int level) {
  return level == 0 ? 0 : chain.links[static_cast<size_t>(level - 1)].id;
}

catalog::Kind KindAt(const Chain& chain, int level) {
  if (level == 1) return catalog::Kind::kCatalog;
  if (level == 2) return catalog::Kind::kSchema;
  return level == 3 ? chain.kind : catalog::Kind::kUnspecified;
}

bool InScope(const Identity& who, const Chain& chain) {
  if (who.scope == nullptr) return true;
  for (const int64_t allowed : *who.scope) {
    for (int level = 0; level <= chain.depth; ++level) {
      if (IdAt(chain, level) == allowed) return true;
    }
  }
  return false;
}

// What the question needs, and at which level.
std::vector<std::pair<Privilege, int>> Needs(Privilege privilege, const Chain& chain) {
  std::vector<std::pair<Privilege, int>> needs;
  if (privilege != Privilege::kBrowse && chain.depth >= 1) {
    needs.emplace_back(Privilege::kUseCatalog, 1);
  }
  if (privilege != Privilege::kBrowse && chain.depth >= 2) {
    needs.emplace_back(Privilege::kUseSchema, 2);
  }
  needs.emplace_back(privilege, chain.depth);
  return needs;
}

}  // namespace

const NaivePrincipal* NaiveWorld::Find(PrincipalId id) const {
  for (const NaivePrincipal& principal : principals) {
    if (principal.id == id) return &principal;
  }
  return nullptr;
}

bool NaiveWorld::Alive(PrincipalId id) const {
  const NaivePrincipal* principal = Find(id);
  return principal != nullptr && principal->active && !principal->deleted;
}

bool NaiveWorld::IsIn(PrincipalId member, PrincipalId other) const {
  if (member == other) return true;
  for (const NaiveMember& membership : members) {
    if (membership.member == member && Alive(membership.group) && IsIn(membership.group, other)) {
      return true;
    }
  }
  return false;
}

bool NaiveWorld::IsIn(const Identity& who, PrincipalId other) const {
  if (IsIn(who.principal, other)) return true;
  if (who.claims == nullptr) return false;
  for (const PrincipalId group : who.claims->groups) {
    if (Alive(group) && IsIn(group, other)) return true;
  }
  return false;
}

bool NaiveWorld::IsNested(PrincipalId member, PrincipalId other) const {
  if (member == other) return true;
  for (const NaiveMember& membership : members) {
    if (membership.member == member && IsNested(membership.group, other)) return true;
  }
  return false;
}

int NaiveWorld::LevelsAbove(PrincipalId id) const {
  int above = 0;
  for (const NaiveMember& membership : members) {
    if (membership.member == id) above = std::max(above, LevelsAbove(membership.group));
  }
  return above + 1;
}

int NaiveWorld::LevelsBelow(PrincipalId id) const {
  if (const NaivePrincipal* principal = Find(id); principal == nullptr || !principal->group) {
    return 0;
  }
  int below = 0;
  for (const NaiveMember& membership : members) {
    if (membership.group == id) below = std::max(below, LevelsBelow(membership.member));
  }
  return below + 1;
}

bool NaiveWorld::Has(const Identity& who, Privilege privilege, const Chain& chain,
                     int level) const {
  if (IsIn(who, owner)) return true;
  for (int above = 0; above <= level; ++above) {
    if (above > 0 && IsIn(who, chain.links[static_cast<size_t>(above - 1)].owner)) {
      return true;
    }
    for (const NaiveGrant& grant : grants) {
      if (grant.securable == IdAt(chain, above) && Gives(grant.privilege, privilege) &&
          IsIn(who, grant.principal)) {
        return true;
      }
    }
  }
  return false;
}

Outcome NaiveWorld::Decide(const Identity& who, Privilege privilege, const Chain& chain) const {
  if (!Alive(who.principal)) return Outcome::kInactive;
  if (who.read_only && !IsReading(privilege)) return Outcome::kOutOfScope;
  if (!InScope(who, chain)) return Outcome::kOutOfScope;
  for (const auto& [need, level] : Needs(privilege, chain)) {
    if (Has(who, need, chain, level)) continue;
    if (level == chain.depth && need == privilege) {
      if (need == Privilege::kUseCatalog && level == 1) return Outcome::kNoUseCatalog;
      if (need == Privilege::kUseSchema && level == 2) return Outcome::kNoUseSchema;
      return Outcome::kNoPrivilege;
    }
    return level == 1 ? Outcome::kNoUseCatalog : Outcome::kNoUseSchema;
  }
  return Outcome::kAllowed;
}

bool NaiveWorld::Sees(const Identity& who, const Chain& chain) const {
  if (!Alive(who.principal) || !InScope(who, chain)) return false;
  if (chain.depth == 0) return true;
  if (Has(who, Privilege::kBrowse, chain, chain.depth)) return true;
  if (chain.depth > 1 && !Has(who, Privilege::kUseCatalog, chain, 1)) return false;
  if (chain.depth > 2 && !Has(who, Privilege::kUseSchema, chain, 2)) return false;
  for (const Privilege privilege : ToList(ApplicablePrivileges(chain.kind))) {
    const bool gate = privilege == Privilege::kUseCatalog || privilege == Privilege::kUseSchema;
    const bool own_gate = (privilege == Privilege::kUseCatalog && chain.depth == 1) ||
                          (privilege == Privilege::kUseSchema && chain.depth == 2);
    if (gate && !own_gate) continue;
    if (Has(who, privilege, chain, chain.depth)) return true;
  }
  return false;
}

std::vector<Privilege> NaiveWorld::Effective(const Identity& who, const Chain& chain) const {
  std::vector<Privilege> effective;
  if (!Alive(who.principal) || !InScope(who, chain)) return effective;
  for (int i = 0; i < kPrivilegeCount; ++i) {
    const auto privilege = static_cast<Privilege>(i);
    if (who.read_only && !IsReading(privilege)) continue;
    if (Has(who, privilege, chain, chain.depth)) effective.push_back(privilege);
  }
  return effective;
}

void NaiveWorld::ReasonsFor(const Identity& who, Privilege privilege, const Chain& chain, int level,
                            std::set<NaiveReason>& reasons) const {
  for (int above = 0; above <= level; ++above) {
    const PrincipalId of_it =
        above == 0 ? owner : chain.links[static_cast<size_t>(above - 1)].owner;
    const int64_t id = IdAt(chain, above);
    if (IsIn(who, of_it)) {
      reasons.emplace(privilege, id, Reason::Kind::kOwner, privilege, of_it);
    }
    for (const NaiveGrant& grant : grants) {
      if (grant.securable == id && Gives(grant.privilege, privilege) &&
          IsIn(who, grant.principal)) {
        reasons.emplace(privilege, id, Reason::Kind::kGrant, grant.privilege, grant.principal);
      }
    }
  }
}

std::set<NaiveReason> NaiveWorld::Reasons(const Identity& who, Privilege privilege,
                                          const Chain& chain) const {
  std::set<NaiveReason> reasons;
  if (!Alive(who.principal)) return reasons;
  for (const auto& [need, level] : Needs(privilege, chain)) {
    ReasonsFor(who, need, chain, level, reasons);
  }
  return reasons;
}

std::set<std::pair<Privilege, int64_t>> NaiveWorld::Lacks(const Identity& who, Privilege privilege,
                                                          const Chain& chain) const {
  std::set<std::pair<Privilege, int64_t>> lacks;
  const Outcome outcome = Decide(who, privilege, chain);
  if (outcome == Outcome::kInactive || outcome == Outcome::kOutOfScope) return lacks;
  for (const auto& [need, level] : Needs(privilege, chain)) {
    if (Has(who, need, chain, level)) continue;
    int at = level;
    while (at > 0 && !ApplicablePrivileges(KindAt(chain, at)).Has(need)) --at;
    lacks.emplace(need, IdAt(chain, at));
  }
  // ALL PRIVILEGES on something is its gate as well.
  const int64_t last = IdAt(chain, chain.depth);
  if (lacks.contains({Privilege::kAllPrivileges, last})) {
    lacks.erase({Privilege::kUseCatalog, last});
    lacks.erase({Privilege::kUseSchema, last});
  }
  return lacks;
}

}  // namespace whence::access::test
