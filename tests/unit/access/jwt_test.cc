// Tokens that are right, and the many ways in which one is not; after Wycheproof's and RFC 8725's.
#include "access/jwt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "access/base64url.h"
#include "access/jwks.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/token_maker.h"

namespace whence::access::test {
namespace {

const absl::Time kToday = absl::FromUnixSeconds(kNow);

JwtRules Rules() {
  JwtRules rules;
  rules.issuer = std::string(kIssuer);
  rules.audiences = {"whence"};
  return rules;
}

// What is wrong with a token, held against a key set; the whole way but for the issuer's search.
absl::Status Verify(std::string_view token, std::string_view jwks, const JwtRules& rules = Rules(),
                    absl::Time now = kToday) {
  const auto keys = KeySet::Parse(jwks);
  REQUIRE(keys.ok());
  const auto jwt = Jwt::Parse(token);
  if (!jwt.ok()) return jwt.status();
  const PublicKey* key = keys->Find(jwt->key_id());
  if (key == nullptr) return Unauthenticated("TOKEN_INVALID", "no such key");
  if (absl::Status status = jwt->CheckSignature(*key); !status.ok()) return status;
  return jwt->Check(rules, now);
}

// Refused as TOKEN_INVALID, in words that have `part`, and that repeat nothing of the token.
void CheckRefused(const absl::Status& status, std::string_view part, std::string_view token = {}) {
  INFO(status.ToString());
  CHECK(absl::IsUnauthenticated(status));
  CHECK(GetErrorDetail(status).reason == "TOKEN_INVALID");
  CHECK(absl::StrContains(status.message(), ToAbsl(part)));
  for (size_t at = 0; at + 12 <= token.size(); at += 12) {
    CHECK_FALSE(absl::StrContains(status.message(), ToAbsl(token.substr(at, 12))));
  }
}

std::string Hmac(std::string_view secret, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &size);
  return std::string(reinterpret_cast<const char*>(out), size);
}

TEST_CASE("tokens of each algorithm are verified") {
  for (const Signer& signer : {Signer::Rsa("r"), Signer::P256("e"), Signer::Ed25519("d")}) {
    INFO(signer.algorithm());
    const std::string keys = Jwks(signer.Jwk());
    CHECK(Verify(signer.Token(GoodClaims()), keys).ok());
    // RFC 9068: the type may have its whole name; types know no case.
    CHECK(Verify(signer.Token(GoodClaims(), "application/at+jwt"), keys).ok());
    CHECK(Verify(signer.Token(GoodClaims(), "AT+JWT"), keys).ok());
    CHECK(Jwt::LooksLikeOne(signer.Token(GoodClaims())));
    // Every bit counts: of the header, the payload and the signature.
    const std::string token = signer.Token(GoodClaims());
    for (size_t at = 0; at < token.size(); at += 7) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      if (changed == token) continue;
      INFO("changed at " << at);
      CHECK_FALSE(Verify(changed, keys).ok());
    }
  }
  CHECK_FALSE(Jwt::LooksLikeOne("whence_abc.def.ghi"));
  CHECK_FALSE(Jwt::LooksLikeOne("eyJhbGciOiJub25lIn0"));
}

TEST_CASE("a token that is signed with nothing, or with what everybody knows") {
  const Signer rsa = Signer::Rsa("k");
  const std::string keys = Jwks(rsa.Jwk());
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "HS256", "RS512", "PS256", "ES256K",
                           "rs256", "RS256 "}) {
    INFO(name);
    const std::string header = StrCat(R"({"alg":")", name, R"(","typ":"at+jwt","kid":"k"})");
    CheckRefused(Verify(rsa.TokenWith(header, GoodClaims()), keys), "RS256, ES256 or EdDSA");
    CheckRefused(Verify(Compact(header, GoodClaims(), ""), keys), "RS256, ES256 or EdDSA");
  }
  CheckRefused(Verify(rsa.TokenWith(R"({"typ":"at+jwt","kid":"k"})", GoodClaims()), keys), "RS256");
  CheckRefused(Verify(rsa.TokenWith(R"({"alg":["RS256"],"typ":"at+jwt"})", GoodClaims()), keys),
               "RS256");
  const std::string good = R"({"alg":"RS256","typ":"at+jwt","kid":"k"})";
  CheckRefused(Verify(Compact(good, GoodClaims(), ""), keys), "not signed");
  CheckRefused(Verify(Compact(good, GoodClaims(), std::string(256, '\0')), keys), "not signed by");
}

