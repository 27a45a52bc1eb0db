// References: a named error, or a reference that formats and parses back.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/reference.h"
#include "support/feature.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reference = whence::ParseReference(text, "reference");
  if (!reference.ok()) {
    const std::string reason = whence::GetErrorDetail(reference.status()).reason;
    WHENCE_ASSERT(whence::IsErrorReason(reason));
    whence::fuzz::Feature(reason, size / 8);
    return 0;
  }
  whence::fuzz::Feature("kind", reference->name.size());
  const auto again = whence::ParseReference(whence::FormatReference(*reference), "reference");
  WHENCE_ASSERT(again.ok() && *again == *reference);
  return 0;
}
