#include "service/visible_list.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "access/grant.h"
#include "access/reach.h"
#include "base/assert.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "catalog/link_cache.h"
#include "catalog/securable_ids.h"
#include "service/access_chain.h"

namespace whence::service {
namespace {

using catalog::ListEnd;
using catalog::ListQuery;
using Visit = absl::FunctionRef<absl::StatusOr<bool>(const catalog::Securable&)>;
using TakeById = absl::FunctionRef<absl::StatusOr<std::optional<bool>>(int64_t)>;

// First one row is looked at for so many candidates: a schema with few assets costs who was granted
// thousands elsewhere no more than before.
constexpr size_t kCandidatesPerFirstRow = 20;

// Purpose: what a list has to look at: everything in what the caller sees into, and elsewhere what
// the caller has something on, with what leads there.
// Ownership: borrows call and query. Thread-safety: one thread, one list.
class Candidates final : public catalog::ListChoice {
 public:
  Candidates(Call& call, const ListQuery& query, int64_t parent, TakeById take_known)
      : call_(call),
        access_(call.access()),
        query_(query),
        parent_(parent),
        take_known_(take_known) {}

  // True when anything in the parent may be visible.
  absl::StatusOr<bool> SeesIntoParent() {
    WHENCE_ASSIGN_OR_RETURN(const access::Chain chain, ChainAt(parent_));
    by_scope_ = !access::Reaches(call_.identity(), chain);
    return SeesInto(chain);
  }

  // Looks up what the caller has something on. False when that is too much.
  absl::StatusOr<bool> Collect() {
    // Whether an asset that has moved is seen depends on where it is now; it is listed where it
    // was.
    WHENCE_RETURN_IF_ERROR(Add(catalog::MovedSince(call_.connection(), query_.as_of, Room())));
    if (by_scope_) {
      WHENCE_RETURN_IF_ERROR(Add(*call_.identity().scope));
    } else {
      WHENCE_RETURN_IF_ERROR(CollectHeld());
    }
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    return looked_at_ <= kMaxListCandidates;
  }
  size_t size() const { return ids_.size(); }

