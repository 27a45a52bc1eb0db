// Tokens and key sets of other people's issuers: a named error that repeats nothing of the token,
// or a token whose parts have one spelling; nothing that we did not sign is ever believed.
#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/base64url.h"
#include "access/identity_config.h"
#include "access/jwks.h"
#include "access/jwt.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "support/feature.h"

namespace {

using whence::access::DecodeBase64Url;
using whence::access::EncodeBase64Url;
using whence::access::Jwt;
using whence::access::KeySet;
using whence::access::PublicKey;

// An issuer whose key is always the same.
class Signer {
 public:
  Signer() {
    const unsigned char seed[32] = {7};
    key_ = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, sizeof(seed));
    WHENCE_ASSERT(key_ != nullptr);
  }
  PublicKey Public() const {
    std::string bytes(32, '\0');
    size_t size = bytes.size();
    WHENCE_ASSERT(EVP_PKEY_get_raw_public_key(key_, reinterpret_cast<unsigned char*>(bytes.data()),
                                              &size) == 1);
    return *PublicKey::Ed25519(bytes);
  }
  std::string Sign(std::string_view text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    WHENCE_ASSERT(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_) == 1);
    std::string signature(64, '\0');
    size_t size = signature.size();
    WHENCE_ASSERT(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                                 reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size()) == 1);
    EVP_MD_CTX_free(context);
    return signature;
  }

 private:
  EVP_PKEY* key_ = nullptr;
};

const Signer& Issuer() {
  static const Signer signer;
  return signer;
}

// One line of printable text with a reason: what a log and a client may be shown.
void CheckError(const absl::Status& status) {
  const std::string reason = whence::GetErrorDetail(status).reason;
  WHENCE_ASSERT(whence::IsErrorReason(reason));
  const std::string_view message = whence::ToStd(status.message());
  WHENCE_ASSERT(whence::IsPrintableAscii(message) && message.size() < 500);
  whence::fuzz::Feature(message.substr(0, 40));
}

void CheckClaims(const Jwt& jwt, bool is_signed) {
  const PublicKey key = Issuer().Public();
  const absl::Status signature = jwt.CheckSignature(key);
  WHENCE_ASSERT(signature.ok() ==
                (is_signed && jwt.algorithm() == whence::access::JwsAlgorithm::kEdDsa));
  const whence::access::JwtRules rules{
      .issuer = "https://a", .audiences = {"w"}, .allow_plain_type = true};
  const absl::Status status = jwt.Check(rules, absl::FromUnixSeconds(1000));
  if (!status.ok()) {
    CheckError(status);
  } else {
    WHENCE_ASSERT(jwt.issuer() == rules.issuer);
    WHENCE_ASSERT(jwt.expire_time() > absl::FromUnixSeconds(900));
  }
  for (const char* claim : {"sub", "groups", "/a/b", "/~0/~1", "email_verified"}) {
    if (const auto text = jwt.Text(claim); !text.ok()) CheckError(text.status());
    if (const auto texts = jwt.Texts(claim); texts.ok()) {
      whence::fuzz::Feature("texts", texts->size());
    }
    if (const auto flag = jwt.Flag(claim); !flag.ok()) CheckError(flag.status());
  }
}

void TryToken(std::string_view token, bool is_signed) {
  const auto jwt = Jwt::Parse(token);
  if (!jwt.ok()) {
    WHENCE_ASSERT(whence::GetErrorDetail(jwt.status()).reason == "TOKEN_INVALID");
    CheckError(jwt.status());
    return;
  }
  whence::fuzz::Feature("a token");
  CheckClaims(*jwt, is_signed);
}

// The input as header and payload, on either side of the first line's end, signed by our issuer.
std::string Signed(std::string_view text) {
  const size_t end = text.find('\n');
  const std::string_view header = text.substr(0, end);
  const std::string_view payload =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  const std::string both = whence::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(payload));
  return whence::StrCat(both, ".", EncodeBase64Url(Issuer().Sign(both)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = DecodeBase64Url(text); bytes) {
    WHENCE_ASSERT(EncodeBase64Url(*bytes) == text);
  }
  WHENCE_ASSERT(DecodeBase64Url(EncodeBase64Url(text)) == text);
  TryToken(text, /*is_signed=*/false);
  TryToken(Signed(text), /*is_signed=*/true);
  if (const auto keys = KeySet::Parse(text); keys.ok()) {
    whence::fuzz::Feature("keys", keys->size());
    WHENCE_ASSERT(keys->size() > 0);
  } else {
    CheckError(keys.status());
  }
  if (const auto config = whence::access::ParseIdentityConfig(text); config.ok()) {
    whence::fuzz::Feature("issuers", config->issuers.size());
    whence::fuzz::Feature("rules", config->certificates.size());
  } else {
    WHENCE_ASSERT(whence::IsErrorReason(whence::GetErrorDetail(config.status()).reason));
  }
  return 0;
}
