// Every route of REST is shut to who shows no credential that holds.
#include <map>
#include <regex>
#include <string>

#include "access/token_format.h"
#include "http/routes.h"
#include "http_fixture.h"
#include "support/token_maker.h"

namespace whence::http::test {
namespace {

// A token of who may do everything, and may no longer be shown.
std::string RevokedToken(HttpFixture& fixture) {
  std::string secret;
  const auto make = [&](sql::WriteContext& context) -> absl::Status {
    const ledger::Change change{
        .position = kNoPosition, .time = context.now(), .actor = "user:ana"};
    access::NewToken wanted;
    wanted.principal = fixture.house.house().access().snapshot().metastore_owner();
    WHENCE_ASSIGN_OR_RETURN(access::MadeToken made, access::CreateToken(context, change, wanted));
    secret = made.secret;
    return access::RevokeToken(context, change, made.token.id).status();
  };
  REQUIRE(fixture.house.house().writer().RunAndWait(make).ok());
  return secret;
}

TEST_CASE("no route answers without a credential, with garbage, a revoked token or a stranger's") {
  HttpFixture fixture;
  const std::string strangers =
      access::test::Signer::Ed25519("k").Token(access::test::GoodClaims());
  const std::map<std::string, std::string> reasons = {{"", "CREDENTIAL_MISSING"},
                                                      {"garbage", "TOKEN_INVALID"},
                                                      {access::NewTokenSecret(), "TOKEN_INVALID"},
                                                      {RevokedToken(fixture), "TOKEN_INVALID"},
                                                      {strangers, "TOKEN_INVALID"}};
  static const std::regex kVariable("\\{[^}]*\\}");
  REQUIRE(Routes().size() >= 40);
  for (const auto& [token, reason] : reasons) {
    Client client(fixture.address);
    for (const Route& route : Routes()) {
      const std::string path = std::regex_replace(std::string(route.path), kVariable, "1");
      const std::string body = route.body.empty() ? "" : "{}";
      CAPTURE(route.method, path, reason);
      std::string request = StrCat(route.method, " ", path, " HTTP/1.1\r\nhost: whence\r\n");
      if (!token.empty()) StrAppend(&request, "authorization: Bearer ", token, "\r\n");
      if (!body.empty()) {
        StrAppend(&request, "content-type: application/json\r\ncontent-length: 2\r\n");
      }
      REQUIRE(client.Send(StrCat(request, "\r\n", body)));
      const std::optional<Answer> answer = client.Receive();
      REQUIRE(answer.has_value());
      CHECK(answer->status == 401);
      CHECK(answer->Reason() == reason);
      CHECK(answer->Header("www-authenticate") == "Bearer");
      if (!token.empty()) CHECK(answer->body.find(token) == std::string::npos);
    }
  }
  CHECK(fixture.house.position() == 0);
}

}  // namespace
}  // namespace whence::http::test
