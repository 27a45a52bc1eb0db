// Prompt templates: a named error, or variables with which the template passes its own check.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/error.h"
#include "base/prompt_template.h"
#include "support/feature.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto variables = whence::TemplateVariables(text);
  if (!variables.ok()) {
    const std::string reason = whence::GetErrorDetail(variables.status()).reason;
    WHENCE_ASSERT(whence::IsErrorReason(reason));
    whence::fuzz::Feature(reason, size / 8);
    return 0;
  }
  whence::fuzz::Feature("variables", variables->size());
  WHENCE_ASSERT(whence::CheckTemplate(text, *variables).ok());
  return 0;
}
