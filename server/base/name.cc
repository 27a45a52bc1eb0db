#include "base/name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/name_parser.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence {
namespace {

constexpr char kQuotingHint[] =
    "Put backticks around a part with other characters than letters, digits, _ and -; double a "
    "backtick inside.";

constexpr std::array<bool, 256> kBareCharacters = [] {
  std::array<bool, 256> bare{};
  for (char c = 'a'; c <= 'z'; ++c) bare[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) bare[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) bare[static_cast<unsigned char>(c)] = true;
  bare['_'] = bare['-'] = true;
  return bare;
}();

bool IsBareCharacter(char c) { return kBareCharacters[static_cast<unsigned char>(c)]; }

bool IsBare(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), IsBareCharacter);
}

// What ValidateNamePart asks of the code points of a part that is valid UTF-8.
struct PartLook {
  bool has_control = false;
  bool blank = true;  // nothing but dots, spaces and invisible characters
  bool space_at_edge = false;
};

PartLook LookAt(std::string_view part) {
  PartLook look;
  look.has_control = HasControlCharacters(part);
  bool first = true;
  bool last_is_space = false;
  while (const std::optional<char32_t> code_point = TakeCodePoint(part)) {
    last_is_space = IsSpaceCodePoint(*code_point);
    look.space_at_edge = look.space_at_edge || (first && last_is_space);
    first = false;
    look.blank =
        look.blank && (*code_point == U'.' || last_is_space || IsInvisibleCodePoint(*code_point));
  }
  look.space_at_edge = look.space_at_edge || last_is_space;
  return look;
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// How the whole name would be written if every dot in it parts: a guess at what was meant.
// Nothing if that is no name either.
std::optional<std::string> SuggestQuoted(std::string_view name) {
  if (name.find('`') != std::string_view::npos) return std::nullopt;
  std::vector<std::string> parts;
  while (true) {
    const size_t dot = std::min(name.find('.'), name.size());
    parts.emplace_back(TrimSpaces(name.substr(0, dot)));
    if (!ValidateNamePart(parts.back(), "").ok()) return std::nullopt;
    if (dot == name.size()) return FormatName(parts);
    name.remove_prefix(dot + 1);
  }
}

// Walks through one name, part by part.
class Scanner {
 public:
  Scanner(std::string_view text, size_t begin, size_t end, std::string_view field)
      : text_(text.substr(0, end)), field_(field), begin_(begin), at_(begin) {}

  absl::StatusOr<std::vector<std::string>> Scan() {
    std::vector<std::string> parts;
    parts.reserve(kMaxNameParts);
    while (true) {
      const size_t start = at_;
      WHENCE_ASSIGN_OR_RETURN(std::string part, TakePart());
      if (absl::Status valid = ValidateNamePart(part, field_); !valid.ok()) {
        return WithMetadata(valid, "column", StrCat(LocationAt(text_, start).column));
      }
      parts.push_back(std::move(part));
      if (AtEnd()) return parts;
      if (text_[at_] != '.') return NeedsQuoting(start);
      ++at_;
    }
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }

  absl::StatusOr<std::string> TakePart() {
    if (AtEnd() || text_[at_] == '.') {
      return InvalidArgument(
          "NAME_PART_EMPTY", field_,
          begin_ == text_.size()
              ? std::string("the name is empty")
              : StrCat("a part of the name is empty at ", DescribeLocation(text_, at_)),
          "Write catalog.schema.asset; put backticks around a part that contains a dot.");
    }
    if (text_[at_] == '`') return TakeQuoted();
    const size_t start = at_;
    while (!AtEnd() && IsBareCharacter(text_[at_])) ++at_;
    if (!AtEnd() && text_[at_] != '.') return NeedsQuoting(start);
    return std::string(text_.substr(start, at_ - start));
  }

  absl::StatusOr<std::string> TakeQuoted() {
    const size_t opening = at_++;
    std::string part;
    while (!AtEnd()) {
      const char c = text_[at_++];
      if (c != '`') {
        part.push_back(c);
      } else if (!AtEnd() && text_[at_] == '`') {
        part.push_back('`');
        ++at_;
      } else {
        return part;
      }
    }
    return InvalidArgument(
        "NAME_MALFORMED", field_,
        StrCat("the backtick at ", DescribeLocation(text_, opening), " is never closed"),
        kQuotingHint);
  }

  // The error for the character at `at_`, in the part that began at `start`.
  absl::Status NeedsQuoting(size_t start) const {
    std::string_view rest = text_.substr(at_);
    TakeCodePoint(rest);
    const std::string_view character = text_.substr(at_, text_.size() - at_ - rest.size());
    const std::string place =
        StrCat(QuoteForMessage(character), " at ", DescribeLocation(text_, at_));
    if (text_[start] == '`') {
      return InvalidArgument(
          "NAME_MALFORMED", field_,
          StrCat("expected a dot or the end after the closing backtick, found ", place),
          kQuotingHint);
    }
    const std::optional<std::string> suggestion = SuggestQuoted(text_.substr(begin_));
    return InvalidArgument("NAME_MALFORMED", field_,
                           StrCat(place, " is only legal in backticks",
                                  suggestion ? StrCat(": write ", *suggestion) : std::string()),
                           kQuotingHint);
  }

  const std::string_view text_;
  const std::string_view field_;
  const size_t begin_;
  size_t at_;
};

// The largest legal text of a name with so many parts: each quoted and every byte doubled.
size_t MaxNameBytes(size_t parts) { return parts * (2 * kMaxNamePartBytes + 3); }

std::string DepthInWords(size_t min_parts, size_t max_parts) {
  return min_parts == max_parts ? StrCat(min_parts) : StrCat(min_parts, " to ", max_parts);
}

}  // namespace

