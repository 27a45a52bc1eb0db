// Callers who show something else than a token of ours: tokens of issuers, certificates; and what
// becomes of those whose credential ends between their admission and their turn.
#include <catch2/catch.hpp>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "access/jwt.h"
#include "service/access_operations.h"
#include "service/ask.h"
#include "support/token_maker.h"

namespace whence::service {
namespace {

using access::test::GoodClaims;
using access::test::kIssuer;
using access::test::Replaced;
using access::test::Signer;
using test::Asked;
using test::ReasonOf;
using whence::test::HeldWriter;
using whence::test::Pending;

// Purpose: a house that believes one issuer, whose claim `groups` names groups, and certificates of
// example.org. Ownership: owns everything. Thread-safety: one thread.
class Trusting : public Asked {
 public:
  Trusting() {
    std::ofstream(folder_.path() + "/keys.json") << access::test::Jwks(signer.Jwk());
    access::IdentityConfig config;
    config.issuers.emplace_back();
    config.issuers[0].rules.issuer = std::string(kIssuer);
    config.issuers[0].rules.audiences = {"whence"};
    config.issuers[0].keys_file = folder_.path() + "/keys.json";
    config.issuers[0].groups_claim = "groups";
    using Kind = access::CertificateRule::Kind;
    config.certificates = {
        {.kind = Kind::kUri, .pattern = "spiffe://example.org/sa/*", .principal = "svc:*"},
        {.kind = Kind::kEmail, .pattern = "*@example.org", .principal = "user:*"}};
    trusted_ =
        access::Trust::Open(std::move(config), nullptr, &clock, [](const absl::Status& status) {
          FAIL(status.ToString());
        }).value();
    trust = trusted_.get();
    Reopen();
  }
  ~Trusting() { Close(); }

  // Who holds a token of the issuer; `more` stands behind its claims.
  CallInfo Holder(std::string_view subject, std::string_view more = "") const {
    const std::string claims =
        Replaced(GoodClaims(more), R"("sub":"ana")", StrCat(R"("sub":")", subject, "\""));
    return {.bearer = signer.Token(claims), .via = "test"};
  }
  static CallInfo Certified(access::CertificateNames names) {
    return {.certificate = std::move(names), .via = "test"};
  }
  // The principal that a call is, or the reason why it is nobody.
  std::string Who(const CallInfo& info) {
    const auto me = RunAs(info, kWhoAmI, v1::WhoAmIRequest());
    return me.ok() ? me->principal().name() : ReasonOf(me.status());
  }
  v1::WhoAmIResponse Me(const CallInfo& info) {
    return RunAs(info, kWhoAmI, v1::WhoAmIRequest()).value();
  }
  std::string Get(const CallInfo& info, const std::string& catalog) {
    v1::GetCatalogRequest request;
    request.set_name(catalog);
    return ReasonOf(RunAs(info, kGetCatalog, request).status());
  }

  const Signer signer = Signer::Ed25519("k");

