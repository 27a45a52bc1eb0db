#include "cli/text/grant_words.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

using Words = std::span<const std::string>;

bool IsOn(const std::string& word) { return Lower(word) == "on" || Lower(word) == "of"; }
bool IsTo(const std::string& word) { return Lower(word) == "to" || Lower(word) == "from"; }

// The words up to the first that `stops`; `rest` keeps that one and what follows.
template <class Stops>
Words TakeUntil(Words& rest, Stops stops) {
  const auto end = std::ranges::find_if(rest, stops);
  const Words taken = rest.first(static_cast<size_t>(end - rest.begin()));
  rest = rest.subspan(taken.size());
  return taken;
}

// "SELECT, USE CATALOG" as two: commas part them, spaces are inside of them.
std::vector<std::string> SplitPrivileges(Words words) {
  std::vector<std::string> privileges;
  for (const absl::string_view part : absl::StrSplit(absl::StrJoin(words, " "), ',')) {
    const absl::string_view privilege = absl::StripAsciiWhitespace(part);
    if (!privilege.empty()) privileges.emplace_back(privilege.data(), privilege.size());
  }
  return privileges;
}

constexpr const char* kPrivileges[] = {
    "USE CATALOG",  "USE SCHEMA",      "BROWSE",          "SELECT",           "MODIFY",
    "EXECUTE",      "READ VOLUME",     "WRITE VOLUME",    "CREATE CATALOG",   "CREATE SCHEMA",
    "CREATE TABLE", "CREATE VOLUME",   "CREATE FUNCTION", "CREATE MODEL",     "CREATE PROMPT",
    "CREATE INDEX", "CREATE ENDPOINT", "CREATE JOB",      "CREATE DASHBOARD", "APPLY TAG",
    "MANAGE",       "ALL PRIVILEGES"};

// What names a type has.
Complete NamesOf(v1::SecurableType type) {
  switch (type) {
    case v1::SECURABLE_TYPE_CATALOG:
      return Complete::kCatalog;
    case v1::SECURABLE_TYPE_SCHEMA:
      return Complete::kSchema;
    default:
      return Complete::kAsset;
  }
}

// What can follow `on`, and what is behind it already.
NextWords NextOfSecurable(Words behind, std::vector<std::string> after) {
  if (behind.empty()) return {.words = SecurableTypeNames(), .names = Complete::kAsset};
  const std::optional<v1::SecurableType> type = SecurableTypeOf(behind.front());
  const bool metastore = type == v1::SECURABLE_TYPE_METASTORE;
  if (behind.size() == 1 && type.has_value() && !metastore) {
    return {.words = {}, .names = NamesOf(*type)};
  }
  return {.words = std::move(after), .names = Complete::kNothing};
}

}  // namespace

absl::StatusOr<v1::Securable> ParseSecurableWords(Words words) {
  v1::Securable securable;
  if (words.empty()) {
    return absl::InvalidArgumentError("no catalog, schema or asset is named");
  }
  const std::optional<v1::SecurableType> type = SecurableTypeOf(words.front());
  if (words.size() == 1 && type != v1::SECURABLE_TYPE_METASTORE) {
    securable.set_name(words.front());
    return securable;
  }
  if (!type.has_value()) {
    return absl::InvalidArgumentError(StrCat(QuoteForMessage(words.front()),
                                             " is no type; the types are ",
                                             absl::StrJoin(SecurableTypeNames(), ", ")));
  }
  securable.set_type(*type);
  const size_t wanted = *type == v1::SECURABLE_TYPE_METASTORE ? 1 : 2;
  if (words.size() > wanted) {
    return absl::InvalidArgumentError(
        StrCat(QuoteForMessage(words[wanted]), " is one word too much"));
  }
  if (wanted == 2) securable.set_name(words[1]);
  return securable;
}

