#include "access/token.h"

#include <catch2/catch.hpp>

#include "access/token_format.h"
#include "access_fixture.h"
#include "base/limits.h"

namespace whence::access {
namespace {

using test::AccessFixture;
using test::kNow;
using test::ReasonOf;

TEST_CASE("a token stands for its principal until it is revoked") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  NewToken wanted;
  wanted.principal = ana;
  wanted.comment = "laptop";
  wanted.read_only = true;
  wanted.scope = {9, 7, 9};
  wanted.expire_time = access.database.clock.Now() + absl::Hours(1);
  const MadeToken made = access.TryToken(wanted).value();
  CHECK(LooksLikeToken(made.secret));
  CHECK(made.token.hint == TokenHint(made.secret));
  CHECK(made.token.scope == std::vector<int64_t>{7, 9});
  CHECK(GetToken(access.reader(), made.token.id).value() == made.token);

  const absl::Time now = access.database.clock.Now();
  const Identity who = access.snapshot().Authenticate(made.secret, now).value();
  CHECK(who.principal == ana);
  CHECK(who.name == "user:ana");
  CHECK(who.token == made.token.id);
  CHECK(who.read_only);
  CHECK(*who.scope == std::vector<int64_t>{7, 9});

  const Token revoked = access.Revoke(made.token.id).value();
  CHECK(revoked.revoke_time == access.database.clock.Now());
  CHECK(ReasonOf(access.snapshot().Authenticate(made.secret, now).status()) == "TOKEN_INVALID");
  CHECK(access.Revoke(made.token.id).value().revoke_time == revoked.revoke_time);
  CHECK(ReasonOf(access.Revoke(99).status()) == "TOKEN_NOT_FOUND");
}

TEST_CASE("who shows something else is nobody") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  const MadeToken made = access.NewTokenOf(ana);
  const absl::Time now = access.database.clock.Now();
  const Snapshot snapshot = access.snapshot();
  CHECK(snapshot.Authenticate(made.secret, now).ok());
  for (const std::string& other : {std::string(), std::string("user:ana"), NewTokenSecret(),
                                   made.secret + " ", made.token.hint}) {
    CHECK(ReasonOf(snapshot.Authenticate(other, now).status()) == "TOKEN_INVALID");
  }
  // The message says nothing of what was shown.
  const absl::Status status = snapshot.Authenticate(made.secret.substr(1), now).status();
  CHECK(status.ToString().find(made.secret.substr(10, 10)) == std::string::npos);
}

TEST_CASE("a token expires at its time, and counts for who is active alone") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  NewToken wanted;
  wanted.principal = ana;
  wanted.expire_time = access.database.clock.Now() + absl::Hours(1);
  const std::string secret = access.TryToken(wanted).value().secret;
  const auto reason = [&](absl::Time time) {
    return ReasonOf(access.snapshot().Authenticate(secret, time).status());
  };
  CHECK(reason(wanted.expire_time - absl::Microseconds(1)) == "OK");
  CHECK(reason(wanted.expire_time) == "TOKEN_EXPIRED");
  const absl::Time before = wanted.expire_time - absl::Minutes(1);
  access.SetActive("user:ana", false);
  CHECK(reason(before) == "PRINCIPAL_INACTIVE");
  access.SetActive("user:ana", true);
  CHECK(reason(before) == "OK");
  REQUIRE(access.Delete("user:ana").ok());
  CHECK(reason(before) == "TOKEN_INVALID");
}

TEST_CASE("a verified name is as good as a token, if there is somebody of that name") {
  AccessFixture access;
  const PrincipalId trainer = access.Create("svc:trainer");
  const Identity who = access.snapshot().IdentityOf("svc:trainer").value();
  CHECK(who.principal == trainer);
  CHECK(who.token == 0);
  CHECK(ReasonOf(access.snapshot().IdentityOf("svc:other").status()) == "PRINCIPAL_UNKNOWN");
  access.SetActive("svc:trainer", false);
  CHECK(ReasonOf(access.snapshot().IdentityOf("svc:trainer").status()) == "PRINCIPAL_INACTIVE");
}

