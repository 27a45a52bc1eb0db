// JSON Web Tokens, as RFC 7515, 7519, 8725 and 9068 want them checked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/jwk.h"

namespace whence::access {

// What a token must be, besides signed by its issuer.
struct JwtRules {
  std::string issuer;                  // `iss`, byte for byte
  std::vector<std::string> audiences;  // `aud` has one of them
  std::vector<JwsAlgorithm> algorithms = {JwsAlgorithm::kRs256, JwsAlgorithm::kEs256,
                                          JwsAlgorithm::kEdDsa};
  // False: only access tokens as RFC 9068 has them (`typ` at+jwt, and all claims that it requires).
  // True: tokens with `typ` JWT as well, for issuers that know no better.
  bool allow_plain_type = false;

  friend bool operator==(const JwtRules&, const JwtRules&) = default;
};

// Purpose: a token whose form is right; nothing is true of it before CheckSignature and Check. The
// key comes from the issuer's configured set and from nowhere else: what the header has of keys
// (jku, jwk, x5u, x5c) is never looked at, and its `alg` only compared.
// A value; immutable. Errors say what is wrong and repeat nothing of the token.
class Jwt {
 public:
  // Unauthenticated TOKEN_INVALID: beyond kMaxTokenBytes, no three parts of strict base64url, a
  // header or claims that are no strict JSON objects (a member twice, over kMaxTokenJsonDepth
  // levels, something behind them), an `alg` that is not of JwsAlgorithm, a `crit`, no `typ`, no
  // `iss`.
  static absl::StatusOr<Jwt> Parse(std::string_view token);
  // True for what could be a JWT and not one of our own tokens: cheap, by its form alone.
  static bool LooksLikeOne(std::string_view text);

  // As the token says, to find rules and key by.
  const std::string& issuer() const { return issuer_; }
  const std::string& key_id() const { return key_id_; }  // empty: it names none
  JwsAlgorithm algorithm() const { return algorithm_; }

  // Unauthenticated TOKEN_INVALID: `key` is for another algorithm, or did not sign this.
  absl::Status CheckSignature(const PublicKey& key) const;
  // Everything but the signature. Unauthenticated TOKEN_INVALID, TOKEN_EXPIRED; times may be off by
  // kMaxClockSkew.
  absl::Status Check(const JwtRules& rules, absl::Time now) const;

  // Of a token that passed Check. A claim is named by its name or, when it begins with '/', by a
  // JSON pointer (RFC 6901): /realm_access/roles. Unauthenticated TOKEN_INVALID when the claim is
  // something else.
  absl::Time expire_time() const;
  absl::StatusOr<std::optional<std::string>> Text(std::string_view claim) const;
  absl::StatusOr<std::optional<bool>> Flag(std::string_view claim) const;  // also "true", "false"
  // A list of texts, or one text; none when the claim is not there.
  absl::StatusOr<std::vector<std::string>> Texts(std::string_view claim) const;

 private:
  struct Claims;
  Jwt() = default;
  absl::Status TakeHeader(std::string_view part);
  absl::Status TakeClaims(std::string_view part);
  absl::Status CheckTimes(absl::Time now) const;

  std::string issuer_;
  std::string key_id_;
  JwsAlgorithm algorithm_ = JwsAlgorithm::kRs256;
  bool is_access_token_ = false;  // `typ` at+jwt
  std::string signed_;            // what the signature is over
  std::string signature_;
  std::shared_ptr<const Claims> claims_;
};

}  // namespace whence::access
