// Policies as states in time, and how the index learns of them.
#include "access/policy.h"

#include <catch2/catch.hpp>

#include "access/index.h"
#include "access/policy_set.h"
#include "base/limits.h"
#include "catalog/securable.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

using catalog::kNow;
using whence::test::ReasonOf;

class PolicyFixture {
 public:
  PolicyFixture() {
    CHECK(database
              .Write([&](sql::WriteContext& context) {
                AttachIndex(context.connection(), &index);
                return absl::OkStatus();
              })
              .ok());
  }

  // Runs one mutation at the next position.
  template <class F>
  absl::Status Do(F mutation) {
    database.clock.Advance(absl::Seconds(1));
    return database.Write([&](sql::WriteContext& context) {
      const ledger::Change change{.position = context.Next(sql::Counter::kPosition),
                                  .time = context.now(),
                                  .actor = "user:ana"};
      absl::Status status = mutation(context, change);
      if (status.ok()) now = change.position;
      return status;
    });
  }

  absl::Status Create(std::string_view name, int64_t securable,
                      PolicyState state = PolicyState::kEnabled) {
    return Do([&](sql::WriteContext& context, const ledger::Change& change) {
      NewPolicy wanted;
      wanted.name = std::string(name);
      wanted.securable = securable;
      wanted.state = state;
      wanted.definition.privileges = Privilege::kSelect;
      return CreatePolicy(context, change, wanted).status();
    });
  }

  Policy Get(std::string_view name, Position as_of = kNow) {
    return GetPolicy(database.reader(), as_of, name).value();
  }

  // Who denies, by the index as it is.
  static std::string Denier(const Snapshot& snapshot, int64_t securable) {
    Chain chain;
    chain.depth = 1;
    chain.links[0].id = securable;
    const BoundPolicies bound = snapshot.policies()->Bind(chain, {}, {}, Enforcement::kEnabled);
    const Policy* deny =
        bound.FindDeny([](std::span<const PrincipalId>) { return false; }, Privilege::kSelect);
    return deny == nullptr ? "" : deny->name;
  }

  test::ScratchDatabase database;
  Index index;
  Position now = 0;
};

std::vector<std::string> Names(const absl::StatusOr<std::vector<Policy>>& policies) {
  std::vector<std::string> names;
  for (const Policy& policy : policies.value()) names.push_back(policy.name);
  return names;
}

TEST_CASE("a policy is made, changed and deleted, and every state of it stays") {
  PolicyFixture fixture;
  REQUIRE(fixture.Create("b", 0).ok());
  const Position created = fixture.now;
  REQUIRE(fixture.Create("a", 5).ok());
  CHECK(ReasonOf(fixture.Create("b", 7)) == "POLICY_ALREADY_EXISTS");
  const Policy first = fixture.Get("b");
  CHECK(first.id == 1);
  CHECK(first.creator == "user:ana");
  CHECK(first.definition.privileges == PrivilegeSet(Privilege::kSelect));

  Policy wanted = first;
  wanted.state = PolicyState::kDisabled;
  wanted.definition.to = {4, 2, 4};
  REQUIRE(fixture
              .Do([&](auto& context, const auto& change) {
                return UpdatePolicy(context, change, wanted).status();
              })
              .ok());
  const Position updated = fixture.now;
  CHECK(fixture.Get("b").definition.to == std::vector<PrincipalId>{2, 4});
  CHECK(fixture.Get("b").Etag() != first.Etag());
  CHECK(fixture.Get("b", created) == first);

  REQUIRE(fixture
              .Do([&](auto& context, const auto& change) {
                return DeletePolicy(context, change, first).status();
              })
              .ok());
  const auto gone = GetPolicy(fixture.database.reader(), kNow, "b");
  CHECK(ReasonOf(gone.status()) == "POLICY_NOT_FOUND");
  CHECK(ReasonOf(GetPolicyById(fixture.database.reader(), kNow, 1).status()) == "POLICY_NOT_FOUND");
  CHECK(fixture.Get("b", updated).state == PolicyState::kDisabled);
  CHECK(Names(ListPolicies(fixture.database.reader(), kNow, "", 10)) ==
        std::vector<std::string>{"a"});
  CHECK(Names(ListPolicies(fixture.database.reader(), updated, "", 10)) ==
        std::vector<std::string>{"a", "b"});
  CHECK(Names(ListPolicies(fixture.database.reader(), updated, "a", 10)) ==
        std::vector<std::string>{"b"});
  CHECK(Names(ListPoliciesAt(fixture.database.reader(), updated, 5)) ==
        std::vector<std::string>{"a"});

  // Its name is free, and a new policy is another one.
  REQUIRE(fixture.Create("b", 0).ok());
  CHECK(fixture.Get("b").id == 3);
  CHECK(fixture.Get("b", created).id == 1);
}