TEST_CASE("groups have no tokens, and scopes are short") {
  AccessFixture access;
  NewToken wanted;
  wanted.principal = access.Create("group:staff");
  CHECK(ReasonOf(access.TryToken(wanted).status()) == "PRINCIPAL_IS_A_GROUP");
  wanted.principal = access.Create("user:ana");
  wanted.scope.resize(kMaxTokenScope);
  for (size_t i = 0; i < kMaxTokenScope; ++i) wanted.scope[i] = static_cast<int64_t>(i) + 1;
  CHECK(access.TryToken(wanted).ok());
  wanted.scope.push_back(1000);
  CHECK(ReasonOf(access.TryToken(wanted).status()) == "TOKEN_SCOPE_TOO_LARGE");
}

TEST_CASE("a principal has so many tokens and no more") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  NewToken wanted;
  wanted.principal = ana;
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                for (size_t i = 0; i < kMaxTokensPerPrincipal; ++i) {
                  if (!CreateToken(context, change, wanted).ok()) return absl::UnknownError("");
                }
                return absl::OkStatus();
              })
              .ok());
  CHECK(ReasonOf(access.TryToken(wanted).status()) == "TOO_MANY_TOKENS");
  REQUIRE(access.Revoke(1).ok());
  CHECK(access.TryToken(wanted).ok());
}

TEST_CASE("tokens are listed by id, all or one principal's, without their secrets") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  const PrincipalId bob = access.Create("user:bob");
  for (const PrincipalId owner : {ana, bob, ana}) access.NewTokenOf(owner);
  const auto ids = [&](PrincipalId principal, int64_t after, int limit) {
    std::vector<int64_t> list;
    const std::vector<Token> tokens = ListTokens(access.reader(), principal, after, limit).value();
    for (const Token& token : tokens) list.push_back(token.id);
    return list;
  };
  CHECK(ids(kNobody, 0, 10) == std::vector<int64_t>{1, 2, 3});
  CHECK(ids(kNobody, 1, 1) == std::vector<int64_t>{2});
  CHECK(ids(ana, 0, 10) == std::vector<int64_t>{1, 3});
  CHECK(ids(bob, 2, 10).empty());
}

TEST_CASE("uses are noted, the latest stays") {
  AccessFixture access;
  const MadeToken made = access.NewTokenOf(access.Create("user:ana"));
  const absl::Time early = absl::FromUnixSeconds(1893456000);
  const absl::Time late = early + absl::Minutes(5);
  const auto note = [&](absl::Time time) {
    REQUIRE(access.database
                .Write([&](sql::WriteContext& context) {
                  return NoteTokenUses(context, {{made.token.id, time}});
                })
                .ok());
    return GetToken(access.reader(), made.token.id).value().last_use_time;
  };
  CHECK_FALSE(GetToken(access.reader(), made.token.id)->last_use_time.has_value());
  CHECK(note(late) == late);
  CHECK(note(early) == late);
}

TEST_CASE("no secret is anywhere in the database") {
  AccessFixture access;
  const MadeToken made = access.NewTokenOf(access.Create("user:ana"));
  REQUIRE(access.Revoke(made.token.id).ok());
  static constexpr sql::Query kEverything{
      "SELECT id, principal_id, digest, hint, comment, creator FROM token"};
  sql::Rows rows = access.reader().Run(kEverything);
  REQUIRE(rows.Next());
  CHECK(rows.Blob(2) == TokenDigest(made.secret));
  for (const int column : {3, 4, 5}) {
    CHECK(rows.Text(column).find(made.secret.substr(11, 8)) == std::string_view::npos);
  }
}

}  // namespace
}  // namespace whence::access
