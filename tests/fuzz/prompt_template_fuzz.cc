// Prompt templates: a named error, or variables with which the template passes its own check.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/prompt_template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto variables = whence::TemplateVariables(text);
  if (!variables.ok()) {
    WHENCE_ASSERT(whence::IsErrorReason(whence::GetErrorDetail(variables.status()).reason));
    return 0;
  }
  WHENCE_ASSERT(whence::CheckTemplate(text, *variables).ok());
  return 0;
}
