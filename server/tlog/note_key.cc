#include "tlog/note_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "base/assert.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kSignatureBytes = 64;
constexpr size_t kIdBytes = 4;
constexpr size_t kTimeBytes = 8;
constexpr size_t kIdDigits = 2 * kIdBytes;
constexpr std::string_view kPrivate = "PRIVATE+KEY+";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

absl::Status Malformed(std::string_view message) {
  return InvalidArgument("KEY_MALFORMED", "key", message,
                         "A public key is one line, name+id+base64; `whence audit key` prints it.");
}

absl::Status Invalid(std::string_view message) {
  return InvalidArgument("SIGNATURE_INVALID", "signature", message,
                         "The text was changed after it was signed, or another key signed it.");
}

std::optional<KeyType> TypeOf(char byte) {
  switch (static_cast<KeyType>(byte)) {
    case KeyType::kEd25519:
    case KeyType::kCosignature:
      return static_cast<KeyType>(byte);
  }
  return std::nullopt;
}

std::string Typed(KeyType type, std::string_view key) {
  std::string typed(1, static_cast<char>(type));
  typed.append(key);
  return typed;
}

std::string IdText(uint32_t id) { return absl::StrFormat("%08x", id); }

// The parts of name+id+base64(type, key). The id is not compared with anything.
struct KeyParts {
  std::string_view name;
  std::string_view id;
  KeyType type;
  std::string key;
};

std::optional<KeyParts> SplitKey(std::string_view text) {
  const size_t first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = text.find('+', first + 1);  // base64 may have more of them
  if (second == std::string_view::npos || second - first - 1 != kIdDigits) return std::nullopt;
  std::optional<std::string> typed = DecodeBase64(text.substr(second + 1));
  if (!typed || typed->size() != 1 + kKeyBytes) return std::nullopt;
  const std::optional<KeyType> type = TypeOf(typed->front());
  if (!type) return std::nullopt;
  KeyParts parts{text.substr(0, first), text.substr(first + 1, kIdDigits), *type, typed->substr(1)};
  OPENSSL_cleanse(typed->data(), typed->size());
  return parts;
}

// What a cosignature is over (c2sp.org/tlog-cosignature).
std::string CosignedMessage(std::string_view text, uint64_t time) {
  return StrCat("cosignature/v1\ntime ", time, "\n", text);
}

}  // namespace

bool IsKeyName(std::string_view name) {
  if (name.empty() || name.size() > kMaxKeyNameBytes || HasControlCharacters(name)) return false;
  while (!name.empty()) {
    const std::optional<char32_t> c = TakeCodePoint(name);
    if (!c || *c == U'+' || IsSpaceCodePoint(*c)) return false;
  }
  return true;
}

absl::StatusOr<VerifierKey> VerifierKey::Parse(std::string_view vkey) {
  const std::optional<KeyParts> parts = SplitKey(vkey);
  if (!parts) {
    return Malformed("is not name+id+base64 with an Ed25519 key of type 1, or 4 (cosignatures)");
  }
  WHENCE_ASSIGN_OR_RETURN(VerifierKey key, Make(parts->name, parts->type, parts->key));
  if (IdText(key.id_) != parts->id) return Malformed("has an id that is not the key's");
  return key;
}

absl::StatusOr<VerifierKey> VerifierKey::Make(std::string_view name, KeyType type,
                                              std::string_view public_key) {
  if (!IsKeyName(name)) {
    return Malformed(StrCat("has the name ", QuoteForMessage(name), "; a name has 1 to ",
                            kMaxKeyNameBytes, " bytes, no spaces, no '+'"));
  }
  if (public_key.size() != kKeyBytes) {
    return Malformed(StrCat("has ", public_key.size(), " bytes, not ", kKeyBytes));
  }
  VerifierKey key;
  key.name_ = std::string(name);
  key.type_ = type;
  key.public_key_ = std::string(public_key);
  const std::string digest = Sha256Bytes(StrCat(name, "\n", Typed(type, public_key)));
  key.id_ = FromBigEndian32(std::string_view(digest).substr(0, kIdBytes));
  return key;
}

std::string VerifierKey::ToText() const {
  return StrCat(name_, "+", IdText(id_), "+", EncodeBase64(Typed(type_, public_key_)));
}

