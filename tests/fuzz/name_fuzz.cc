// Names: whatever the bytes, parsing ends with a named error or a name that formats and parses
// back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parts = whence::ParseName(text, "name");
  if (!parts.ok()) {
    WHENCE_ASSERT(whence::IsErrorReason(whence::GetErrorDetail(parts.status()).reason));
    return 0;
  }
  const auto again = whence::ParseName(whence::FormatName(*parts), "name");
  WHENCE_ASSERT(again.ok() && *again == *parts);
  return 0;
}
