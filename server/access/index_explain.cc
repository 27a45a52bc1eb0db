// Decisions with all their reasons; part of index.h.

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "access/caller.h"
#include "access/index.h"
#include "access/index_state.h"

namespace whence::access {
namespace {

// The groups that a principal is in, each with the groups on a shortest way to it, itself the last.
using Ways = std::map<PrincipalId, std::vector<PrincipalId>>;

// The groups that it is in directly, or at the word of its credential.
std::vector<PrincipalId> FirstGroups(const State& state, const Identity& who) {
  std::vector<PrincipalId> groups = state.At(who.principal).facts->groups;
  if (who.claims == nullptr) return groups;
  for (const PrincipalId group : who.claims->groups) {
    if (state.Find(group) != nullptr) groups.push_back(group);
  }
  return groups;
}

Ways WaysFrom(const State& state, const Identity& who) {
  const PrincipalId principal = who.principal;
  Ways ways;
  std::vector<PrincipalId> queue = {principal};
  for (size_t next = 0; next < queue.size(); ++next) {
    const PrincipalId at = queue[next];
    const std::vector<PrincipalId> above =
        at == principal ? FirstGroups(state, who) : state.At(at).facts->groups;
    for (const PrincipalId group : above) {
      if (group == principal || ways.contains(group) || !state.At(group).alive) continue;
      std::vector<PrincipalId> way = at == principal ? std::vector<PrincipalId>() : ways.at(at);
      way.push_back(group);
      ways.emplace(group, std::move(way));
      queue.push_back(group);
    }
  }
  return ways;
}

// Purpose: collects the reasons for some privileges on a chain. Ownership: borrows the state.
// Thread-safety: none.
class Reasons {
 public:
  Reasons(const State& state, const Identity& who)
      : state_(state), principal_(who.principal), ways_(WaysFrom(state, who)) {}

  // Everything that gives `privilege` at level `level` of the chain or above.
  void Collect(Privilege privilege, const Chain& chain, int level) {
    CollectOn(kMetastore, state_.metastore_owner, privilege);
    for (int i = 0; i < level; ++i) {
      const Link& link = chain.links[static_cast<size_t>(i)];
      CollectOn(link.id, link.owner, privilege);
    }
  }

  std::vector<Reason> Take() && { return std::move(reasons_); }

 private:
  void CollectOn(int64_t securable, PrincipalId owner, Privilege privilege) {
    if (owner == principal_ || ways_.contains(owner)) {
      Add(Reason::Kind::kOwner, privilege, securable, owner, privilege);
    }
    const GrantList* const list = state_.grants.Find(securable);
    if (list == nullptr) return;
    for (const GrantEntry* entry = list->begin(); entry != list->end(); ++entry) {
      const bool group = entry >= list->first_group();
      const PrincipalId grantee = group ? state_.GroupAt(entry->grantee) : entry->grantee;
      if (grantee != principal_ && !(group && ways_.contains(grantee))) continue;
      const auto granted = PrivilegeSet::FromBits(entry->privileges);
      for (const Privilege one : ToList(granted)) {
        if (!PrivilegeSet(one).Expanded().Has(privilege)) continue;
        Add(Reason::Kind::kGrant, one, securable, grantee, privilege);
      }
    }
  }

  void Add(Reason::Kind kind, Privilege as_granted, int64_t securable, PrincipalId grantee,
           Privilege gives) {
    Reason reason;
    reason.kind = kind;
    reason.privilege = as_granted;
    reason.securable = securable;
    if (grantee != principal_) reason.through = ways_.at(grantee);
    reason.gives = gives;
    reasons_.push_back(std::move(reason));
  }

  const State& state_;
  const PrincipalId principal_;
  const Ways ways_;
  std::vector<Reason> reasons_;
};

catalog::Kind KindAt(const Chain& chain, int level) {
  if (level == 0) return catalog::Kind::kUnspecified;
  if (level == 1) return catalog::Kind::kCatalog;
  return level == 2 ? catalog::Kind::kSchema : chain.kind;
}

// The lowest level at which the privilege may be granted.
int GrantLevel(Privilege privilege, const Chain& chain) {
  int level = chain.depth;
  while (level > 0 && !ApplicablePrivileges(KindAt(chain, level)).Has(privilege)) --level;
  return level;
}

}  // namespace

std::vector<Reason> Snapshot::WaysTo(const Identity& who, PrivilegeSet privileges,
                                     const Chain& chain) const {
  if (!Caller(*state_, who).alive()) return {};
  Reasons reasons(*state_, who);
  if (chain.depth >= 1) reasons.Collect(Privilege::kUseCatalog, chain, 1);
  if (chain.depth >= 2) reasons.Collect(Privilege::kUseSchema, chain, 2);
  for (const Privilege privilege : ToList(privileges)) {
    reasons.Collect(privilege, chain, chain.depth);
  }
  return std::move(reasons).Take();
}

Explanation Snapshot::Explain(const Identity& who, Privilege privilege, const Chain& chain,
                              const Taken& taken) const {
  Explanation explanation;
  explanation.outcome = Decide(who, privilege, chain, taken);
  if (explanation.outcome == Outcome::kInactive) return explanation;

  // What is needed, and at which level.
  std::vector<std::pair<Privilege, int>> needs;
  if (privilege != Privilege::kBrowse) {
    if (chain.depth >= 1) needs.emplace_back(Privilege::kUseCatalog, 1);
    if (chain.depth >= 2) needs.emplace_back(Privilege::kUseSchema, 2);
  }
  const std::pair<Privilege, int> asked(privilege, chain.depth);
  if (std::find(needs.begin(), needs.end(), asked) == needs.end()) needs.push_back(asked);

  const Levels levels = Caller(*state_, who).LevelsOf(chain);
  Reasons reasons(*state_, who);
  for (const auto& [need, level] : needs) {
    // What gives a gate that is itself asked about further down is collected there.
    if (need != privilege || level == chain.depth) reasons.Collect(need, chain, level);
    if (levels[static_cast<size_t>(level)].Has(need)) continue;
    if (explanation.outcome == Outcome::kOutOfScope) continue;
    const int at = level == chain.depth ? GrantLevel(need, chain) : level;
    const Lack lack{
        .privilege = need,
        .securable = at == 0 ? kMetastore : chain.links[static_cast<size_t>(at) - 1].id};
    if (std::find(explanation.lacks.begin(), explanation.lacks.end(), lack) ==
        explanation.lacks.end()) {
      explanation.lacks.push_back(lack);
    }
  }
  // ALL PRIVILEGES brings the gate of what it is granted on.
  if (privilege == Privilege::kAllPrivileges && !explanation.lacks.empty()) {
    const Lack all = explanation.lacks.back();
    std::erase_if(explanation.lacks, [&all](const Lack& lack) {
      return all.privilege == Privilege::kAllPrivileges && lack.securable == all.securable &&
             lack != all;
    });
  }
  explanation.has = std::move(reasons).Take();
  return explanation;
}

}  // namespace whence::access