absl::StatusOr<int64_t> VerifierKey::CheckNote(std::string_view text,
                                               std::string_view signature) const {
  const auto wrong = [this] {
    return Invalid(StrCat("of ", QuoteForMessage(name_), " is not over this text"));
  };
  if (type_ == KeyType::kEd25519) {
    if (!Signed(text, signature)) return wrong();
    return 0;
  }
  if (signature.size() != kTimeBytes + kSignatureBytes) return wrong();
  const uint64_t time = FromBigEndian64(signature.substr(0, kTimeBytes));
  if (time > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return wrong();
  if (!Signed(CosignedMessage(text, time), signature.substr(kTimeBytes))) return wrong();
  return static_cast<int64_t>(time);
}

bool VerifierKey::Signed(std::string_view message, std::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key_),
                                               public_key_.size()));
  const ContextPtr context(EVP_MD_CTX_new());
  WHENCE_ASSERT(key != nullptr && context != nullptr);
  WHENCE_ASSERT(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                          message.size()) == 1;
}

struct SignerKey::Secret {
  ~Secret() { OPENSSL_cleanse(seed.data(), seed.size()); }
  std::array<unsigned char, kKeyBytes> seed{};
  KeyPtr key;
};

SignerKey::SignerKey(VerifierKey verifier, std::unique_ptr<Secret> secret)
    : verifier_(std::move(verifier)), secret_(std::move(secret)) {}
SignerKey::SignerKey(SignerKey&&) noexcept = default;
SignerKey& SignerKey::operator=(SignerKey&&) noexcept = default;
SignerKey::~SignerKey() = default;

absl::StatusOr<SignerKey> SignerKey::FromSeed(std::string_view name, KeyType type,
                                              std::string_view seed) {
  auto secret = std::make_unique<Secret>();
  WHENCE_ASSERT(seed.size() == secret->seed.size());
  seed.copy(reinterpret_cast<char*>(secret->seed.data()), seed.size());
  secret->key.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret->seed.data(), kKeyBytes));
  WHENCE_ASSERT(secret->key != nullptr);
  std::string public_key(kKeyBytes, '\0');
  size_t size = public_key.size();
  WHENCE_ASSERT(EVP_PKEY_get_raw_public_key(secret->key.get(), Bytes(public_key), &size) == 1);
  WHENCE_ASSIGN_OR_RETURN(VerifierKey verifier, VerifierKey::Make(name, type, public_key));
  return SignerKey(std::move(verifier), std::move(secret));
}

absl::StatusOr<SignerKey> SignerKey::Generate(std::string_view name, KeyType type) {
  std::string seed(kKeyBytes, '\0');
  WHENCE_ASSERT(RAND_priv_bytes(Bytes(seed), static_cast<int>(seed.size())) == 1);
  absl::StatusOr<SignerKey> key = FromSeed(name, type, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return key;
}

absl::StatusOr<SignerKey> SignerKey::Parse(std::string_view skey) {
  const auto malformed = [] { return Malformed("is no private key of a signer"); };
  if (!skey.starts_with(kPrivate)) return malformed();
  std::optional<KeyParts> parts = SplitKey(skey.substr(kPrivate.size()));
  if (!parts) return malformed();
  const bool has_name = IsKeyName(parts->name);
  absl::StatusOr<SignerKey> key =
      has_name ? FromSeed(parts->name, parts->type, parts->key) : malformed();
  OPENSSL_cleanse(parts->key.data(), parts->key.size());
  if (key.ok() && IdText(key->verifier_.id()) != parts->id) {
    return Malformed("is a private key whose id is not its own");
  }
  return key;
}

std::string SignerKey::ToText() const {
  const std::string_view seed(reinterpret_cast<const char*>(secret_->seed.data()), kKeyBytes);
  return StrCat(kPrivate, verifier_.name(), "+", IdText(verifier_.id()), "+",
                EncodeBase64(Typed(verifier_.type(), seed)));
}

std::string SignerKey::SignNote(std::string_view text, int64_t time) const {
  if (verifier_.type() == KeyType::kEd25519) return Sign(text);
  WHENCE_ASSERT(time >= 0);
  const auto seconds = static_cast<uint64_t>(time);
  return StrCat(BigEndian64(seconds), Sign(CosignedMessage(text, seconds)));
}

std::string SignerKey::Sign(std::string_view message) const {
  const ContextPtr context(EVP_MD_CTX_new());
  WHENCE_ASSERT(context != nullptr);
  WHENCE_ASSERT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, secret_->key.get()) ==
                1);
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  WHENCE_ASSERT(
      EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(message), message.size()) == 1);
  WHENCE_ASSERT(size == kSignatureBytes);
  return signature;
}

}  // namespace whence::tlog
