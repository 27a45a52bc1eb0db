#include "base/reference.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/name_parser.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/uuid.h"

namespace whence {
namespace {

constexpr std::string_view kRunScheme = "run:";
constexpr std::string_view kPredictionScheme = "prediction:";
constexpr char kFormsHint[] =
    "Write catalog.schema.asset, asset@3, asset@champion, asset#column, run:<uuid> or "
    "prediction:<id>.";

absl::Status Malformed(std::string_view field, std::string_view message,
                       std::string_view hint = kFormsHint) {
  return InvalidArgument("REFERENCE_MALFORMED", field, message, hint);
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

bool IsAliasText(std::string_view text) {
  if (text.empty() || text.size() > kMaxAliasBytes) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text.front()))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
  });
}

// Where the first '@' or '#' outside backticks is; the length of the text if there is none.
size_t FindMark(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') quoted = !quoted;
    if (!quoted && (text[i] == '@' || text[i] == '#')) return i;
  }
  return text.size();
}

absl::StatusOr<int64_t> ParseVersion(std::string_view digits, std::string_view field) {
  int64_t version = 0;
  if (!absl::SimpleAtoi(ToAbsl(digits), &version)) {
    return Malformed(field, StrCat("the version ", QuoteForMessage(digits, 40), " is too large"),
                     "Versions are numbered from 1.");
  }
  if (version < 1) {
    return Malformed(field, "the version 0 does not exist", "Versions are numbered from 1.");
  }
  if (digits.front() == '0') {
    return Malformed(field, StrCat("the version ", QuoteForMessage(digits, 40), " has zeros ahead"),
                     StrCat("Write @", version));
  }
  return version;
}

// What stands after '@', up to `end`.
absl::Status ParseSelector(std::string_view selector, std::string_view field,
                           Reference& reference) {
  if (IsDigits(selector)) {
    WHENCE_ASSIGN_OR_RETURN(reference.version, ParseVersion(selector, field));
    reference.kind = Reference::Kind::kVersion;
    return absl::OkStatus();
  }
  if (selector.empty()) {
    return Malformed(field, "there is nothing after \"@\"",
                     "Write a version number (@3) or an alias (@champion) after it.");
  }
  if (selector != kLatestAlias) {
    WHENCE_RETURN_IF_ERROR(ValidateAliasName(selector, field));
  }
  reference.alias = std::string(selector);
  reference.kind = Reference::Kind::kAlias;
  return absl::OkStatus();
}

// What stands after '#', from `begin` to the end.
absl::Status ParseColumn(std::string_view text, size_t begin, std::string_view field,
                         Reference& reference) {
  if (begin == text.size()) {
    return Malformed(field, "there is nothing after \"#\"", "Write the column's name after it.");
  }
  WHENCE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                          name_internal::ParseParts(text, begin, text.size(), field));
  if (parts.size() != 1) {
    return Malformed(field,
                     StrCat("the column at ", DescribeLocation(text, begin), " has unquoted dots"),
                     StrCat("A column is one part: write #", QuoteNamePart(text.substr(begin))));
  }
  reference.column = std::move(parts.front());
  reference.kind = Reference::Kind::kColumn;
  return absl::OkStatus();
}

absl::StatusOr<Reference> ParseNamed(std::string_view text, std::string_view field) {
  Reference reference;
  const size_t mark = FindMark(text);
  WHENCE_ASSIGN_OR_RETURN(reference.name, name_internal::ParseParts(text, 0, mark, field));
  if (reference.name.size() > kMaxNameParts) {
    return InvalidArgument(
        "NAME_WRONG_DEPTH", field,
        StrCat(QuoteForMessage(text.substr(0, mark)), " has ", reference.name.size(),
               " parts; 1 to ", kMaxNameParts, " expected"),
        "Put backticks around a part that contains a dot; a column is written "
        "after \"#\".");
  }
  if (mark == text.size()) return reference;
  if (reference.name.size() != kMaxNameParts) {
    return Malformed(field,
                     StrCat(QuoteForMessage(text.substr(0, mark)), " has ", reference.name.size(),
                            reference.name.size() == 1 ? " part" : " parts", ", but \"",
                            text.substr(mark, 1), "\" stands after an asset of 3 parts only"),
                     "Write catalog.schema.asset in front of it.");
  }
  size_t column_mark = mark;
  if (text[mark] == '@') {
    column_mark = std::min(text.find('#', mark), text.size());
    const std::string_view selector = text.substr(mark + 1, column_mark - mark - 1);
    WHENCE_RETURN_IF_ERROR(ParseSelector(selector, field, reference));
  }
  if (column_mark < text.size()) {
    WHENCE_RETURN_IF_ERROR(ParseColumn(text, column_mark + 1, field, reference));
  }
  return reference;
}

}  // namespace

