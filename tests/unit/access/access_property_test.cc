// The index against a naive evaluator: random metastores, random questions, every answer the same;
// the index that grew against one that is loaded; and what must hold whatever the metastore.

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/asker.h"
#include "access/index_edit.h"
#include "access_world.h"
#include "dump_state.h"
#include "support/sanitizer.h"
#include "support/soak.h"

namespace whence::access::test {
namespace {

using whence::test::Fewer;
using whence::test::ModelSeeds;
using whence::test::Sanitized;
using whence::test::SoakTime;

struct Question {
  Identity who;
  Privilege privilege = Privilege::kUseCatalog;
  Chain chain;
};

std::string Claimed(const Identity& who) {
  if (who.claims == nullptr) return "";
  return absl::StrCat(", claiming ", absl::StrJoin(who.claims->groups, " "));
}

std::string Text(const Question& question) {
  std::string text =
      absl::StrCat("principal ", question.who.principal, question.who.read_only ? ", reading" : "",
                   question.who.scope != nullptr ? ", scoped" : "", Claimed(question.who), ", ",
                   std::string(PrivilegeName(question.privilege)), " on");
  for (int i = 0; i < question.chain.depth; ++i) {
    const Link& link = question.chain.links[static_cast<size_t>(i)];
    absl::StrAppend(&text, " ", link.id, " of ", link.owner);
  }
  return text;
}

Question AnyQuestion(AccessWorld& world) {
  return {.who = world.AnyIdentity(), .privilege = world.AnyPrivilege(), .chain = world.AnyChain()};
}

// A snapshot in which something else is granted.
Snapshot With(const Snapshot& snapshot, absl::FunctionRef<void(StateEdit&)> change) {
  const auto next = std::make_shared<State>(snapshot.state());
  StateEdit edit(next.get());
  change(edit);
  edit.Finish();
  return Snapshot(next);
}

// What the principal has on the securable itself.
PrivilegeSet Granted(const NaiveWorld& world, int64_t securable, PrincipalId principal) {
  PrivilegeSet set;
  for (const NaiveGrant& grant : world.grants) {
    if (grant.securable == securable && grant.principal == principal) set |= grant.privilege;
  }
  return set;
}

// Whether the owner of the last link is the caller, or a group that it is in. A principal that is
// not there is nobody.
bool SameGroups(const Snapshot& snapshot, const NaiveWorld& naive, const Question& q) {
  if (q.chain.depth == 0 || !naive.Alive(q.who.principal)) return true;
  const PrincipalId owner = q.chain.links[static_cast<size_t>(q.chain.depth) - 1].owner;
  const bool in = naive.IsIn(q.who, owner);
  return snapshot.IsIn(q.who, owner) == in && Asker(snapshot, q.who).Is(owner) == in;
}

// The quick answers; false when one differs.
bool SameAnswers(const Snapshot& snapshot, const NaiveWorld& naive, const Question& q) {
  return snapshot.Decide(q.who, q.privilege, q.chain) ==
             naive.Decide(q.who, q.privilege, q.chain) &&
         snapshot.Sees(q.who, q.chain) == naive.Sees(q.who, q.chain) &&
         (!snapshot.SeesAll(q.who) || naive.Sees(q.who, q.chain)) && SameGroups(snapshot, naive, q);
}

void CheckEffective(const Snapshot& snapshot, const NaiveWorld& naive, const Question& q) {
  const PrivilegeSet effective = snapshot.Effective(q.who, q.chain);
  REQUIRE(ToList(effective) == naive.Effective(q.who, q.chain));
}

// Each step of the way is a membership, the first one maybe only claimed, in groups that are alive.
bool IsWay(const NaiveWorld& naive, const Identity& who, const std::vector<PrincipalId>& through) {
  PrincipalId from = who.principal;
  for (const PrincipalId group : through) {
    const bool claimed = from == who.principal && who.claims != nullptr &&
                         std::ranges::count(who.claims->groups, group) > 0;
    const bool member =
        std::any_of(naive.members.begin(), naive.members.end(),
                    [&](const NaiveMember& m) { return m.group == group && m.member == from; });
    if (!(member || claimed) || !naive.Alive(group)) return false;
    from = group;
  }
  return true;
}

void CheckExplanation(const Snapshot& snapshot, const NaiveWorld& naive, const Question& q) {
  const Explanation explanation = snapshot.Explain(q.who, q.privilege, q.chain);
  REQUIRE(explanation.outcome == naive.Decide(q.who, q.privilege, q.chain));
  std::set<NaiveReason> reasons;
  for (const Reason& reason : explanation.has) {
    REQUIRE(IsWay(naive, q.who, reason.through));
    const PrincipalId grantee = reason.through.empty() ? q.who.principal : reason.through.back();
    REQUIRE(reasons.emplace(reason.gives, reason.securable, reason.kind, reason.privilege, grantee)
                .second);
  }
  REQUIRE(reasons == naive.Reasons(q.who, q.privilege, q.chain));
  std::set<std::pair<Privilege, int64_t>> lacks;
  for (const Lack& lack : explanation.lacks) {
    REQUIRE(lacks.emplace(lack.privilege, lack.securable).second);
  }
  REQUIRE(lacks == naive.Lacks(q.who, q.privilege, q.chain));
}

// Granting what is lacking allows it, and leaving out any of it does not.
void CheckLacks(const Snapshot& snapshot, const NaiveWorld& naive, const Question& q) {
  const Explanation explanation = snapshot.Explain(q.who, q.privilege, q.chain);
  const size_t count = explanation.lacks.size();
  if (count == 0) return;
  for (size_t left_out = 0; left_out <= count; ++left_out) {
    const Snapshot after = With(snapshot, [&](StateEdit& edit) {
      std::map<int64_t, PrivilegeSet> grants;
      for (size_t i = 0; i < count; ++i) {
        if (i == left_out) continue;
        grants[explanation.lacks[i].securable] |= explanation.lacks[i].privilege;
      }
      for (const auto& [securable, privileges] : grants) {
        edit.SetPrivileges(securable, q.who.principal,
                           privileges | Granted(naive, securable, q.who.principal));
      }
    });
    const bool allowed = after.Decide(q.who, q.privilege, q.chain) == Outcome::kAllowed;
    REQUIRE(allowed == (left_out == count));
  }
}

// Taking a grant away never adds anything.
void CheckRemoval(AccessWorld& world, const Snapshot& snapshot) {
  const NaiveWorld& naive = world.naive;
  if (naive.grants.empty()) return;
  const NaiveGrant gone = naive.grants[world.Any(naive.grants.size())];
  const Snapshot after = With(snapshot, [&](StateEdit& edit) {
    edit.SetPrivileges(gone.securable, gone.principal,
                       Granted(naive, gone.securable, gone.principal) - gone.privilege);
  });
  for (int i = 0; i < 20; ++i) {
    const Question q = AnyQuestion(world);
    INFO(Text(q));
    const bool before = snapshot.Decide(q.who, q.privilege, q.chain) == Outcome::kAllowed;
    const bool still = after.Decide(q.who, q.privilege, q.chain) == Outcome::kAllowed;
    REQUIRE((before || !still));
    REQUIRE((snapshot.Sees(q.who, q.chain) || !after.Sees(q.who, q.chain)));
    REQUIRE((after.Effective(q.who, q.chain) - snapshot.Effective(q.who, q.chain)).empty());
  }
}

void CheckPast(AccessWorld& world) {
  const auto& [position, naive] = world.history[world.Any(world.history.size())];
  const Snapshot past = Index::LoadAsOf(world.fixture.reader(), position).value();
  REQUIRE(past.position() == position);
  for (int i = 0; i < 50; ++i) {
    const Question q = AnyQuestion(world);
    INFO("as of " << position << ", " << Text(q));
    REQUIRE(SameAnswers(past, naive, q));
  }
}

// One metastore from its beginning; returns how many questions were asked.
int64_t Play(uint64_t seed, int mutations, int questions) {
  AccessWorld world(seed);
  int64_t asked = 0;
  for (int i = 0; i < mutations; ++i) {
    world.Mutate();
    if (world.history.empty()) continue;
    const Snapshot snapshot = world.fixture.snapshot();
    for (int j = 0; j < questions; ++j) {
      const Question q = AnyQuestion(world);
      ++asked;
      if (!SameAnswers(snapshot, world.naive, q)) {
        INFO("seed " << seed << ", mutation " << i << ": " << Text(q));
        REQUIRE(snapshot.Decide(q.who, q.privilege, q.chain) ==
                world.naive.Decide(q.who, q.privilege, q.chain));
        REQUIRE(snapshot.Sees(q.who, q.chain) == world.naive.Sees(q.who, q.chain));
        REQUIRE(!snapshot.SeesAll(q.who));
      }
      if (j % 40 != 0) continue;
      INFO("seed " << seed << ", mutation " << i << ": " << Text(q));
      CheckEffective(snapshot, world.naive, q);
      CheckExplanation(snapshot, world.naive, q);
      CheckLacks(snapshot, world.naive, q);
    }
    INFO("seed " << seed << ", mutation " << i);
    CheckRemoval(world, snapshot);
    if (i % 8 != 0) continue;
    const Snapshot loaded = Index::LoadAsOf(world.fixture.reader(), world.fixture.now).value();
    REQUIRE(DumpState(snapshot.state()) == DumpState(loaded.state()));
    CheckPast(world);
  }
  return asked;
}

TEST_CASE("a naive evaluator and the index agree on a million questions, now and in the past",
          "[property]") {
  const int questions = Sanitized() ? Fewer(200) : 1200;
  ModelSeeds seeds("access", 1, 21);
  int64_t asked = 0;
  while (const std::optional<uint64_t> seed = seeds.Next()) asked += Play(*seed, 45, questions);
  if (!Sanitized() && !SoakTime::Soaking()) CHECK(asked >= 1'000'000);
  WARN(asked << " questions");
}

}  // namespace
}  // namespace whence::access::test
