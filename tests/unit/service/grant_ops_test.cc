// Grants through the corridor: what they change, what they would change, and what they need.

#include <catch2/catch.hpp>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/access_operations.h"
#include "service/ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::HintOf;

// prod.fraud.scores, user:bo in group:analysts.
class Granting : public Asked {
 public:
  Granting() {
    Asset("prod.fraud.scores", v1::KIND_TABLE);
    Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
    Ask(kCreatePrincipal, "principal { name: 'group:analysts' }");
    Ask(kAddMember, "group: 'group:analysts' member: 'user:bo'");
  }

  v1::ChangeGrantsResponse Grant(const std::string& privileges, const std::string& securable,
                                 const std::string& principal, const std::string& more = "") {
    return Ask(kChangeGrants, absl::StrCat("add: [", privileges, "] securable { ", securable,
                                           " } principal: '", principal, "' ", more));
  }
  v1::ChangeGrantsResponse Revoke(const std::string& privileges, const std::string& securable,
                                  const std::string& principal, const std::string& more = "") {
    return Ask(kChangeGrants, absl::StrCat("remove: [", privileges, "] securable { ", securable,
                                           " } principal: '", principal, "' ", more));
  }
};

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& privileges) {
  return absl::StrJoin(privileges, ", ");
}

std::string Needs(const v1::ChangeGrantsResponse& reply) {
  return absl::StrJoin(reply.needs(), ", ", [](std::string* out, const v1::MissingGrant& need) {
    absl::StrAppend(out, need.privilege(), " on ", need.securable().name(), " for ",
                    need.principal());
  });
}

std::string Grants(const v1::ListGrantsResponse& page) {
  return absl::StrJoin(page.grants(), ", ", [](std::string* out, const v1::Grant& grant) {
    absl::StrAppend(out, grant.principal(), " ", grant.privilege(), " ", grant.securable().name());
  });
}

bool May(Asked& house, const std::string& principal, const std::string& privilege,
         const std::string& name) {
  return house
      .Ask(kExplainAccess, absl::StrCat("principal: '", principal, "' privilege: '", privilege,
                                        "' securable { name: '", name, "' }"))
      .allowed();
}

TEST_CASE("grant_ops: a grant says what it gave and what it still needs") {
  Granting house;
  const Position before = house.position();
  const v1::ChangeGrantsResponse reply =
      house.Grant("'SELECT'", "name: 'prod.fraud'", "group:analysts");
  CHECK(reply.position() == before + 1);
  CHECK(reply.securable().type() == v1::SECURABLE_TYPE_SCHEMA);
  CHECK(reply.securable().name() == "prod.fraud");
  CHECK(Joined(reply.added()) == "SELECT");
  CHECK(Joined(reply.gained()) == "SELECT");
  CHECK(Joined(reply.privileges()) == "SELECT");
  CHECK(Needs(reply) ==
        "USE CATALOG on prod for group:analysts, USE SCHEMA on prod.fraud for group:analysts");
  CHECK_FALSE(May(house, "user:bo", "SELECT", "prod.fraud.scores"));

  CHECK(
      Needs(house.Grant("'use_catalog', 'use schema'", "name: 'prod'", "group:analysts")).empty());
  CHECK(May(house, "user:bo", "SELECT", "prod.fraud.scores"));
  CHECK(Needs(house.Grant("'MODIFY'", "name: 'prod.fraud.scores'", "user:bo")).empty());

  SECTION("again: nothing changes, no position is taken") {
    const Position position = house.position();
    const v1::ChangeGrantsResponse again =
        house.Grant("'SELECT'", "name: 'prod.fraud'", "group:analysts");
    CHECK(again.added().empty());
    CHECK(again.position() == 0);
    CHECK(house.position() == position);
  }
  SECTION("revoked: it takes effect at once, and the past stays") {
    const Position position = house.position();
    const v1::ChangeGrantsResponse revoked =
        house.Revoke("'SELECT', 'BROWSE'", "name: 'prod.fraud'", "group:analysts");
    CHECK(Joined(revoked.removed()) == "SELECT");
    CHECK(Joined(revoked.lost()) == "SELECT");
    CHECK(revoked.privileges().empty());
    CHECK_FALSE(May(house, "user:bo", "SELECT", "prod.fraud.scores"));
    CHECK(house
              .Ask(kExplainAccess,
                   absl::StrCat("principal: 'user:bo' privilege: 'SELECT' securable { name: "
                                "'prod.fraud.scores' } as_of { position: ",
                                position, " }"))
              .allowed());
  }
}

