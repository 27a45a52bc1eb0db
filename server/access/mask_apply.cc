#include "access/mask_apply.h"

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "base/digest.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

constexpr size_t kShown = 4;
constexpr std::string_view kHidden = "XXXXX";

std::string Hash(std::string_view salt, std::string_view value) {
  return Sha256Hex(StrCat(salt, value));
}

std::string Redact(std::string_view value) {
  std::string out;
  while (const std::optional<char32_t> code_point = TakeCodePoint(value)) {
    const char32_t c = *code_point;
    if (c >= U'a' && c <= U'z') {
      out.push_back('x');
    } else if (c >= U'0' && c <= U'9') {
      out.push_back('0');
    } else if ((c >= U'A' && c <= U'Z') || c < 0x20 || c > 0x7E) {
      out.push_back('X');
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
  return out;
}

// Where the code points of valid UTF-8 begin: the offset of the `count`th, or nothing when there
// are not more than `count`.
std::optional<size_t> AfterCodePoints(std::string_view value, size_t count) {
  std::string_view rest = value;
  for (size_t i = 0; i < count; ++i) {
    if (!TakeCodePoint(rest)) return std::nullopt;
  }
  if (rest.empty()) return std::nullopt;
  return value.size() - rest.size();
}

std::string First4(const Mask& mask, std::string_view value) {
  const std::optional<size_t> end = AfterCodePoints(value, kShown);
  if (!end) return Hash(mask.salt, value);
  return StrCat(value.substr(0, *end), kHidden);
}

std::string Last4(const Mask& mask, std::string_view value) {
  if (!AfterCodePoints(value, kShown)) return Hash(mask.salt, value);
  size_t begin = value.size();
  for (size_t i = 0; i < kShown; ++i) {
    do {
      --begin;
    } while ((static_cast<unsigned char>(value[begin]) & 0xC0) == 0x80);
  }
  return StrCat(kHidden, value.substr(begin));
}

bool IsDomain(std::string_view text) {
  size_t dots = 0;
  char before = '.';
  for (const char c : text) {
    if (c == '.') {
      if (before == '.') return false;
      ++dots;
    } else if (c != '-' && !absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      return false;
    }
    before = c;
  }
  return dots > 0 && before != '.';
}

std::string Email(const Mask& mask, std::string_view value) {
  const size_t at = value.find('@');
  // A second @ is no part of a domain.
  if (at == std::string_view::npos || at == 0 || !IsDomain(value.substr(at + 1))) {
    return Hash(mask.salt, value);
  }
  return StrCat(kHidden, value.substr(at));
}

// Minutes east of UTC of `Z`, `+hh:mm` or nothing.
std::optional<int> Offset(std::string_view zone) {
  if (zone.empty() || zone == "Z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  for (const size_t at : {1, 2, 4, 5}) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(zone[at]))) return std::nullopt;
  }
  const int hours = (zone[1] - '0') * 10 + (zone[2] - '0');
  const int minutes = (zone[4] - '0') * 10 + (zone[5] - '0');
  if (hours > 14 || minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

// The year of an instant in UTC; nothing when `value` is none.
std::optional<std::string> YearOfInstant(std::string_view value) {
  size_t zone = value.size();
  if (value.ends_with('Z')) {
    zone = value.size() - 1;
  } else if (value.size() > 16 &&
             (value[value.size() - 6] == '+' || value[value.size() - 6] == '-')) {
    zone = value.size() - 6;
  }
  const std::optional<int> offset = Offset(value.substr(zone));
  std::string moment(value.substr(0, zone));
  if (moment.size() > 10 && moment[10] == 'T') moment[10] = ' ';
  if (!offset || !CanonicalValue(TypeClass::kInstant, moment)) return std::nullopt;
  absl::CivilSecond second;
  if (!absl::ParseCivilTime(moment.substr(0, 10) + "T" + moment.substr(11, 8), &second)) {
    return std::nullopt;
  }
  const absl::CivilSecond utc = second - int64_t{60} * *offset;
  if (utc.year() < 1 || utc.year() > 9999) return std::nullopt;
  return absl::FormatCivilTime(absl::CivilYear(utc));
}

std::optional<std::string> Year(TypeClass type_class, std::string_view value) {
  if (type_class == TypeClass::kInstant) {
    const std::optional<std::string> year = YearOfInstant(value);
    if (!year) return std::nullopt;
    return StrCat(std::string(4 - year->size(), '0'), *year, "-01-01 00:00:00");
  }
  std::string canonical(value);
  if (type_class == TypeClass::kTimestamp && canonical.size() > 10 && canonical[10] == 'T') {
    canonical[10] = ' ';
  }
  if (!CanonicalValue(type_class, canonical)) return std::nullopt;
  const std::string_view time = type_class == TypeClass::kTimestamp ? " 00:00:00" : "";
  return StrCat(value.substr(0, 4), "-01-01", time);
}

std::optional<std::string> MaskText(const Mask& mask, std::string_view value) {
  if (!IsValidUtf8(value)) return std::nullopt;
  switch (mask.type) {
    case MaskType::kRedact:
      return Redact(value);
    case MaskType::kHash:
      return Hash(mask.salt, value);
    case MaskType::kFirst4:
      return First4(mask, value);
    case MaskType::kLast4:
      return Last4(mask, value);
    case MaskType::kEmail:
      return Email(mask, value);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> DefaultValue(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::kString:
    case TypeClass::kBytes:
      return "";
    case TypeClass::kInteger:
    case TypeClass::kDecimal:
      return "0";
    case TypeClass::kFloat:
      return "0.0";
    case TypeClass::kBoolean:
      return "false";
    case TypeClass::kDate:
      return "1970-01-01";
    case TypeClass::kTimestamp:
    case TypeClass::kInstant:
      return "1970-01-01 00:00:00";
    case TypeClass::kTime:
      return "00:00:00";
    case TypeClass::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> ApplyMask(const Mask& mask, TypeClass type_class,
                                     std::optional<std::string_view> value) {
  if (mask.type == MaskType::kDefault) return DefaultValue(type_class);
  if (mask.type == MaskType::kConstant) return CanonicalValue(type_class, mask.constant);
  if (!value) return std::nullopt;
  const bool dated = type_class == TypeClass::kDate || type_class == TypeClass::kTimestamp ||
                     type_class == TypeClass::kInstant;
  if (mask.type == MaskType::kYear && dated) return Year(type_class, *value);
  if (type_class == TypeClass::kString) return MaskText(mask, *value);
  return std::nullopt;
}

}  // namespace whence::access