absl::Status ValidateNamePart(std::string_view part, std::string_view field) {
  // Legal as it stands; nearly all parts are.
  if (IsBare(part) && part.size() <= kMaxNamePartBytes) return absl::OkStatus();
  if (part.empty()) {
    return InvalidArgument("NAME_PART_EMPTY", field, "a name part must not be empty",
                           "Give at least one character.");
  }
  if (part.size() > kMaxNamePartBytes) {
    return InvalidArgument("NAME_PART_TOO_LONG", field,
                           StrCat("the name part ", QuoteForMessage(part, 40), " has ", part.size(),
                                  " bytes; at most ", kMaxNamePartBytes, " are allowed"),
                           "Shorten it; keep the long form in a property or the comment.");
  }
  if (!IsValidUtf8(part)) {
    return InvalidArgument("NAME_NOT_UTF8", field,
                           StrCat("the name part ", QuoteForMessage(part), " is not valid UTF-8"),
                           "Send names as UTF-8.");
  }
  const PartLook look = LookAt(part);
  if (look.has_control) {
    return InvalidArgument(
        "NAME_HAS_CONTROL_CHARACTER", field,
        StrCat("the name part ", QuoteForMessage(part), " has a control character"),
        "Remove it; names are one line of visible text.");
  }
  if (look.blank) {
    return InvalidArgument("NAME_PART_RESERVED", field,
                           StrCat("the name part ", QuoteForMessage(part),
                                  " is made of dots, spaces or invisible characters only"),
                           "Give at least one letter, digit or sign that can be seen.");
  }
  if (look.space_at_edge) {
    return InvalidArgument(
        "NAME_PART_RESERVED", field,
        StrCat("the name part ", QuoteForMessage(part), " has a space at its start or end"),
        "Remove the space; spaces inside are legal.");
  }
  return absl::OkStatus();
}

std::string QuoteNamePart(std::string_view part) {
  if (IsBare(part)) return std::string(part);
  std::string quoted = "`";
  for (const char c : part) {
    quoted.append(c == '`' ? 2 : 1, c);
  }
  quoted.push_back('`');
  return quoted;
}

std::string FormatName(std::span<const std::string> parts) {
  std::string name;
  for (const std::string& part : parts) {
    if (!name.empty()) name.push_back('.');
    name += QuoteNamePart(part);
  }
  return name;
}

absl::StatusOr<std::vector<std::string>> ParseName(std::string_view text, std::string_view field,
                                                   size_t min_parts, size_t max_parts) {
  if (text.size() > MaxNameBytes(max_parts)) {
    return InvalidArgument(
        "NAME_PART_TOO_LONG", field,
        StrCat("the name has ", text.size(), " bytes; a part has at most ", kMaxNamePartBytes),
        "Shorten it; keep the long form in a property or the comment.");
  }
  WHENCE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                          name_internal::ParseParts(text, 0, text.size(), field));
  if (parts.size() < min_parts || parts.size() > max_parts) {
    return InvalidArgument("NAME_WRONG_DEPTH", field,
                           StrCat(QuoteForMessage(text), " has ", parts.size(),
                                  parts.size() == 1 ? " part; " : " parts; ",
                                  DepthInWords(min_parts, max_parts), " expected"),
                           "Catalog, schema and asset are parted by dots: prod.fraud.scores; put "
                           "backticks around a part that contains a dot.");
  }
  return parts;
}

namespace name_internal {

absl::StatusOr<std::vector<std::string>> ParseParts(std::string_view text, size_t begin, size_t end,
                                                    std::string_view field) {
  const std::string_view name = text.substr(begin, end - begin);
  if (!IsValidUtf8(name)) {
    return InvalidArgument("NAME_NOT_UTF8", field,
                           StrCat("the name ", QuoteForMessage(name), " is not valid UTF-8"),
                           "Send names as UTF-8.");
  }
  if (HasControlCharacters(name)) {
    return InvalidArgument("NAME_HAS_CONTROL_CHARACTER", field,
                           StrCat("the name ", QuoteForMessage(name), " has a control character"),
                           "Remove it; names are one line of visible text.");
  }
  return Scanner(text, begin, end, field).Scan();
}

}  // namespace name_internal
}  // namespace whence
