#include "tlog/canonical_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::tlog {
namespace {

// Points where ECMAScript begins to write an exponent: 10^21 and above, below 10^-6.
constexpr int kMaxPlainDigits = 21;
constexpr int kMaxPlainZeros = 6;

// Bytes of UTF-8 that open U+E000 to U+FFFF stand behind those that open the code points beyond,
// which are two surrogates (U+D800 to U+DFFF) in UTF-16.
unsigned char Rank(char byte) {
  const auto rank = static_cast<unsigned char>(byte);
  return rank == 0xee || rank == 0xef ? static_cast<unsigned char>(rank + 0x10) : rank;
}

bool IsPlain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void AppendCharacter(char c, std::string* out) {
  constexpr std::string_view kShort = "\b\t\n\f\r\"\\";
  constexpr std::string_view kLetters = "btnfr\"\\";
  if (const size_t at = kShort.find(c); at != std::string_view::npos) {
    out->push_back('\\');
    out->push_back(kLetters[at]);
  } else {
    out->append(absl::StrFormat("\\u%04x", static_cast<unsigned>(c)));
  }
}

// Writes one value and what is in it.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(*out) {}

  absl::Status Write(const Json& value, size_t depth) {
    if (const bool* const flag = value.boolean()) {
      out_.append(*flag ? "true" : "false");
    } else if (const int64_t* const integer = value.integer()) {
      return WriteInteger(*integer);
    } else if (const double* const number = value.number()) {
      return WriteNumber(*number);
    } else if (const std::string* const text = value.text()) {
      return AppendJsonText(*text, &out_);
    } else if (const Json::Array* const array = value.array()) {
      return WriteArray(*array, depth);
    } else if (const Json::Object* const object = value.object()) {
      return WriteObject(*object, depth);
    } else {
      out_.append("null");
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Malformed(std::string_view message) {
    return InvalidArgument("JSON_MALFORMED", "json", message);
  }

  absl::Status WriteInteger(int64_t integer) {
    if (integer > kMaxExactInteger || integer < -kMaxExactInteger) {
      return InvalidArgument("NUMBER_NOT_EXACT", "json",
                             StrCat("has the integer ", integer,
                                    ", which programs that read numbers as doubles would change"),
                             "Write it as text.");
    }
    StrAppend(&out_, integer);
    return absl::OkStatus();
  }

  absl::Status WriteNumber(double number) {
    if (!std::isfinite(number)) {
      return InvalidArgument("NUMBER_NOT_FINITE", "json", "has a number that is not finite",
                             "Leave it out.");
    }
    out_.append(EcmaScriptNumber(number));
    return absl::OkStatus();
  }

  absl::Status WriteArray(const Json::Array& array, size_t depth) {
    WHENCE_RETURN_IF_ERROR(CheckDepth(depth));
    char before = '[';
    for (const Json& item : array) {
      out_.push_back(before);
      WHENCE_RETURN_IF_ERROR(Write(item, depth + 1));
      before = ',';
    }
    out_.append(array.empty() ? "[]" : "]");
    return absl::OkStatus();
  }

  absl::Status WriteObject(const Json::Object& object, size_t depth) {
    WHENCE_RETURN_IF_ERROR(CheckDepth(depth));
    std::vector<const Json::Member*> members;
    members.reserve(object.size());
    for (const Json::Member& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const Json::Member* a, const Json::Member* b) {
      return ComesBefore(a->name, b->name);
    });
    char before = '{';
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0 && members[i]->name == members[i - 1]->name) {
        return Malformed(StrCat("has the member ", QuoteForMessage(members[i]->name), " twice"));
      }
      out_.push_back(before);
      WHENCE_RETURN_IF_ERROR(AppendJsonText(members[i]->name, &out_));
      out_.push_back(':');
      WHENCE_RETURN_IF_ERROR(Write(members[i]->value, depth + 1));
      before = ',';
    }
    out_.append(members.empty() ? "{}" : "}");
    return absl::OkStatus();
  }

  static absl::Status CheckDepth(size_t depth) {
    if (depth < kMaxLedgerJsonDepth) return absl::OkStatus();
    return Malformed(StrCat("has over ", kMaxLedgerJsonDepth, " levels"));
  }

  std::string& out_;
};

