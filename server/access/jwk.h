// Public keys that tokens are signed with (RFC 7517, RFC 7518, RFC 8037).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace whence::access {

// The algorithms that a token may be signed with: a closed list. What a key is decides which one it
// is good for; what a token says of itself only has to agree.
enum class JwsAlgorithm { kRs256, kEs256, kEdDsa };

// "RS256", "ES256", "EdDSA".
std::string_view AlgorithmName(JwsAlgorithm algorithm);
// By exactly that name; nothing for every other one, "none" and "HS256" among them.
std::optional<JwsAlgorithm> ParseAlgorithm(std::string_view name);

// Purpose: one public key, good for one algorithm. Copies share it; it never changes.
// Thread-safety: as a value; Verify from any thread.
class PublicKey {
 public:
  // Numbers are big-endian bytes, as JWKs have them. InvalidArgument KEY_UNUSABLE, which says why:
  // an RSA modulus outside of kMinRsaBits to kMaxRsaBits or an exponent below 65537; a point that
  // is not on P-256; anything but 32 bytes of Ed25519.
  static absl::StatusOr<PublicKey> Rsa(std::string_view modulus, std::string_view exponent);
  static absl::StatusOr<PublicKey> P256(std::string_view x, std::string_view y);
  static absl::StatusOr<PublicKey> Ed25519(std::string_view x);

  JwsAlgorithm algorithm() const { return algorithm_; }
  // True when `signature`, in JWS form (of ES256: r and s, 32 bytes each), is this key's over
  // `text`.
  bool Verify(std::string_view text, std::string_view signature) const;

 private:
  PublicKey(JwsAlgorithm algorithm, evp_pkey_st* key);

  JwsAlgorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace whence::access