 private:
  whence::test::TemporaryFolder folder_;
  std::unique_ptr<access::Trust> trusted_;
};

v1::CreateCatalogRequest Create(std::string_view name, std::string_view request_id = "") {
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.set_request_id(std::string(request_id));
  return request;
}

TEST_CASE("the token of an issuer is its holder, for reads and mutations") {
  Trusting house;
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  const CallInfo bo = house.Holder("bo");
  const v1::WhoAmIResponse me = house.Me(bo);
  CHECK(me.principal().name() == "user:bo");
  CHECK(me.credential() == v1::CREDENTIAL_KIND_JWT);
  CHECK(me.issuer() == kIssuer);
  CHECK(me.credential_expire_time().seconds() ==
        access::test::kNow + 3600 + absl::ToInt64Seconds(kMaxClockSkew));
  CHECK_FALSE(me.has_token());
  CHECK_FALSE(me.metastore_admin());
  CHECK(ReasonOf(house.RunAs(bo, kCreateCatalog, Create("a")).status()) == "PERMISSION_DENIED");
  CHECK(house.RunAs(house.Holder("ana"), kCreateCatalog, Create("a"))->creator() == "user:ana");
  // Our own tokens are as they were.
  const v1::WhoAmIResponse own = house.Ask(kWhoAmI, "");
  CHECK(own.credential() == v1::CREDENTIAL_KIND_TOKEN);
  CHECK(own.issuer().empty());
  CHECK_FALSE(own.has_credential_expire_time());
}

TEST_CASE("nobody is made by a token of an issuer, and who was deactivated stays out") {
  Trusting house;
  const CallInfo bo = house.Holder("bo");
  const absl::Status unknown = house.RunAs(bo, kWhoAmI, v1::WhoAmIRequest()).status();
  CHECK(ReasonOf(unknown) == "PRINCIPAL_UNKNOWN");
  CHECK(unknown.code() == absl::StatusCode::kUnauthenticated);
  CHECK(house.Why(kGetPrincipal, "name: 'user:bo'") == "PRINCIPAL_NOT_FOUND");
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  CHECK(house.Who(bo) == "user:bo");
  house.Ask(kUpdatePrincipal, "principal { name: 'user:bo' } update_mask { paths: 'active' }");
  CHECK(house.Who(bo) == "PRINCIPAL_INACTIVE");
  house.Ask(kUpdatePrincipal, "principal { name: 'user:bo' active: true }");
  CHECK(house.Who(bo) == "user:bo");
  house.Ask(kDeletePrincipal, "name: 'user:bo'");
  CHECK(house.Who(bo) == "PRINCIPAL_UNKNOWN");
}

TEST_CASE("tokens that are not right are refused, and repeated nowhere") {
  Trusting house;
  const std::string good = house.Holder("ana").bearer;
  const std::string other = Signer::Ed25519("k").Token(GoodClaims());
  const std::string stranger =
      house.signer.Token(Replaced(GoodClaims(), std::string(kIssuer), "https://stranger.example"));
  for (const std::string& bad : {other, stranger, good.substr(0, good.size() - 4), good + "x"}) {
    REQUIRE(access::Jwt::LooksLikeOne(bad));
    const absl::Status refused =
        house.RunAs({.bearer = bad, .via = "test"}, kCreateCatalog, Create("a")).status();
    CHECK(ReasonOf(refused) == "TOKEN_INVALID");
    CHECK(refused.ToString().find(bad) == std::string::npos);
    CHECK(GetErrorDetail(refused).hint.find(bad) == std::string::npos);
  }
  // A house that believes no issuer says that.
  Asked alone;
  const absl::Status refused =
      alone.RunAs({.bearer = good, .via = "test"}, kCreateCatalog, Create("a")).status();
  CHECK(ReasonOf(refused) == "TOKEN_INVALID");
  CHECK_THAT(std::string(refused.message()), Catch::Contains("believes none"));
  CHECK(alone.changes() == 0);
}

TEST_CASE("a call that goes on ends with its token") {
  Trusting house;
  const CallInfo ana = house.Holder("ana");
  CHECK(house.corridor().Authenticate(ana, "Test").ok());
  house.clock.Advance(absl::Hours(1) + kMaxClockSkew - absl::Seconds(1));
  CHECK(house.corridor().Authenticate(ana, "Test").ok());
  house.clock.Advance(absl::Seconds(1));
  CHECK(ReasonOf(house.corridor().Authenticate(ana, "Test")) == "TOKEN_EXPIRED");
}

TEST_CASE("groups that a token names count for its calls, and what they are in") {
  Trusting house;
  house.Ask(kCreateCatalog, "catalog { name: 'prod' }");
  for (const char* name : {"user:bo", "group:inner", "group:outer", "group:other"}) {
    house.Ask(kCreatePrincipal, StrCat("principal { name: '", name, "' }"));
  }
  house.Ask(kAddMember, "group: 'group:outer' member: 'group:inner'");
  house.Ask(kChangeGrants,
            "securable { type: SECURABLE_TYPE_CATALOG name: 'prod' } principal: 'group:outer' "
            "add: 'BROWSE'");
  const CallInfo plain = house.Holder("bo");
  const CallInfo inner = house.Holder("bo", R"(,"groups":["inner","inner","unheard-of"])");
  CHECK(house.Get(plain, "prod") == "PERMISSION_DENIED");
  CHECK(house.Get(inner, "prod") == "OK");
  CHECK(house.Get(house.Holder("bo", R"(,"groups":["other"])"), "prod") == "PERMISSION_DENIED");
  CHECK(absl::StrJoin(house.Me(inner).groups(), " ") == "group:inner group:outer");
  CHECK(house.Me(plain).groups().empty());

  SECTION("its reasons name the way") {
    v1::ExplainAccessRequest request;
    request.mutable_securable()->set_name("prod");
    request.set_privilege("BROWSE");
    const auto why = house.RunAs(inner, kExplainAccess, request);
    REQUIRE(why.ok());
    REQUIRE(why->has_size() == 1);
    CHECK(absl::StrJoin(why->has(0).through(), " ") == "group:inner group:outer");
  }
  SECTION("an inactive group counts for nothing") {
    house.Ask(kUpdatePrincipal,
              "principal { name: 'group:inner' } update_mask { paths: 'active' }");
    CHECK(house.Get(inner, "prod") == "PERMISSION_DENIED");
    CHECK(house.Get(house.Holder("bo", R"(,"groups":["outer"])"), "prod") == "OK");
  }
  SECTION("the owners' group is named") {
    house.Ask(kCreatePrincipal, "principal { name: 'group:admins' }");
    house.Ask(kAddMember, "group: 'group:admins' member: 'user:ana'");
    house.Ask(kTransferMetastore, "owner: 'group:admins'");
    const CallInfo admin = house.Holder("bo", R"(,"groups":["admins"])");
    CHECK(house.Me(admin).metastore_admin());
    CHECK_FALSE(house.Me(inner).metastore_admin());
    CHECK(house.RunAs(admin, kCreateCatalog, Create("a"))->creator() == "user:bo");
  }
}

TEST_CASE("a certificate is the principal that the rules say") {
  Trusting house;
  house.Ask(kCreatePrincipal, "principal { name: 'svc:trainer' }");
  const v1::WhoAmIResponse me = house.Me(house.Certified(
      {.uris = {"spiffe://example.org/sa/trainer"}, .dns = {"node-7"}, .emails = {}}));
  CHECK(me.principal().name() == "svc:trainer");
  CHECK(me.credential() == v1::CREDENTIAL_KIND_CERTIFICATE);
  CHECK(me.issuer().empty());
  const auto who = [&](std::vector<std::string> uris, std::vector<std::string> emails) {
    return house.Who(
        house.Certified({.uris = std::move(uris), .dns = {}, .emails = std::move(emails)}));
  };
  CHECK(who({}, {"ana@example.org"}) == "user:ana");
  CHECK(who({}, {"ana@example.com"}) == "CERTIFICATE_UNKNOWN");
  CHECK(who({}, {"bo@example.org"}) == "PRINCIPAL_UNKNOWN");
  CHECK(who({"spiffe://example.org/sa/trainer"}, {"ana@example.org"}) == "CERTIFICATE_AMBIGUOUS");
  CHECK(who({}, {}) == "CREDENTIAL_MISSING");
  // A house without rules knows no certificate.
  Asked alone;
  const CallInfo certified =
      house.Certified({.uris = {}, .dns = {}, .emails = {"ana@example.org"}});
  CHECK(ReasonOf(alone.RunAs(certified, kCreateCatalog, Create("a")).status()) ==
        "CERTIFICATE_UNKNOWN");
  CHECK(house.RunAs(certified, kCreateCatalog, Create("a"))->creator() == "user:ana");
}

TEST_CASE("who shows a token and a certificate is who the token says") {
  Trusting house;
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  CallInfo both = house.Certified({.uris = {}, .dns = {}, .emails = {"bo@example.org"}});
  CHECK(house.Who(both) == "user:bo");
  both.bearer = house.caller.bearer;
  CHECK(house.Who(both) == "user:ana");
  both.bearer = house.Holder("ana").bearer;
  CHECK(house.Who(both) == "user:ana");
  both.bearer = "garbage";
  CHECK(house.Who(both) == "TOKEN_INVALID");
}

TEST_CASE("an answer that is kept for a request_id is its asker's, whatever the credential") {
  Trusting house;
  const auto first = house.Run(kCreateCatalog, Create("a", "r-1"));
  REQUIRE(first.ok());
  CHECK(house.RunAs(house.Holder("ana"), kCreateCatalog, Create("a", "r-1"))->id() == first->id());
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  CHECK(ReasonOf(house.RunAs(house.Holder("bo"), kCreateCatalog, Create("a", "r-1")).status()) ==
        "REQUEST_ID_REUSED");
}

// What becomes of a mutation that was admitted before `before` ran, and runs after it.
template <class Request, class Response>
std::string AfterWaiting(Trusting& house, const CallInfo& info,
                         const MutationOperation<Request, Response>& before,
                         const Request& request) {
  const v1::CreateCatalogRequest create = Create("late", "r-late");
  Pending<v1::Catalog> late;
  Pending<Response> done;
  {
    HeldWriter held(house.house());
    house.Begin(house.caller, before, request, &done);
    house.Begin(info, kCreateCatalog, create, &late);
    CHECK_FALSE(late.answered());
  }
  REQUIRE(done.Wait().ok());
  return ReasonOf(late.Wait().status());
}

TEST_CASE("what is revoked between a mutation's admission and its turn stops it") {
  Trusting house;
  const CallInfo bob = house.Colleague("user:bob");
  const v1::WhoAmIResponse me = house.Me(bob);

  SECTION("nothing was: it goes through") {
    CHECK(AfterWaiting(house, bob, kCreateCatalog, Create("other")) == "OK");
    return;
  }
  SECTION("its token") {
    v1::RevokeTokenRequest revoke;
    revoke.set_id(me.token().id());
    CHECK(AfterWaiting(house, bob, kRevokeToken, revoke) == "TOKEN_INVALID");
  }
  SECTION("its principal's being active, whatever the credential") {
    v1::UpdatePrincipalRequest deactivate;
    deactivate.mutable_principal()->set_name("user:bob");
    deactivate.mutable_update_mask()->add_paths("active");
    const bool jwt = GENERATE(false, true);
    CHECK(AfterWaiting(house, jwt ? house.Holder("bob") : bob, kUpdatePrincipal, deactivate) ==
          "PRINCIPAL_INACTIVE");
  }
  SECTION("its principal") {
    v1::DeletePrincipalRequest remove;
    remove.set_name("user:bob");
    CHECK(AfterWaiting(house, house.Holder("bob"), kDeletePrincipal, remove) ==
          "PRINCIPAL_UNKNOWN");
  }
  CHECK(house.Get(house.caller, "late") == "CATALOG_NOT_FOUND");
  CHECK(house.position() == 1);
}

TEST_CASE("a token that ends while its mutation waits stops it") {
  Trusting house;
  const v1::CreateCatalogRequest create = Create("late");
  Pending<v1::Catalog> late;
  {
    HeldWriter held(house.house());
    house.Begin(house.Holder("ana"), kCreateCatalog, create, &late);
    house.clock.Advance(absl::Hours(2));
  }
  CHECK(ReasonOf(late.Wait().status()) == "TOKEN_EXPIRED");
  CHECK(house.changes() == 0);
}

TEST_CASE("a first answer is not given again to whose token was revoked meanwhile") {
  Trusting house;
  const CallInfo bob = house.Colleague("user:bob");
  REQUIRE(house.RunAs(bob, kCreateCatalog, Create("late", "r-late")).ok());
  v1::RevokeTokenRequest revoke;
  revoke.set_id(house.Me(bob).token().id());
  CHECK(AfterWaiting(house, bob, kRevokeToken, revoke) == "TOKEN_INVALID");
}

}  // namespace
}  // namespace whence::service
