// Page tokens: a named error, or a token that encodes to something that decodes to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/page_token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kFingerprint = 7;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto token = whence::DecodePageToken(text, kFingerprint);
  if (!token.ok()) {
    WHENCE_ASSERT(whence::IsErrorReason(whence::GetErrorDetail(token.status()).reason));
    return 0;
  }
  const auto again = whence::DecodePageToken(whence::EncodePageToken(*token), kFingerprint);
  WHENCE_ASSERT(again.ok() && *again == *token);
  return 0;
}