TEST_CASE("a public key is no secret: confusion of algorithms") {
  const Signer rsa = Signer::Rsa("k");
  const Signer ec = Signer::P256("k");
  const std::string keys = Jwks(rsa.Jwk());
  const std::string hmac = R"({"alg":"HS256","typ":"at+jwt","kid":"k"})";
  const std::string text = StrCat(EncodeBase64Url(hmac), ".", EncodeBase64Url(GoodClaims()));
  for (const std::string& secret : {rsa.Pem(), rsa.Jwk(), keys, std::string()}) {
    CheckRefused(Verify(StrCat(text, ".", EncodeBase64Url(Hmac(secret, text))), keys), "RS256");
  }
  // Says RS256 and is an HMAC with the public key.
  const std::string header = R"({"alg":"RS256","typ":"at+jwt","kid":"k"})";
  const std::string lie = StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(GoodClaims()));
  CheckRefused(Verify(StrCat(lie, ".", EncodeBase64Url(Hmac(rsa.Pem(), lie))), keys),
               "not signed by");
  // A good signature by a key of another type that has the same id.
  CheckRefused(Verify(ec.Token(GoodClaims()), keys), "its key is for RS256");
  CheckRefused(Verify(ec.TokenWith(header, GoodClaims()), keys), "not signed by");
  CheckRefused(Verify(rsa.Token(GoodClaims()), Jwks(ec.Jwk())), "its key is for ES256");
  JwtRules rules = Rules();
  rules.algorithms = {JwsAlgorithm::kEs256};
  CheckRefused(Verify(rsa.Token(GoodClaims()), keys, rules), "not allowed for its issuer");
}

