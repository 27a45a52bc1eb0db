// A principal as the files of this room that decide see it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "access/decision.h"
#include "access/index.h"
#include "access/index_state.h"

namespace whence::access {

// What one principal has on each link of a chain: [0] on the metastore ... [depth] on the last
// link. ALL PRIVILEGES is expanded, what comes from above is in what is below.
using Levels = std::array<PrivilegeSet, 4>;

// Purpose: questions about one principal, with the groups that its credential names. No allocation.
// Ownership: borrows state and identity. Thread-safety: as a value.
class Caller {
 public:
  Caller(const State& state, const Identity& who)
      : state_(state),
        id_(who.principal),
        subject_(state.Find(who.principal)),
        claimed_(who.claims == nullptr || who.claims->groups.empty() ? nullptr
                                                                     : &who.claims->groups) {}

  // Not alive: the other questions must not be asked.
  bool alive() const { return subject_ != nullptr && subject_->alive; }
  // There, active or not. Then it may be asked who it is.
  bool known() const { return subject_ != nullptr && !subject_->facts->deleted; }

  // Whether it is that principal, or in that group.
  bool Is(PrincipalId other) const {
    if (other == id_) return true;
    const Subject* const group = state_.Find(other);
    if (group == nullptr || group->slot == kNoSlot) return false;
    return subject_->IsIn(group->slot) || (claimed_ != nullptr && ClaimsToBeIn(group->slot));
  }

  bool IsAnyOf(std::span<const PrincipalId> others) const {
    return std::any_of(others.begin(), others.end(), [this](PrincipalId id) { return Is(id); });
  }

  // What was granted to it on a securable itself.
  PrivilegeSet GrantedOn(int64_t securable) const {
    const GrantList* const list = state_.grants.Find(securable);
    if (list == nullptr) return {};
    uint32_t bits = 0;
    if (subject_->slot == kNoSlot) bits = OfGrantee(list->begin(), list->first_group(), id_);
    bits |= OfGroups(*subject_, *list);
    if (claimed_ != nullptr) bits |= OfClaimedGroups(*list);
    return PrivilegeSet::FromBits(bits);
  }

  // Calls visit(id) for each group that counts for it, some more than once.
  template <class Visit>
  void EachGroup(const Visit& visit) const {
    EachGroupOf(*subject_, visit);
    if (claimed_ == nullptr) return;
    for (const PrincipalId id : *claimed_) {
      if (const Subject* const group = ClaimedGroup(id); group != nullptr) {
        EachGroupOf(*group, visit);
      }
    }
  }

  Levels LevelsOf(const Chain& chain) const {
    Levels levels;
    PrivilegeSet has = GrantedOn(kMetastore);
    if (Is(state_.metastore_owner)) has = PrivilegeSet::Everything();
    levels[0] = has.Expanded();
    for (int i = 0; i < chain.depth; ++i) {
      const Link& link = chain.links[static_cast<size_t>(i)];
      if (has != PrivilegeSet::Everything()) {
        has = Is(link.owner) ? PrivilegeSet::Everything() : has | GrantedOn(link.id);
      }
      levels[static_cast<size_t>(i) + 1] = has.Expanded();
    }
    return levels;
  }

 private:
  // Up to so many entries are gone through; of more, one search costs about as much as passing by
  // so many.
  static constexpr uint32_t kFewEntries = 64;
  static constexpr uint32_t kSearchCost = 12;

  static uint32_t OfGrantee(const GrantEntry* begin, const GrantEntry* end, int64_t grantee) {
    const GrantEntry* const found = std::lower_bound(
        begin, end, grantee,
        [](const GrantEntry& entry, int64_t wanted) { return entry.grantee < wanted; });
    return found != end && found->grantee == grantee ? found->privileges : 0;
  }

  template <class Visit>
  void EachGroupOf(const Subject& subject, const Visit& visit) const {
    for (uint32_t word = 0; word < subject.words; ++word) {
      for (uint64_t rest = subject.groups[static_cast<std::ptrdiff_t>(word)]; rest != 0;
           rest &= rest - 1) {
        visit(state_.GroupAt(word * 64 + static_cast<GroupSlot>(std::countr_zero(rest))));
      }
    }
  }

