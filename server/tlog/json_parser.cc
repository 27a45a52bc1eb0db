#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "tlog/canonical_json.h"

namespace whence::tlog {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendCodePoint(char32_t c, std::string* out) {
  const auto byte = [out](char32_t bits) { out->push_back(static_cast<char>(bits)); };
  const auto tail = [&byte](char32_t bits) { byte(0x80 | (bits & 0x3f)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6);
    tail(c);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    tail(c >> 6);
    tail(c);
  } else {
    byte(0xf0 | c >> 18);
    tail(c >> 12);
    tail(c >> 6);
    tail(c);
  }
}

bool IsHighSurrogate(char32_t c) { return c >= 0xd800 && c < 0xdc00; }
bool IsLowSurrogate(char32_t c) { return c >= 0xdc00 && c < 0xe000; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  absl::StatusOr<Json> ParseAll() {
    if (!IsValidUtf8(text_)) return Wrong("text that is not UTF-8");
    WHENCE_ASSIGN_OR_RETURN(Json value, ParseValue(0));
    SkipSpace();
    if (!rest_.empty()) return Wrong("something behind the value");
    return value;
  }

 private:
  absl::Status Wrong(std::string_view what) const {
    return InvalidArgument("JSON_MALFORMED", "json",
                           StrCat("has ", what, " at byte ", text_.size() - rest_.size()));
  }

  void SkipSpace() {
    const size_t end = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  bool Take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  absl::StatusOr<Json> ParseValue(size_t depth) {
    SkipSpace();
    if (rest_.empty()) return Wrong("no value");
    switch (rest_.front()) {
      case '{':
        return ParseObject(depth);
      case '[':
        return ParseArray(depth);
      case '"':
        return ParseText();
      default:
        break;
    }
    if (Take("null")) return Json();
    if (Take("true")) return Json(true);
    if (Take("false")) return Json(false);
    return ParseNumber();
  }

  absl::StatusOr<Json> ParseArray(size_t depth) {
    if (depth >= kMaxLedgerJsonDepth) return Wrong("too many levels");
    Take("[");
    Json::Array items;
    SkipSpace();
    if (Take("]")) return Json(std::move(items));
    while (true) {
      WHENCE_ASSIGN_OR_RETURN(Json item, ParseValue(depth + 1));
      items.push_back(std::move(item));
      SkipSpace();
      if (Take("]")) return Json(std::move(items));
      if (!Take(",")) return Wrong("neither ',' nor ']'");
    }
  }

  absl::StatusOr<Json> ParseObject(size_t depth) {
    if (depth >= kMaxLedgerJsonDepth) return Wrong("too many levels");
    Take("{");
    Json::Object members;
    SkipSpace();
    if (Take("}")) return Json(std::move(members));
    while (true) {
      SkipSpace();
      WHENCE_ASSIGN_OR_RETURN(std::string name, ParseString());
      SkipSpace();
      if (!Take(":")) return Wrong("no ':'");
      WHENCE_ASSIGN_OR_RETURN(Json value, ParseValue(depth + 1));
      members.push_back({std::move(name), std::move(value)});
      SkipSpace();
      if (Take("}")) break;
      if (!Take(",")) return Wrong("neither ',' nor '}'");
    }
    if (HasNameTwice(members)) return Wrong("an object with two members of one name that ends");
    return Json(std::move(members));
  }

  static bool HasNameTwice(const Json::Object& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const Json::Member& member : members) names.push_back(member.name);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  absl::StatusOr<Json> ParseText() {
    WHENCE_ASSIGN_OR_RETURN(std::string text, ParseString());
    return Json(std::move(text));
  }

  absl::StatusOr<std::string> ParseString() {
    if (!Take("\"")) return Wrong("no '\"'");
    std::string text;
    while (true) {
      const auto plain = std::find_if(rest_.begin(), rest_.end(), [](char c) {
        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
      });
      const auto size = static_cast<size_t>(plain - rest_.begin());
      text.append(rest_.substr(0, size));
      rest_.remove_prefix(size);
      if (Take("\"")) return text;
      if (!Take("\\")) return Wrong("a text that does not end, or a control character in it");
      WHENCE_RETURN_IF_ERROR(ParseEscape(&text));
    }
  }

  absl::Status ParseEscape(std::string* text) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (Take("u")) return ParseCodePoint(text);
    const size_t at = rest_.empty() ? std::string_view::npos : kLetters.find(rest_.front());
    if (at == std::string_view::npos) return Wrong("an unknown escape");
    rest_.remove_prefix(1);
    text->push_back(kMeant[at]);
    return absl::OkStatus();
  }

  absl::Status ParseCodePoint(std::string* text) {
    const std::optional<char32_t> first = TakeHex();
    if (!first) return Wrong("an escape without its four digits");
    if (IsLowSurrogate(*first)) return Wrong("a lone surrogate");
    if (!IsHighSurrogate(*first)) {
      AppendCodePoint(*first, text);
      return absl::OkStatus();
    }
    const std::optional<char32_t> second = Take("\\u") ? TakeHex() : std::nullopt;
    if (!second || !IsLowSurrogate(*second)) return Wrong("a lone surrogate");
    AppendCodePoint(0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00), text);
    return absl::OkStatus();
  }

  std::optional<char32_t> TakeHex() {
    constexpr size_t kDigits = 4;
    if (rest_.size() < kDigits) return std::nullopt;
    uint32_t number = 0;
    const char* const end = rest_.data() + kDigits;
    const auto parsed = std::from_chars(rest_.data(), end, number, 16);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    rest_.remove_prefix(kDigits);
    return static_cast<char32_t>(number);
  }

  // Takes digits off `rest`; says how many.
  static size_t TakeDigits(std::string_view& rest) {
    const auto end = std::find_if_not(rest.begin(), rest.end(), IsDigit);
    const auto count = static_cast<size_t>(end - rest.begin());
    rest.remove_prefix(count);
    return count;
  }

  absl::StatusOr<Json> ParseNumber() {
    std::string_view after = rest_;
    if (after.starts_with('-')) after.remove_prefix(1);
    const bool has_zero = after.starts_with('0');
    const size_t digits = TakeDigits(after);
    if (digits == 0 || (has_zero && digits > 1)) return Wrong("no value");
    if (after.starts_with('.')) {
      after.remove_prefix(1);
      if (TakeDigits(after) == 0) return Wrong("a number that ends with its point");
    }
    if (after.starts_with('e') || after.starts_with('E')) {
      after.remove_prefix(1);
      if (after.starts_with('+') || after.starts_with('-')) after.remove_prefix(1);
      if (TakeDigits(after) == 0) return Wrong("a number without its exponent");
    }
    double number = 0;
    const auto parsed = std::from_chars(rest_.data(), after.data(), number);
    if (parsed.ec != std::errc()) return Wrong("a number that no double holds");
    rest_ = after;
    return Json(number);
  }

  const std::string_view text_;
  std::string_view rest_;
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text) { return Parser(text).ParseAll(); }

}  // namespace whence::tlog
