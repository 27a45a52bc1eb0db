// Who may enter the corridor: by what credential, how often, and what is left of it afterwards.
#include <atomic>
#include <string>

#include <catch2/catch.hpp>

#include "access/token_format.h"
#include "base/limits.h"
#include "ledger/requests.h"
#include "service/corridor.h"
#include "service/prediction_operations.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HeldWriter;
using test::HouseFixture;
using test::Pending;
using test::ReasonOf;

v1::CreateCatalogRequest Create(std::string_view name, std::string_view request_id = "") {
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.set_request_id(std::string(request_id));
  return request;
}

v1::CreateCatalogRequest Catalog(std::string_view name, std::string comment) {
  v1::CreateCatalogRequest request = Create(name);
  request.mutable_catalog()->set_comment(std::move(comment));
  return request;
}

v1::GetCatalogRequest Get(std::string_view name) {
  v1::GetCatalogRequest request;
  request.set_name(std::string(name));
  return request;
}

// Changes something of access as if it had been so from the beginning.
template <class Change>
void Do(HouseFixture& fixture, Change change) {
  const ledger::Change stamp{
      .position = kNoPosition, .time = fixture.clock.Now(), .actor = "user:ana"};
  const absl::Status done = fixture.house().writer().RunAndWait(
      [&](sql::WriteContext& context) { return change(context, stamp); });
  REQUIRE(done.ok());
}

access::Identity IdentityOf(HouseFixture& fixture, const CallInfo& info) {
  CallInfo admitted = info;
  REQUIRE(fixture.corridor().Admit(admitted, "Test").ok());
  return admitted.identity;
}

TEST_CASE("who shows no credential is nobody, for reads and for mutations") {
  HouseFixture fixture;
  CallInfo nobody = fixture.caller;
  nobody.bearer = "";
  // What a door does not verify is not believed: these are the corridor's to fill in.
  nobody.principal = "user:ana";
  nobody.identity.principal = 1;
  nobody.identity.name = "user:ana";
  const auto missing = fixture.RunAs(nobody, kCreateCatalog, Create("a"));
  CHECK(ReasonOf(missing.status()) == "CREDENTIAL_MISSING");
  CHECK(missing.status().code() == absl::StatusCode::kUnauthenticated);
  CHECK_FALSE(GetErrorDetail(missing.status()).hint.empty());
  CHECK(ReasonOf(fixture.RunAs(nobody, kGetCatalog, Get("a")).status()) == "CREDENTIAL_MISSING");
  CHECK(fixture.changes() == 0);
}

TEST_CASE("what is no token of ours is refused, and not repeated") {
  HouseFixture fixture;
  const std::string good = fixture.caller.bearer;
  std::string flipped = good;
  flipped[20] = flipped[20] == 'a' ? 'b' : 'a';
  // Like a token in everything, and nobody's.
  const std::string strange = access::NewTokenSecret();
  for (const std::string& bad : {flipped, strange, good + "x", good.substr(0, good.size() - 1),
                                 std::string("garbage-credential"), std::string(100'000, 'x')}) {
    CallInfo caller{.bearer = bad, .via = "test"};
    const absl::Status status = fixture.RunAs(caller, kGetCatalog, Get("a")).status();
    CHECK(ReasonOf(status) == "TOKEN_INVALID");
    CHECK(status.code() == absl::StatusCode::kUnauthenticated);
    const ErrorDetail detail = GetErrorDetail(status);
    CHECK_FALSE(detail.hint.empty());
    CHECK(status.ToString().find(bad) == std::string::npos);
    CHECK(detail.hint.find(bad) == std::string::npos);
    CHECK(ReasonOf(fixture.RunAs(caller, kCreateCatalog, Create("a")).status()) == "TOKEN_INVALID");
  }
  CHECK(fixture.changes() == 0);
}

TEST_CASE("an expired token, a revoked one, and one of somebody inactive") {
  HouseFixture fixture;
  const CallInfo bob = fixture.Colleague("user:bob");
  const access::Identity known = IdentityOf(fixture, bob);
  std::string secret;
  Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
    access::NewToken wanted;
    wanted.principal = known.principal;
    wanted.expire_time = fixture.clock.Now() + absl::Hours(1);
    WHENCE_ASSIGN_OR_RETURN(access::MadeToken made, access::CreateToken(context, change, wanted));
    secret = made.secret;
    return absl::OkStatus();
  });
  const CallInfo brief{.bearer = secret, .via = "test"};
  CHECK(fixture.RunAs(brief, kCreateCatalog, Create("a")).ok());
  fixture.clock.Advance(absl::Hours(1));
  const absl::Status expired = fixture.RunAs(brief, kGetCatalog, Get("a")).status();
  CHECK(ReasonOf(expired) == "TOKEN_EXPIRED");
  CHECK(expired.code() == absl::StatusCode::kUnauthenticated);
  CHECK(fixture.RunAs(bob, kGetCatalog, Get("a")).ok());

  const auto set_active = [&](bool active) {
    Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
      WHENCE_ASSIGN_OR_RETURN(
          access::Principal principal,
          access::GetPrincipalById(context.connection(), kForever - 1, known.principal));
      principal.active = active;
      return access::UpdatePrincipal(context, change, principal).status();
    });
  };
  set_active(false);
  const absl::Status inactive = fixture.RunAs(bob, kGetCatalog, Get("a")).status();
  CHECK(ReasonOf(inactive) == "PRINCIPAL_INACTIVE");
  CHECK(inactive.code() == absl::StatusCode::kUnauthenticated);
  set_active(true);
  CHECK(fixture.RunAs(bob, kGetCatalog, Get("a")).ok());

  Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) {
    return access::RevokeToken(context, change, known.token).status();
  });
  CHECK(ReasonOf(fixture.RunAs(bob, kGetCatalog, Get("a")).status()) == "TOKEN_INVALID");
}

