// Page tokens: a named error, or a token that encodes to something that decodes to the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/page_token.h"
#include "support/feature.h"

namespace {

constexpr uint64_t kFingerprint = 7;

void Decode(std::string_view text) {
  const auto token = whence::DecodePageToken(text, kFingerprint);
  if (!token.ok()) {
    const std::string reason = whence::GetErrorDetail(token.status()).reason;
    WHENCE_ASSERT(whence::IsErrorReason(reason));
    whence::fuzz::Feature(std::string(token.status().message()).substr(0, 50));
    return;
  }
  whence::fuzz::Feature("parts of a key", token->key.size());
  const auto again = whence::DecodePageToken(whence::EncodePageToken(*token), kFingerprint);
  WHENCE_ASSERT(again.ok() && *again == *token);
}

// The bytes as a token whose checksum is right, as no change of a token would ever hit it.
std::string Sealed(std::string_view body) {
  const uint64_t hash = whence::StableHash(body);
  const uint64_t checksum = hash ^ (hash >> 32U);
  std::string bytes(body);
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>((checksum >> (8 * i)) & 0xFFU);
  return absl::WebSafeBase64Escape(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Decode(text);
  Decode(Sealed(text));
  return 0;
}