TEST_CASE("two changes in one mutation are one state") {
  PolicyFixture fixture;
  REQUIRE(fixture
              .Do([&](auto& context, const auto& change) {
                NewPolicy wanted;
                wanted.name = "p";
                absl::StatusOr<Policy> policy = CreatePolicy(context, change, wanted);
                if (!policy.ok()) return policy.status();
                policy->state = PolicyState::kDryRun;
                return UpdatePolicy(context, change, *policy).status();
              })
              .ok());
  CHECK(fixture.Get("p").state == PolicyState::kDryRun);
  CHECK(LoadPolicies(fixture.database.reader(), fixture.now).value().size() == 1);
}

TEST_CASE("the index follows every change, and can be had as of the past") {
  PolicyFixture fixture;
  CHECK(fixture.Denier(fixture.index.snapshot(), 5) == "");
  REQUIRE(fixture.Create("low", 5).ok());
  const Position first = fixture.now;
  REQUIRE(fixture.Create("dry", 0, PolicyState::kDryRun).ok());
  CHECK(fixture.Denier(fixture.index.snapshot(), 5) == "low");
  CHECK(fixture.Denier(fixture.index.snapshot(), 6) == "");
  const Policy low = fixture.Get("low");
  REQUIRE(fixture
              .Do([&](auto& context, const auto& change) {
                return DeletePolicy(context, change, low).status();
              })
              .ok());
  CHECK(fixture.Denier(fixture.index.snapshot(), 5) == "");
  CHECK(fixture.Denier(Index::LoadAsOf(fixture.database.reader(), first).value(), 5) == "low");
  CHECK(fixture.Denier(Index::LoadAsOf(fixture.database.reader(), fixture.now).value(), 5) == "");
  // A mutation that fails changes nothing.
  CHECK_FALSE(fixture
                  .Do([&](auto& context, const auto& change) {
                    NewPolicy wanted;
                    wanted.name = "never";
                    CHECK(CreatePolicy(context, change, wanted).ok());
                    return absl::CancelledError("");
                  })
                  .ok());
  CHECK(fixture.Denier(fixture.index.snapshot(), 5) == "");
}

TEST_CASE("a wrong name is told the closest one; a policy has a name") {
  PolicyFixture fixture;
  REQUIRE(fixture.Create("mask-email", 0).ok());
  const auto missing = GetPolicy(fixture.database.reader(), kNow, "mask-emial");
  CHECK(GetErrorDetail(missing.status()).hint == "mask-email exists; see 'whence policy list'");
  CHECK(ReasonOf(ValidatePolicyName("", "name")) == "POLICY_NAME_MISSING");
  CHECK(ReasonOf(ValidatePolicyName(std::string(kMaxPolicyNameBytes, 'n'), "name")) == "OK");
  CHECK(ReasonOf(ValidatePolicyName(std::string(kMaxPolicyNameBytes + 1, 'n'), "name")) ==
        "TEXT_TOO_LONG");
}

TEST_CASE("there are at most so many policies") {
  PolicyFixture fixture;
  const auto fill = [&](int64_t from, int64_t to) {
    return fixture.Do([&](sql::WriteContext& context, const ledger::Change& change) {
      for (int64_t i = from; i < to; ++i) {
        NewPolicy wanted;
        wanted.name = "p" + std::to_string(i);
        wanted.securable = 1 + i;
        const absl::Status status = CreatePolicy(context, change, wanted).status();
        if (!status.ok()) return status;
      }
      return absl::OkStatus();
    });
  };
  // The last one alone counts what is there.
  fixture.database
      .Write([&](sql::WriteContext& context) {
        static constexpr sql::Query kPolicies{
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
            " INSERT INTO policy (id, name, creator, create_time_us, position)"
            " SELECT i, 'p' || i, 'user:ana', 0, 1 FROM n"};
        static constexpr sql::Query kStates{
            "INSERT INTO policy_state (policy_id, valid_from, valid_to, securable_id, state,"
            " definition, deleted, updater, update_time_us)"
            " SELECT id, 0, ?1, id, 1, '{\"kind\":\"deny\"}', 0, 'user:ana', 0 FROM policy"};
        CHECK(context.connection().Execute(kPolicies, kMaxPolicies - 1).ok());
        CHECK(context.connection().Execute(kStates, kForever).ok());
        for (int64_t i = 1; i < kMaxPolicies; ++i) context.Next(sql::Counter::kPolicyId);
        return absl::OkStatus();
      })
      .IgnoreError();
  CHECK(fill(kMaxPolicies, kMaxPolicies + 1).ok());
  CHECK(ReasonOf(fill(kMaxPolicies + 1, kMaxPolicies + 2)) == "TOO_MANY_POLICIES");
}

}  // namespace
}  // namespace whence::access
