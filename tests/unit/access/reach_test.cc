#include "access/reach.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include "access_world.h"
#include "support/sanitizer.h"

namespace whence::access::test {
namespace {

using catalog::Kind;
using whence::test::Fewer;
using Ids = std::vector<int64_t>;

// The chain down to `depth` levels, with things at its end that nobody was ever granted or owns.
Chain Extended(Chain chain, int depth, Kind kind) {
  constexpr int64_t kUntouched = 1'000'000;
  for (int i = chain.depth; i < depth; ++i) {
    chain.links[static_cast<size_t>(i)] = {.id = kUntouched + i, .owner = kNobody};
  }
  chain.depth = depth;
  chain.kind = kind;
  return chain;
}

// Whether anything of any kind would be seen there.
bool SeesAnyInside(const NaiveWorld& naive, const Identity& who, const Chain& chain, int depth) {
  if (depth == 1) return naive.Sees(who, Extended(chain, depth, Kind::kCatalog));
  if (depth == 2) return naive.Sees(who, Extended(chain, depth, Kind::kSchema));
  for (int kind = 1; catalog::IsAssetKind(Kind{kind}); ++kind) {
    if (naive.Sees(who, Extended(chain, depth, Kind{kind}))) return true;
  }
  return false;
}

Ids Principals(const NaiveWorld& naive, const Identity& who) {
  Ids ids;
  for (const NaivePrincipal& principal : naive.principals) {
    if (naive.Alive(who.principal) && naive.IsIn(who, principal.id)) ids.push_back(principal.id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Ids Granted(const NaiveWorld& naive, PrincipalId principal) {
  Ids ids;
  for (const NaiveGrant& grant : naive.grants) {
    if (grant.principal == principal) ids.push_back(grant.securable);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST_CASE("reach: who counts for a caller, and what it sees into, are those of the facts") {
  int into = 0;
  int shut = 0;
  for (int seed = 1; seed <= std::max(1, Fewer(20)); ++seed) {
    CAPTURE(seed);
    AccessWorld world(static_cast<uint64_t>(seed));
    for (int step = 0; step < 60; ++step) {
      world.Mutate();
      const Snapshot snapshot = world.fixture.snapshot();
      for (int i = 0; i < 20; ++i) {
        const Identity who = world.AnyIdentity();
        REQUIRE(PrincipalsOf(snapshot, who) == Principals(world.naive, who));
        Chain chain = world.AnyChain();
        chain.depth = std::min(chain.depth, 2);
        const int depth =
            chain.depth + 1 + static_cast<int>(world.Any(static_cast<size_t>(3 - chain.depth)));
        const bool expected = SeesAnyInside(world.naive, who, chain, depth);
        REQUIRE(SeesInside(snapshot, who, chain, depth) == expected);
        (expected ? into : shut)++;
      }
    }
  }
  CHECK(into > 100);
  CHECK(shut > 100);
}

TEST_CASE("reach: what was granted to somebody is found as of any position") {
  AccessWorld world(3);
  for (int step = 0; step < 80; ++step) world.Mutate();
  size_t found = 0;
  for (const auto& [position, naive] : world.history) {
    for (const NaivePrincipal& principal : naive.principals) {
      Ids ids = GrantedTo(world.fixture.reader(), position, principal.id, 1000).value();
      std::sort(ids.begin(), ids.end());
      REQUIRE(ids == Granted(naive, principal.id));
      found += ids.size();
      if (ids.size() < 2) continue;
      REQUIRE(GrantedTo(world.fixture.reader(), position, principal.id, 1)->size() == 1);
    }
  }
  CHECK(found > 100);
}

TEST_CASE("reach: a token is for what its scope names, and what is below") {
  Identity who;
  Chain chain;
  chain.depth = 2;
  chain.links[0].id = 5;
  chain.links[1].id = 6;
  CHECK(Reaches(who, chain));
  const auto scoped = [&](int64_t id) {
    who.scope = std::make_shared<const Ids>(1, id);
    return Reaches(who, chain);
  };
  CHECK(scoped(0));
  CHECK(scoped(5));
  CHECK(scoped(6));
  CHECK_FALSE(scoped(7));
}

}  // namespace
}  // namespace whence::access::test
