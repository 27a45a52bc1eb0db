// What somebody may do, and why, through the corridor.

#include <catch2/catch.hpp>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/access_operations.h"
#include "service/ask.h"

namespace whence::service {
namespace {

using test::Asked;

std::string Text(const v1::AccessReason& reason) {
  return absl::StrCat(reason.kind() == v1::ACCESS_REASON_KIND_OWNER ? "owner" : reason.privilege(),
                      " on ", reason.securable().name(), reason.through().empty() ? "" : " via ",
                      absl::StrJoin(reason.through(), ">"));
}

template <class Reasons>
std::string Texts(const Reasons& reasons) {
  return absl::StrJoin(reasons, ", ", [](std::string* out, const v1::AccessReason& reason) {
    out->append(Text(reason));
  });
}

std::string Lacks(const v1::ExplainAccessResponse& answer) {
  return absl::StrJoin(answer.lacks(), ", ", [](std::string* out, const v1::MissingGrant& lack) {
    absl::StrAppend(out, lack.privilege(), " on ", lack.securable().name(), " for ",
                    lack.principal());
  });
}

class Explained : public Asked {
 public:
  Explained() {
    Asset("prod.fraud.scores", v1::KIND_TABLE);
    for (const char* name : {"user:bo", "group:analysts", "group:all"}) {
      Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
    }
    Ask(kAddMember, "group: 'group:analysts' member: 'user:bo'");
    Ask(kAddMember, "group: 'group:all' member: 'group:analysts'");
  }
  void Grant(const std::string& privilege, const std::string& name, const std::string& principal) {
    Ask(kChangeGrants, absl::StrCat("add: '", privilege, "' securable { name: '", name,
                                    "' } principal: '", principal, "'"));
  }
  v1::ExplainAccessResponse Explain(const std::string& more) {
    return Ask(
        kExplainAccess,
        "principal: 'user:bo' privilege: 'SELECT' securable { name: 'prod.fraud.scores' } " + more);
  }
};

TEST_CASE("effective_ops: a denial names the smallest grants, and these let it") {
  Explained house;
  v1::ExplainAccessResponse answer = house.Explain("");
  CHECK_FALSE(answer.allowed());
  CHECK(answer.outcome() == v1::ACCESS_OUTCOME_NO_USE_CATALOG);
  CHECK(Lacks(answer) ==
        "USE CATALOG on prod for user:bo, USE SCHEMA on prod.fraud for user:bo, SELECT on "
        "prod.fraud.scores for user:bo");

  // All that it has comes through one group: so shall what is missing.
  house.Grant("SELECT", "prod.fraud", "group:analysts");
  answer = house.Explain("");
  CHECK(Texts(answer.has()) == "SELECT on prod.fraud via group:analysts");
  CHECK(Lacks(answer) ==
        "USE CATALOG on prod for group:analysts, USE SCHEMA on prod.fraud for group:analysts");
  const Position denied_at = house.position();

  house.Grant("USE CATALOG", "prod", "group:all");
  CHECK(house.Explain("").outcome() == v1::ACCESS_OUTCOME_NO_USE_SCHEMA);
  house.Grant("USE SCHEMA", "prod.fraud", "user:bo");
  answer = house.Explain("");
  CHECK(answer.allowed());
  CHECK(answer.outcome() == v1::ACCESS_OUTCOME_ALLOWED);
  CHECK(Texts(answer.has()) ==
        "USE CATALOG on prod via group:analysts>group:all, USE SCHEMA on prod.fraud, SELECT on "
        "prod.fraud via group:analysts");
  CHECK(answer.lacks().empty());
  CHECK(answer.position() == house.position());
  CHECK_FALSE(house.Explain(absl::StrCat("as_of { position: ", denied_at, " }")).allowed());
}

TEST_CASE("effective_ops: everything that somebody has, with how it came to it") {
  Explained house;
  house.Grant("ALL PRIVILEGES", "prod.fraud.scores", "group:analysts");
  house.Grant("SELECT", "prod", "user:bo");
  const v1::GetEffectivePrivilegesResponse answer = house.Ask(
      kGetEffectivePrivileges, "principal: 'user:bo' securable { name: 'prod.fraud.scores' }");
  CHECK(answer.active());
  std::string all;
  for (const v1::EffectivePrivilege& effective : answer.privileges()) {
    absl::StrAppend(&all, effective.privilege(), ": ", Texts(effective.reasons()), "; ");
  }
  const std::string by_all = "ALL PRIVILEGES on prod.fraud.scores via group:analysts";
  CHECK(all == absl::StrCat("BROWSE: ", by_all, "; SELECT: SELECT on prod, ", by_all, "; MODIFY: ",
                            by_all, "; APPLY TAG: ", by_all, "; ALL PRIVILEGES: ", by_all, "; "));

  // The caller, who owns all of it.
  const v1::GetEffectivePrivilegesResponse mine =
      house.Ask(kGetEffectivePrivileges, "securable { name: 'prod.fraud.scores' }");
  CHECK(mine.principal() == "user:ana");
  REQUIRE(mine.privileges_size() > 0);
  CHECK(Texts(mine.privileges(0).reasons()) ==
        "owner on , owner on prod, owner on prod.fraud, owner on prod.fraud.scores");
}

TEST_CASE("effective_ops: a token is asked about with its bounds") {
  Explained house;
  const v1::CreateTokenResponse made = house.Ask(kCreateToken, "token { read_only: true }");
  CallInfo info;
  info.bearer = made.secret();
  info.via = "test";
  v1::ExplainAccessRequest request;
  request.set_privilege("MODIFY");
  request.mutable_securable()->set_name("prod.fraud.scores");
  const auto answer = house.RunAs(info, kExplainAccess, request);
  REQUIRE(answer.ok());
  CHECK(answer->outcome() == v1::ACCESS_OUTCOME_OUT_OF_SCOPE);
  CHECK(answer->lacks().empty());
  request.set_privilege("SELECT");
  CHECK(house.RunAs(info, kExplainAccess, request)->allowed());
}

TEST_CASE("effective_ops: what is refused, and where") {
  Explained house;
  CHECK(house.WhyAt(kExplainAccess, "securable { name: 'prod' }") ==
        "PRIVILEGE_UNKNOWN at privilege");
  CHECK(house.WhyAt(kExplainAccess, "privilege: 'CREATE CATALOG' securable { name: 'prod' }") ==
        "PRIVILEGE_NOT_APPLICABLE at privilege");
  CHECK(house.WhyAt(kExplainAccess, "privilege: 'SELECT'") == "SECURABLE_MISSING at securable");
  CHECK(house.Why(kExplainAccess,
                  "privilege: 'SELECT' principal: 'user:x' securable { name: 'prod' }") ==
        "PRINCIPAL_NOT_FOUND");
  CHECK(house.Why(kGetEffectivePrivileges, "securable { name: 'prod.no' }") == "SCHEMA_NOT_FOUND");
  CHECK(house.Why(kGetEffectivePrivileges,
                  "securable { name: 'prod.fraud' } as_of { position: 1 }") == "SCHEMA_NOT_FOUND");
}

}  // namespace
}  // namespace whence::service
