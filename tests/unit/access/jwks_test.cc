// Which keys of an issuer are used, and which are passed over.
#include "access/jwks.h"

#include <openssl/bn.h>

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/match.h"
#include "access/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/token_maker.h"

namespace whence::access::test {
namespace {

// Why a set is refused whole.
std::string Refusal(std::string_view document) {
  const auto keys = KeySet::Parse(document);
  if (keys.ok()) return "";
  CHECK(absl::IsInvalidArgument(keys.status()));
  CHECK(GetErrorDetail(keys.status()).reason == "KEYS_MALFORMED");
  return std::string(keys.status().message());
}

// Why the key `k` beside a good one is passed over.
std::string Problem(std::string_view jwk) {
  const auto keys = KeySet::Parse(Jwks(StrCat(jwk, ",", Signer::Ed25519("good").Jwk())));
  REQUIRE(keys.ok());
  REQUIRE(keys->Find("good") != nullptr);
  CHECK((keys->Find("k") == nullptr) == (keys->size() == 1));
  return std::string(keys->Problem("k"));
}

// A modulus of kMaxRsaBits, or a few bits less, that has no small factor: a real one's fourth
// power.
std::string LargestRsa() {
  const std::string jwk = Signer::Rsa("k").Jwk();
  const size_t at = jwk.find(R"("n":")") + 5;
  const std::string bytes = *DecodeBase64Url(jwk.substr(at, jwk.find('"', at) - at));
  BIGNUM* n = BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                        static_cast<int>(bytes.size()), nullptr);
  BN_CTX* scratch = BN_CTX_new();
  for (int i = 0; i < 2; ++i) REQUIRE(BN_sqr(n, n, scratch) == 1);
  REQUIRE(BN_num_bytes(n) == kMaxRsaBits / 8);
  std::string power(kMaxRsaBits / 8, '\0');
  BN_bn2bin(n, reinterpret_cast<unsigned char*>(power.data()));
  BN_free(n);
  BN_CTX_free(scratch);
  return StrCat(R"({"kid":"k","kty":"RSA","e":"AQAB","n":")", EncodeBase64Url(power), R"("})");
}

TEST_CASE("keys are found by their ids") {
  const Signer a = Signer::P256("a");
  const Signer b = Signer::Rsa("b");
  const Signer c = Signer::Ed25519("c");
  const auto keys = KeySet::Parse(
      Jwks(StrCat(c.Jwk(R"(,"use":"sig","alg":"EdDSA","x5t":"AA")"), ",",
                  a.Jwk(R"(,"key_ops":["verify"])"), ",", b.Jwk(R"(,"alg":"RS256")"))));
  REQUIRE(keys.ok());
  CHECK(keys->size() == 3);
  CHECK(keys->Find("a")->algorithm() == JwsAlgorithm::kEs256);
  CHECK(keys->Find("b")->algorithm() == JwsAlgorithm::kRs256);
  CHECK(keys->Find("c")->algorithm() == JwsAlgorithm::kEdDsa);
  CHECK(keys->Find("d") == nullptr);
  CHECK(keys->Find("") == nullptr);
  CHECK(keys->Problem("a").empty());
  CHECK(keys->Problem("d").empty());
  CHECK(keys->Find("a")->Verify("text", a.Sign("text")));
  CHECK_FALSE(keys->Find("a")->Verify("text", Signer::P256("a").Sign("text")));
}

TEST_CASE("weak, foreign and damaged keys are passed over, and said why") {
  CHECK(absl::StrContains(Problem(Signer::Rsa("k", 1024).Jwk()), "1024 bits; at least 2048"));
  CHECK(absl::StrContains(Problem(Signer::Rsa("k", kMinRsaBits - 8).Jwk()), "2040 bits"));
  CHECK(Problem(Signer::Rsa("k", kMinRsaBits).Jwk()).empty());
  const auto rsa = [](size_t bytes, std::string_view e) {
    return StrCat(R"({"kid":"k","kty":"RSA","n":")", EncodeBase64Url(std::string(bytes, '\xff')),
                  R"(","e":")", e, R"("})");
  };
  CHECK(Problem(LargestRsa()).empty());
  CHECK(absl::StrContains(Problem(rsa(kMaxRsaBits / 8 + 1, "AQAB")), "over 8192 bits"));
  for (const char* e : {"Aw", "AQ", "", "AAAA", "AQAA"}) {  // 3, 1, nothing, 0, 65536
    INFO(e);
    CHECK(absl::StrContains(Problem(rsa(256, e)), "exponent"));
  }
  // With a real modulus: one with small factors is no key, whatever its exponent.
  const auto exponent = [key = Signer::Rsa("k").Jwk()](uint64_t value, size_t bytes) {
    std::string big_endian;
    for (size_t i = bytes; i > 0; --i) big_endian += static_cast<char>(value >> (8 * (i - 1)));
    std::string jwk = key;
    jwk.replace(jwk.find("\"AQAB\""), 6, StrCat("\"", EncodeBase64Url(big_endian), "\""));
    return Problem(jwk);
  };
  CHECK(exponent(kMinRsaExponent, 3).empty());
  CHECK(absl::StrContains(exponent(kMinRsaExponent - 2, 2), "exponent"));
  CHECK(exponent(~uint64_t{0}, kMaxRsaExponentBits / 8).empty());
  const std::string longer(kMaxRsaExponentBits / 8 + 1, '\x01');
  CHECK(absl::StrContains(Problem(rsa(256, EncodeBase64Url(longer))), "exponent of over 64"));
  CHECK(absl::StrContains(Problem(rsa(256, "AQAB=")), "not base64url"));
  CHECK(absl::StrContains(Problem(R"({"kid":"k","kty":"RSA","n":"AQAB"})"), "without 'e'"));
  const std::string even = StrCat(R"({"kid":"k","kty":"RSA","e":"AQAB","n":")",
                                  EncodeBase64Url(std::string(255, '\xff') + '\xfe'), R"("})");
  CHECK(absl::StrContains(Problem(even), "even"));
  // A point beside the curve, at infinity, with coordinates beyond the field, and half a one.
  const std::string good = Signer::P256("k").Jwk();
  const auto point = [](const std::string& x, const std::string& y) {
    return StrCat(R"({"kid":"k","kty":"EC","crv":"P-256","x":")", EncodeBase64Url(x), R"(","y":")",
                  EncodeBase64Url(y), R"("})");
  };
  CHECK(Problem(good).empty());
  const std::string one = std::string(31, '\0') + '\x01';
  CHECK(absl::StrContains(Problem(point(one, one)), "not on the curve"));
  CHECK(absl::StrContains(Problem(point(std::string(32, '\0'), std::string(32, '\0'))), "not on"));
  CHECK(absl::StrContains(Problem(point(std::string(32, '\xff'), one)), "not on the curve"));
  CHECK(absl::StrContains(Problem(point(one, one.substr(1))), "32 bytes each"));
  CHECK(absl::StrContains(Problem(R"({"kid":"k","kty":"OKP","crv":"Ed25519","x":"AAAA"})"),
                          "32 bytes"));
  for (const char* foreign :
       {R"({"kid":"k","kty":"EC","crv":"P-384","x":"AA","y":"AA"})",
        R"({"kid":"k","kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})",
        R"({"kid":"k","kty":"OKP","crv":"X25519","x":"AA"})", R"({"kid":"k","kty":"rsa"})"}) {
    CHECK(absl::StrContains(Problem(foreign), "neither RSA nor P-256 nor Ed25519"));
  }
  CHECK(absl::StrContains(Problem(R"({"kid":"k"})"), "without 'kty'"));
  CHECK(absl::StrContains(Problem(R"({"kid":"k","kty":"oct","k":"AAAA"})"), "secret"));
  const Signer signer = Signer::P256("k");
  CHECK(absl::StrContains(Problem(signer.Jwk(R"(,"d":"AAAA")")), "secret"));
  CHECK(absl::StrContains(Problem(signer.Jwk(R"(,"use":"enc")")), "not for signatures"));
  CHECK(absl::StrContains(Problem(signer.Jwk(R"(,"key_ops":["encrypt"])")), "not for signatures"));
  CHECK(absl::StrContains(Problem(signer.Jwk(R"(,"key_ops":"verify")")), "not for signatures"));
  CHECK(absl::StrContains(Problem(signer.Jwk(R"(,"alg":"ES384")")), "for another algorithm"));
  CHECK(absl::StrContains(Problem(signer.Jwk(R"(,"alg":"HS256")")), "for another algorithm"));
  CHECK(absl::StrContains(Problem(StrCat(signer.Jwk(), ",", Signer::Rsa("k").Jwk())), "two keys"));
}

