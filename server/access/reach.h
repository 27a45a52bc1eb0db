// What a caller has anything to do with: for lists that look at this alone, where it sees few of
// very many. And the other way round: who has anything to do with a thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "access/principal.h"
#include "base/position.h"
#include "sql/connection.h"

namespace whence::access {

// Whether the caller may see things `depth` levels deep, in what the chain leads to, on which it
// has nothing of its own, nor on anything on the way: by what it has on the chain. When not, all
// that it sees there was granted to one of PrincipalsOf, is owned by one, or stands in such a
// thing. `depth` from 1 to 3, and more than the chain's. Policies, which only take, play no part.
// No allocation.
bool SeesInside(const Snapshot& access, const Identity& who, const Chain& chain, int depth);

// Whether the caller's token is for what the chain leads to, or for something above it; of a
// credential that is no such token, always. No allocation.
bool Reaches(const Identity& who, const Chain& chain);

// By whom grants and ownership count for the caller: itself, the groups that it is in, and those
// that its credential names, as far as they are active; by id, each once. Nobody when it is not
// active itself.
std::vector<PrincipalId> PrincipalsOf(const Snapshot& access, const Identity& who);

// Ids of the securables on which the principal itself holds grants as of the position, each as
// often as it holds some; no more than `most`. Takes time by what it finds, not by what there is or
// was.
absl::StatusOr<std::vector<int64_t>> GrantedTo(sql::Connection& connection, Position as_of,
                                               PrincipalId principal, size_t most);

// Whom grants on the chain's links, or on the metastore, name, and who owns these; by id, each
// once. All that anybody has there comes from these.
std::vector<PrincipalId> NamedOn(const Snapshot& access, const Chain& chain);

// The users and services among some principals and in their groups, directly or through groups, as
// far as all of these are active: no more than `most` of them, from the first on whose name comes
// after `after`, by name.
std::vector<PrincipalId> PeopleOf(const Snapshot& access, std::span<const PrincipalId> principals,
                                  std::string_view after, size_t most);

}  // namespace whence::access
