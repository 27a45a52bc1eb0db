#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

constexpr int kMaxDepth = 200;

void AppendUtf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Recursive descent over one text.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  absl::StatusOr<Json> Parse() {
    Json value;
    WHENCE_RETURN_IF_ERROR(ParseValue(value, 0));
    SkipSpace();
    if (at_ != text_.size()) return Error("something follows the value");
    return value;
  }

 private:
  absl::Status Error(std::string_view what) const {
    const TextLocation where = LocationAt(text_, at_);
    return absl::InvalidArgumentError(
        StrCat("not JSON: ", what, " at ", where.line, ":", where.column));
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    SkipSpace();
    if (Peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  absl::Status ParseValue(Json& value, int depth) {
    SkipSpace();
    if (at_ >= text_.size()) return Error("it ends too early");
    if (depth > kMaxDepth) return Error("nested too deeply");
    switch (Peek()) {
      case '{':
        return ParseObject(value, depth);
      case '[':
        return ParseArray(value, depth);
      case '"':
        value.type = Json::Type::kString;
        return ParseString(value.text);
      default:
        break;
    }
    if (TakeWord("true")) {
      value.type = Json::Type::kTrue;
    } else if (TakeWord("false")) {
      value.type = Json::Type::kFalse;
    } else if (TakeWord("null")) {
      value.type = Json::Type::kNull;
    } else {
      return ParseNumber(value);
    }
    return absl::OkStatus();
  }

  absl::Status ParseObject(Json& value, int depth) {
    value.type = Json::Type::kObject;
    ++at_;
    if (Take('}')) return absl::OkStatus();
    do {
      SkipSpace();
      if (Peek() != '"') return Error("a key in double quotes is missing");
      JsonMember member("", Json());
      WHENCE_RETURN_IF_ERROR(ParseString(member.name));
      if (value.Find(member.name) != nullptr) {
        return Error(StrCat("the key ", QuoteForMessage(member.name), " comes twice"));
      }
      if (!Take(':')) return Error("a ':' is missing");
      WHENCE_RETURN_IF_ERROR(ParseValue(member.value, depth + 1));
      value.members.push_back(std::move(member));
    } while (Take(','));
    return Take('}') ? absl::OkStatus() : Error("a ',' or '}' is missing");
  }

  absl::Status ParseArray(Json& value, int depth) {
    value.type = Json::Type::kArray;
    ++at_;
    if (Take(']')) return absl::OkStatus();
    do {
      value.items.emplace_back();
      WHENCE_RETURN_IF_ERROR(ParseValue(value.items.back(), depth + 1));
    } while (Take(','));
    return Take(']') ? absl::OkStatus() : Error("a ',' or ']' is missing");
  }

  bool TakeDigits() {
    const size_t begin = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ > begin;
  }

  absl::Status ParseNumber(Json& value) {
    const size_t begin = at_;
    if (Peek() == '-') ++at_;
    const bool zero = Peek() == '0';
    if (!TakeDigits() ||
        (zero && IsDigit(text_[at_ - 1]) && at_ - begin > (text_[begin] == '-' ? 2u : 1u))) {
      return Error("a value is missing or malformed");
    }
    if (Peek() == '.') {
      ++at_;
      if (!TakeDigits()) return Error("a digit is missing");
    }
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (!TakeDigits()) return Error("a digit is missing");
    }
    value.type = Json::Type::kNumber;
    value.text = std::string(text_.substr(begin, at_ - begin));
    return absl::OkStatus();
  }

  absl::Status ParseString(std::string& out) {
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) return Error("a string does not end");
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) return Error("a control character is not escaped");
      if (c == '\\') {
        WHENCE_RETURN_IF_ERROR(ParseEscape(out));
        continue;
      }
      std::string_view rest = text_.substr(at_);
      if (!TakeCodePoint(rest)) return Error("bytes are not UTF-8");
      const size_t length = text_.size() - at_ - rest.size();
      out.append(text_.substr(at_, length));
      at_ += length;
    }
    ++at_;
    return absl::OkStatus();
  }

  absl::Status ParseEscape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    ++at_;
    const size_t index = kNames.find(Peek());
    if (Peek() != '\0' && index != std::string_view::npos) {
      ++at_;
      out.push_back(kValues[index]);
      return absl::OkStatus();
    }
    std::optional<char32_t> unit = TakeUnit();
    if (!unit) return Error("an escape is malformed");
    if (*unit >= 0xD800 && *unit < 0xDC00) {
      if (Peek() != '\\') return Error("half of a surrogate pair is missing");
      ++at_;
      const std::optional<char32_t> low = TakeUnit();
      if (!low || *low < 0xDC00 || *low > 0xDFFF)
        return Error("half of a surrogate pair is missing");
      unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
    } else if (*unit >= 0xDC00 && *unit <= 0xDFFF) {
      return Error("half of a surrogate pair is missing");
    }
    AppendUtf8(out, *unit);
    return absl::OkStatus();
  }

  // "uXXXX" after the backslash.
  std::optional<char32_t> TakeUnit() {
    if (Peek() != 'u' || at_ + 5 > text_.size()) return std::nullopt;
    uint32_t unit = 0;
    for (const char c : text_.substr(at_ + 1, 4)) {
      const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!letter && !IsDigit(c)) return std::nullopt;
      unit = unit * 16 + static_cast<uint32_t>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    at_ += 5;
    return static_cast<char32_t>(unit);
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text) { return JsonParser(text).Parse(); }

}  // namespace whence::cli