// The digits of a number that is not 0, without the point, and the power of ten that 0.digits has.
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal ShortestDecimal(double number) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                          std::chars_format::scientific);
  WHENCE_ASSERT(error == std::errc());
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t e = text.find('e');
  WHENCE_ASSERT(e != std::string_view::npos);
  Decimal decimal;
  decimal.digits = std::string(1, text.front());
  if (e > 2) decimal.digits.append(text.substr(2, e - 2));
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.point);
  ++decimal.point;
  return decimal;
}

}  // namespace

Json::Json() = default;
Json::Json(bool value) : value_(value) {}
Json::Json(int value) : value_(int64_t{value}) {}
Json::Json(int64_t value) : value_(value) {}
Json::Json(double value) : value_(value) {}
Json::Json(const char* value) : value_(std::string(value)) {}
Json::Json(std::string_view value) : value_(std::string(value)) {}
Json::Json(std::string value) : value_(std::move(value)) {}
Json::Json(Array value) : value_(std::move(value)) {}
Json::Json(Object value) : value_(std::move(value)) {}
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

const Json* Json::Find(std::string_view name) const {
  const Object* const members = object();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

bool ComesBefore(std::string_view a, std::string_view b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (differ.second == b.end()) return false;
  if (differ.first == a.end()) return true;
  return Rank(*differ.first) < Rank(*differ.second);
}

std::string EcmaScriptNumber(double number) {
  WHENCE_ASSERT(std::isfinite(number));
  if (number == 0) return "0";  // -0, too
  std::string text = number < 0 ? "-" : "";
  const Decimal decimal = ShortestDecimal(std::fabs(number));
  const int count = static_cast<int>(decimal.digits.size());
  const int point = decimal.point;
  if (count <= point && point <= kMaxPlainDigits) {
    text.append(decimal.digits).append(static_cast<size_t>(point - count), '0');
  } else if (0 < point && point <= kMaxPlainDigits) {
    text.append(decimal.digits, 0, static_cast<size_t>(point)).append(".");
    text.append(decimal.digits, static_cast<size_t>(point));
  } else if (-kMaxPlainZeros < point && point <= 0) {
    text.append("0.").append(static_cast<size_t>(-point), '0').append(decimal.digits);
  } else {
    text.append(decimal.digits, 0, 1);
    if (count > 1) text.append(".").append(decimal.digits, 1);
    StrAppend(&text, "e", point > 0 ? "+" : "-", std::abs(point - 1));
  }
  return text;
}

absl::Status AppendJsonText(std::string_view text, std::string* out) {
  if (!IsValidUtf8(text)) {
    return InvalidArgument("TEXT_NOT_UTF8", "json", "has a text that is not UTF-8",
                           "Encode binary data.");
  }
  out->push_back('"');
  for (auto at = text.begin(); at != text.end();) {
    const auto special = std::find_if_not(at, text.end(), IsPlain);
    out->append(at, special);
    at = special;
    if (at != text.end()) AppendCharacter(*at++, out);
  }
  out->push_back('"');
  return absl::OkStatus();
}

absl::StatusOr<std::string> CanonicalJson(const Json& value) {
  std::string text;
  WHENCE_RETURN_IF_ERROR(Writer(&text).Write(value, 0));
  return text;
}

bool IsCanonicalJson(std::string_view text) {
  const absl::StatusOr<Json> value = ParseJson(text);
  if (!value.ok()) return false;
  const absl::StatusOr<std::string> canonical = CanonicalJson(*value);
  return canonical.ok() && *canonical == text;
}

}  // namespace whence::tlog