absl::StatusOr<GrantWords> ParseGrantWords(Words words) {
  GrantWords result;
  const auto keyword = [](const std::string& word) { return IsOn(word) || IsTo(word); };
  result.privileges = SplitPrivileges(TakeUntil(words, keyword));
  while (!words.empty()) {
    const std::string name = words.front();
    words = words.subspan(1);
    const Words behind = TakeUntil(words, keyword);
    if (IsOn(name)) {
      if (result.securable.has_value()) {
        return absl::InvalidArgumentError(StrCat("'", name, "' is said twice"));
      }
      absl::StatusOr<v1::Securable> securable = ParseSecurableWords(behind);
      if (!securable.ok()) return securable.status();
      result.securable = *std::move(securable);
      continue;
    }
    if (!result.principal.empty()) {
      return absl::InvalidArgumentError(StrCat("'", name, "' is said twice"));
    }
    if (behind.empty()) {
      return absl::InvalidArgumentError(StrCat("no principal stands behind '", name, "'"));
    }
    if (behind.size() > 1) {
      return absl::InvalidArgumentError(
          StrCat(QuoteForMessage(behind[1]), " is one word too much: one principal at a time"));
    }
    result.principal = behind.front();
  }
  return result;
}

std::optional<v1::SecurableType> SecurableTypeOf(std::string_view word) {
  const std::string lower = Lower(word);
  const auto* const names = v1::SecurableType_descriptor();
  for (int i = 1; i < names->value_count(); ++i) {
    const auto type = static_cast<v1::SecurableType>(names->value(i)->number());
    if (TypeWord(type) == lower) return type;
  }
  return std::nullopt;
}

std::string TypeWord(v1::SecurableType type) {
  return Lower(WithoutPrefix(v1::SecurableType_Name(type), "SECURABLE_TYPE_"));
}

std::string SecurableText(const v1::Securable& securable) {
  if (securable.name().empty()) return TypeWord(securable.type());
  const std::string type = TypeWord(securable.type());
  return type.empty() ? securable.name() : StrCat(type, " ", securable.name());
}

std::string PrivilegeWord(std::string_view privilege) {
  const bool several = privilege.find(' ') != std::string_view::npos;
  return several ? StrCat("\"", privilege, "\"") : std::string(privilege);
}

std::vector<std::string> SecurableTypeNames() {
  std::vector<std::string> names;
  const auto* const types = v1::SecurableType_descriptor();
  for (int i = 1; i < types->value_count(); ++i) {
    names.push_back(TypeWord(static_cast<v1::SecurableType>(types->value(i)->number())));
  }
  return names;
}

std::vector<std::string> PrivilegeNames() {
  std::vector<std::string> names;
  for (const std::string_view privilege : kPrivileges) {
    std::string& name = names.emplace_back(privilege);
    std::ranges::replace(name, ' ', '_');
  }
  return names;
}

NextWords NextGrantWords(Complete what, Words given) {
  if (what == Complete::kQuestion) {
    if (given.empty()) return {.words = {}, .names = Complete::kPrincipal};
    if (given.size() == 1) return {.words = PrivilegeNames(), .names = Complete::kNothing};
    const size_t on_too = given.size() > 2 && IsOn(given[2]) ? 3 : 2;
    return NextOfSecurable(given.subspan(on_too), {});
  }
  std::vector<std::string> after;  // what may follow the securable
  if (what == Complete::kRevoke) after = {"from"};
  if (what == Complete::kGrant || what == Complete::kGrants || what == Complete::kOwner) {
    after = {"to"};
  }
  const auto on = std::ranges::find_if(given, IsOn);
  const auto to = std::ranges::find_if(given, IsTo);
  if (to != given.end()) {
    const Words behind = given.subspan(static_cast<size_t>(to - given.begin()) + 1);
    if (behind.empty()) return {.words = {}, .names = Complete::kPrincipal};
    const bool more = what == Complete::kGrants && behind.size() == 1 && on == given.end();
    return {.words = more ? std::vector<std::string>{"on"} : std::vector<std::string>(),
            .names = Complete::kNothing};
  }
  if (on != given.end()) {
    return NextOfSecurable(given.subspan(static_cast<size_t>(on - given.begin()) + 1), after);
  }
  if (what == Complete::kOwner || what == Complete::kSecurable) {
    return NextOfSecurable(given, after);  // the preposition may be left out
  }
  if (what == Complete::kGrants) return {.words = {"on", "to"}, .names = Complete::kNothing};
  std::vector<std::string> words = PrivilegeNames();
  if (!given.empty()) words.insert(words.begin(), "on");
  return {.words = std::move(words), .names = Complete::kNothing};
}

}  // namespace whence::cli
