#include "support/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <mutex>

#include "absl/strings/escaping.h"
#include "base/assert.h"
#include "base/strings.h"

namespace whence::access::test {
namespace {

std::string EncodeBase64Url(std::string_view bytes) {
  return absl::WebSafeBase64Escape(ToAbsl(bytes));
}

std::string NumberOf(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  WHENCE_ASSERT(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return bytes;
}

std::string Raw(const BIGNUM* number) {
  std::string bytes(32, '\0');
  WHENCE_ASSERT(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), 32) == 32);
  return bytes;
}

std::string DigestSign(EVP_PKEY* key, std::string_view text) {
  const EVP_MD* digest = EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  WHENCE_ASSERT(EVP_DigestSignInit(context, nullptr, digest, nullptr, key) == 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  WHENCE_ASSERT(EVP_DigestSign(context, nullptr, &size, bytes, text.size()) == 1);
  std::string signature(size, '\0');
  WHENCE_ASSERT(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                               bytes, text.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return signature;
}

EVP_PKEY* RsaKey(int bits) {
  static std::mutex mutex;
  static auto* const made = new std::map<int, EVP_PKEY*>;  // kept to the end, like its keys
  const std::lock_guard lock(mutex);
  EVP_PKEY*& key = (*made)[bits];
  if (key == nullptr) key = EVP_RSA_gen(static_cast<unsigned>(bits));
  WHENCE_ASSERT(key != nullptr);
  EVP_PKEY_up_ref(key);
  return key;
}

}  // namespace

Signer::Signer(std::string kid, evp_pkey_st* key) : kid_(std::move(kid)), key_(key, EVP_PKEY_free) {
  WHENCE_ASSERT(key != nullptr);
}

Signer Signer::Rsa(std::string kid, int bits) { return {std::move(kid), RsaKey(bits)}; }
Signer Signer::P256(std::string kid) { return {std::move(kid), EVP_EC_gen("P-256")}; }
Signer Signer::Ed25519(std::string kid) {
  return {std::move(kid), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

std::string Signer::algorithm() const {
  const int id = EVP_PKEY_get_id(key_.get());
  if (id == EVP_PKEY_RSA) return "RS256";
  return id == EVP_PKEY_EC ? "ES256" : "EdDSA";
}

std::string Signer::Jwk(std::string_view more) const {
  const std::string head = StrCat(R"({"kid":")", kid_, R"(",)");
  EVP_PKEY* key = key_.get();
  if (algorithm() == "RS256") {
    return StrCat(head, R"("kty":"RSA","n":")",
                  EncodeBase64Url(NumberOf(key, OSSL_PKEY_PARAM_RSA_N)), R"(","e":")",
                  EncodeBase64Url(NumberOf(key, OSSL_PKEY_PARAM_RSA_E)), "\"", more, "}");
  }
  if (algorithm() == "ES256") {
    unsigned char point[65];
    size_t size = 0;
    WHENCE_ASSERT(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                  sizeof(point), &size) == 1);
    WHENCE_ASSERT(size == sizeof(point));
    const std::string_view bytes(reinterpret_cast<const char*>(point), size);
    return StrCat(head, R"("kty":"EC","crv":"P-256","x":")", EncodeBase64Url(bytes.substr(1, 32)),
                  R"(","y":")", EncodeBase64Url(bytes.substr(33)), "\"", more, "}");
  }
  std::string bytes(32, '\0');
  size_t size = bytes.size();
  WHENCE_ASSERT(
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size) == 1);
  return StrCat(head, R"("kty":"OKP","crv":"Ed25519","x":")", EncodeBase64Url(bytes), "\"", more,
                "}");
}

std::string Signer::Pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  WHENCE_ASSERT(PEM_write_bio_PUBKEY(bio, key_.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

std::string Signer::SignDer(std::string_view text) const { return DigestSign(key_.get(), text); }

std::string Signer::Sign(std::string_view text) const {
  const std::string signature = DigestSign(key_.get(), text);
  if (algorithm() != "ES256") return signature;
  const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size()));
  WHENCE_ASSERT(both != nullptr);
  std::string raw = Raw(ECDSA_SIG_get0_r(both)) + Raw(ECDSA_SIG_get0_s(both));
  ECDSA_SIG_free(both);
  return raw;
}

std::string Signer::TokenWith(std::string_view header, std::string_view payload) const {
  const std::string text = StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(payload));
  return StrCat(text, ".", EncodeBase64Url(Sign(text)));
}

std::string Signer::Token(std::string_view payload, std::string_view type) const {
  return TokenWith(
      StrCat(R"({"alg":")", algorithm(), R"(","typ":")", type, R"(","kid":")", kid_, R"("})"),
      payload);
}

std::string Compact(std::string_view header, std::string_view payload, std::string_view signature) {
  return StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(payload), ".",
                EncodeBase64Url(signature));
}

std::string Jwks(std::string_view keys) { return StrCat(R"({"keys":[)", keys, "]}"); }

std::string GoodClaims(std::string_view more) {
  return StrCat(R"({"iss":")", kIssuer, R"(","aud":["whence"],"exp":)", kNow + 3600, R"(,"nbf":)",
                kNow - 10, R"(,"iat":)", kNow - 10,
                R"(,"sub":"ana","client_id":"notebook","jti":"1")", more, "}");
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  WHENCE_ASSERT(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace whence::access::test
