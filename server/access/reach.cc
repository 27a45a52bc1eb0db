#include "access/reach.h"

#include <algorithm>

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

}  // namespace whence::access
