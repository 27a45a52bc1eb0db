// An issuer of tokens for tests: keys of every type, and tokens right and wrong.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace whence::access::test {

// Purpose: a key pair that signs as JWS has it. Copies share the key. Thread-safety: as a value.
class Signer {
 public:
  // Of 2048 bits unless told otherwise. Made once for each size: RSA keys take long.
  static Signer Rsa(std::string kid, int bits = 2048);
  static Signer P256(std::string kid);
  static Signer Ed25519(std::string kid);

  const std::string& kid() const { return kid_; }
  std::string algorithm() const;  // "RS256" ...
  // The public key as a JWK; `more` stands behind its members: `,"use":"sig"`.
  std::string Jwk(std::string_view more = "") const;
  // The public key in PEM: what confused verifiers take for an HMAC's secret.
  std::string Pem() const;
  // A signature over `text` in JWS form.
  std::string Sign(std::string_view text) const;
  // The same, ES256 only, as DER.
  std::string SignDer(std::string_view text) const;

  // A token: header with alg, typ and kid, the payload, and the signature.
  std::string Token(std::string_view payload, std::string_view type = "at+jwt") const;
  // The same with a header of one's own.
  std::string TokenWith(std::string_view header, std::string_view payload) const;

 private:
  Signer(std::string kid, evp_pkey_st* key);
  std::string kid_;
  std::shared_ptr<evp_pkey_st> key_;
};

// `header.payload.signature` of these bytes.
std::string Compact(std::string_view header, std::string_view payload, std::string_view signature);
// A JWKS document of these JWKs, which have commas between them.
std::string Jwks(std::string_view keys);

// 2030-01-01T00:00:00Z, where FakeClock begins.
inline constexpr int64_t kNow = 1893456000;
inline constexpr std::string_view kIssuer = "https://issuer.example";

// All claims of a good access token of kIssuer for `whence`, good from kNow - 10 to kNow + 3600;
// `more` stands behind them: `,"groups":["a"]`.
std::string GoodClaims(std::string_view more = "");
// The same text with `from` replaced by `to`; aborts when it is not there.
std::string Replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace whence::access::test
