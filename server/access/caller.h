// A principal as the files of this room that decide see it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "access/decision.h"
#include "access/index.h"
#include "access/index_state.h"

namespace whence::access {

// What one principal has on each link of a chain: [0] on the metastore ... [depth] on the last
// link. ALL PRIVILEGES is expanded, what comes from above is in what is below.
using Levels = std::array<PrivilegeSet, 4>;

// Purpose: questions about one principal. No allocation.
// Ownership: borrows the state. Thread-safety: as a value.
class Caller {
 public:
  Caller(const State& state, PrincipalId id) : state_(state), id_(id), subject_(state.Find(id)) {}

  // Not alive: the other questions must not be asked.
  bool alive() const { return subject_ != nullptr && subject_->alive; }

  // Whether it is that principal, or in that group.
  bool Is(PrincipalId other) const {
    if (other == id_) return true;
    const Subject* const group = state_.Find(other);
    return group != nullptr && group->slot != kNoSlot && subject_->IsIn(group->slot);
  }

  // What was granted to it on a securable itself.
  PrivilegeSet GrantedOn(int64_t securable) const {
    const GrantList* const list = state_.grants.Find(securable);
    if (list == nullptr) return {};
    uint32_t bits = 0;
    if (subject_->slot == kNoSlot) bits = OfGrantee(list->begin(), list->first_group(), id_);
    if (subject_->group_count == 0) return PrivilegeSet::FromBits(bits);
    if (list->groups > kFewEntries && subject_->group_count * kSearchCost < list->groups) {
      bits |= OfFewGroups(*list);
    } else {
      for (const GrantEntry* entry = list->first_group(); entry != list->end(); ++entry) {
        if (subject_->IsIn(entry->grantee)) bits |= entry->privileges;
      }
    }
    return PrivilegeSet::FromBits(bits);
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

  uint32_t OfFewGroups(const GrantList& list) const {
    uint32_t bits = 0;
    for (uint32_t word = 0; word < subject_->words; ++word) {
      for (uint64_t rest = subject_->groups[static_cast<std::ptrdiff_t>(word)]; rest != 0;
           rest &= rest - 1) {
        const int64_t slot = int64_t{word} * 64 + std::countr_zero(rest);
        bits |= OfGrantee(list.first_group(), list.end(), slot);
      }
    }
    return bits;
  }

  const State& state_;
  const PrincipalId id_;
  const Subject* const subject_;
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

}  // namespace whence::access