absl::StatusOr<Reference> ParseReference(std::string_view text, std::string_view field) {
  if (text.empty()) return Malformed(field, "the reference is empty");
  if (text.size() > kMaxReferenceBytes) {
    return Malformed(field, StrCat("the reference has ", text.size(), " bytes; at most ",
                                   kMaxReferenceBytes, " are possible"));
  }
  Reference reference;
  if (text.starts_with(kRunScheme)) {
    const std::string_view id = text.substr(kRunScheme.size());
    if (!IsUuid(id)) {
      return Malformed(field, StrCat(QuoteForMessage(id), " after \"run:\" is not a UUID"),
                       "Write run:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx.");
    }
    reference.kind = Reference::Kind::kRun;
    reference.id = CanonicalUuid(id);
    return reference;
  }
  if (text.starts_with(kPredictionScheme)) {
    const std::string_view id = text.substr(kPredictionScheme.size());
    WHENCE_RETURN_IF_ERROR(ValidatePredictionId(id, field));
    reference.kind = Reference::Kind::kPrediction;
    reference.id = std::string(id);
    return reference;
  }
  return ParseNamed(text, field);
}

std::string FormatReference(const Reference& reference) {
  switch (reference.kind) {
    case Reference::Kind::kRun:
      return StrCat(kRunScheme, reference.id);
    case Reference::Kind::kPrediction:
      return StrCat(kPredictionScheme, reference.id);
    case Reference::Kind::kSecurable:
    case Reference::Kind::kVersion:
    case Reference::Kind::kAlias:
    case Reference::Kind::kColumn:
      break;
  }
  WHENCE_ASSERT(!reference.name.empty());
  WHENCE_ASSERT(reference.version == 0 || reference.alias.empty());
  std::string text = FormatName(reference.name);
  if (reference.version != 0) StrAppend(&text, "@", reference.version);
  if (!reference.alias.empty()) StrAppend(&text, "@", reference.alias);
  if (!reference.column.empty()) StrAppend(&text, "#", QuoteNamePart(reference.column));
  return text;
}

absl::Status ValidateAliasName(std::string_view alias, std::string_view field) {
  if (!IsAliasText(alias)) {
    return InvalidArgument(
        "ALIAS_MALFORMED", field, StrCat(QuoteForMessage(alias, 140), " is not an alias"),
        StrCat("An alias begins with a letter, goes on with letters, digits, _, . and -, and has "
               "at most ",
               kMaxAliasBytes, " bytes."));
  }
  if (absl::EqualsIgnoreCase(ToAbsl(alias), ToAbsl(kLatestAlias))) {
    return InvalidArgument("ALIAS_RESERVED", field,
                           StrCat("the alias ", QuoteForMessage(alias), " is reserved"),
                           "\"latest\" always means the newest version; choose another alias.");
  }
  return absl::OkStatus();
}

absl::Status ValidatePredictionId(std::string_view id, std::string_view field) {
  constexpr char kReason[] = "PREDICTION_ID_MALFORMED";
  constexpr char kHint[] = "Use a UUID, a trace id or any text without spaces, e.g. answer-42.";
  if (id.empty() || id.size() > kMaxPredictionIdBytes) {
    return InvalidArgument(kReason, field,
                           StrCat("the prediction id has ", id.size(), " bytes; 1 to ",
                                  kMaxPredictionIdBytes, " are allowed"),
                           kHint);
  }
  std::string_view rest = id;
  while (!rest.empty()) {
    const std::optional<char32_t> code_point = TakeCodePoint(rest);
    if (!code_point) {
      return InvalidArgument(
          kReason, field, StrCat("the prediction id ", QuoteForMessage(id), " is not valid UTF-8"),
          kHint);
    }
    if (IsSpaceCodePoint(*code_point) || IsInvisibleCodePoint(*code_point)) {
      return InvalidArgument(
          kReason, field,
          StrCat("the prediction id ", QuoteForMessage(id), " has spaces or invisible characters"),
          kHint);
    }
  }
  if (HasControlCharacters(id)) {
    return InvalidArgument(
        kReason, field,
        StrCat("the prediction id ", QuoteForMessage(id), " has control characters"), kHint);
  }
  return absl::OkStatus();
}

}  // namespace whence