TEST_CASE("an admitted call says who it is, and holds its secret no longer") {
  HouseFixture fixture;
  CallInfo info = fixture.caller;
  REQUIRE(fixture.corridor().Admit(info, "Test").ok());
  CHECK(info.principal == "user:ana");
  CHECK(info.identity.name == "user:ana");
  CHECK(info.identity.principal == fixture.house().access().snapshot().metastore_owner());
  CHECK(info.identity.token != 0);
  CHECK(info.bearer.empty());
}

TEST_CASE("an answer that is kept for a request_id is its asker's alone") {
  HouseFixture fixture;
  const CallInfo bob = fixture.Colleague("user:bob");
  const auto first = fixture.Run(kCreateCatalog, Create("a", "r-1"));
  REQUIRE(first.ok());
  CHECK(fixture.Run(kCreateCatalog, Create("a", "r-1"))->id() == first->id());
  const absl::Status other = fixture.RunAs(bob, kCreateCatalog, Create("a", "r-1")).status();
  CHECK(ReasonOf(other) == "REQUEST_ID_REUSED");
  CHECK(fixture.position() == 1);
}

TEST_CASE("a mutation has the picture of all positions before its own, one for the whole call") {
  HouseFixture fixture;
  static access::PrincipalId found;
  static bool same;
  constexpr MutationOperation<v1::CreateCatalogRequest, v1::Catalog> kLook{
      "Look", [](const v1::CreateCatalogRequest&) { return absl::OkStatus(); },
      [](Call& call, const v1::CreateCatalogRequest&) -> absl::StatusOr<v1::Catalog> {
        found = call.access().Find("user:bob");
        same = &call.access() == &call.access() && call.identity().name == "user:ana";
        return v1::Catalog();
      }};
  REQUIRE(fixture.Run(kLook, Create("a")).ok());
  CHECK(found == access::kNobody);
  fixture.Colleague("user:bob");
  REQUIRE(fixture.Run(kLook, Create("a")).ok());
  CHECK(found != access::kNobody);
  CHECK(same);
}

TEST_CASE("when a token was used is written once a minute, and without a ledger entry") {
  HouseFixture fixture;
  const int64_t token = IdentityOf(fixture, fixture.caller).token;
  const auto last_use = [&] {
    sql::Lease lease = fixture.house().readers().Acquire().value();
    return access::GetToken(*lease, token)->last_use_time;
  };
  const auto tasks = [&] { return fixture.house().writer().stats().tasks; };
  const absl::Time start = fixture.clock.Now();
  const int64_t before = tasks();
  for (int i = 0; i < 50; ++i) {
    fixture.clock.Advance(absl::Seconds(1));
    CHECK(ReasonOf(fixture.Run(kGetCatalog, Get("a")).status()) == "CATALOG_NOT_FOUND");
  }
  CHECK(tasks() == before);
  CHECK_FALSE(last_use().has_value());
  fixture.clock.Advance(kTokenUseInterval);
  CHECK_FALSE(fixture.Run(kGetCatalog, Get("a")).ok());
  REQUIRE(fixture.Run(kCreateCatalog, Create("a")).ok());  // behind it in the queue
  REQUIRE(last_use().has_value());
  CHECK(*last_use() > start);
  CHECK(*last_use() <= fixture.clock.Now());
  CHECK(fixture.position() == 1);
  // What was not written yet is, when the server stops.
  const absl::Time written = *last_use();
  fixture.clock.Advance(absl::Minutes(10));
  CHECK(fixture.Run(kGetCatalog, Get("a")).ok());
  fixture.Reopen();
  CHECK(*last_use() >= written + absl::Minutes(10));
}

