// A random metastore, kept twice: in the real stores with their index, and as a list of facts.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "access_fixture.h"
#include "naive_access.h"

namespace whence::access::test {

// Purpose: grows and changes both sides step by step. A step that the stores refuse must be one
// that the facts forbid (checked).
// Ownership: owns everything. Thread-safety: none.
class AccessWorld {
 public:
  explicit AccessWorld(uint64_t seed) : random_(seed) {}

  // Some steps at one position.
  void Mutate();

  // Any number below `bound`.
  size_t Any(size_t bound) { return random_() % bound; }
  bool Once(size_t in) { return Any(in) == 0; }
  Privilege AnyPrivilege() { return static_cast<Privilege>(Any(kPrivilegeCount)); }
  // Also one that was deleted, or nobody.
  PrincipalId AnyId() { return static_cast<PrincipalId>(Any(naive.principals.size() + 2)); }
  // A way down from the metastore, with owners made up.
  Chain AnyChain();
  // A principal with a credential that may allow less.
  Identity AnyIdentity();

  AccessFixture fixture;
  NaiveWorld naive;
  std::vector<std::pair<Position, NaiveWorld>> history;  // of every position

 private:
  using Context = sql::WriteContext;

  absl::Status Step(Context& context, const ledger::Change& change);
  absl::Status StepCreate(Context& context, const ledger::Change& change);
  absl::Status StepActive(Context& context, const ledger::Change& change);
  absl::Status StepDelete(Context& context, const ledger::Change& change);
  absl::Status StepAddMember(Context& context, const ledger::Change& change);
  absl::Status StepRemoveMember(Context& context, const ledger::Change& change);
  absl::Status StepGrant(Context& context, const ledger::Change& change);
  absl::Status StepToken(Context& context, const ledger::Change& change);
  absl::Status StepOwner(Context& context, const ledger::Change& change);

  int64_t AnySecurable();
  PrivilegeSet AnyPrivileges();
  NaivePrincipal* AnyLive();
  NaivePrincipal* AnyGroup();

  std::mt19937_64 random_;
  int names_ = 0;
  std::vector<int64_t> tokens_;
};

}  // namespace whence::access::test
