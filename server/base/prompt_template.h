#pragma once

// Prompt templates: text with `{{ name }}` where a value goes. A name is [A-Za-z_][A-Za-z0-9_]*,
// with spaces or tabs around it as you like. `\{{` is two literal braces. Single braces and a `}}`
// that closes nothing are ordinary text, because prompts are full of JSON.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence {

// The distinct variables of a template in order of first appearance. InvalidArgument
// PROMPT_TEMPLATE_MALFORMED on the field "template", with line:column, if a `{{` is not followed by
// a name and `}}`.
absl::StatusOr<std::vector<std::string>> TemplateVariables(std::string_view text);

// OK if the template is well formed and uses exactly the declared variables, in any order. Else
// InvalidArgument, naming the variables:
//   PROMPT_TEMPLATE_MALFORMED   as above
//   PROMPT_VARIABLE_DUPLICATE   declared twice (field "variables")
//   PROMPT_VARIABLE_UNDECLARED  used and not declared (field "variables")
//   PROMPT_VARIABLE_UNUSED      declared and not used (field "variables")
absl::Status CheckTemplate(std::string_view text, std::span<const std::string> declared);

}  // namespace whence
