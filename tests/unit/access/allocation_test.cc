// Decisions allocate nothing.

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include "access/asker.h"
#include "access/policy_set.h"
#include "access_world.h"

namespace {

std::atomic<int64_t> allocations{0};

void* Allocate(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

// Of the whole binary, so that nothing escapes the count.
void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t /*size*/) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace whence::access::test {
namespace {

TEST_CASE("decisions allocate nothing") {
  AccessWorld world(99);
  for (int i = 0; i < 40; ++i) world.Mutate();
  const Snapshot snapshot = world.fixture.snapshot();
  const std::string name(snapshot.NameOf(3));
  int64_t counted = 0;
  int yes = 0;
  for (int i = 0; i < 2000; ++i) {
    const Identity who = world.AnyIdentity();
    const Privilege privilege = world.AnyPrivilege();
    const Chain chain = world.AnyChain();
    const int64_t before = allocations.load();
    yes += snapshot.Decide(who, privilege, chain) == Outcome::kAllowed ? 1 : 0;
    yes += snapshot.Sees(who, chain) ? 1 : 0;
    yes += snapshot.SeesAll(who) ? 1 : 0;
    yes += snapshot.Effective(who, chain).empty() ? 0 : 1;
    yes += snapshot.IsIn(who.principal, 3) ? 1 : 0;
    yes += snapshot.IsIn(who, 3) ? 1 : 0;
    yes += Asker(snapshot, who).Is(3) ? 1 : 0;
    yes += snapshot.Find(name) == 3 ? 1 : 0;
    counted += allocations.load() - before;
  }
  CHECK(counted == 0);
  CHECK(yes > 2000);
  const int64_t before = allocations.load();
  const auto one = std::make_unique<int>(7);
  CHECK(*one == 7);
  CHECK(allocations.load() > before);
}

TEST_CASE("denies and masks of bound policies allocate nothing") {
  std::vector<Policy> policies;
  for (int64_t id = 1; id <= 200; ++id) {
    Policy policy;
    policy.id = id;
    policy.definition.to = {id};
    policy.definition.kind = id <= 20 ? PolicyKind::kDeny : PolicyKind::kColumnMask;
    policies.push_back(policy);
  }
  const std::vector<TaggedColumn> columns(100, TaggedColumn{"c", {}});
  const BoundPolicies bound = PolicySet(policies).Bind(Chain(), {}, columns, Enforcement::kEnabled);
  std::vector<const Policy*> masks(columns.size());
  const int64_t before = allocations.load();
  int denied = 0;
  int conflicts = 0;
  int masked = 0;
  for (PrincipalId who = 1; who <= 300; ++who) {
    const auto is = [who](std::span<const PrincipalId> all) {
      return std::find(all.begin(), all.end(), who) != all.end();
    };
    if (bound.FindDeny(is, Privilege::kSelect) != nullptr) ++denied;
    conflicts += bound.FindMasks(is, masks).first == nullptr ? 0 : 1;
    masked += masks[99] == nullptr ? 0 : 1;
  }
  const int64_t counted = allocations.load() - before;
  CHECK(counted == 0);
  CHECK(denied == 20);
  CHECK(conflicts == 0);
  CHECK(masked == 180);
}

}  // namespace
}  // namespace whence::access::test
