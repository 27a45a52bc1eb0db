#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "access_fixture.h"
#include "base/limits.h"

namespace whence::access {
namespace {

using test::AccessFixture;
using test::kNow;
using test::ReasonOf;

TEST_CASE("members come and go, and the past keeps them") {
  AccessFixture access;
  const PrincipalId staff = access.Create("group:staff");
  const PrincipalId ana = access.Create("user:ana");
  CHECK(access.Add(staff, ana).value());  // 3
  CHECK_FALSE(access.Add(staff, ana).value());
  CHECK(access.snapshot().IsIn(ana, staff));
  CHECK(access.Remove(staff, ana).value());  // 5
  CHECK_FALSE(access.Remove(staff, ana).value());
  CHECK_FALSE(access.snapshot().IsIn(ana, staff));
  CHECK(access.Add(staff, ana).value());  // 7
  CHECK(ListMembers(access.reader(), 2, staff)->empty());
  CHECK(ListMembers(access.reader(), 4, staff)->size() == 1);
  CHECK(ListMembers(access.reader(), 6, staff)->empty());
  CHECK(ListGroupsOf(access.reader(), kNow, ana).value().front().name == "group:staff");
  CHECK(ReasonOf(access.Add(ana, staff).status()) == "PRINCIPAL_NOT_A_GROUP");
}

TEST_CASE("members are listed by name") {
  AccessFixture access;
  const PrincipalId staff = access.Create("group:staff");
  for (const char* name : {"user:c", "group:b", "svc:a"}) {
    REQUIRE(access.Add(staff, access.Create(name)).value());
  }
  std::string names;
  const std::vector<Principal> members = ListMembers(access.reader(), kNow, staff).value();
  for (const Principal& member : members) absl::StrAppend(&names, member.name, " ");
  CHECK(names == "group:b svc:a user:c ");
}

TEST_CASE("added and removed in one mutation, a membership never was") {
  AccessFixture access;
  const PrincipalId staff = access.Create("group:staff");
  const PrincipalId ana = access.Create("user:ana");
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                REQUIRE(AddMember(context, change, staff, ana).value());
                return RemoveMember(context, change, staff, ana).status();
              })
              .ok());
  CHECK(ListMembers(access.reader(), access.now, staff)->empty());
  CHECK_FALSE(access.snapshot().IsIn(ana, staff));
}

TEST_CASE("groups do not contain themselves, on any way") {
  AccessFixture access;
  const PrincipalId a = access.Create("group:a");
  const PrincipalId b = access.Create("group:b");
  const PrincipalId c = access.Create("group:c");
  CHECK(ReasonOf(access.Add(a, a).status()) == "GROUP_CYCLE");
  REQUIRE(access.Add(a, b).value());
  CHECK(ReasonOf(access.Add(b, a).status()) == "GROUP_CYCLE");
  REQUIRE(access.Add(b, c).value());
  const absl::Status status = access.Add(c, a).status();
  CHECK(ReasonOf(status) == "GROUP_CYCLE");
  CHECK(std::string(status.message()) == "group:c is in group:a already");
  // Two ways to one group are none.
  CHECK(access.Add(a, c).value());
  access.SetActive("group:b", false);
  CHECK(ReasonOf(access.Add(c, a).status()) == "GROUP_CYCLE");
}

TEST_CASE("groups are nested so deep and no deeper, wherever the chains are joined") {
  AccessFixture access;
  std::vector<PrincipalId> groups;
  for (int i = 0; i <= kMaxGroupDepth; ++i) {
    groups.push_back(access.Create(absl::StrCat("group:", i)));
  }
  const size_t middle = groups.size() / 2;
  for (size_t i = 1; i + 1 < groups.size(); ++i) {
    if (i != middle) REQUIRE(access.Add(groups[i - 1], groups[i]).value());
  }
  REQUIRE(access.Add(groups[middle - 1], groups[middle]).value());  // kMaxGroupDepth groups now
  const PrincipalId last = groups.back();
  CHECK(ReasonOf(access.Add(groups[groups.size() - 2], last).status()) == "NESTING_TOO_DEEP");
  CHECK(ReasonOf(access.Add(last, groups.front()).status()) == "NESTING_TOO_DEEP");
  // Who is no group stands at the bottom of the deepest.
  const PrincipalId ana = access.Create("user:ana");
  REQUIRE(access.Add(groups[groups.size() - 2], ana).value());
  CHECK(access.snapshot().IsIn(ana, groups.front()));
}

TEST_CASE("a group has so many members and no more") {
  AccessFixture access;
  const PrincipalId staff = access.Create("group:staff");
  PrincipalId last = kNobody;
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                for (size_t i = 0; i <= kMaxGroupMembers; ++i) {
                  NewPrincipal wanted;
                  wanted.name = absl::StrCat("user:", i);
                  last = CreatePrincipal(context, change, wanted).value().id;
                  if (i == kMaxGroupMembers) break;
                  if (!AddMember(context, change, staff, last).value())
                    return absl::UnknownError("");
                }
                return absl::OkStatus();
              })
              .ok());
  CHECK(access.snapshot().IsIn(last - 1, staff));
  CHECK(ReasonOf(access.Add(staff, last).status()) == "TOO_MANY_MEMBERS");
  REQUIRE(access.Remove(staff, last - 1).value());
  CHECK(access.Add(staff, last).value());
}

}  // namespace
}  // namespace whence::access