TEST_CASE("documents that are no key sets") {
  CHECK(absl::StrContains(Refusal(""), "no JSON"));
  CHECK(absl::StrContains(Refusal("<html>"), "no JSON"));
  CHECK(absl::StrContains(Refusal("[]"), "no object with a list"));
  CHECK(absl::StrContains(Refusal("{}"), "no object with a list"));
  CHECK(absl::StrContains(Refusal(R"({"keys":{}})"), "no object with a list"));
  CHECK(absl::StrContains(Refusal(R"({"keys":[]})"), "there are none"));
  CHECK(absl::StrContains(Refusal(R"({"keys":[1]})"), "no object"));
  CHECK(absl::StrContains(Refusal(R"({"keys":[{"kid":1}]})"), "'kid' is no text"));
  CHECK(absl::StrContains(Refusal(R"({"keys":[],"keys":[]})"), "two members of one name"));
  CHECK(absl::StrContains(Refusal(Jwks(Signer::Rsa("k", 1024).Jwk())), "1024 bits"));
  CHECK(absl::StrContains(Refusal(Jwks(R"({"kty":"oct"})") + "x"), "something behind"));
  const auto many = [](size_t count) {
    std::string keys = Signer::Ed25519("good").Jwk();
    for (size_t i = 1; i < count; ++i) keys += R"(,{"kty":"oct"})";
    return Jwks(keys);
  };
  CHECK(Refusal(many(kMaxKeysPerSet)).empty());
  CHECK(absl::StrContains(Refusal(many(kMaxKeysPerSet + 1)), "over 100 keys"));
  const std::string set = Jwks(Signer::Ed25519("k").Jwk());
  CHECK(Refusal(set + std::string(kMaxKeySetBytes - set.size(), ' ')).empty());
  CHECK(absl::StrContains(Refusal(set + std::string(kMaxKeySetBytes - set.size() + 1, ' ')),
                          "bytes"));
}

TEST_CASE("a set with one key needs no ids") {
  const Signer only = Signer::P256("");
  const auto keys = KeySet::Parse(Jwks(StrCat(only.Jwk(), R"(,{"kty":"oct"})")));
  REQUIRE(keys.ok());
  REQUIRE(keys->Find("") != nullptr);
  CHECK(keys->Find("")->Verify("t", only.Sign("t")));
}

}  // namespace
}  // namespace whence::access::test
