#include "access/index.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "access/asker.h"
#include "access/index_edit.h"
#include "access_fixture.h"
#include "dump_state.h"
#include "support/sanitizer.h"

namespace whence::access {
namespace {

using catalog::Kind;
using test::AccessFixture;
using test::ChainOf;
using test::kCatalogId;
using test::kNow;
using test::kSchemaId;
using test::kTableId;

// A catalog, schema and table; ana, who is in staff, which is in all.
struct IndexFixture : AccessFixture {
  PrincipalId ana = Create("user:ana");
  PrincipalId staff = Create("group:staff");
  PrincipalId all = Create("group:all");

  IndexFixture() {
    REQUIRE(Add(staff, ana).value());
    REQUIRE(Add(all, staff).value());
  }
  void Grant(int64_t securable, PrincipalId principal, PrivilegeSet privileges) {
    REQUIRE(Change(securable, principal, privileges).ok());
  }
  void Gates(PrincipalId principal) {
    Grant(kCatalogId, principal, PrivilegeSet(Privilege::kUseCatalog) | Privilege::kUseSchema);
  }
  Outcome Ask(Privilege privilege, const Chain& chain = ChainOf()) const {
    return snapshot().Decide(Who(ana), privilege, chain);
  }
  bool Sees(const Chain& chain) const { return snapshot().Sees(Who(ana), chain); }
};

TEST_CASE("nobody may anything that was not granted") {
  IndexFixture access;
  for (int i = 0; i < kPrivilegeCount; ++i) {
    CHECK(access.Ask(static_cast<Privilege>(i)) != Outcome::kAllowed);
  }
  CHECK_FALSE(access.Sees(ChainOf()));
  CHECK(access.snapshot().Effective(access.Who(access.ana), ChainOf()).empty());
  CHECK(access.snapshot().Decide(access.Who(99), Privilege::kBrowse, ChainOf()) ==
        Outcome::kInactive);
  CHECK(access.snapshot().Decide(access.Who(kNobody), Privilege::kBrowse, ChainOf()) ==
        Outcome::kInactive);
}

TEST_CASE("the gates come first, then the privilege") {
  IndexFixture access;
  access.Grant(kTableId, access.ana, Privilege::kSelect);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoUseCatalog);
  access.Grant(kCatalogId, access.staff, Privilege::kUseCatalog);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoUseSchema);
  access.Grant(kSchemaId, access.all, Privilege::kUseSchema);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kAllowed);
  CHECK(access.Ask(Privilege::kModify) == Outcome::kNoPrivilege);
  REQUIRE(access.Change(kTableId, access.ana, {}, Privilege::kSelect).ok());
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoPrivilege);
}

TEST_CASE("grants reach down, to what is there and to what comes, but not up or across") {
  IndexFixture access;
  access.Gates(access.ana);
  access.Grant(kSchemaId, access.all, Privilege::kSelect);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kAllowed);
  Chain later = ChainOf();
  later.links[2].id = 4711;
  CHECK(access.Ask(Privilege::kSelect, later) == Outcome::kAllowed);
  Chain elsewhere = ChainOf();
  elsewhere.links[1].id = 4712;
  CHECK(access.Ask(Privilege::kSelect, elsewhere) == Outcome::kNoPrivilege);
  CHECK(access.Ask(Privilege::kSelect, ChainOf(Kind::kTable, 1)) == Outcome::kNoPrivilege);
  access.Grant(kMetastore, access.ana, Privilege::kBrowse);
  Chain other = elsewhere;
  other.links[0].id = 4713;
  CHECK(access.Ask(Privilege::kBrowse, other) == Outcome::kAllowed);
}

TEST_CASE("ALL PRIVILEGES is everything but MANAGE, gates included") {
  IndexFixture access;
  access.Grant(kCatalogId, access.all, Privilege::kAllPrivileges);
  CHECK(access.Ask(Privilege::kModify) == Outcome::kAllowed);
  CHECK(access.Ask(Privilege::kCreateSchema, ChainOf(Kind::kTable, 1)) == Outcome::kAllowed);
  CHECK(access.Ask(Privilege::kManage) == Outcome::kNoPrivilege);
  access.Grant(kTableId, access.ana, Privilege::kManage);
  CHECK(access.Ask(Privilege::kManage) == Outcome::kAllowed);
}

