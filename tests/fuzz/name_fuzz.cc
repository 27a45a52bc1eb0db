// Names: whatever the bytes, parsing ends with a named error or a name that formats and parses
// back.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/name.h"
#include "support/feature.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parts = whence::ParseName(text, "name");
  if (!parts.ok()) {
    const std::string reason = whence::GetErrorDetail(parts.status()).reason;
    WHENCE_ASSERT(whence::IsErrorReason(reason));
    whence::fuzz::Feature(reason, size / 8);
    return 0;
  }
  whence::fuzz::Feature("parts", parts->size());
  const auto again = whence::ParseName(whence::FormatName(*parts), "name");
  WHENCE_ASSERT(again.ok() && *again == *parts);
  return 0;
}
