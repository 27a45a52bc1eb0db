// Changing a state that nobody else sees yet. For the files of this room that write.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "access/index_state.h"
#include "access/principal.h"
#include "access/privilege.h"

namespace whence::access {

// Purpose: applies changes to one state; Finish works out once what follows from them for who is in
// which group, for those alone whom they touch.
// Ownership: borrows the state. Thread-safety: none.
class StateEdit {
 public:
  explicit StateEdit(State* state) : state_(*state) {}
  StateEdit(const StateEdit&) = delete;
  StateEdit& operator=(const StateEdit&) = delete;

  // A principal that is new, or how it is now; also as a tombstone.
  void SetPrincipal(const Principal& principal);
  // Both are known. What is so already stays.
  void AddMember(PrincipalId group, PrincipalId member);
  void RemoveMember(PrincipalId group, PrincipalId member);
  // By the SHA-256 of its secret.
  void AddToken(std::string_view digest, const TokenFacts& token);
  void RemoveToken(std::string_view digest);
  // All that the (known) principal has on the securable now.
  void SetPrivileges(int64_t securable, PrincipalId principal, PrivilegeSet privileges);
  // All grants of a securable that has none yet, in any order, each principal once.
  void SetGrants(int64_t securable,
                 const std::vector<std::pair<PrincipalId, PrivilegeSet>>& grants);
  void SetMetastoreOwner(PrincipalId owner) { state_.metastore_owner = owner; }
  void SetPolicies(std::shared_ptr<const PolicySet> policies) {
    state_.policies = std::move(policies);
  }
  const State& state() const { return state_; }

  // After the last change, before the state is published.
  void Finish();

 private:
  Subject& EditSubject(PrincipalId id);
  SubjectFacts& EditFacts(PrincipalId id);
  GroupSlot SlotOf(PrincipalId group) const;
  void CollectStale();
  const Subject& WorkOut(PrincipalId id);

  State& state_;
  std::vector<PrincipalId> touched_;
  absl::flat_hash_set<PrincipalId> stale_;  // whose groups are not worked out yet
};

}  // namespace whence::access
