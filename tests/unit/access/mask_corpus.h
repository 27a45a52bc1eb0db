// Values that masks get wrong, and every mask: shared by the tests that compare Whence's own masks
// with what SQL makes of them in real engines.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/column_type.h"
#include "access/mask.h"

namespace whence::access::test {

using Value = std::optional<std::string>;

// One mask with a name of its own for messages.
struct NamedMask {
  std::string name;
  Mask mask;
};

// A salt and a constant that are quoted in one dialect and an escape in another.
inline constexpr std::string_view kNastySalt = R"(p'e"p`p\er\' -- 🌶 ; /* $$ {col})";
inline constexpr std::string_view kNastyConstant = R"(\'); DROP TABLE whence_canary; -- ' '' " 💣)";

inline std::vector<NamedMask> AllMasks() {
  std::vector<NamedMask> masks;
  for (const MaskType type :
       {MaskType::kNullify, MaskType::kRedact, MaskType::kHash, MaskType::kFirst4, MaskType::kLast4,
        MaskType::kEmail, MaskType::kYear, MaskType::kDefault}) {
    masks.push_back({std::string(MaskTypeName(type)), {.type = type}});
    if (!TakesSalt(type)) continue;
    masks.push_back({std::string(MaskTypeName(type)) + " salted",
                     {.type = type, .salt = std::string(kNastySalt)}});
  }
  for (const std::string_view constant :
       {std::string_view("hidden"), kNastyConstant, std::string_view("42"),
        std::string_view("-7.25"), std::string_view("true"), std::string_view("1999-12-31"),
        std::string_view("1999-12-31 23:59:59"), std::string_view("08:15:00"),
        std::string_view("")}) {
    masks.push_back({"constant " + std::string(constant),
                     {.type = MaskType::kConstant, .constant = std::string(constant)}});
  }
  return masks;
}

// What is an address, and what is nearly one.
inline std::vector<Value> Addresses() {
  return {"ana@example.com",
          "Ana.Maria+tag@mail.example.co.uk",
          "@example.com",
          "ana@",
          "ana@example",
          "ana@example.",
          "ana@.example.com",
          "ana@example..com",
          "a@b@example.com",
          "a b@example.com",
          "ana@example.com\n",
          "ana\n@example.com",
          "ana@exa\nmple.com",
          "ana@exämple.com",
          "añá@example.com",
          "ana@-.-",
          "ana@example.com ",
          "@",
          "@@",
          ".@.",
          "a@b.c",
          "a@b.c.",
          "👩@example.com"};
}

// Texts without U+0000, which PostgreSQL cannot hold.
inline std::vector<Value> Texts() {
  std::vector<Value> texts = {
      std::nullopt,
      "",
      "a",
      "abcd",
      "abcde",
      "ABCxyz019",
      "Ana María Ñandú 42",
      "日本語のテキスト",
      "👩‍👩‍👧‍👦",
      "👍🏽👍🏽👍🏽👍🏽👍🏽",
      "🇩🇪🇫🇷",
      "e\u0301e\u0301e\u0301e\u0301e\u0301",
      "ＡＢＣ１２３",
      "\u00A0\u00AD\u200B\u202Ex",  // NOLINT(misc-misleading-bidirectional): that is what it is for
      "it's",
      "''",
      "'; DROP TABLE whence_canary; --",
      R"(back\slash)",
      R"(\)",
      R"(\')",
      R"(\n)",
      "\"double\"",
      "`tick`",
      "$$dollar$$",
      "%s %_ {col}",
      "tab\tnew\nline\r",
      "ends with newline\n",
      "\x01\x02\x1F\x7F",
      "\u0080\u009F",
      "  spaces  ",
      "     ",
      "[A-Z]*?",
      "~ -",
      "\U0010FFFF\uFFFD",
      "4111 1111 1111 1111",
      "DE89370400440532013000",
      "-1",
      "0",
      "NULL",
      "null",
      "true",
  };
  for (Value& address : Addresses()) texts.push_back(std::move(address));
  std::string all;
  for (char c = 1; c < 127; ++c) all.push_back(c);
  texts.emplace_back(all);
  texts.emplace_back(std::string(3000, 'q'));
  std::string wide;
  for (int i = 0; i < 500; ++i) wide += i % 2 == 0 ? "🜁" : "ß";
  texts.emplace_back(wide);
  // Random ones of what is special to somebody.
  std::mt19937 random(20260301);
  const std::vector<std::string> pieces = {"a",  "Z", "5",  "@",   ".",  "-",    "'",  "\"",
                                           "\\", "`", "\n", "é",   "語", "🌶", " ",  "%",
                                           "_",  "$", "ab", "x.y", "\t", ";",    "--", "/*"};
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (size_t n = random() % 9; n > 0; --n) text += pieces[random() % pieces.size()];
    texts.emplace_back(text);
  }
  return texts;
}

