#include "base/prompt_template.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence {
namespace {

using NameSet = absl::flat_hash_set<std::string, StringHash, StringEqual>;

bool IsNameStart(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

absl::Status Malformed(std::string_view text, size_t offset, std::string_view message) {
  const TextLocation location = LocationAt(text, offset);
  return InvalidArgument("PROMPT_TEMPLATE_MALFORMED", "template",
                         StrCat(location.line, ":", location.column, ": ", message),
                         "Write a variable as {{ name }} and literal braces as \\{{.");
}

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

// The variable whose braces open at `open`; moves `open` behind the closing ones.
absl::StatusOr<std::string_view> TakeVariable(std::string_view text, size_t& open) {
  const size_t begin = SkipBlanks(text, open + 2);
  size_t end = begin;
  if (end < text.size() && IsNameStart(text[end])) {
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
  }
  const size_t close = SkipBlanks(text, end);
  if (end > begin && text.substr(close).starts_with("}}")) {
    open = close + 2;
    return text.substr(begin, end - begin);
  }
  const size_t next_close = text.find("}}", open + 2);
  const size_t line_end = std::min(text.find('\n', open), text.size());
  if (next_close == std::string_view::npos || next_close > line_end) {
    return Malformed(text, open, "\"{{\" is not closed by \"}}\" on its line");
  }
  const std::string_view inside = text.substr(open + 2, next_close - open - 2);
  return Malformed(text, open,
                   StrCat(QuoteForMessage(inside),
                          " is not a variable name; a name is letters, digits and _, and does not "
                          "begin with a digit"));
}

std::string ListNames(const std::vector<std::string>& names) {
  constexpr size_t kMaxListed = 10;
  std::string list;
  for (size_t i = 0; i < names.size() && i < kMaxListed; ++i) {
    StrAppend(&list, i == 0 ? "" : ", ", QuoteForMessage(names[i]));
  }
  if (names.size() > kMaxListed) StrAppend(&list, " and ", names.size() - kMaxListed, " more");
  return list;
}

std::string_view NounFor(const std::vector<std::string>& names) {
  return names.size() == 1 ? "the variable " : "the variables ";
}

std::vector<std::string> MissingFrom(const NameSet& known, std::span<const std::string> names) {
  std::vector<std::string> missing;
  std::copy_if(names.begin(), names.end(), std::back_inserter(missing),
               [&known](const std::string& name) { return !known.contains(name); });
  return missing;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> TemplateVariables(std::string_view text) {
  std::vector<std::string> variables;
  NameSet seen;
  size_t at = text.find("{{");
  while (at != std::string_view::npos) {
    if (at > 0 && text[at - 1] == '\\') {
      at += 2;
    } else {
      WHENCE_ASSIGN_OR_RETURN(const std::string_view name, TakeVariable(text, at));
      if (seen.emplace(name).second) variables.emplace_back(name);
    }
    at = text.find("{{", at);
  }
  return variables;
}

absl::Status CheckTemplate(std::string_view text, std::span<const std::string> declared) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> used, TemplateVariables(text));
  NameSet declared_set;
  for (const std::string& name : declared) {
    if (!declared_set.insert(name).second) {
      return InvalidArgument("PROMPT_VARIABLE_DUPLICATE", "variables",
                             StrCat("the variable ", QuoteForMessage(name), " is declared twice"),
                             "Declare each variable once.");
    }
  }
  const std::vector<std::string> undeclared = MissingFrom(declared_set, used);
  if (!undeclared.empty()) {
    const std::optional<std::string> close = ClosestMatch(undeclared.front(), declared);
    return InvalidArgument(
        "PROMPT_VARIABLE_UNDECLARED", "variables",
        StrCat(NounFor(undeclared), ListNames(undeclared), " in the template: not declared"),
        close ? StrCat("Did you mean ", QuoteForMessage(*close), "? Else declare it.")
              : std::string("Declare it, or write \\{{ for literal braces."));
  }
  const NameSet used_set(used.begin(), used.end());
  const std::vector<std::string> unused = MissingFrom(used_set, declared);
  if (!unused.empty()) {
    return InvalidArgument(
        "PROMPT_VARIABLE_UNUSED", "variables",
        StrCat(NounFor(unused), ListNames(unused), " declared, but not used in the template"),
        "Use {{ name }} in the template, or remove the declaration.");
  }
  return absl::OkStatus();
}

}  // namespace whence