TEST_CASE("keys and addresses that a token brings along are not looked at") {
  const Signer ours = Signer::P256("k");
  const Signer theirs = Signer::P256("k");
  const std::string keys = Jwks(ours.Jwk());
  for (const std::string& more :
       {StrCat(R"("jwk":)", theirs.Jwk()), std::string(R"("jku":"https://evil.example/keys")"),
        std::string(R"("x5u":"https://evil.example/chain")"), std::string(R"("x5c":["AAAA"])"),
        std::string(R"("x5t":"AAAA")")}) {
    const std::string header = StrCat(R"({"alg":"ES256","typ":"at+jwt","kid":"k",)", more, "}");
    CheckRefused(Verify(theirs.TokenWith(header, GoodClaims()), keys), "not signed by");
    CHECK(Verify(ours.TokenWith(header, GoodClaims()), keys).ok());
  }
  CheckRefused(Verify(ours.TokenWith(R"({"alg":"ES256","typ":"at+jwt","kid":"k","crit":["exp"]})",
                                     GoodClaims()),
                      keys),
               "crit");
  // The id of another key, of none, of no text, and one that is too long.
  CheckRefused(Verify(theirs.Token(GoodClaims()),
                      Jwks(StrCat(ours.Jwk(), ",", Signer::P256("other").Jwk()))),
               "not signed by");
  CheckRefused(Verify(Signer::P256("other").Token(GoodClaims()), keys), "no such key");
  const auto with_kid = [&](std::string_view kid) {
    return Verify(
        ours.TokenWith(StrCat(R"({"alg":"ES256","typ":"at+jwt","kid":)", kid, "}"), GoodClaims()),
        keys);
  };
  for (const char* kid : {"7", "null", "\"\"", "[\"k\"]"}) CheckRefused(with_kid(kid), "kid");
  CheckRefused(with_kid(StrCat("\"", std::string(kMaxKeyIdBytes + 1, 'k'), "\"")), "kid");
  CheckRefused(with_kid(StrCat("\"", std::string(kMaxKeyIdBytes, 'k'), "\"")), "no such key");
  // Without an id, when there is one key only.
  const std::string no_kid = ours.TokenWith(R"({"alg":"ES256","typ":"at+jwt"})", GoodClaims());
  CHECK(Verify(no_kid, keys).ok());
  CheckRefused(Verify(no_kid, Jwks(StrCat(ours.Jwk(), ",", Signer::P256("z").Jwk()))), "no such");
}

TEST_CASE("elliptic signatures have one form, and numbers that can be") {
  const Signer signer = Signer::P256("k");
  const std::string keys = Jwks(signer.Jwk());
  const std::string head = StrCat(EncodeBase64Url(R"({"alg":"ES256","typ":"at+jwt","kid":"k"})"),
                                  ".", EncodeBase64Url(GoodClaims()));
  const std::string good = signer.Sign(head);
  const auto verify = [&](std::string_view signature) {
    return Verify(StrCat(head, ".", EncodeBase64Url(signature)), keys);
  };
  REQUIRE(verify(good).ok());
  CheckRefused(verify(signer.SignDer(head)), "not signed by");
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\x01';
  const std::string order = *DecodeBase64Url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
  for (const std::string& bad :
       {zero + zero, zero + good.substr(32), good.substr(0, 32) + zero, order + good.substr(32),
        good.substr(0, 32) + order, order + order, one + one, one + zero, zero + one,
        std::string(64, '\xff'), good.substr(0, 63), good + '\0', '\0' + good, good.substr(32),
        good + good, good.substr(32) + good.substr(0, 32)}) {
    CheckRefused(verify(bad), "not signed by");
  }
  // Ed25519 and RSA: another length, and s beyond the order (the signature's other spelling).
  const Signer edwards = Signer::Ed25519("k");
  const std::string text = StrCat(EncodeBase64Url(R"({"alg":"EdDSA","typ":"at+jwt","kid":"k"})"),
                                  ".", EncodeBase64Url(GoodClaims()));
  std::string high = edwards.Sign(text);
  const unsigned char order_25519[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                         0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                         0,    0,    0,    0,    0,    0,    0,    0,
                                         0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(high[32 + i]) + unsigned{order_25519[i]};
    high[32 + i] = static_cast<char>(carry & 0xFFU);
    carry >>= 8U;
  }
  const std::string own = edwards.Sign(text);
  CHECK(Verify(StrCat(text, ".", EncodeBase64Url(own)), Jwks(edwards.Jwk())).ok());
  for (const std::string& bad : {high, own.substr(1), own + '\0'}) {
    CheckRefused(Verify(StrCat(text, ".", EncodeBase64Url(bad)), Jwks(edwards.Jwk())),
                 "not signed");
  }
  const Signer rsa = Signer::Rsa("k");
  const std::string rsa_text =
      StrCat(EncodeBase64Url(R"({"alg":"RS256","typ":"at+jwt","kid":"k"})"), ".",
             EncodeBase64Url(GoodClaims()));
  for (const std::string& bad : {'\0' + rsa.Sign(rsa_text), rsa.Sign(rsa_text).substr(1)}) {
    CheckRefused(Verify(StrCat(rsa_text, ".", EncodeBase64Url(bad)), Jwks(rsa.Jwk())),
                 "not signed");
  }
}

TEST_CASE("the parts of a token have one spelling") {
  const Signer signer = Signer::Ed25519("k");
  const std::string keys = Jwks(signer.Jwk());
  const std::string good = signer.Token(GoodClaims());
  const size_t first = good.find('.');
  const size_t last = good.rfind('.');
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), good + ".", good + ".AAAA",
        good.substr(0, last), good.substr(first + 1), "." + good,
        StrCat(good.substr(0, first), ".", good.substr(last + 1))}) {
    const auto parsed = Jwt::Parse(bad);
    REQUIRE_FALSE(parsed.ok());
    CheckRefused(parsed.status(), "the token ");
  }
  // Padding, other alphabets, white space, a trailing character, and bits that mean nothing.
  for (const std::string& bad :
       {good + "=", good + "==", good + "\n", " " + good, Replaced(good, ".", "=."),
        Replaced(good, ".", " ."), Replaced(good, ".", "+."), good + "*"}) {
    CheckRefused(Verify(bad, keys), "base64url", bad);
  }
  CheckRefused(Verify(good + "A", keys), "not signed by");  // a byte more
  // 64 bytes of signature end in a character of which two bits count.
  for (const char c : std::string_view("AQgw")) {
    std::string other = good;
    other.back() = static_cast<char>(c + 1);
    CheckRefused(Verify(other, keys), "base64url");
  }
  CHECK(DecodeBase64Url("") == "");
  CHECK(DecodeBase64Url("Zg") == "f");
  CHECK(DecodeBase64Url("-_-_") == "\xfb\xff\xbf");
  for (const char* bad : {"Z", "Zh", "Zg==", "Zm9", "+/+/", "Zm9v\n", "Zm 9"}) {
    INFO(bad);
    const bool is_good_length = std::string_view(bad) == "Zm9";  // "fo" with bits left over
    CHECK_FALSE(DecodeBase64Url(bad).has_value());
    if (is_good_length) CHECK(DecodeBase64Url("Zm8") == "fo");
  }
}

