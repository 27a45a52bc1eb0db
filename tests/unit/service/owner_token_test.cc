#include "service/owner_token.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HouseFixture;
using test::ReasonOf;

v1::CreateCatalogRequest Create(std::string_view name) {
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  return request;
}

// A token that was made by the way in question, and whose.
struct Made {
  std::string owner;
  CallInfo caller;
};

Made MakeToken(HouseFixture& fixture) {
  Made made;
  made.caller.via = "test";
  const auto owner = MakeOwnerToken(fixture.house(), [&](const std::string& secret) {
    made.caller.bearer = secret;
    return absl::OkStatus();
  });
  REQUIRE(owner.ok());
  made.owner = *owner;
  return made;
}

template <class Change>
void Do(HouseFixture& fixture, Change change) {
  const ledger::Change stamp{
      .position = kNoPosition, .time = fixture.clock.Now(), .actor = "user:ana"};
  REQUIRE(fixture.house()
              .writer()
              .RunAndWait([&](sql::WriteContext& context) { return change(context, stamp); })
              .ok());
}

TEST_CASE("the owner gets a new token, and the ledger an entry that shows no secret") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a")).ok());
  const Made made = MakeToken(fixture);
  CHECK(made.owner == "user:ana");
  CHECK(fixture.position() == 2);
  CHECK(fixture.RunAs(made.caller, kCreateCatalog, Create("b"))->creator() == "user:ana");
  CHECK(fixture.Run(kCreateCatalog, Create("c")).ok());  // the old one holds as before
  sql::Lease lease = fixture.house().readers().Acquire().value();
  const ledger::Entry entry = fixture.house().ledger().GetEntry(*lease, 2).value();
  CHECK(entry.actor == "user:ana");
  CHECK(entry.via == "offline");
  CHECK(entry.action == "CreateToken");
  CHECK(entry.resource == "user:ana");
  const std::string& secret = made.caller.bearer;
  for (const std::string& text : {entry.actor, entry.resource, entry.request_id, entry.digest}) {
    CHECK(text.find(secret) == std::string::npos);
  }
}

TEST_CASE("a token that cannot be kept is not made") {
  HouseFixture fixture;
  const auto failed = MakeOwnerToken(fixture.house(), [](const std::string&) {
    return ResourceExhausted("DISK_FULL", "no room");
  });
  CHECK(ReasonOf(failed.status()) == "DISK_FULL");
  CHECK(fixture.position() == 0);
  CHECK(fixture.Run(kCreateCatalog, Create("a"))->position() == 1);
}

TEST_CASE("an owner that was deactivated is active again") {
  HouseFixture fixture;
  Do(fixture, [](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(access::Principal ana,
                            access::GetPrincipal(context.connection(), kForever - 1, "user:ana"));
    ana.active = false;
    return access::UpdatePrincipal(context, change, ana).status();
  });
  CHECK(ReasonOf(fixture.Run(kCreateCatalog, Create("a")).status()) == "PRINCIPAL_INACTIVE");
  const Made made = MakeToken(fixture);
  CHECK(fixture.RunAs(made.caller, kCreateCatalog, Create("a")).ok());
  CHECK(fixture.Run(kCreateCatalog, Create("b")).ok());
}

TEST_CASE("where a group owns the metastore an active member gets the token") {
  HouseFixture fixture;
  std::vector<access::PrincipalId> ids;
  const auto make = [&](std::string_view name) {
    Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
      access::NewPrincipal wanted;
      wanted.name = std::string(name);
      WHENCE_ASSIGN_OR_RETURN(const access::Principal made,
                              access::CreatePrincipal(context, change, wanted));
      ids.push_back(made.id);
      return absl::OkStatus();
    });
    return ids.back();
  };
  const auto add = [&](access::PrincipalId group, access::PrincipalId member) {
    Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) {
      return access::AddMember(context, change, group, member).status();
    });
  };
  const access::PrincipalId admins = make("group:admins");
  const access::PrincipalId night = make("group:night-shift");
  const access::PrincipalId empty = make("group:empty");
  Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) {
    return access::SetMetastoreOwner(context, change, admins);
  });
  add(admins, empty);
  const auto nobody =
      MakeOwnerToken(fixture.house(), [](const std::string&) { return absl::OkStatus(); });
  CHECK(ReasonOf(nobody.status()) == "OWNER_HAS_NO_MEMBERS");
  CHECK(fixture.position() == 0);
  add(admins, night);
  add(night, make("user:zoe"));
  CHECK(MakeToken(fixture).owner == "user:zoe");
  // One that is not active is passed over.
  const access::PrincipalId bob = make("user:bob");
  add(night, bob);
  CHECK(MakeToken(fixture).owner == "user:bob");
  Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(access::Principal principal,
                            access::GetPrincipalById(context.connection(), kForever - 1, bob));
    principal.active = false;
    return access::UpdatePrincipal(context, change, principal).status();
  });
  CHECK(MakeToken(fixture).owner == "user:zoe");
}

}  // namespace
}  // namespace whence::service
