// Who may what, with all that policies deny: what the snapshot says of grants and ownership, less
// what denies in force take from it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "access/policy.h"
#include "access/privilege.h"
#include "base/position.h"
#include "service/bound_cache.h"
#include "sql/connection.h"

namespace whence::service {

// A decision, and of a denial by a policy the policy: of several the one made first. It lives as
// long as the snapshot.
struct Verdict {
  access::Outcome outcome = access::Outcome::kNoPrivilege;
  const access::Policy* policy = nullptr;

  bool allowed() const { return outcome == access::Outcome::kAllowed; }
};

// Purpose: answers for one picture of access and one position of the catalog, whose tags policies
// look at. While nothing is denied to anybody it costs what the snapshot costs; conditions on tags
// are looked at for denies alone that are about who asks and what is asked.
// Ownership: borrows connection and snapshot. Thread-safety: the connection's.
class Authority {
 public:
  Authority(sql::Connection& connection, const access::Snapshot& access, Position as_of)
      : connection_(connection), access_(access), as_of_(as_of) {}

  // The decision on the last link. A deny of columns holds when one of `columns` is among them;
  // without any named, all of the asset's are asked for.
  absl::StatusOr<Verdict> Decide(const access::Identity& who, access::Privilege privilege,
                                 const access::Chain& chain,
                                 std::span<const std::string> columns = {});

  // The same for managing the policies that stand at the last link: denies that stand there too
  // play no part, only those above it. So whatever is denied can be undone where it was done, and
  // nobody can be locked out of the metastore's by one of them.
  absl::StatusOr<Verdict> DecideOnPolicies(const access::Identity& who, const access::Chain& chain);

  // Whether its metadata may be seen. Asks for no column: a deny of columns hides nothing.
  absl::StatusOr<bool> Sees(const access::Identity& who, const access::Chain& chain);
  bool SeesAll(const access::Identity& who) const { return access_.SeesAll(who); }

  // Everything that it has on the last link, asking for all columns.
  absl::StatusOr<access::PrivilegeSet> Effective(const access::Identity& who,
                                                 const access::Chain& chain);

  // What policies take from it on the last link, whether it has it or not; for all columns.
  absl::StatusOr<access::PrivilegeSet> Denied(const access::Identity& who,
                                              const access::Chain& chain);

  // Visits the audits that put a use of the last link by that privilege, which was allowed, on the
  // record. Without named columns, all of the asset's are used.
  using Visit = absl::FunctionRef<void(const access::Policy&)>;
  absl::Status EachAudit(const access::Identity& who, access::Privilege privilege,
                         const access::Chain& chain, std::span<const std::string> columns,
                         Visit visit);

  // The decision with its reasons; those against it are its `against`.
  absl::StatusOr<access::Explanation> Explain(const access::Identity& who,
                                              access::Privilege privilege,
                                              const access::Chain& chain);

 private:
  // Which columns a question is about.
  struct Asked {
    bool all = false;
    std::span<const std::string> names = {};
  };
  // Those of one kind that stand at a securable.
  using StandingAt = void (access::PolicySet::*)(int64_t securable, Visit visit) const;

  // Visits those policies that are about who asks, the link at `level` and what is asked of it, of
  // those that stand at level `standing` or above; `concerns` says whether the privileges are.
  absl::Status EachThatHolds(StandingAt standing_at,
                             absl::FunctionRef<bool(const access::PolicyDefinition&)> concerns,
                             const access::Identity& who, const access::Chain& chain, int level,
                             int standing, const Asked& asked, Visit visit);
  // Visits the denies that take any of `wanted` from who asks on the link at `level`, of those that
  // stand at level `standing` or above.
  absl::Status EachDeny(const access::Identity& who, const access::Chain& chain, int level,
                        int standing, access::PrivilegeSet wanted, const Asked& asked, Visit visit);
  // The one of them that was made first; null when there is none.
  absl::StatusOr<const access::Policy*> FirstDeny(const access::Identity& who,
                                                  const access::Chain& chain, int level,
                                                  int standing, access::PrivilegeSet wanted,
                                                  const Asked& asked);
  // All policies that hold on the link at `level`, where that is known already or often asked for;
  // else null.
  absl::StatusOr<BoundRef> FindBound(const access::Chain& chain, int level);
  absl::StatusOr<bool> HoldsOn(const access::PolicyDefinition& definition,
                               const access::Chain& chain, int level, const Asked& asked,
                               std::optional<std::vector<catalog::Tag>>& tags);
  absl::StatusOr<bool> HoldsOnColumns(const access::PolicyDefinition& definition, int64_t asset,
                                      const Asked& asked);
  absl::StatusOr<Verdict> DecideWith(const access::Identity& who, access::Privilege privilege,
                                     const access::Chain& chain, int standing, const Asked& asked);
  // What is taken on all levels.
  absl::StatusOr<access::Taken> TakenFrom(const access::Identity& who, const access::Chain& chain,
                                          const Asked& asked);

  sql::Connection& connection_;
  const access::Snapshot& access_;
  const Position as_of_;
};

}  // namespace whence::service