TEST_CASE("a principal that calls too often is told when to call again; others are not held up") {
  HouseFixture fixture;
  const CallInfo bob = fixture.Colleague("user:bob");
  Corridor limited(&fixture.house(), 1, /*max_calls_per_second=*/4);
  const auto reason = [&limited](CallInfo info) { return ReasonOf(limited.Admit(info, "Test")); };
  for (int i = 0; i < 4; ++i) CHECK(reason(fixture.caller) == "OK");
  CallInfo fifth = fixture.caller;
  const absl::Status status = limited.Admit(fifth, "Test");
  CHECK(ReasonOf(status) == "RATE_LIMITED");
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(GetErrorDetail(status).metadata.at("retry_delay") == "250ms");
  CHECK(reason(bob) == "OK");
  fixture.clock.Advance(absl::Milliseconds(250));
  CHECK(reason(fixture.caller) == "OK");
  CHECK(reason(fixture.caller) == "RATE_LIMITED");
  // A bound of its own goes before the server's.
  Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(access::Principal principal,
                            access::GetPrincipal(context.connection(), kForever - 1, "user:bob"));
    principal.max_calls_per_second = 1;
    return access::UpdatePrincipal(context, change, principal).status();
  });
  fixture.clock.Advance(absl::Seconds(10));
  CHECK(reason(bob) == "OK");
  CHECK(reason(bob) == "RATE_LIMITED");
  for (int i = 0; i < 100; ++i)
    CHECK(ReasonOf(fixture.Run(kGetCatalog, Get("a")).status()) != "RATE_LIMITED");
}

TEST_CASE(
    "a principal that sends too many bytes is told when to send again, or that it never may") {
  HouseFixture fixture;
  const CallInfo bob = fixture.Colleague("user:bob");
  const v1::CreateCatalogRequest first = Catalog("first", std::string(400, 'x'));
  const auto size = static_cast<int64_t>(first.ByteSizeLong());
  const auto give = [&](int64_t bytes) {
    Do(fixture, [&](sql::WriteContext& context, const ledger::Change& change) -> absl::Status {
      WHENCE_ASSIGN_OR_RETURN(access::Principal principal,
                              access::GetPrincipal(context.connection(), kForever - 1, "user:bob"));
      principal.max_request_bytes_per_second = bytes;
      return access::UpdatePrincipal(context, change, principal).status();
    });
  };
  give(size);
  CHECK(fixture.RunAs(bob, kCreateCatalog, first).ok());
  // Reads count too, and nothing of what is refused happens.
  const absl::Status read = fixture.RunAs(bob, kGetCatalog, Get("first")).status();
  CHECK(ReasonOf(read) == "REQUEST_BYTES_LIMITED");
  CHECK(read.code() == absl::StatusCode::kResourceExhausted);
  absl::Duration delay;
  REQUIRE(absl::ParseDuration(GetErrorDetail(read).metadata.at("retry_delay"), &delay));
  CHECK(delay > absl::ZeroDuration());
  fixture.clock.Advance(delay);
  CHECK(fixture.RunAs(bob, kGetCatalog, Get("first")).ok());
  fixture.clock.Advance(absl::Seconds(2));
  const v1::CreateCatalogRequest second = Catalog("other", std::string(401, 'x'));
  REQUIRE(static_cast<int64_t>(second.ByteSizeLong()) == size + 1);
  const absl::Status never = fixture.RunAs(bob, kCreateCatalog, second).status();
  CHECK(ReasonOf(never) == "REQUEST_OVER_BYTES_LIMIT");
  CHECK(never.code() == absl::StatusCode::kResourceExhausted);
  CHECK_FALSE(GetErrorDetail(never).metadata.contains("retry_delay"));
  CHECK(ReasonOf(fixture.Run(kGetCatalog, Get("other")).status()) == "CATALOG_NOT_FOUND");
  // Others are not held up; with a byte more it passes; the bound outlives a restart.
  CHECK(fixture.Run(kCreateCatalog, second).ok());
  give(static_cast<int64_t>(Get("first").ByteSizeLong()));
  fixture.Reopen();
  CHECK(fixture.RunAs(bob, kGetCatalog, Get("first")).ok());
  CHECK(ReasonOf(fixture.RunAs(bob, kGetCatalog, Get("first1")).status()) ==
        "REQUEST_OVER_BYTES_LIMIT");
}

TEST_CASE("the server's own bound of bytes is for whom has none") {
  HouseFixture fixture;
  const v1::GetCatalogRequest request = Get("none");
  const auto size = static_cast<int64_t>(request.ByteSizeLong());
  for (const auto& [bound, wanted] :
       {std::pair(size, "CATALOG_NOT_FOUND"), std::pair(size - 1, "REQUEST_OVER_BYTES_LIMIT")}) {
    Corridor limited(&fixture.house(), 1, 0, bound);
    test::Pending<v1::Catalog> pending;
    limited.Run(kGetCatalog, fixture.caller, request, &pending.response,
                [&pending](absl::Status status) { pending.Answer(std::move(status)); });
    CHECK(ReasonOf(pending.Wait().status()) == wanted);
  }
}

}  // namespace
}  // namespace whence::service
