// Who may see policies, and who may manage them, by where they stand.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "service/call.h"

namespace whence::service {

// Purpose: tells whether the caller may see the policies that stand at a securable, each asked
// once: whoever sees the securable may, and whoever manages policies there. Those of the metastore
// name principals to everybody who has BROWSE on it. Ownership: borrows the call. Thread-safety:
// one thread.
class PolicySight {
 public:
  explicit PolicySight(Call& call) : call_(call) {}
  absl::StatusOr<bool> At(int64_t securable);

 private:
  Call& call_;
  absl::flat_hash_map<int64_t, bool> known_;
};

// To see the policy of that name as it was; and to change or drop the one that there is now, by
// Authority::DecideOnPolicies. One that is not there, or may not be seen, is PERMISSION_DENIED in
// the same words; NOT_FOUND is for those who see everything.
absl::Status NeedToSeePolicy(Call& call, Position as_of, const std::string& name);
absl::Status NeedToManagePolicy(Call& call, const std::string& name);

}  // namespace whence::service