// Values that every engine's type of the class holds.
inline std::vector<Value> ValuesOf(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::kString:
      return Texts();
    case TypeClass::kInteger:
      return {std::nullopt, "0", "1", "-1", "123456789012345678", "-123456789012345678"};
    case TypeClass::kFloat:
      return {std::nullopt, "0.0", "-1.5", "1e10", "2.5e-3"};
    case TypeClass::kDecimal:
      return {std::nullopt, "0", "-12.34", "99999.999"};
    case TypeClass::kBoolean:
      return {std::nullopt, "true", "false"};
    case TypeClass::kDate:
      return {std::nullopt, "1970-01-01", "1969-12-31", "1900-02-28", "2000-02-29",
              "2024-12-31", "0001-01-01", "0999-06-15", "9999-12-31", "1582-10-10"};
    case TypeClass::kTimestamp:
      return {std::nullopt,
              "1970-01-01 00:00:00",
              "1969-12-31 23:59:59",
              "1969-12-31 23:59:59.999999",
              "2024-12-31 23:59:59.999999",
              "2000-02-29 12:30:15.5",
              "0001-01-01 00:00:00",
              "9999-12-31 23:59:59"};
    case TypeClass::kInstant:
      return {std::nullopt,
              "1970-01-01 00:00:00",
              "1969-12-31 23:59:59.999999Z",
              "2024-12-31 23:30:00-01:00",
              "2025-01-01 00:30:00+01:00",
              "2025-01-01 00:00:00+00:00",
              "2024-12-31T23:59:59.999999Z",
              "2024-06-15 12:00:00+14:00",
              "1900-01-01 00:00:00+05:30"};
    case TypeClass::kTime:
      return {std::nullopt, "00:00:00", "23:59:59"};
    case TypeClass::kBytes:
    case TypeClass::kOther:
      break;
  }
  return {std::nullopt};
}

// What only an engine without types holds in a column of the class.
inline std::vector<Value> MalformedOf(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::kDate:
      return {"",
              "now",
              "2024",
              "2024-1-1",
              "2024-13-01",
              "2023-02-29",
              "2023-02-30",
              "0000-01-01",
              "2024-01-01 ",
              " 2024-01-01",
              "12024-01-01",
              "2024-01-01 10:00:00",
              "２０２４-01-01",
              "2024/01/01",
              "-001-01-01",
              "2451545.0"};
    case TypeClass::kTimestamp:
    case TypeClass::kInstant:
      return {"",
              "now",
              "2024-01-01",
              "2024-01-01 10:00",
              "2024-01-01 24:00:00",
              "2024-01-01 23:60:00",
              "2024-01-01 23:59:60",
              "2024-02-30 10:00:00",
              "2024-01-01  10:00:00",
              "2024-01-01 10:00:00.",
              "2024-01-01 10:00:00.1234567",
              "2024-01-01 10:00:00.12a",
              "2024-01-01 10:00:00 +01:00",
              "2024-01-01 10:00:00+1:00",
              "2024-01-01 10:00:00+15:00",
              "2024-01-01 10:00:00+01:60",
              "2024-01-01 10:00:00ZZ",
              "0001-01-01 00:00:00+05:00",
              "9999-12-31 23:00:00-05:00",
              "0000-06-01 00:00:00",
              "2024-01-01t10:00:00",
              "2024-01-01T10:00:00",
              "x2024-01-01 10:00:00"};
    default:
      return {};
  }
}

inline constexpr TypeClass kAllClasses[] = {
    TypeClass::kOther,   TypeClass::kString,  TypeClass::kInteger, TypeClass::kFloat,
    TypeClass::kDecimal, TypeClass::kBoolean, TypeClass::kDate,    TypeClass::kTimestamp,
    TypeClass::kInstant, TypeClass::kTime,    TypeClass::kBytes};

// Names that try to leave their quotes in some dialect.
inline std::vector<std::string> HostileNames() {
  std::vector<std::string> names = {"plain",
                                    "Mixed Case",
                                    "select",
                                    "a\"b",
                                    "a\"\"b",
                                    "a`b",
                                    "a``b",
                                    "a'b",
                                    "a\\\"b",
                                    "a\\`b",
                                    "a]b",
                                    "[a",
                                    "a.b",
                                    "\"; DROP TABLE whence_canary; --",
                                    "`; DROP TABLE whence_canary; --",
                                    "x\" FROM whence_canary; --",
                                    "ü€🜁",
                                    "a--b",
                                    "/*",
                                    "*/",
                                    "$1",
                                    ":name",
                                    "?",
                                    "@v",
                                    "%s",
                                    "{col}",
                                    "{type}",
                                    "''",
                                    "\"",
                                    "`",
                                    "\\",
                                    "a b  c"};
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"\"", "'", "`", "\\", ";", "--", "/*", "*/",
                                           "a",  " ", ".", "(",  ")", "é",  "$$"};
  for (int i = 0; i < 60; ++i) {
    std::string name = "n";  // so that no two differ in case alone or are empty
    for (size_t n = 1 + random() % 7; n > 0; --n) name += pieces[random() % pieces.size()];
    names.push_back(name);
  }
  return names;
}

}  // namespace whence::access::test
