// What another set of policies would change for somebody.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "access/index.h"
#include "access/policy.h"
#include "access/policy_set.h"
#include "base/position.h"
#include "service/authority.h"
#include "service/bound_cache.h"
#include "sql/connection.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// The same picture with other policies.
access::Snapshot WithPolicies(const access::Snapshot& access,
                              std::shared_ptr<const access::PolicySet> policies);

// Purpose: compares what is decided by two pictures of one position, which differ in policies
// alone. Ownership: borrows connection and snapshots. Thread-safety: the connection's.
class PolicyDifference {
 public:
  PolicyDifference(sql::Connection& connection, const access::Snapshot& before,
                   const access::Snapshot& after, Position as_of)
      : before_(connection, before, as_of), after_(connection, after, as_of) {}

  // The asset that is asked about from now on.
  absl::Status Open(const access::Chain& chain);
  // What is different for a principal on it; nothing when all is the same, and when it has nothing
  // there either way. Principal, securable and reads are left to the caller.
  absl::StatusOr<std::optional<v1::PolicyEffect>> EffectOn(const access::Identity& who);

 private:
  // What is decided by one of the two.
  struct Sight {
    access::PrivilegeSet privileges;           // those that it may use
    std::vector<const access::Policy*> masks;  // of each column
    std::vector<std::string> filters;
    std::string conflict;
  };
  struct Side {
    Side(sql::Connection& to, const access::Snapshot& snapshot, Position position)
        : connection(to), access(snapshot), as_of(position), authority(to, snapshot, position) {}

    absl::StatusOr<Sight> Look(const access::Identity& who, const access::Chain& chain);

    sql::Connection& connection;
    const access::Snapshot& access;
    const Position as_of;
    Authority authority;
    BoundRef bound;
  };

  Side before_;
  Side after_;
  access::Chain chain_;
};

}  // namespace whence::service
