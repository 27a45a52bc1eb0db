// Tokens through the corridor: made, listed, revoked, and their secrets nowhere.

#include <catch2/catch.hpp>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/token_format.h"
#include "base/limits.h"
#include "service/access_operations.h"
#include "service/ask.h"

namespace whence::service {
namespace {

using test::Asked;

std::string Ids(const v1::ListTokensResponse& page) {
  return absl::StrJoin(page.tokens(), " ", [](std::string* out, const v1::Token& token) {
    absl::StrAppend(out, token.id());
  });
}

// Who it is that shows the secret.
std::string Bearer(Asked& house, const std::string& secret) {
  CallInfo info;
  info.bearer = secret;
  info.via = "test";
  const auto me = house.RunAs(info, kWhoAmI, v1::WhoAmIRequest());
  return me.ok() ? me->principal().name() : test::ReasonOf(me.status());
}

TEST_CASE("token_ops: a token is made for somebody, and is that principal") {
  Asked house;
  house.Ask(kCreatePrincipal, "principal { name: 'svc:trainer' }");
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  const v1::CreateTokenResponse made = house.Ask(
      kCreateToken,
      "token { principal: 'svc:trainer' comment: 'cluster' read_only: true scope { name: "
      "'prod.raw' } scope { type: SECURABLE_TYPE_TABLE name: 'prod.raw.t' } expire_time { seconds: "
      "1893456600 } }");
  CHECK(access::LooksLikeToken(made.secret()));
  const v1::Token& token = made.token();
  CHECK(token.principal() == "svc:trainer");
  CHECK(token.hint() == access::TokenHint(made.secret()));
  CHECK(token.comment() == "cluster");
  CHECK(token.read_only());
  REQUIRE(token.scope_size() == 2);
  CHECK(token.scope(0).name() == "prod.raw");
  CHECK(token.scope(0).type() == v1::SECURABLE_TYPE_SCHEMA);
  CHECK(token.scope(1).type() == v1::SECURABLE_TYPE_TABLE);
  CHECK(token.creator() == "user:ana");
  CHECK(token.position() == house.position());
  CHECK(Bearer(house, made.secret()) == "svc:trainer");

  SECTION("it ends") {
    house.clock.Advance(absl::Minutes(10));
    CHECK(Bearer(house, made.secret()) == "TOKEN_EXPIRED");
    CHECK(house.Ask(kListTokens, "principal: 'svc:trainer'").tokens().empty());
    CHECK(Ids(house.Ask(kListTokens, "principal: 'svc:trainer' show_ended: true")) == "2");
  }
  SECTION("it is revoked, once") {
    const v1::Token revoked = house.Ask(kRevokeToken, "id: 2");
    CHECK(revoked.has_revoke_time());
    const int64_t changes = house.changes();
    CHECK(Bearer(house, made.secret()) == "TOKEN_INVALID");
    house.Ask(kRevokeToken, "id: 2");
    CHECK(house.changes() == changes);
    CHECK(house.Ask(kListTokens, "principal: 'svc:trainer'").tokens().empty());
  }
}

TEST_CASE("token_ops: the secret is in one answer, and in no answer that is kept") {
  Asked house;
  const std::string request = "token { comment: 'mine' } request_id: 'r-1'";
  const v1::CreateTokenResponse first = house.Ask(kCreateToken, request);
  CHECK(first.token().principal() == "user:ana");
  CHECK_FALSE(first.secret().empty());
  const v1::CreateTokenResponse again = house.Ask(kCreateToken, request);
  CHECK(again.secret().empty());
  CHECK(again.token().DebugString() == first.token().DebugString());
  const v1::ListTokensResponse list = house.Ask(kListTokens, "");
  CHECK(Ids(list) == "1 2");
  CHECK(list.DebugString().find(first.secret()) == std::string::npos);
}

TEST_CASE("token_ops: lists are one's own, somebody's or everybody's, in stable pages") {
  Asked house;
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  house.Ask(kCreateToken, "token { principal: 'user:bo' }");
  house.Ask(kCreateToken, "");
  CHECK(Ids(house.Ask(kListTokens, "")) == "1 3");
  CHECK(Ids(house.Ask(kListTokens, "principal: 'user:bo'")) == "2");
  CHECK(Ids(house.Ask(kListTokens, "all_principals: true")) == "1 2 3");
  const v1::ListTokensResponse page = house.Ask(kListTokens, "all_principals: true page_size: 2");
  CHECK(Ids(page) == "1 2");
  house.Ask(kCreateToken, "");
  const v1::ListTokensResponse rest = house.Ask(
      kListTokens,
      absl::StrCat("all_principals: true page_size: 2 page_token: '", page.next_page_token(), "'"));
  CHECK(Ids(rest) == "3");
  CHECK(rest.next_page_token().empty());
  CHECK(house.WhyAt(kListTokens, "principal: 'user:bo' all_principals: true") ==
        "FIELDS_EXCLUSIVE at principal");
  CHECK(house.Why(kListTokens, "principal: 'user:cy'") == "PRINCIPAL_NOT_FOUND");
}

TEST_CASE("token_ops: what is refused, and where") {
  Asked house;
  house.Ask(kCreatePrincipal, "principal { name: 'group:all' }");
  const Position position = house.position();
  CHECK(house.Why(kCreateToken, "token { principal: 'group:all' }") == "PRINCIPAL_IS_A_GROUP");
  CHECK(house.WhyAt(kCreateToken, "token { principal: 'all' }") ==
        "PRINCIPAL_MALFORMED at token.principal");
  CHECK(house.WhyAt(kCreateToken, "token { expire_time { seconds: 1893456000 } }") ==
        "TOKEN_EXPIRY_PAST at token.expire_time");
  CHECK(house.WhyAt(kCreateToken, "token { scope { } }") == "SECURABLE_MISSING at token.scope[0]");
  CHECK(house.Why(kCreateToken, "token { scope { name: 'prod' } }") == "CATALOG_NOT_FOUND");
  CHECK(house.Why(kRevokeToken, "id: 9") == "TOKEN_NOT_FOUND");
  CHECK(house.WhyAt(kRevokeToken, "") == "ID_MALFORMED at id");
  CHECK(house.position() == position);

  std::string scope;
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  for (size_t i = 0; i < kMaxTokenScope + 1; ++i) absl::StrAppend(&scope, "scope { name: 'prod' }");
  CHECK(house.WhyAt(kCreateToken, absl::StrCat("token { ", scope, " }")) ==
        "TOKEN_SCOPE_TOO_LARGE at token.scope");
}

}  // namespace
}  // namespace whence::service
