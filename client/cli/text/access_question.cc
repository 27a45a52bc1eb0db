#include "cli/text/access_question.h"

#include <algorithm>

#include "base/name.h"
#include "base/reference.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {

absl::StatusOr<AccessQuestion> ParseAccessQuestion(std::vector<std::string> words) {
  const auto on = std::ranges::find_if(words, [](const auto& word) { return Lower(word) == "on"; });
  if (on == words.end() && words.size() >= 2) {
    // Without `on` the securable is the last word, and the one before it when that is a type.
    const bool typed = words.size() >= 3 && SecurableTypeOf(words[words.size() - 2]).has_value();
    words.insert(words.end() - (typed ? 2 : 1), "on");
  }
  const absl::StatusOr<GrantWords> parsed = ParseGrantWords(words);
  if (!parsed.ok()) return parsed.status();
  if (!parsed->securable.has_value()) return absl::InvalidArgumentError("on what is not said");
  if (parsed->privileges.size() != 1 || !parsed->principal.empty()) {
    return absl::InvalidArgumentError("one principal, one privilege and one thing are asked about");
  }
  AccessQuestion question{.privilege = parsed->privileges.front(), .securable = *parsed->securable};
  ToAssetOf(question.securable);
  return question;
}

void ToAssetOf(v1::Securable& securable) {
  const absl::StatusOr<Reference> reference = ParseReference(securable.name(), "NAME");
  if (reference.ok() && !reference->name.empty()) securable.set_name(FormatName(reference->name));
}

}  // namespace whence::cli