TEST_CASE("owners have everything there and below, groups of owners too") {
  IndexFixture access;
  Chain chain = ChainOf();
  chain.links[1].owner = access.all;
  CHECK(access.Ask(Privilege::kManage, chain) == Outcome::kNoUseCatalog);
  CHECK(access.Sees(chain));
  access.Grant(kCatalogId, access.ana, Privilege::kUseCatalog);
  CHECK(access.Ask(Privilege::kManage, chain) == Outcome::kAllowed);
  chain.links[1].owner = kNobody;
  chain.links[2].owner = access.ana;
  CHECK(access.Ask(Privilege::kManage, chain) == Outcome::kNoUseSchema);
  access.SetOwner(access.all);
  CHECK(access.Ask(Privilege::kManage) == Outcome::kAllowed);
  CHECK(access.snapshot().SeesAll(access.Who(access.ana)));
  CHECK(access.snapshot().Effective(access.Who(access.ana), ChainOf()) ==
        PrivilegeSet::Everything());
}

TEST_CASE("an inactive group gives nothing, nor does what is reached through it") {
  IndexFixture access;
  access.Gates(access.ana);
  access.Grant(kTableId, access.all, Privilege::kSelect);
  CHECK(access.snapshot().IsIn(access.ana, access.all));
  access.SetActive("group:staff", false);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoPrivilege);
  CHECK_FALSE(access.snapshot().IsIn(access.ana, access.all));
  CHECK_FALSE(access.snapshot().IsIn(access.ana, access.staff));
  access.SetActive("group:staff", true);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kAllowed);
  access.SetActive("user:ana", false);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kInactive);
  CHECK_FALSE(access.Sees(ChainOf()));
}

TEST_CASE("metadata is seen with BROWSE, or behind the gates with anything") {
  IndexFixture access;
  const Chain catalog = ChainOf(Kind::kTable, 1);
  const Chain schema = ChainOf(Kind::kTable, 2);
  CHECK(access.Sees(ChainOf(Kind::kTable, 0)));
  access.Grant(kTableId, access.ana, Privilege::kSelect);
  CHECK_FALSE(access.Sees(ChainOf()));
  access.Grant(kCatalogId, access.ana, Privilege::kUseCatalog);
  CHECK(access.Sees(catalog));
  CHECK_FALSE(access.Sees(schema));
  CHECK_FALSE(access.Sees(ChainOf()));
  access.Grant(kSchemaId, access.ana, Privilege::kUseSchema);
  CHECK(access.Sees(schema));
  CHECK(access.Sees(ChainOf()));
  Chain neighbour = ChainOf();
  neighbour.links[2].id = 4711;
  CHECK_FALSE(access.Sees(neighbour));
  // What means nothing on a table does not show it.
  access.Grant(kSchemaId, access.ana, Privilege::kCreateTable);
  CHECK_FALSE(access.Sees(neighbour));
  CHECK_FALSE(access.snapshot().SeesAll(access.Who(access.ana)));

  IndexFixture browsing;
  browsing.Grant(kSchemaId, browsing.all, Privilege::kBrowse);
  CHECK(browsing.Sees(ChainOf()));
  CHECK(browsing.Sees(schema));
  CHECK_FALSE(browsing.Sees(catalog));
  browsing.Grant(kMetastore, browsing.all, Privilege::kBrowse);
  CHECK(browsing.snapshot().SeesAll(browsing.Who(browsing.ana)));
}

TEST_CASE("a token may be made for less") {
  IndexFixture access;
  access.SetOwner(access.ana);
  Identity who = access.Who(access.ana);
  who.read_only = true;
  const Snapshot snapshot = access.snapshot();
  CHECK(snapshot.Decide(who, Privilege::kSelect, ChainOf()) == Outcome::kAllowed);
  CHECK(snapshot.Decide(who, Privilege::kModify, ChainOf()) == Outcome::kOutOfScope);
  CHECK(snapshot.Effective(who, ChainOf()) == kReadingPrivileges);
  CHECK(snapshot.Sees(who, ChainOf()));

  who.read_only = false;
  who.scope = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{kSchemaId});
  CHECK(snapshot.Decide(who, Privilege::kModify, ChainOf()) == Outcome::kAllowed);
  CHECK(snapshot.Decide(who, Privilege::kModify, ChainOf(Kind::kTable, 2)) == Outcome::kAllowed);
  CHECK(snapshot.Decide(who, Privilege::kModify, ChainOf(Kind::kTable, 1)) == Outcome::kOutOfScope);
  CHECK_FALSE(snapshot.Sees(who, ChainOf(Kind::kTable, 1)));
  CHECK_FALSE(snapshot.SeesAll(who));
  CHECK(snapshot.Effective(who, ChainOf(Kind::kTable, 0)).empty());
  who.scope = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{kMetastore});
  CHECK(snapshot.Decide(who, Privilege::kModify, ChainOf(Kind::kTable, 1)) == Outcome::kAllowed);
  CHECK(snapshot.SeesAll(who));
}