TEST_CASE("grant_ops: gained and lost count what there is besides") {
  Granting house;
  house.Grant("'SELECT'", "name: 'prod'", "group:analysts");
  // bo has it through the group and from above already.
  CHECK(house.Grant("'SELECT'", "name: 'prod.fraud'", "user:bo").gained().empty());
  CHECK(house.Revoke("'SELECT'", "name: 'prod.fraud'", "user:bo").lost().empty());
  CHECK(Joined(house.Revoke("'SELECT'", "name: 'prod'", "group:analysts").lost()) == "SELECT");
  // ALL PRIVILEGES is all but MANAGE, and SELECT is left when that is granted besides.
  const v1::ChangeGrantsResponse all =
      house.Grant("'ALL PRIVILEGES', 'SELECT'", "name: 'prod.fraud.scores'", "user:bo");
  CHECK(Joined(all.added()) == "SELECT, ALL PRIVILEGES");
  CHECK(Joined(all.gained()) == "BROWSE, SELECT, MODIFY, APPLY TAG");
  CHECK(Joined(house.Revoke("'ALL PRIVILEGES'", "name: 'prod.fraud.scores'", "user:bo").lost()) ==
        "BROWSE, MODIFY, APPLY TAG");
  // Who owns it loses nothing.
  house.Grant("'SELECT'", "name: 'prod.fraud'", "user:ana");
  CHECK(house.Revoke("'SELECT'", "name: 'prod.fraud'", "user:ana").lost().empty());
}

TEST_CASE("grant_ops: a dry run changes nothing and says the same") {
  Granting house;
  const Position position = house.position();
  const v1::ChangeGrantsResponse dry =
      house.Grant("'SELECT'", "name: 'prod.fraud'", "user:bo", "dry_run: true");
  CHECK(dry.position() == 0);
  CHECK(house.position() == position);
  CHECK(house.Ask(kListGrants, "principal: 'user:bo'").grants().empty());
  v1::ChangeGrantsResponse real = house.Grant("'SELECT'", "name: 'prod.fraud'", "user:bo");
  real.clear_position();
  CHECK(real.DebugString() == dry.DebugString());
}

TEST_CASE("grant_ops: grants are listed on something, of somebody, with those from above") {
  Granting house;
  house.Grant("'BROWSE'", "type: SECURABLE_TYPE_METASTORE", "group:analysts");
  house.Grant("'USE CATALOG'", "name: 'prod'", "user:bo");
  house.Grant("'SELECT', 'MODIFY'", "name: 'prod.fraud'", "user:bo");
  const Position then = house.position();
  house.Grant("'SELECT'", "name: 'prod.fraud'", "group:analysts");
  const auto list = [&](const std::string& text) { return Grants(house.Ask(kListGrants, text)); };
  CHECK(list("securable { name: 'prod.fraud' }") ==
        "user:bo SELECT prod.fraud, user:bo MODIFY prod.fraud, group:analysts SELECT prod.fraud");
  CHECK(list(absl::StrCat("securable { name: 'prod.fraud' } as_of { position: ", then, " }")) ==
        "user:bo SELECT prod.fraud, user:bo MODIFY prod.fraud");
  CHECK(list("securable { name: 'prod.fraud.scores' }").empty());
  CHECK(list("securable { name: 'prod.fraud.scores' } inherited: true principal: "
             "'group:analysts'") == "group:analysts BROWSE , group:analysts SELECT prod.fraud");
  CHECK(list("securable { type: SECURABLE_TYPE_METASTORE }") == "group:analysts BROWSE ");
  CHECK(list("principal: 'user:bo'") ==
        "user:bo USE CATALOG prod, user:bo SELECT prod.fraud, user:bo MODIFY prod.fraud");
  const v1::ListGrantsResponse page = house.Ask(kListGrants, "principal: 'user:bo' page_size: 2");
  CHECK(page.grants_size() == 2);
  CHECK(page.grants(0).grantor() == "user:ana");
  CHECK(list(absl::StrCat("principal: 'user:bo' page_token: '", page.next_page_token(), "'")) ==
        "user:bo MODIFY prod.fraud");
  // What a grant stands on keeps its id when its name is another's.
  house.Ask(kDeleteSchema, "name: 'prod.fraud' force: true");
  CHECK(list("principal: 'user:bo'") ==
        "user:bo USE CATALOG prod, user:bo SELECT id:2, user:bo MODIFY id:2");
  CHECK(house.WhyAt(kListGrants, "") == "GRANTS_OF_NOTHING at securable");
}

