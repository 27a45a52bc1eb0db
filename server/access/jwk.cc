#include "access/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <vector>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::access {
namespace {

constexpr size_t kP256Bytes = 32;
constexpr size_t kEd25519KeyBytes = 32;
constexpr size_t kEd25519SignatureBytes = 64;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    free(thing);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number NumberOf(std::string_view bytes) {
  Number number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
  WHENCE_ASSERT(number != nullptr);
  return number;
}

absl::Status Unusable(std::string_view why) {
  return InvalidArgument("KEY_UNUSABLE", "", why,
                         "have the issuer sign with another key: RSA of 2048 bits or more, P-256 "
                         "or Ed25519");
}

// The key that the parameters describe, checked; null when they describe none.
EVP_PKEY* KeyFrom(const char* type, OSSL_PARAM_BLD* described) {
  const Params params(OSSL_PARAM_BLD_to_param(described));
  const KeyContext making(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  WHENCE_ASSERT(params != nullptr && making != nullptr);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(making.get()) == 1 &&
      EVP_PKEY_fromdata(making.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1) {
    const KeyContext checking(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (checking != nullptr && EVP_PKEY_public_check(checking.get()) == 1) return key;
  }
  EVP_PKEY_free(key);
  ERR_clear_error();
  return nullptr;
}

// r and s, 32 bytes each, as the DER that OpenSSL reads; empty when that cannot be. The one place
// where a signature changes its form: what came in as DER has another length, and never gets here.
std::string DerOf(std::string_view signature) {
  const EcSignature both(ECDSA_SIG_new());
  WHENCE_ASSERT(both != nullptr);
  Number r = NumberOf(signature.substr(0, kP256Bytes));
  Number s = NumberOf(signature.substr(kP256Bytes));
  if (BN_is_zero(r.get()) || BN_is_zero(s.get())) return {};
  WHENCE_ASSERT(ECDSA_SIG_set0(both.get(), r.release(), s.release()) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  WHENCE_ASSERT(size > 0);
  std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

std::string_view AlgorithmName(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kRs256:
      return "RS256";
    case JwsAlgorithm::kEs256:
      return "ES256";
    case JwsAlgorithm::kEdDsa:
      return "EdDSA";
  }
  WHENCE_ASSERT(false);
}

std::optional<JwsAlgorithm> ParseAlgorithm(std::string_view name) {
  for (const JwsAlgorithm algorithm :
       {JwsAlgorithm::kRs256, JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa}) {
    if (name == AlgorithmName(algorithm)) return algorithm;
  }
  return std::nullopt;
}

PublicKey::PublicKey(JwsAlgorithm algorithm, evp_pkey_st* key)
    : algorithm_(algorithm), key_(key, EVP_PKEY_free) {}

absl::StatusOr<PublicKey> PublicKey::Rsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > kMaxRsaBits / 8 || exponent.size() > kMaxRsaExponentBits / 8) {
    return Unusable(StrCat("an RSA key of over ", kMaxRsaBits,
                           " bits, or with an exponent of over ", kMaxRsaExponentBits));
  }
  const Number n = NumberOf(modulus);
  const Number e = NumberOf(exponent);
  if (BN_num_bits(n.get()) < kMinRsaBits) {
    return Unusable(StrCat("an RSA key of ", BN_num_bits(n.get()), " bits; at least ", kMinRsaBits,
                           " are needed"));
  }
  if (!BN_is_odd(n.get())) return Unusable("an RSA key whose modulus is even");
  if (!BN_is_odd(e.get()) ||
      (BN_num_bits(e.get()) <= 32 && BN_get_word(e.get()) < kMinRsaExponent)) {
    return Unusable(StrCat("an RSA key whose exponent is even or below ", kMinRsaExponent));
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  WHENCE_ASSERT(builder != nullptr);
  WHENCE_ASSERT(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1);
  WHENCE_ASSERT(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  EVP_PKEY* key = KeyFrom("RSA", builder.get());
  if (key == nullptr) return Unusable("numbers that are no RSA key");
  return PublicKey(JwsAlgorithm::kRs256, key);
}

absl::StatusOr<PublicKey> PublicKey::P256(std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return Unusable("a P-256 key whose coordinates are not 32 bytes each");
  }
  const std::string point = StrCat("\x04", x, y);  // uncompressed, SEC 1
  const Builder builder(OSSL_PARAM_BLD_new());
  WHENCE_ASSERT(builder != nullptr);
  WHENCE_ASSERT(
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1);
  WHENCE_ASSERT(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                 point.data(), point.size()) == 1);
  EVP_PKEY* key = KeyFrom("EC", builder.get());
  if (key == nullptr) return Unusable("a P-256 key whose point is not on the curve");
  return PublicKey(JwsAlgorithm::kEs256, key);
}

absl::StatusOr<PublicKey> PublicKey::Ed25519(std::string_view x) {
  if (x.size() != kEd25519KeyBytes) return Unusable("an Ed25519 key that is not 32 bytes");
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(x), x.size());
  WHENCE_ASSERT(key != nullptr);  // it takes any 32 bytes
  return PublicKey(JwsAlgorithm::kEdDsa, key);
}

bool PublicKey::Verify(std::string_view text, std::string_view signature) const {
  std::string der;
  switch (algorithm_) {
    case JwsAlgorithm::kRs256:
      if (signature.size() != static_cast<size_t>(EVP_PKEY_get_size(key_.get()))) return false;
      break;
    case JwsAlgorithm::kEs256:
      if (signature.size() != 2 * kP256Bytes) return false;
      der = DerOf(signature);
      if (der.empty()) return false;
      signature = der;
      break;
    case JwsAlgorithm::kEdDsa:
      if (signature.size() != kEd25519SignatureBytes) return false;
      break;
  }
  const DigestContext context(EVP_MD_CTX_new());
  WHENCE_ASSERT(context != nullptr);
  const EVP_MD* digest = algorithm_ == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  WHENCE_ASSERT(EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1);
  const bool good = EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                                     text.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace whence::access