TEST_CASE("header and claims are strict JSON") {
  const Signer signer = Signer::Ed25519("k");
  const std::string keys = Jwks(signer.Jwk());
  const auto claims = [&](std::string_view text) { return Verify(signer.Token(text), keys); };
  CHECK(claims(StrCat(" ", GoodClaims(), "\r\n\t ")).ok());
  CheckRefused(claims(GoodClaims(R"(,"sub":"root")")), "two members of one name");
  CheckRefused(claims(GoodClaims(R"(,"\u0073ub":"root")")), "two members of one name");
  CheckRefused(claims(GoodClaims(R"(,"a":{"b":1,"b":2})")), "two members of one name");
  CHECK(claims(GoodClaims(R"(,"a":{"sub":1},"b":[{"sub":2},{"sub":3}])")).ok());
  CheckRefused(claims(StrCat(GoodClaims(), "x")), "something behind");
  CheckRefused(claims(StrCat(GoodClaims(), GoodClaims())), "something behind");
  CheckRefused(claims(StrCat(GoodClaims(), std::string(1, '\0'))), "something behind");
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("nonsense"), GoodClaims(",}"),
        GoodClaims(R"(,"a":'b')"), GoodClaims(R"(,"a":01)"), GoodClaims(R"(,"a":NaN)"),
        GoodClaims(R"(,"a":/**/1)"), GoodClaims(R"(,"a":"\ud800")"), GoodClaims(",\"a\":\"\xff\""),
        GoodClaims(",\"a\":\"\n\"")}) {
    CheckRefused(claims(bad), "bad payload");
  }
  for (const char* bad : {"[]", "\"text\"", "1", "null"})
    CheckRefused(claims(bad), "no JSON object");
  const std::string twice = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k","alg":"EdDSA"})";
  CheckRefused(Verify(signer.TokenWith(twice, GoodClaims()), keys), "two members of one name");
  // Depth: the claims themselves are one level.
  const auto deep = [](size_t levels) {
    return GoodClaims(StrCat(R"(,"a":)", std::string(levels, '['), std::string(levels, ']')));
  };
  CHECK(claims(deep(kMaxTokenJsonDepth - 1)).ok());
  CheckRefused(claims(deep(kMaxTokenJsonDepth)), "inside each other");
  CheckRefused(claims(deep(3000)), "inside each other");
  // Size: both sides of the bound.
  const auto long_token = [&](size_t padding) {
    return signer.Token(GoodClaims(StrCat(R"(,"a":")", std::string(padding, 'x'), "\"")));
  };
  size_t padding = kMaxTokenBytes / 2;
  while (long_token(padding + 1).size() <= kMaxTokenBytes) ++padding;
  CHECK(Verify(long_token(padding), keys).ok());
  CheckRefused(Verify(long_token(padding + 2), keys), "16384 bytes");
  CheckRefused(Jwt::Parse(std::string(size_t{10} << 20, 'e')).status(), "16384 bytes");
}

