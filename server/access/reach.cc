#include "access/reach.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "access/caller.h"
#include "access/index_state.h"
#include "base/status_macros.h"
#include "catalog/kind.h"

namespace whence::access {
namespace {

using catalog::Kind;

// In the order of the index that answers.
constexpr sql::Query kGrantedTo{
    "SELECT securable_id FROM privilege_grant"
    " WHERE principal_id = ?1 AND valid_to > ?2 AND valid_from <= ?2"
    " ORDER BY valid_to, securable_id LIMIT ?3"};

// What lets see anything that may stand so deep.
PrivilegeSet TellingAt(int depth) {
  if (depth == 1) return Telling(Kind::kCatalog);
  if (depth == 2) return Telling(Kind::kSchema);
  PrivilegeSet telling;
  for (int number = 1; catalog::IsAssetKind(Kind{number}); ++number) {
    telling |= Telling(Kind{number});
  }
  return telling;
}

}  // namespace

bool SeesInside(const Snapshot& access, const Identity& who, const Chain& chain, int depth) {
  const Caller caller(access.state(), who);
  if (!caller.alive() || !InScope(who, chain)) return false;
  Levels levels = caller.LevelsOf(chain);
  // Below the chain nothing is added, and what is above holds.
  std::fill(levels.begin() + chain.depth + 1, levels.end(),
            levels[static_cast<size_t>(chain.depth)]);
  return SeenWith(levels, depth, TellingAt(depth));
}

bool Reaches(const Identity& who, const Chain& chain) { return InScope(who, chain); }

std::vector<PrincipalId> PrincipalsOf(const Snapshot& access, const Identity& who) {
  std::vector<PrincipalId> principals;
  const Caller caller(access.state(), who);
  if (!caller.alive()) return principals;
  principals.push_back(who.principal);
  caller.EachGroup([&principals](PrincipalId group) { principals.push_back(group); });
  std::sort(principals.begin(), principals.end());
  principals.erase(std::unique(principals.begin(), principals.end()), principals.end());
  return principals;
}

absl::StatusOr<std::vector<int64_t>> GrantedTo(sql::Connection& connection, Position as_of,
                                               PrincipalId principal, size_t most) {
  std::vector<int64_t> ids;
  sql::Rows rows = connection.Run(kGrantedTo, principal, as_of, static_cast<int64_t>(most));
  while (rows.Next()) ids.push_back(rows.Int64(0));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return ids;
}

std::vector<PrincipalId> NamedOn(const Snapshot& access, const Chain& chain) {
  const State& state = access.state();
  std::vector<PrincipalId> named;
  const auto take = [&](int64_t securable, PrincipalId owner) {
    if (owner != kNobody) named.push_back(owner);
    const GrantList* const list = state.grants.Find(securable);
    if (list == nullptr) return;
    for (const GrantEntry* entry = list->begin(); entry != list->end(); ++entry) {
      const bool group = entry >= list->first_group();
      named.push_back(group ? state.GroupAt(entry->grantee) : entry->grantee);
    }
  };
  take(kMetastore, state.metastore_owner);
  for (int i = 0; i < chain.depth; ++i) {
    const Link& link = chain.links[static_cast<size_t>(i)];
    take(link.id, link.owner);
  }
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  return named;
}

std::vector<PrincipalId> PeopleOf(const Snapshot& access, std::span<const PrincipalId> principals,
                                  std::string_view after, size_t most) {
  const State& state = access.state();
  std::vector<PrincipalId> people;
  std::vector<PrincipalId> queue(principals.begin(), principals.end());
  absl::flat_hash_set<PrincipalId> met(queue.begin(), queue.end());
  while (!queue.empty()) {
    const PrincipalId id = queue.back();
    queue.pop_back();
    const Subject* const subject = state.Find(id);
    if (subject == nullptr || !subject->alive) continue;
    if (subject->slot == kNoSlot) {
      if (subject->facts->name > after) people.push_back(id);
      continue;
    }
    const auto* const members = state.members.Find(subject->slot);
    if (members == nullptr || *members == nullptr) continue;
    for (const PrincipalId member : **members) {
      if (met.insert(member).second) queue.push_back(member);
    }
  }
  const auto by_name = [&state](PrincipalId a, PrincipalId b) {
    return state.At(a).facts->name < state.At(b).facts->name;
  };
  if (people.size() > most) {
    const auto end = people.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(people.begin(), end, people.end(), by_name);
    people.resize(most);
  }
  std::sort(people.begin(), people.end(), by_name);
  return people;
}

}  // namespace whence::access
