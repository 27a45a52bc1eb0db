// Who may what, worked out from lists of facts each time anew: no index, no cache, no bit tricks.
// What the index says is compared with it.
#pragma once

#include <cstdint>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "access/decision.h"
#include "access/index.h"
#include "access/principal.h"
#include "access/privilege.h"

namespace whence::access::test {

struct NaivePrincipal {
  PrincipalId id = kNobody;
  bool group = false;
  bool active = true;
  bool deleted = false;
};
struct NaiveMember {
  PrincipalId group = kNobody;
  PrincipalId member = kNobody;
};
struct NaiveGrant {
  int64_t securable = 0;
  PrincipalId principal = kNobody;
  Privilege privilege = Privilege::kUseCatalog;
};
// A reason without its way: which privilege it gives, where, by what as granted, through whom.
using NaiveReason = std::tuple<Privilege, int64_t, Reason::Kind, Privilege, PrincipalId>;

struct NaiveWorld {
  std::vector<NaivePrincipal> principals;
  std::vector<NaiveMember> members;
  std::vector<NaiveGrant> grants;
  PrincipalId owner = kNobody;  // of the metastore

  bool Alive(PrincipalId id) const;
  // Whether `member` is `other`, or in it through groups that are all alive.
  bool IsIn(PrincipalId member, PrincipalId other) const;
  // The same of a caller, with the groups that its credential names.
  bool IsIn(const Identity& who, PrincipalId other) const;
  // The same whatever the state of the groups: what a cycle is made of.
  bool IsNested(PrincipalId member, PrincipalId other) const;
  int LevelsAbove(PrincipalId id) const;  // groups one in the other, from it upwards
  int LevelsBelow(PrincipalId id) const;

  Outcome Decide(const Identity& who, Privilege privilege, const Chain& chain) const;
  bool Sees(const Identity& who, const Chain& chain) const;
  std::vector<Privilege> Effective(const Identity& who, const Chain& chain) const;
  std::set<NaiveReason> Reasons(const Identity& who, Privilege privilege, const Chain& chain) const;
  std::set<std::pair<Privilege, int64_t>> Lacks(const Identity& who, Privilege privilege,
                                                const Chain& chain) const;

 private:
  const NaivePrincipal* Find(PrincipalId id) const;
  bool Has(const Identity& who, Privilege privilege, const Chain& chain, int level) const;
  void ReasonsFor(const Identity& who, Privilege privilege, const Chain& chain, int level,
                  std::set<NaiveReason>& reasons) const;
};

}  // namespace whence::access::test