  // Puts all of them where they stand as of the list.
  absl::Status Place() {
    for (const int64_t id : ids_) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      WHENCE_RETURN_IF_ERROR(Place(id));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<const std::vector<int64_t>*> In(int64_t parent_id) override {
    WHENCE_ASSIGN_OR_RETURN(const access::Chain chain, ChainAt(parent_id));
    if (SeesInto(chain)) return nullptr;
    const auto found = children_.find(parent_id);
    return found == children_.end() ? &none_ : &found->second;
  }

  absl::StatusOr<std::optional<bool>> TakeKnown(int64_t id, bool live) override {
    return live ? take_known_(id) : std::optional<bool>();
  }

 private:
  // Permission is of the present, whatever the list is as of.
  absl::StatusOr<access::Chain> ChainAt(int64_t id) {
    return ChainOfId(call_.connection(), access_, call_.position(), id);
  }

  // A token that is for nothing above leads to what it is for, and to nothing else: no need to know
  // what its principal has.
  bool SeesInto(const access::Chain& chain) const {
    return by_scope_ ? access::Reaches(call_.identity(), chain)
                     : access::SeesInside(access_, call_.identity(), chain,
                                          static_cast<int>(query_.depth));
  }

  // One more than may be, to tell that it is too much.
  size_t Room() const {
    return kMaxListCandidates + 1 - std::min(looked_at_, kMaxListCandidates + 1);
  }

  absl::Status Add(const absl::StatusOr<std::vector<int64_t>>& found) {
    WHENCE_RETURN_IF_ERROR(found.status());
    looked_at_ += found->size();
    ids_.insert(ids_.end(), found->begin(), found->end());
    return absl::OkStatus();
  }

  absl::Status CollectHeld() {
    sql::Connection& connection = call_.connection();
    // Exactly the grants that decisions of this call are made by: between its position and that of
    // the picture nothing changed in it.
    const Position granted = std::max(access_.position(), call_.position());
    for (const access::PrincipalId principal : access::PrincipalsOf(access_, call_.identity())) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      ++looked_at_;
      WHENCE_RETURN_IF_ERROR(Add(access::GrantedTo(connection, granted, principal, Room())));
      WHENCE_RETURN_IF_ERROR(
          Add(catalog::OwnedBy(connection, call_.position(), access_.NameOf(principal), Room())));
      if (Room() == 0) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  absl::Status Place(int64_t id) {
    std::array<int64_t, 3> way{};  // from below
    size_t depth = 0;
    for (int64_t at = id; at != access::kMetastore;) {
      WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableLink* const link,
                              catalog::FindLink(call_.connection(), query_.as_of, at));
      if (link == nullptr) return absl::OkStatus();  // not made yet, as of then
      WHENCE_ASSERT(depth < way.size());
      way[depth++] = at;
      at = link->parent_id;
    }
    // What is deeper than the list is not in it, and nothing is seen by what stands in it.
    if (depth == 0 || depth > query_.depth) return absl::OkStatus();
    const auto above = [&](size_t i) { return i + 1 < depth ? way[i + 1] : access::kMetastore; };
    size_t levels = 0;  // of the way that are in the parent
    while (levels < depth && way[levels] != parent_) ++levels;
    if (levels == depth && parent_ != access::kMetastore) return absl::OkStatus();
    for (size_t i = 0; i < levels && placed_.insert(way[i]).second; ++i) {
      children_[above(i)].push_back(way[i]);
    }
    return absl::OkStatus();
  }

  Call& call_;
  const access::Snapshot& access_;
  const ListQuery& query_;
  const int64_t parent_;
  const TakeById take_known_;
  bool by_scope_ = false;
  size_t looked_at_ = 0;
  std::vector<int64_t> ids_;
  absl::flat_hash_set<int64_t> placed_;
  absl::flat_hash_map<int64_t, std::vector<int64_t>> children_;
  const std::vector<int64_t> none_;
};

absl::StatusOr<int64_t> ParentOf(Call& call, const ListQuery& query) {
  if (query.parent.empty()) return access::kMetastore;
  WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableId parent,
                          catalog::RequireSecurable(call.connection(), query.as_of, query.parent));
  return parent.id;
}

// Some rows of everything first, then the candidates after these.
absl::StatusOr<ListEnd> ListCandidates(Call& call, ListQuery query, Candidates& candidates,
                                       Visit visit) {
  int64_t looked_at = 0;
  const auto first_rows = static_cast<int64_t>(candidates.size() / kCandidatesPerFirstRow);
  if (first_rows > 0 && first_rows < query.max_rows) {
    bool full = false;
    ListQuery first = query;
    first.max_rows = first_rows;
    const auto look = [&](const catalog::Securable& securable) -> absl::StatusOr<bool> {
      WHENCE_ASSIGN_OR_RETURN(const bool taken, visit(securable));
      full = !taken;
      return taken;
    };
    WHENCE_ASSIGN_OR_RETURN(ListEnd end, catalog::ListSecurables(call.connection(), first, look));
    if (end.complete || full) return end;
    query.after = std::move(end.place);
    query.max_rows -= first_rows;
    looked_at = end.looked_at;
  }
  WHENCE_RETURN_IF_ERROR(candidates.Place());
  query.choice = &candidates;
  WHENCE_ASSIGN_OR_RETURN(ListEnd end, catalog::ListSecurables(call.connection(), query, visit));
  end.looked_at += looked_at;
  return end;
}

}  // namespace

absl::StatusOr<ListEnd> ListVisible(Call& call, const ListQuery& query, Visit visit,
                                    TakeById take_known) {
  WHENCE_ASSERT(query.choice == nullptr);
  if (call.visibility().all()) return catalog::ListSecurables(call.connection(), query, visit);
  WHENCE_ASSIGN_OR_RETURN(const int64_t parent, ParentOf(call, query));
  Candidates candidates(call, query, parent, take_known);
  WHENCE_ASSIGN_OR_RETURN(const bool everything, candidates.SeesIntoParent());
  if (everything) return catalog::ListSecurables(call.connection(), query, visit);
  WHENCE_ASSIGN_OR_RETURN(const bool few, candidates.Collect());
  if (!few) return catalog::ListSecurables(call.connection(), query, visit);
  return ListCandidates(call, query, candidates, visit);
}

}  // namespace whence::service
