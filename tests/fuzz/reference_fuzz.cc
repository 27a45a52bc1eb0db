// References: a named error, or a reference that formats and parses back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reference = whence::ParseReference(text, "reference");
  if (!reference.ok()) {
    WHENCE_ASSERT(whence::IsErrorReason(whence::GetErrorDetail(reference.status()).reason));
    return 0;
  }
  const auto again = whence::ParseReference(whence::FormatReference(*reference), "reference");
  WHENCE_ASSERT(again.ok() && *again == *reference);
  return 0;
}