TEST_CASE("grant_ops: what is refused, and where") {
  Granting house;
  const Position position = house.position();
  const std::string to_bo = " principal: 'user:bo' ";
  const auto why = [&](const std::string& text) { return house.WhyAt(kChangeGrants, text); };
  CHECK(why("securable { name: 'prod' }" + to_bo) == "PRIVILEGES_MISSING at add");
  CHECK(why("add: 'SELCT' securable { name: 'prod' }" + to_bo) == "PRIVILEGE_UNKNOWN at add[0]");
  CHECK(why("add: 'SELECT' remove: 'select' securable { name: 'prod' }" + to_bo) ==
        "PRIVILEGE_ADDED_AND_REMOVED at remove");
  CHECK(why("add: 'SELECT'" + to_bo) == "SECURABLE_MISSING at securable");
  CHECK(why("add: 'SELECT' securable { type: SECURABLE_TYPE_METASTORE name: 'prod' }" + to_bo) ==
        "SECURABLE_NAMED_METASTORE at securable.name");
  CHECK(why("add: 'SELECT' securable { type: 99 name: 'prod' }" + to_bo) ==
        "ENUM_VALUE_UNKNOWN at securable.type");
  CHECK(why("add: 'SELECT' securable { name: 'a.b.c.d' }" + to_bo) ==
        "NAME_WRONG_DEPTH at securable.name");
  CHECK(why("add: 'SELECT' securable { name: 'prod' } principal: 'bo'") ==
        "PRINCIPAL_MALFORMED at principal");
  CHECK(why("add: 'CREATE CATALOG' securable { name: 'prod' }" + to_bo) ==
        "PRIVILEGE_NOT_APPLICABLE at add[0]");
  std::string many;
  for (int i = 0; i < 23; ++i) many += "add: 'SELECT' ";
  CHECK(why(many + "securable { name: 'prod' }" + to_bo) == "TOO_MANY_ITEMS at add");

  const absl::Status type = house.Fail(
      kChangeGrants,
      "add: 'SELECT' securable { type: SECURABLE_TYPE_MODEL name: 'prod.fraud.scores' }" + to_bo);
  CHECK(test::ReasonOf(type) == "SECURABLE_TYPE_MISMATCH");
  CHECK(HintOf(type) == "say table prod.fraud.scores");
  house.Grant("'SELECT'", "type: SECURABLE_TYPE_ASSET name: 'prod.fraud.scores'", "user:bo",
              "dry_run: true");
  CHECK(house.Why(kChangeGrants, "add: 'SELECT' securable { name: 'dev' }" + to_bo) ==
        "CATALOG_NOT_FOUND");
  CHECK(house.Why(kChangeGrants, "add: 'SELECT' securable { name: 'id:99' }" + to_bo) ==
        "SECURABLE_NOT_FOUND");
  CHECK(house.Why(kChangeGrants,
                  "add: 'SELECT' securable { name: 'prod' } principal: 'user:nobody'") ==
        "PRINCIPAL_NOT_FOUND");
  CHECK(house.position() == position);
}

}  // namespace
}  // namespace whence::service