  // What the groups have that a subject is in.
  static uint32_t OfGroups(const Subject& subject, const GrantList& list) {
    if (subject.group_count == 0) return 0;
    if (list.groups > kFewEntries && subject.group_count * kSearchCost < list.groups) {
      return OfFewGroups(subject, list);
    }
    uint32_t bits = 0;
    for (const GrantEntry* entry = list.first_group(); entry != list.end(); ++entry) {
      if (subject.IsIn(entry->grantee)) bits |= entry->privileges;
    }
    return bits;
  }

  static uint32_t OfFewGroups(const Subject& subject, const GrantList& list) {
    uint32_t bits = 0;
    for (uint32_t word = 0; word < subject.words; ++word) {
      for (uint64_t rest = subject.groups[static_cast<std::ptrdiff_t>(word)]; rest != 0;
           rest &= rest - 1) {
        const int64_t slot = int64_t{word} * 64 + std::countr_zero(rest);
        bits |= OfGrantee(list.first_group(), list.end(), slot);
      }
    }
    return bits;
  }

  // A live group that the credential names; a group is in itself. Null for one that does not count.
  const Subject* ClaimedGroup(PrincipalId id) const {
    const Subject* const group = state_.Find(id);
    return group != nullptr && group->alive ? group : nullptr;
  }

  bool ClaimsToBeIn(GroupSlot slot) const {
    return std::any_of(claimed_->begin(), claimed_->end(), [&](PrincipalId id) {
      const Subject* const group = ClaimedGroup(id);
      return group != nullptr && group->IsIn(slot);
    });
  }

  uint32_t OfClaimedGroups(const GrantList& list) const {
    uint32_t bits = 0;
    for (const PrincipalId id : *claimed_) {
      if (const Subject* const group = ClaimedGroup(id); group != nullptr) {
        bits |= OfGroups(*group, list);
      }
    }
    return bits;
  }

  const State& state_;
  const PrincipalId id_;
  const Subject* const subject_;
  const std::vector<PrincipalId>* const claimed_;  // null: none, as most have none
};

// Whether a token may have to do with what the chain leads to at all.
inline bool InScope(const Identity& who, const Chain& chain) {
  if (who.scope == nullptr) return true;
  const auto has = [&scope = *who.scope](int64_t id) {
    return std::find(scope.begin(), scope.end(), id) != scope.end();
  };
  if (has(kMetastore)) return true;
  for (int i = 0; i < chain.depth; ++i) {
    if (has(chain.links[static_cast<size_t>(i)].id)) return true;
  }
  return false;
}

// A token's scope and whether it may only read.
inline bool MayUse(const Identity& who, Privilege privilege, const Chain& chain) {
  return (!who.read_only || kReadingPrivileges.Has(privilege)) && InScope(who, chain);
}

// What grants and ownership say of the privilege on the last link, gates included.
inline Outcome Judge(const Levels& levels, Privilege privilege, int depth) {
  if (privilege != Privilege::kBrowse) {
    if (depth >= 1 && !levels[1].Has(Privilege::kUseCatalog)) return Outcome::kNoUseCatalog;
    if (depth >= 2 && !levels[2].Has(Privilege::kUseSchema)) return Outcome::kNoUseSchema;
  }
  return levels[static_cast<size_t>(depth)].Has(privilege) ? Outcome::kAllowed
                                                           : Outcome::kNoPrivilege;
}

// What lets see a thing of that kind, once its gates are passed. Of the gates only its own says
// something about a catalog or schema.
inline PrivilegeSet Telling(catalog::Kind kind) {
  PrivilegeSet telling = ApplicablePrivileges(kind) - kGates;
  if (kind == catalog::Kind::kCatalog) telling |= Privilege::kUseCatalog;
  if (kind == catalog::Kind::kSchema) telling |= Privilege::kUseSchema;
  return telling;
}

// Whether metadata is seen `depth` levels down, from 1, of what `telling` lets see.
inline bool SeenWith(const Levels& levels, int depth, PrivilegeSet telling) {
  const PrivilegeSet on_it = levels[static_cast<size_t>(depth)];
  if (on_it.Has(Privilege::kBrowse)) return true;
  if (depth >= 2 && !levels[1].Has(Privilege::kUseCatalog)) return false;
  if (depth >= 3 && !levels[2].Has(Privilege::kUseSchema)) return false;
  return on_it.HasAny(telling);
}

}  // namespace whence::access