TEST_CASE("an explanation names the way, and what is lacking") {
  IndexFixture access;
  access.Gates(access.all);
  Explanation why =
      access.snapshot().Explain(access.Who(access.ana), Privilege::kSelect, ChainOf());
  CHECK(why.outcome == Outcome::kNoPrivilege);
  CHECK(why.lacks == std::vector<Lack>{{Privilege::kSelect, kTableId}});
  access.Grant(kSchemaId, access.staff, Privilege::kAllPrivileges);
  why = access.snapshot().Explain(access.Who(access.ana), Privilege::kSelect, ChainOf());
  CHECK(why.outcome == Outcome::kAllowed);
  CHECK(why.lacks.empty());
  REQUIRE(why.has.size() == 4);
  CHECK(why.has[0] == Reason{.kind = Reason::Kind::kGrant,
                             .privilege = Privilege::kUseCatalog,
                             .securable = kCatalogId,
                             .through = {access.staff, access.all},
                             .policy = 0,
                             .gives = Privilege::kUseCatalog});
  CHECK(why.has[3] == Reason{.kind = Reason::Kind::kGrant,
                             .privilege = Privilege::kAllPrivileges,
                             .securable = kSchemaId,
                             .through = {access.staff},
                             .policy = 0,
                             .gives = Privilege::kSelect});
  // What can only be granted further up is.
  why = access.snapshot().Explain(access.Who(access.ana), Privilege::kCreateSchema, ChainOf());
  CHECK(why.outcome == Outcome::kAllowed);
  why = access.snapshot().Explain(access.Who(access.all), Privilege::kCreateTable, ChainOf());
  CHECK(why.lacks == std::vector<Lack>{{Privilege::kCreateTable, kSchemaId}});
}

TEST_CASE("names lead to those who are there") {
  IndexFixture access;
  Snapshot snapshot = access.snapshot();
  CHECK(snapshot.Find("user:ana") == access.ana);
  CHECK(snapshot.Find("user:bob") == kNobody);
  CHECK(snapshot.NameOf(access.ana) == "user:ana");
  CHECK(snapshot.NameOf(99).empty());
  CHECK(snapshot.IsIn(access.ana, access.ana));
  CHECK_FALSE(snapshot.IsIn(access.staff, access.ana));
  Principal wanted = access.At("user:ana");
  wanted.max_calls_per_second = 7;
  wanted.max_request_bytes_per_second = 8;
  REQUIRE(access.Update(wanted).ok());
  CHECK(access.snapshot().MaxCallsPerSecond(access.ana) == 7);
  CHECK(access.snapshot().MaxRequestBytesPerSecond(access.ana) == 8);
  CHECK(access.snapshot().MaxRequestBytesPerSecond(99) == 0);
  // Ids that share a place with hers are not hers.
  const Identity ana = access.Who(access.ana);
  CHECK(Asker(snapshot, ana).Is(access.ana));
  CHECK_FALSE(Asker(snapshot, ana).Is(access.ana + 1024));
  CHECK_FALSE(Asker(snapshot, Identity()).Is(kNobody));
  REQUIRE(access.Delete("user:ana").ok());
  CHECK(access.snapshot().Find("user:ana") == kNobody);
  CHECK(access.snapshot().NameOf(access.ana) == "user:ana");
  CHECK_FALSE(access.snapshot().IsIn(access.ana, access.ana));
  CHECK(snapshot.Find("user:ana") == access.ana);  // of then
}

TEST_CASE("what a mutation changes is seen when it is committed, all at once, or not at all") {
  IndexFixture access;
  access.Gates(access.ana);
  const Position before = access.snapshot().position();
  const absl::Status failed =
      access.Do([&](sql::WriteContext& context, const ledger::Change& change) {
        REQUIRE(ChangeGrants(context, change, kTableId, access.ana, Privilege::kSelect, {}).ok());
        return absl::CancelledError("undone");
      });
  CHECK(absl::IsCancelled(failed));
  CHECK(access.snapshot().position() == before);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoPrivilege);
  // The next one has the same position, and nothing of what was undone.
  REQUIRE(
      access
          .Do([&](sql::WriteContext& context, const ledger::Change& change) {
            REQUIRE(change.position == before + 1);
            REQUIRE(
                ChangeGrants(context, change, kTableId, access.ana, Privilege::kModify, {}).ok());
            CHECK(access.Ask(Privilege::kModify) == Outcome::kNoPrivilege);
            return ChangeGrants(context, change, kTableId, access.ana, Privilege::kApplyTag, {})
                .status();
          })
          .ok());
  CHECK(access.snapshot().position() == before + 1);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoPrivilege);
  CHECK(access.Ask(Privilege::kModify) == Outcome::kAllowed);
  CHECK(access.Ask(Privilege::kApplyTag) == Outcome::kAllowed);
}

