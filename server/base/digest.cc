#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence {
namespace {

constexpr size_t kSha256Bytes = 32;
constexpr size_t kMaxOpaqueBytes = kMaxDigestBytes - std::string_view("opaque:").size();
constexpr char kReason[] = "DIGEST_MALFORMED";
constexpr char kHint[] =
    "Write sha256:<64 lower-case hex digits>, or opaque:<text> for an etag or a snapshot number.";

struct DigestAlgorithm {
  std::string_view name;
  size_t hex_digits;
};
constexpr std::array<DigestAlgorithm, 5> kAlgorithms = {{
    {"sha256", 64},
    {"sha512", 128},
    {"sha1", 40},
    {"md5", 32},
    {"blake3", 64},
}};

std::optional<size_t> HexDigitsOf(std::string_view algorithm) {
  for (const DigestAlgorithm& known : kAlgorithms) {
    if (known.name == algorithm) return known.hex_digits;
  }
  return std::nullopt;
}

// The algorithm, looked up once: EVP_sha256() is looked up by name at every use, which costs more
// than hashing a small request. Never freed: it may be in use until the very end.
const EVP_MD* FetchedSha256() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  WHENCE_ASSERT(algorithm != nullptr);
  return algorithm;
}

bool IsPrintable(std::string_view text) {
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> code_point = TakeCodePoint(text);
    if (!code_point || IsInvisibleCodePoint(*code_point)) return false;
    if (HasControlCharacters(before.substr(0, before.size() - text.size()))) return false;
  }
  return true;
}

absl::Status ValidateOpaque(std::string_view text, std::string_view field) {
  if (text.empty() || text.size() > kMaxOpaqueBytes) {
    return InvalidArgument(kReason, field,
                           StrCat("has ", text.size(), " bytes after \"opaque:\"; 1 to ",
                                  kMaxOpaqueBytes, " are allowed"),
                           "Hash a longer text and give its sha256.");
  }
  if (!IsPrintable(text)) {
    return InvalidArgument(kReason, field,
                           StrCat("has characters that cannot be printed: ", QuoteForMessage(text)),
                           "Encode binary data after \"opaque:\", e.g. as hexadecimal digits.");
  }
  return absl::OkStatus();
}

absl::Status ValidateHex(std::string_view algorithm, std::string_view hex, size_t expected,
                         std::string_view field) {
  if (hex.size() != expected) {
    return InvalidArgument(kReason, field,
                           StrCat("has ", hex.size(), " digits after \"", algorithm, ":\"; a ",
                                  algorithm, " has ", expected),
                           kHint);
  }
  const auto is_hex = [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); };
  if (!std::all_of(hex.begin(), hex.end(), is_hex)) {
    return InvalidArgument(
        kReason, field,
        StrCat("has other characters than 0-9 and a-f: ", QuoteForMessage(hex, 200)), kHint);
  }
  const std::string lower = absl::AsciiStrToLower(ToAbsl(hex));
  if (lower != hex) {
    return InvalidArgument(kReason, field, "has upper-case digits; digests are compared as text",
                           StrCat("Write ", algorithm, ":", lower));
  }
  return absl::OkStatus();
}

}  // namespace

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* owned) const { EVP_MD_CTX_free(owned); }
  };
  using Context = std::unique_ptr<EVP_MD_CTX, Free>;

  State() : context(EVP_MD_CTX_new()) {
    WHENCE_ASSERT(context != nullptr);
    WHENCE_ASSERT(EVP_DigestInit_ex(context.get(), FetchedSha256(), nullptr) == 1);
  }

  Context context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Update(std::string_view bytes) {
  WHENCE_ASSERT(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Digest() const {
  // Finishing a copy leaves this one open.
  const State::Context copy(EVP_MD_CTX_new());
  WHENCE_ASSERT(copy != nullptr);
  WHENCE_ASSERT(EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()) == 1);
  std::array<unsigned char, kSha256Bytes> digest{};
  unsigned int size = 0;
  WHENCE_ASSERT(EVP_DigestFinal_ex(copy.get(), digest.data(), &size) == 1);
  WHENCE_ASSERT(size == digest.size());
  return std::string(digest.begin(), digest.end());
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Sha256::HexDigest() const { return absl::BytesToHexString(Digest()); }

std::string Sha256Hex(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.HexDigest();
}

std::string Sha256Bytes(std::string_view bytes) {
  std::string raw(kSha256Bytes, '\0');
  unsigned int size = 0;
  WHENCE_ASSERT(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(raw.data()),
                           &size, FetchedSha256(), nullptr) == 1);
  WHENCE_ASSERT(size == kSha256Bytes);
  return raw;
}

std::string Sha256Digest(std::string_view bytes) { return StrCat("sha256:", Sha256Hex(bytes)); }

absl::Status ValidateDigest(std::string_view digest, std::string_view field) {
  const size_t colon = digest.find(':');
  if (colon == std::string_view::npos) {
    return InvalidArgument(kReason, field,
                           StrCat(QuoteForMessage(digest), " has no \"<algorithm>:\" in front"),
                           kHint);
  }
  const std::string_view algorithm = digest.substr(0, colon);
  const std::string_view value = digest.substr(colon + 1);
  if (algorithm == "opaque") return ValidateOpaque(value, field);
  const std::optional<size_t> hex_digits = HexDigitsOf(algorithm);
  if (!hex_digits) {
    return InvalidArgument(kReason, field,
                           StrCat("has the unknown algorithm ", QuoteForMessage(algorithm),
                                  "; known are sha256, sha512, sha1, md5, blake3 and opaque"),
                           kHint);
  }
  return ValidateHex(algorithm, value, *hex_digits, field);
}

}  // namespace whence
