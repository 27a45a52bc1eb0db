#include "access/reach.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "access_fixture.h"
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

TEST_CASE("reach: those who have anything on a thing are among those whom it names") {
  int some = 0;
  int none = 0;
  for (int seed = 1; seed <= std::max(1, Fewer(20)); ++seed) {
    CAPTURE(seed);
    AccessWorld world(static_cast<uint64_t>(100 + seed));
    for (int step = 0; step < 60; ++step) {
      world.Mutate();
      const Snapshot snapshot = world.fixture.snapshot();
      const Chain chain = world.AnyChain();
      const Ids named = NamedOn(snapshot, chain);
      REQUIRE(std::is_sorted(named.begin(), named.end()));
      REQUIRE(std::adjacent_find(named.begin(), named.end()) == named.end());
      const Ids people = PeopleOf(snapshot, named, "", 1000);
      for (const NaivePrincipal& principal : world.naive.principals) {
        Identity who;
        who.principal = principal.id;
        const bool listed = std::find(people.begin(), people.end(), principal.id) != people.end();
        const bool reached = !principal.group && world.naive.Alive(principal.id) &&
                             std::any_of(named.begin(), named.end(), [&](PrincipalId id) {
                               return world.naive.Alive(id) && world.naive.IsIn(who, id);
                             });
        REQUIRE(listed == reached);
        if (principal.group) continue;
        if (!world.naive.Effective(who, chain).empty()) REQUIRE(listed);
        (listed ? some : none)++;
      }
    }
  }
  CHECK(some > 100);
  CHECK(none > 100);
}

TEST_CASE("reach: people come by name, from any of them on, as many as are wanted") {
  AccessFixture fixture;
  const PrincipalId inner = fixture.Create("group:inner");
  const PrincipalId outer = fixture.Create("group:outer");
  const PrincipalId bo = fixture.Create("user:bo");
  const PrincipalId etl = fixture.Create("svc:etl");
  const PrincipalId al = fixture.Create("user:al");
  REQUIRE(fixture.Add(outer, inner).ok());
  REQUIRE(fixture.Add(outer, al).ok());
  for (const PrincipalId member : {bo, etl, al}) REQUIRE(fixture.Add(inner, member).ok());
  const auto people = [&](std::string_view after, size_t most) {
    return PeopleOf(fixture.snapshot(), std::vector{outer, bo}, after, most);
  };
  CHECK(people("", 9) == Ids{etl, al, bo});
  CHECK(people("", 3) == Ids{etl, al, bo});
  CHECK(people("", 2) == Ids{etl, al});
  CHECK(people("", 0).empty());
  CHECK(people("svc:etl", 9) == Ids{al, bo});
  CHECK(people("svc:f", 1) == Ids{al});
  CHECK(people("user:bo", 9).empty());
  // Nobody comes through a group that is not active.
  fixture.SetActive("group:inner", false);
  CHECK(people("", 9) == Ids{al, bo});
  fixture.SetActive("group:outer", false);
  CHECK(people("", 9) == Ids{bo});
  fixture.SetActive("user:bo", false);
  CHECK(people("", 9).empty());
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
