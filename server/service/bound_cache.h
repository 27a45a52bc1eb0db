// The policies that can touch a securable, bound to its tags and columns once for all who ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "access/policy_set.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "service/policy_tags.h"
#include "sql/connection.h"

namespace whence::service {

// Policies of one picture on one securable. It holds what it names; never changes.
struct BoundSecurable {
  std::shared_ptr<const access::PolicySet> policies;  // that it was bound from
  std::shared_ptr<const PolicyColumns> columns;       // never null
  access::BoundPolicies in_force;
  access::BoundPolicies with_dry_run;  // the same when nothing is in dry run
  // Places of columns by their names in lower case, as engines compare them.
  absl::flat_hash_map<std::string, std::vector<uint32_t>> places;

  const access::BoundPolicies& Of(access::Enforcement enforcement) const {
    return enforcement == access::Enforcement::kEnabled ? in_force : with_dry_run;
  }
  size_t ByteSize() const;
};
using BoundRef = std::shared_ptr<const BoundSecurable>;

// What policies mean on the chain's link at `level` (0: the metastore), with columns only on an
// asset; from memory when the connection remembers it. `more`: names of columns that are asked for
// and may not be known; with such, nothing is remembered.
absl::StatusOr<BoundRef> BoundAt(sql::Connection& connection, const access::Snapshot& access,
                                 Position as_of, const access::Chain& chain, int level);
// The same when the connection remembers it, else null: for who needs too little of it to bind it.
BoundRef KnownBoundAt(sql::Connection& connection, const access::Snapshot& access, Position as_of,
                      const access::Chain& chain, int level);
absl::StatusOr<BoundRef> BoundWith(sql::Connection& connection, const access::Snapshot& access,
                                   Position as_of, const access::Chain& chain,
                                   std::vector<std::string> more);

// Purpose: remembers what was bound, beside a reading connection. An entry holds from the position
// at which its tags were read as long as the snapshot has the same policies and neither the
// securable nor anything above it has changed (catalog::Changes).
// Bounded by kMaxCachedMessageBytes; a full cache begins anew.
// Ownership: attached to its connection; borrows the changes. Thread-safety: the connection's.
class BoundCache {
 public:
  explicit BoundCache(const catalog::Changes* changes) : changes_(changes) {}
  static void AttachTo(sql::Connection& reader, const catalog::Changes* changes);

  // Null when it is not remembered, or might not hold.
  BoundRef Find(const access::PolicySet* policies, Position as_of, const access::Chain& chain,
                int level) const;
  void Keep(Position as_of, const access::Chain& chain, int level, const BoundRef& bound);

 private:
  struct Entry {
    BoundRef bound;
    Position read_at = kNoPosition;
  };
  bool ChangedSince(Position position, const access::Chain& chain, int level) const;

  const catalog::Changes* const changes_;
  absl::flat_hash_map<int64_t, Entry> entries_;
  size_t bytes_ = 0;
};

}  // namespace whence::service
