#include "access_world.h"

#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/status_macros.h"

namespace whence::access::test {
namespace {

// Two catalogs, with two schemas each, with three assets each.
constexpr int kCatalogs = 2;
constexpr int kSchemas = 2;
constexpr int kAssets = 3;
constexpr size_t kSecurables = 1 + kCatalogs * (1 + kSchemas * (1 + kAssets));

constexpr Kind kKinds[] = {Kind::kTable, Kind::kVolume, Kind::kModel, Kind::kJob, Kind::kDashboard};

int64_t IdOf(int catalog, int schema = -1, int asset = -1) {
  int64_t id = 1 + catalog * (1 + kSchemas * (1 + kAssets));
  if (schema >= 0) id += 1 + schema * (1 + kAssets);
  if (asset >= 0) id += 1 + asset;
  return id;
}

}  // namespace

Chain AccessWorld::AnyChain() {
  const int ids[] = {static_cast<int>(Any(kCatalogs)), static_cast<int>(Any(kSchemas)),
                     static_cast<int>(Any(kAssets))};
  Chain chain;
  chain.depth = Once(8) ? static_cast<int>(Any(3)) : 3;
  for (int i = 0; i < chain.depth; ++i) {
    Link& link = chain.links[static_cast<size_t>(i)];
    link.id = IdOf(ids[0], i >= 1 ? ids[1] : -1, i >= 2 ? ids[2] : -1);
    link.owner = Once(4) ? AnyId() : kNobody;
  }
  chain.kind = chain.depth == 3   ? kKinds[static_cast<size_t>(chain.links[2].id) % 5]
               : chain.depth == 2 ? Kind::kSchema
               : chain.depth == 1 ? Kind::kCatalog
                                  : Kind::kUnspecified;
  return chain;
}

Identity AccessWorld::AnyIdentity() {
  Identity who;
  who.principal = AnyId();
  who.read_only = Once(6);
  if (Once(6)) {
    std::vector<int64_t> scope;
    while (scope.size() < 1 + Any(3)) scope.push_back(AnySecurable());
    who.scope = std::make_shared<const std::vector<int64_t>>(std::move(scope));
  }
  if (Once(3)) {
    // Also groups that are inactive, deleted or not there.
    std::set<PrincipalId> groups;
    for (size_t left = 1 + Any(3); left > 0; --left) {
      const PrincipalId id = AnyId();
      const bool person =
          std::any_of(naive.principals.begin(), naive.principals.end(),
                      [&](const NaivePrincipal& one) { return one.id == id && !one.group; });
      if (!person) groups.insert(id);
    }
    who.claims = std::make_shared<const IssuerClaims>(
        IssuerClaims{.issuer = "https://issuer.example", .groups = {groups.begin(), groups.end()}});
  }
  return who;
}

int64_t AccessWorld::AnySecurable() { return static_cast<int64_t>(Any(kSecurables)); }

PrivilegeSet AccessWorld::AnyPrivileges() {
  if (Once(8)) return Privilege::kAllPrivileges;
  PrivilegeSet set = AnyPrivilege();
  if (Once(2)) set |= Privilege::kUseCatalog;
  if (Once(2)) set |= Privilege::kUseSchema;
  return set;
}

NaivePrincipal* AccessWorld::AnyLive() {
  NaivePrincipal& principal = naive.principals[Any(naive.principals.size())];
  return principal.deleted ? nullptr : &principal;
}

NaivePrincipal* AccessWorld::AnyGroup() {
  for (int tries = 0; tries < 4; ++tries) {
    NaivePrincipal* const principal = AnyLive();
    if (principal != nullptr && principal->group) return principal;
  }
  return nullptr;
}

void AccessWorld::Mutate() {
  const NaiveWorld before = naive;
  const absl::Status status =
      fixture.Do([&](Context& context, const ledger::Change& change) -> absl::Status {
        const size_t steps = naive.principals.empty() ? 12 : 1 + Any(6);
        for (size_t i = 0; i < steps; ++i) {
          WHENCE_RETURN_IF_ERROR(naive.principals.size() < 6 ? StepCreate(context, change)
                                                             : Step(context, change));
        }
        // Now and then all of it is undone, as when an operation fails at its end.
        return Once(10) ? absl::CancelledError("undone") : absl::OkStatus();
      });
  if (absl::IsCancelled(status)) {
    naive = before;
    return;
  }
  INFO(status);
  REQUIRE(status.ok());
  history.emplace_back(fixture.now, naive);
}

absl::Status AccessWorld::Step(Context& context, const ledger::Change& change) {
  const size_t which = Any(100);
  if (which < 8 && naive.principals.size() < 40) return StepCreate(context, change);
  if (which < 14) return StepActive(context, change);
  if (which < 16) return StepDelete(context, change);
  if (which < 42) return StepAddMember(context, change);
  if (which < 50) return StepRemoveMember(context, change);
  if (which < 93) return StepGrant(context, change);
  if (which < 97) return StepToken(context, change);
  return StepOwner(context, change);
}

absl::Status AccessWorld::StepCreate(Context& context, const ledger::Change& change) {
  NewPrincipal wanted;
  const bool group = Once(2);
  wanted.name = absl::StrCat(group ? "group:" : Once(4) ? "svc:" : "user:", "p", ++names_);
  WHENCE_ASSIGN_OR_RETURN(const Principal made, CreatePrincipal(context, change, wanted));
  naive.principals.push_back({.id = made.id, .group = group, .active = true, .deleted = false});
  return absl::OkStatus();
}

absl::Status AccessWorld::StepActive(Context& context, const ledger::Change& change) {
  NaivePrincipal* const principal = AnyLive();
  if (principal == nullptr) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(Principal wanted,
                          GetPrincipalById(context.connection(), kNow, principal->id));
  principal->active = !Once(4);
  wanted.active = principal->active;
  return UpdatePrincipal(context, change, wanted).status();
}

absl::Status AccessWorld::StepDelete(Context& context, const ledger::Change& change) {
  NaivePrincipal* const principal = AnyLive();
  if (principal == nullptr) return absl::OkStatus();
  const PrincipalId id = principal->id;
  WHENCE_ASSIGN_OR_RETURN(const Principal wanted, GetPrincipalById(context.connection(), kNow, id));
  const absl::Status status = DeletePrincipal(context, change, wanted).status();
  if (id == naive.owner) {
    CHECK(ReasonOf(status) == "PRINCIPAL_OWNS");
    return absl::OkStatus();
  }
  WHENCE_RETURN_IF_ERROR(status);
  principal->deleted = true;
  std::erase_if(naive.members,
                [&](const NaiveMember& m) { return m.group == id || m.member == id; });
  std::erase_if(naive.grants, [&](const NaiveGrant& grant) { return grant.principal == id; });
  return absl::OkStatus();
}

absl::Status AccessWorld::StepAddMember(Context& context, const ledger::Change& change) {
  const NaivePrincipal* const group = AnyGroup();
  const NaivePrincipal* const member = AnyLive();
  if (group == nullptr || member == nullptr) return absl::OkStatus();
  const bool there = std::any_of(
      naive.members.begin(), naive.members.end(),
      [&](const NaiveMember& m) { return m.group == group->id && m.member == member->id; });
  const absl::StatusOr<bool> added = AddMember(context, change, group->id, member->id);
  if (there) {
    CHECK((added.ok() && !*added));
  } else if (member->group && naive.IsNested(group->id, member->id)) {
    CHECK(ReasonOf(added.status()) == "GROUP_CYCLE");
  } else if (naive.LevelsAbove(group->id) + naive.LevelsBelow(member->id) > kMaxGroupDepth) {
    CHECK(ReasonOf(added.status()) == "NESTING_TOO_DEEP");
  } else {
    WHENCE_RETURN_IF_ERROR(added.status());
    CHECK(*added);
    naive.members.push_back({.group = group->id, .member = member->id});
  }
  return absl::OkStatus();
}

absl::Status AccessWorld::StepRemoveMember(Context& context, const ledger::Change& change) {
  if (naive.members.empty()) return absl::OkStatus();
  const size_t at = Any(naive.members.size());
  const NaiveMember gone = naive.members[at];
  WHENCE_ASSIGN_OR_RETURN(const bool removed,
                          RemoveMember(context, change, gone.group, gone.member));
  CHECK(removed);
  naive.members.erase(naive.members.begin() + static_cast<std::ptrdiff_t>(at));
  return absl::OkStatus();
}

absl::Status AccessWorld::StepGrant(Context& context, const ledger::Change& change) {
  const NaivePrincipal* const principal = AnyLive();
  if (principal == nullptr) return absl::OkStatus();
  const int64_t securable = AnySecurable();
  const PrivilegeSet add = Once(3) ? PrivilegeSet() : AnyPrivileges();
  PrivilegeSet remove;
  if (Once(2)) remove = AnyPrivileges() | AnyPrivilege() | AnyPrivilege();
  remove = remove - add;
  WHENCE_ASSIGN_OR_RETURN(const GrantChange done,
                          ChangeGrants(context, change, securable, principal->id, add, remove));
  std::vector<NaiveGrant>& grants = naive.grants;
  const size_t before = grants.size();
  std::erase_if(grants, [&](const NaiveGrant& grant) {
    return grant.securable == securable && grant.principal == principal->id &&
           remove.Has(grant.privilege);
  });
  CHECK(before - grants.size() == static_cast<size_t>(done.removed.size()));
  for (const Privilege privilege : ToList(done.added)) {
    grants.push_back({.securable = securable, .principal = principal->id, .privilege = privilege});
  }
  for (const Privilege privilege : ToList(add)) {
    CHECK(std::count_if(grants.begin(), grants.end(), [&](const NaiveGrant& grant) {
            return grant.securable == securable && grant.principal == principal->id &&
                   grant.privilege == privilege;
          }) == 1);
  }
  return absl::OkStatus();
}

absl::Status AccessWorld::StepToken(Context& context, const ledger::Change& change) {
  if (!tokens_.empty() && Once(2)) {
    const absl::Status revoked =
        RevokeToken(context, change, tokens_[Any(tokens_.size())]).status();
    // A token of a mutation that was undone is not there.
    CHECK((revoked.ok() || ReasonOf(revoked) == "TOKEN_NOT_FOUND"));
    return absl::OkStatus();
  }
  const NaivePrincipal* const principal = AnyLive();
  if (principal == nullptr || principal->group) return absl::OkStatus();
  NewToken wanted;
  wanted.principal = principal->id;
  wanted.read_only = Once(2);
  if (Once(2)) wanted.scope = {AnySecurable(), AnySecurable()};
  WHENCE_ASSIGN_OR_RETURN(const MadeToken made, CreateToken(context, change, wanted));
  tokens_.push_back(made.token.id);
  return absl::OkStatus();
}

absl::Status AccessWorld::StepOwner(Context& context, const ledger::Change& change) {
  const NaivePrincipal* const principal = AnyLive();
  if (principal == nullptr) return absl::OkStatus();
  naive.owner = principal->id;
  return SetMetastoreOwner(context, change, principal->id);
}

}  // namespace whence::access::test
