#include "service/access_chain.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "catalog/link_cache.h"

namespace whence::service {
namespace {

catalog::Kind KindAt(int depth, catalog::Kind asset) {
  if (depth == 0) return catalog::Kind::kUnspecified;
  if (depth == 1) return catalog::Kind::kCatalog;
  return depth == 2 ? catalog::Kind::kSchema : asset;
}

absl::Status NoSuchId(int64_t id) {
  return NotFound("SECURABLE_NOT_FOUND", absl::StrCat("nothing in the catalog has the id ", id),
                  "ids are shown by get and list; ask as of a time when it existed");
}

// Puts `id` and all above it before the links that are there, from below, then turns them round.
absl::Status Climb(sql::Connection& connection, const access::Snapshot& access, Position as_of,
                   int64_t id, access::Chain* chain) {
  while (id != 0) {
    WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableLink* const link,
                            catalog::FindLink(connection, as_of, id));
    if (link == nullptr) return NoSuchId(id);
    WHENCE_ASSERT(chain->depth < 3);
    if (chain->depth == 0) chain->kind = link->kind;
    chain->links[static_cast<size_t>(chain->depth++)] = {.id = id,
                                                         .owner = access.Find(link->owner)};
    id = link->parent_id;
  }
  std::reverse(chain->links.begin(), chain->links.begin() + chain->depth);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ChainFound> FindChain(sql::Connection& connection, const access::Snapshot& access,
                                     Position as_of, std::span<const std::string> path) {
  WHENCE_ASSIGN_OR_RETURN(const catalog::Trail trail, catalog::FollowPath(connection, as_of, path));
  ChainFound result;
  for (size_t i = 0; i < trail.found; ++i) {
    const int64_t id = trail.steps[i].id;
    WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableLink* const link,
                            catalog::FindLink(connection, as_of, id));
    if (link == nullptr) return NoSuchId(id);
    result.chain.links[i] = {.id = id, .owner = access.Find(link->owner)};
    result.chain.kind = trail.steps[i].kind;
  }
  result.chain.depth = static_cast<int>(trail.found);
  result.whole = trail.found == path.size();
  return result;
}

absl::StatusOr<access::Chain> ChainOfPath(sql::Connection& connection,
                                          const access::Snapshot& access, Position as_of,
                                          std::span<const std::string> path) {
  WHENCE_ASSIGN_OR_RETURN(const ChainFound found, FindChain(connection, access, as_of, path));
  if (!found.whole) return catalog::SecurableNotFound(connection, as_of, path);
  return found.chain;
}

absl::StatusOr<access::Chain> ChainOfId(sql::Connection& connection, const access::Snapshot& access,
                                        Position as_of, int64_t id) {
  access::Chain chain;
  WHENCE_RETURN_IF_ERROR(Climb(connection, access, as_of, id, &chain));
  return chain;
}

absl::StatusOr<access::Chain> ChainOf(sql::Connection& connection, const access::Snapshot& access,
                                      Position as_of, const catalog::Securable& securable) {
  access::Chain chain;
  chain.kind = securable.kind;
  chain.links[0] = {.id = securable.id, .owner = access.Find(securable.owner)};
  chain.depth = 1;
  WHENCE_RETURN_IF_ERROR(Climb(connection, access, as_of, securable.parent_id, &chain));
  return chain;
}

access::Chain Above(const access::Chain& chain, int depth) {
  WHENCE_ASSERT(depth >= 0 && depth <= chain.depth);
  access::Chain above = chain;
  above.depth = depth;
  above.kind = KindAt(depth, chain.kind);
  std::fill(above.links.begin() + depth, above.links.end(), access::Link());
  return above;
}

}  // namespace whence::service