TEST_CASE("a mutation is authorised by what all before it did, also in one go") {
  IndexFixture access;
  access.Gates(access.ana);
  std::vector<Outcome> seen;
  for (int i = 0; i < 3; ++i) {
    access.database.Queue(
        [&, i](sql::WriteContext& context) {
          seen.push_back(access.Ask(Privilege::kSelect));
          const ledger::Change change{.position = context.Next(sql::Counter::kPosition),
                                      .time = context.now(),
                                      .actor = "user:admin"};
          const PrivilegeSet select = Privilege::kSelect;
          return ChangeGrants(context, change, kTableId, access.ana,
                              i == 0 ? select : PrivilegeSet(), i == 0 ? PrivilegeSet() : select)
              .status();
        },
        [](const absl::Status& status) { CHECK(status.ok()); });
  }
  access.database.Run();
  CHECK(seen ==
        std::vector<Outcome>{Outcome::kNoPrivilege, Outcome::kAllowed, Outcome::kNoPrivilege});
}

TEST_CASE("policies are carried from state to state") {
  State state;
  StateEdit edit(&state);
  CHECK(edit.state().policies == nullptr);
  const std::shared_ptr<const PolicySet> policies(reinterpret_cast<const PolicySet*>(&state),
                                                  [](const PolicySet*) {});
  edit.SetPolicies(policies);
  const State copy = state;
  CHECK(copy.policies == policies);
}

TEST_CASE("long lists of grants are searched, with the same result") {
  IndexFixture access;
  access.Gates(access.ana);
  std::vector<PrincipalId> groups;
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                for (int i = 0; i < 300; ++i) {
                  NewPrincipal wanted;
                  wanted.name = absl::StrCat("group:", i);
                  groups.push_back(CreatePrincipal(context, change, wanted).value().id);
                  const Privilege privilege = i == 250 ? Privilege::kModify : Privilege::kSelect;
                  if (!ChangeGrants(context, change, kTableId, groups.back(), privilege, {}).ok()) {
                    return absl::UnknownError("");
                  }
                }
                return absl::OkStatus();
              })
              .ok());
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoPrivilege);
  REQUIRE(access.Add(groups[250], access.ana).value());  // few groups, long list
  CHECK(access.Ask(Privilege::kModify) == Outcome::kAllowed);
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kNoPrivilege);
  for (size_t i = 0; i < 200; ++i) REQUIRE(access.Add(groups[i], access.ana).value());
  CHECK(access.Ask(Privilege::kSelect) == Outcome::kAllowed);  // many groups
  const Snapshot loaded = Index::LoadAsOf(access.reader(), access.now).value();
  CHECK(test::DumpState(access.snapshot().state()) == test::DumpState(loaded.state()));
}

TEST_CASE("readers see one state or the next, whatever the writer does") {
  IndexFixture access;
  access.Gates(access.ana);
  access.Grant(kTableId, access.ana, Privilege::kSelect);
  std::atomic<bool> stop{false};
  std::atomic<int64_t> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      Position last = 0;
      while (!stop.load()) {
        // Always exactly one of the two: they are exchanged in one mutation.
        const Snapshot snapshot = access.index.snapshot();
        const bool select = snapshot.Decide(access.Who(access.ana), Privilege::kSelect,
                                            ChainOf()) == Outcome::kAllowed;
        const bool modify = snapshot.Decide(access.Who(access.ana), Privilege::kModify,
                                            ChainOf()) == Outcome::kAllowed;
        if (select == modify || snapshot.position() < last) wrong.fetch_add(1);
        last = snapshot.position();
      }
    });
  }
  for (int i = 0; i < whence::test::Fewer(400); ++i) {
    const PrivilegeSet now = i % 2 == 0 ? Privilege::kModify : Privilege::kSelect;
    const PrivilegeSet before = i % 2 == 0 ? Privilege::kSelect : Privilege::kModify;
    REQUIRE(access
                .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                  REQUIRE(ChangeGrants(context, change, kTableId, access.ana, now, {}).ok());
                  return ChangeGrants(context, change, kTableId, access.ana, {}, before).status();
                })
                .ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong.load() == 0);
}

}  // namespace
}  // namespace whence::access
