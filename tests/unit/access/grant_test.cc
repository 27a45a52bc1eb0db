#include "access/grant.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "access_fixture.h"
#include "base/limits.h"

namespace whence::access {
namespace {

using test::AccessFixture;
using test::kNow;
using test::ReasonOf;

// "principal:PRIVILEGE@position" of a list.
std::string Text(const std::vector<Grant>& grants) {
  std::string text;
  for (const Grant& grant : grants) {
    absl::StrAppend(&text, text.empty() ? "" : " ", grant.principal, ":",
                    std::string(PrivilegeName(grant.privilege)), "@", grant.position);
  }
  return text;
}

TEST_CASE("privileges are granted and revoked, and only what changes is written") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");  // 1
  const PrivilegeSet both = PrivilegeSet(Privilege::kSelect) | Privilege::kModify;
  GrantChange done = access.Change(7, ana, both).value();  // 2
  CHECK(done.added == both);
  access.actor = "user:bob";
  done = access.Change(7, ana, both | Privilege::kBrowse, Privilege::kManage).value();  // 3
  CHECK(done.added == PrivilegeSet(Privilege::kBrowse));
  CHECK(done.removed.empty());
  done = access.Change(7, ana, {}, Privilege::kModify).value();  // 4
  CHECK(done.removed == PrivilegeSet(Privilege::kModify));

  sql::Connection& reader = access.reader();
  CHECK(Text(ListGrantsOn(reader, kNow, 7).value()) == "1:BROWSE@3 1:SELECT@2");
  CHECK(Text(ListGrantsOn(reader, 3, 7).value()) == "1:BROWSE@3 1:SELECT@2 1:MODIFY@2");
  CHECK(ListGrantsOn(reader, 1, 7)->empty());
  const std::vector<Grant> of = ListGrantsOf(reader, kNow, ana).value();
  CHECK(Text(of) == "1:BROWSE@3 1:SELECT@2");
  CHECK(of[0].grantor == "user:bob");
  CHECK(of[1].grantor == "user:admin");
  CHECK(of[0].securable == 7);
  CHECK(of[0].grant_time == of[1].grant_time + absl::Seconds(1));
}

TEST_CASE("granted and revoked in one mutation, a privilege never was") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  REQUIRE(access.Change(7, ana, Privilege::kModify).ok());
  REQUIRE(
      access
          .Do([&](sql::WriteContext& context, const ledger::Change& change) {
            REQUIRE(
                ChangeGrants(context, change, 7, ana, Privilege::kSelect, Privilege::kModify).ok());
            return ChangeGrants(context, change, 7, ana, Privilege::kModify, Privilege::kSelect)
                .status();
          })
          .ok());
  CHECK(Text(ListGrantsOn(access.reader(), kNow, 7).value()) == "1:MODIFY@3");
  CHECK(Text(ListGrantsOn(access.reader(), 2, 7).value()) == "1:MODIFY@2");
}

TEST_CASE("a securable has so many grantees and no more") {
  AccessFixture access;
  const PrincipalId one_more = access.Create("user:one_more");
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                for (size_t i = 0; i < kMaxGrantsPerSecurable; ++i) {
                  NewPrincipal wanted;
                  wanted.name = absl::StrCat("user:", i);
                  const PrincipalId id = CreatePrincipal(context, change, wanted).value().id;
                  if (!ChangeGrants(context, change, 7, id, Privilege::kSelect, {}).ok()) {
                    return absl::UnknownError("");
                  }
                }
                return absl::OkStatus();
              })
              .ok());
  CHECK(ReasonOf(access.Change(7, one_more, Privilege::kSelect).status()) == "TOO_MANY_GRANTS");
  CHECK(access.Change(8, one_more, Privilege::kSelect).ok());
  // Who has something there may have more.
  CHECK(access.Change(7, one_more + 1, Privilege::kModify).ok());
  REQUIRE(access.Change(7, one_more + 2, {}, Privilege::kSelect).ok());
  CHECK(access.Change(7, one_more, Privilege::kSelect).ok());
}

TEST_CASE("the metastore is handed on, and the past knows who had it") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  const PrincipalId admins = access.Create("group:admins");
  CHECK(MetastoreOwner(access.reader(), kNow).value() == kNobody);
  access.SetOwner(ana);     // 3
  access.SetOwner(ana);     // 4: nothing changes
  access.SetOwner(admins);  // 5
  CHECK(MetastoreOwner(access.reader(), kNow).value() == admins);
  CHECK(MetastoreOwner(access.reader(), 4).value() == ana);
  CHECK(MetastoreOwner(access.reader(), 2).value() == kNobody);
  CHECK(access.snapshot().metastore_owner() == admins);
}

}  // namespace
}  // namespace whence::access