TEST_CASE("a token says who issued it, for whom, and of which type it is") {
  const Signer signer = Signer::Ed25519("k");
  const std::string keys = Jwks(signer.Jwk());
  const auto changed = [&](std::string_view from, std::string_view to) {
    return Verify(signer.Token(Replaced(GoodClaims(), from, to)), keys);
  };
  CheckRefused(changed("https://issuer.example", "https://issuer.example/"), "another issuer");
  CheckRefused(changed("https://issuer.example", "https://ISSUER.example"), "another issuer");
  CheckRefused(changed("https://issuer.example", "https://issuer.example\\u0000"),
               "another issuer");
  CheckRefused(changed(R"("iss":"https://issuer.example",)", ""), "who issued");
  CheckRefused(changed(R"("https://issuer.example")", "[\"https://issuer.example\"]"),
               "who issued");
  CHECK(changed(R"(["whence"])", R"("whence")").ok());
  CHECK(changed(R"(["whence"])", R"(["other","whence"])").ok());
  for (const char* other :
       {R"(["other"])", R"("other")", "[]", R"("whence ")", R"("Whence")", "\"\""}) {
    CheckRefused(changed(R"(["whence"])", other), "somebody else");
  }
  CheckRefused(changed(R"(["whence"])", "7"), "neither a text nor a list");
  CheckRefused(changed(R"(["whence"])", R"(["whence",7])"), "neither a text nor a list");
  CheckRefused(changed(R"("aud":["whence"],)", ""), "for whom");
  // Types: access tokens unless the issuer is known to have none.
  JwtRules plain = Rules();
  plain.allow_plain_type = true;
  const std::string token = signer.Token(GoodClaims(), "JWT");
  CheckRefused(Verify(token, keys), "no access token");
  CHECK(Verify(token, keys, plain).ok());
  CHECK(Verify(signer.Token(GoodClaims()), keys, plain).ok());
  CheckRefused(Verify(signer.Token(GoodClaims(), "logout+jwt"), keys, plain), "typ");
  CheckRefused(Verify(signer.Token(GoodClaims(), "secevent+jwt"), keys, plain), "typ");
  CheckRefused(Verify(signer.TokenWith(R"({"alg":"EdDSA","kid":"k"})", GoodClaims()), keys, plain),
               "no 'typ'");
  for (const char* claim : {R"("sub":"ana",)", R"("client_id":"notebook",)", R"(,"jti":"1")"}) {
    INFO(claim);
    const std::string without = Replaced(GoodClaims(), claim, "");
    CheckRefused(Verify(signer.Token(without), keys), "access token without");
    CHECK(Verify(signer.Token(without, "JWT"), keys, plain).ok());
  }
  // What is there and no text is not there.
  CheckRefused(changed(R"("sub":"ana")", R"("sub":null)"), "access token without 'sub'");
  CheckRefused(changed(R"("client_id":"notebook")", R"("client_id":7)"), "without 'client_id'");
  CheckRefused(changed(R"("jti":"1")", R"("jti":["1"])"), "access token without 'jti'");
}

TEST_CASE("a token has its time, give or take a minute") {
  const Signer signer = Signer::Ed25519("k");
  const std::string keys = Jwks(signer.Jwk());
  const std::string token = signer.Token(GoodClaims());
  const auto at = [&](absl::Duration offset) {
    return Verify(token, keys, Rules(), kToday + offset);
  };
  const absl::Duration second = absl::Seconds(1);
  CHECK(at(absl::Seconds(3600) + kMaxClockSkew - second).ok());
  const absl::Status expired = at(absl::Seconds(3600) + kMaxClockSkew);
  CHECK(absl::IsUnauthenticated(expired));
  CHECK(GetErrorDetail(expired).reason == "TOKEN_EXPIRED");
  CHECK(absl::StrContains(expired.message(), "2030-01-01T01:00:00+00:00"));
  CHECK(at(-absl::Seconds(10) - kMaxClockSkew).ok());
  CheckRefused(at(-absl::Seconds(10) - kMaxClockSkew - second), "not valid yet");
  const auto changed = [&](std::string_view from, std::string_view to) {
    return Verify(signer.Token(Replaced(GoodClaims(), from, to)), keys);
  };
  const std::string exp = StrCat(R"("exp":)", kNow + 3600);
  const std::string iat = StrCat(R"("iat":)", kNow - 10);
  const std::string nbf = StrCat(R"("nbf":)", kNow - 10);
  CHECK(changed(exp, StrCat(exp, ".5")).ok());
  CHECK(changed(StrCat(nbf, ","), "").ok());
  CheckRefused(changed(StrCat(exp, ","), ""), "when it expires");
  for (const char* bad :
       {"\"exp\":\"2000000000\"", "\"exp\":null", "\"exp\":true", "\"exp\":[1]"}) {
    CheckRefused(changed(exp, bad), "no number");
  }
  for (const char* bad : {"\"exp\":-1", "\"exp\":1e300", "\"exp\":18446744073709551615",
                          "\"exp\":9223372036854775807", "\"exp\":2000000000000"}) {
    CheckRefused(changed(exp, bad), "no time");
  }
  CheckRefused(changed(iat, StrCat(R"("iat":)", kNow + 61)), "in the future");
  CHECK(changed(iat, StrCat(R"("iat":)", kNow + 60)).ok());
  CheckRefused(changed(nbf, StrCat(R"("nbf":)", kNow + 61)), "not valid yet");
  CHECK(changed(nbf, StrCat(R"("nbf":)", kNow + 60)).ok());
  CheckRefused(changed(nbf, R"("nbf":"soon")"), "no number");
}

TEST_CASE("claims are found by name or by pointer") {
  const Signer signer = Signer::Ed25519("k");
  const auto jwt = Jwt::Parse(signer.Token(GoodClaims(
      R"(,"https://a.b/groups":["x","y"],"realm":{"roles":["r"],"a/b":{"~":"t"}},"ok":true,"no":"false")")));
  REQUIRE(jwt.ok());
  CHECK(jwt->Text("sub").value() == "ana");
  CHECK(jwt->Text("missing").value() == std::nullopt);
  CHECK(jwt->Texts("missing").value().empty());
  CHECK(jwt->Texts("https://a.b/groups").value() == std::vector<std::string>{"x", "y"});
  CHECK(jwt->Texts("/realm/roles").value() == std::vector<std::string>{"r"});
  CHECK(jwt->Text("/realm/a~1b/~0").value() == "t");
  CHECK(jwt->Text("/sub").value() == "ana");
  CHECK(jwt->Text("/sub/x").value() == std::nullopt);
  CHECK(jwt->Text("/realm/none").value() == std::nullopt);
  CHECK(jwt->Texts("sub").value() == std::vector<std::string>{"ana"});
  CHECK(jwt->Flag("ok").value() == true);
  CHECK(jwt->Flag("no").value() == false);
  CHECK(jwt->Flag("missing").value() == std::nullopt);
  CheckRefused(jwt->Text("realm").status(), "no text");
  CheckRefused(jwt->Texts("realm").status(), "no list of texts");
  CheckRefused(jwt->Flag("sub").status(), "neither true nor false");
}

}  // namespace
}  // namespace whence::access::test
