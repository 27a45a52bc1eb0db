#include "service/grant_effect.h"

#include <algorithm>

#include "service/access_chain.h"

namespace whence::service {
namespace {

using access::Privilege;
using access::PrivilegeSet;

// What is of use inside a catalog without any schema: everything else needs USE SCHEMA.
constexpr PrivilegeSet kOfCatalogs = PrivilegeSet(Privilege::kUseCatalog) | Privilege::kBrowse |
                                     Privilege::kCreateSchema | Privilege::kApplyTag |
                                     Privilege::kManage;

int64_t IdAt(const access::Chain& chain, int depth) {
  return chain.links[static_cast<size_t>(depth - 1)].id;
}

// What the principal has at the first `depth` links once the change is made.
PrivilegeSet HasAt(const access::Snapshot& access, const access::Identity& who,
                   const access::Chain& chain, int depth, const DirectGrants& direct) {
  const PrivilegeSet there = access.Effective(who, Above(chain, depth));
  return depth == chain.depth ? there | direct.after.Expanded() : there;
}

std::vector<access::Lack> GatesInTheWay(const access::Snapshot& access, const access::Identity& who,
                                        const access::Chain& chain, const DirectGrants& direct) {
  std::vector<access::Lack> needs;
  if (chain.depth == 0) return needs;  // each catalog has its own; what is granted may be enough
  const PrivilegeSet added = direct.after - direct.before;
  const PrivilegeSet behind_catalog =
      added - PrivilegeSet(Privilege::kBrowse) - PrivilegeSet(Privilege::kUseCatalog);
  if (!behind_catalog.empty() &&
      !HasAt(access, who, chain, 1, direct).Has(Privilege::kUseCatalog)) {
    needs.push_back({.privilege = Privilege::kUseCatalog, .securable = IdAt(chain, 1)});
  }
  const PrivilegeSet behind_schema = behind_catalog - PrivilegeSet(Privilege::kUseSchema) -
                                     (chain.depth == 1 ? kOfCatalogs : PrivilegeSet());
  const int schema = std::min(chain.depth, 2);  // on a catalog the gate of all its schemas
  if (!behind_schema.empty() &&
      !HasAt(access, who, chain, schema, direct).Has(Privilege::kUseSchema)) {
    needs.push_back({.privilege = Privilege::kUseSchema, .securable = IdAt(chain, schema)});
  }
  return needs;
}

// Whether anything but the direct grants that are taken away leads to the privilege.
bool HasOtherWay(const access::Snapshot& access, const access::Identity& who,
                 const access::Chain& chain, Privilege privilege, PrivilegeSet removed) {
  const int64_t here = chain.depth == 0 ? 0 : IdAt(chain, chain.depth);
  const access::Explanation why = access.Explain(who, privilege, chain);
  return std::ranges::any_of(why.has, [&](const access::Reason& reason) {
    const bool taken = reason.kind == access::Reason::Kind::kGrant && reason.securable == here &&
                       reason.through.empty() && removed.Has(reason.privilege);
    return !taken && reason.gives == privilege;
  });
}

}  // namespace

GrantEffect EffectOf(const access::Snapshot& access, const access::Identity& who,
                     const access::Chain& chain, const DirectGrants& direct) {
  GrantEffect effect;
  // ALL PRIVILEGES is a way to the others, and nothing that anybody can do.
  const PrivilegeSet counted =
      access::ApplicablePrivileges(chain.kind) - PrivilegeSet(Privilege::kAllPrivileges);
  effect.gained = (direct.after.Expanded() - access.Effective(who, chain)) & counted;
  const PrivilegeSet removed = direct.before - direct.after;
  const PrivilegeSet may_be_lost = (removed.Expanded() - direct.after.Expanded()) & counted;
  for (const Privilege privilege : access::ToList(may_be_lost)) {
    if (!HasOtherWay(access, who, chain, privilege, removed)) effect.lost |= privilege;
  }
  effect.needs = GatesInTheWay(access, who, chain, direct);
  return effect;
}

}  // namespace whence::service
