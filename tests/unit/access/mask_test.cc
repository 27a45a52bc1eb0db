// What masks make of values, one by one, and which are refused.
#include "access/mask.h"

#include <catch2/catch.hpp>

#include "access/mask_apply.h"
#include "base/digest.h"
#include "base/limits.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

using whence::test::ReasonOf;

std::string Text(MaskType type, std::string_view value, std::string_view salt = "") {
  return ApplyMask({.type = type, .salt = std::string(salt)}, TypeClass::kString, value)
      .value_or("NULL");
}

std::string Year(TypeClass type_class, std::string_view value) {
  return ApplyMask({.type = MaskType::kYear}, type_class, value).value_or("NULL");
}

TEST_CASE("redact keeps the shape of ASCII and nothing else") {
  CHECK(Text(MaskType::kRedact, "Ana-42, ok?") == "Xxx-00, xx?");
  CHECK(Text(MaskType::kRedact, "Ñandú") == "XxxxX");
  CHECK(Text(MaskType::kRedact, "日本👍🏽\n") == "XXXXX");
  CHECK(Text(MaskType::kRedact, "") == "");
  CHECK(Text(MaskType::kRedact, "\xff") == "NULL");
}

TEST_CASE("hash is SHA-256 of salt and value") {
  CHECK(Text(MaskType::kHash, "abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Text(MaskType::kHash, "c", "ab") == Text(MaskType::kHash, "abc"));
  CHECK(Text(MaskType::kHash, "abc", "s") != Text(MaskType::kHash, "abc"));
}

TEST_CASE("first and last 4 count code points; 4 or fewer are hashed") {
  CHECK(Text(MaskType::kFirst4, "abcde") == "abcdXXXXX");
  CHECK(Text(MaskType::kLast4, "abcde") == "XXXXXbcde");
  CHECK(Text(MaskType::kLast4, "4111 1111 1111 1234") == "XXXXX1234");
  CHECK(Text(MaskType::kFirst4, "日本語の本") == "日本語のXXXXX");
  CHECK(Text(MaskType::kLast4, "a🜁ß語x") == "XXXXX🜁ß語x");
  for (const char* value : {"", "a", "abcd", "🜁🜁🜁🜁"}) {
    CHECK(Text(MaskType::kFirst4, value, "s") == Sha256Hex(std::string("s") + value));
    CHECK(Text(MaskType::kLast4, value, "s") == Sha256Hex(std::string("s") + value));
  }
}

TEST_CASE("email keeps the domain of an address, and hashes what is none") {
  CHECK(Text(MaskType::kEmail, "ana@example.com") == "XXXXX@example.com");
  CHECK(Text(MaskType::kEmail, "ana maria@mail.example.co.uk") == "XXXXX@mail.example.co.uk");
  for (const char* value :
       {"", "ana", "@example.com", "ana@example", "a@b@example.com", "ana@example..com", "ana@.com",
        "ana@example.", "ana@exämple.com", "ana@example.com\n"}) {
    CHECK(Text(MaskType::kEmail, value) == Sha256Hex(value));
  }
}

TEST_CASE("year is taken in UTC; what is no date of the class is NULL") {
  CHECK(Year(TypeClass::kDate, "2024-07-05") == "2024-01-01");
  CHECK(Year(TypeClass::kDate, "1969-12-31") == "1969-01-01");
  CHECK(Year(TypeClass::kDate, "2023-02-29") == "NULL");
  CHECK(Year(TypeClass::kTimestamp, "1969-12-31 23:59:59.5") == "1969-01-01 00:00:00");
  CHECK(Year(TypeClass::kInstant, "2024-12-31 23:30:00-01:00") == "2025-01-01 00:00:00");
  CHECK(Year(TypeClass::kInstant, "2025-01-01T00:30:00+01:00") == "2024-01-01 00:00:00");
  CHECK(Year(TypeClass::kInstant, "0001-01-01 00:00:00+01:00") == "NULL");
  CHECK(Year(TypeClass::kString, "2024-07-05") == "NULL");
}

TEST_CASE("default and constant replace NULL as well; the others leave it") {
  for (int i = 0; i < kMaskTypeCount; ++i) {
    Mask mask{.type = static_cast<MaskType>(i), .salt = "", .constant = "x", .custom = {}};
    const bool replaces = mask.type == MaskType::kDefault || mask.type == MaskType::kConstant;
    CHECK(ApplyMask(mask, TypeClass::kString, std::nullopt).has_value() == replaces);
  }
  CHECK(DefaultValue(TypeClass::kInstant) == "1970-01-01 00:00:00");
  CHECK(DefaultValue(TypeClass::kOther) == std::nullopt);
}

TEST_CASE("a constant that is no value of the column's class is NULL") {
  const auto constant = [](TypeClass type_class, std::string_view text) {
    return ApplyMask({.type = MaskType::kConstant, .salt = "", .constant = std::string(text)},
                     type_class, "1")
        .value_or("NULL");
  };
  CHECK(constant(TypeClass::kString, "hidden") == "hidden");
  CHECK(constant(TypeClass::kInteger, "-42") == "-42");
  for (const char* text : {"hidden", "4.2", "", "+1", "01", "1 OR 1=1", "1234567890123456789"}) {
    CHECK(constant(TypeClass::kInteger, text) == "NULL");
  }
  CHECK(constant(TypeClass::kFloat, "1e5") == "1e5");
  CHECK(constant(TypeClass::kDecimal, "1e5") == "NULL");
  CHECK(constant(TypeClass::kBoolean, "TRUE") == "NULL");
  CHECK(constant(TypeClass::kDate, "2024-02-30") == "NULL");
  CHECK(constant(TypeClass::kBytes, "x") == "NULL");
  CHECK(constant(TypeClass::kOther, "x") == "NULL");
}

TEST_CASE("types of engines have classes; what is no plain type is other") {
  const std::pair<const char*, TypeClass> cases[] = {
      {"VARCHAR(20)", TypeClass::kString},
      {"character varying(20)", TypeClass::kString},
      {"Int64", TypeClass::kInteger},
      {"DOUBLE  PRECISION", TypeClass::kFloat},
      {"decimal(38, 10)", TypeClass::kDecimal},
      {"timestamp(6) with time zone", TypeClass::kInstant},
      {"timestamp(3)", TypeClass::kTimestamp},
      {"TIMESTAMP_NTZ", TypeClass::kTimestamp},
      {"array<string>", TypeClass::kOther},
      {"varchar(20)); DROP TABLE t; --", TypeClass::kOther},
      {"uuid", TypeClass::kOther},
      {"", TypeClass::kOther},
  };
  for (const auto& [type, type_class] : cases) {
    INFO(type);
    CHECK(TypeClassOf(type) == type_class);
  }
  CHECK(IsPlainType("decimal(38, 10)"));
  CHECK(IsPlainType(std::string(kMaxPlainTypeBytes, 'a')));
  CHECK_FALSE(IsPlainType(std::string(kMaxPlainTypeBytes + 1, 'a')));
  for (const char* type : {"", "int'", "a(b)", "a((1))", "a(1", "a)1(", "1int", "int;", "int--"}) {
    CHECK_FALSE(IsPlainType(type));
  }
}

TEST_CASE("a mask takes its own arguments and no others") {
  const auto reason = [](const Mask& mask) { return ReasonOf(ValidateMask(mask, "mask")); };
  CHECK(reason({.type = MaskType::kHash, .salt = "pepper"}) == "OK");
  CHECK(reason({.type = MaskType::kRedact, .salt = "pepper"}) == "MASK_ARGUMENT");
  CHECK(reason({.type = MaskType::kHash, .salt = "", .constant = "x"}) == "MASK_ARGUMENT");
  CHECK(reason({.type = MaskType::kConstant}) == "OK");
  CHECK(reason({.type = MaskType::kCustom}) == "MASK_ARGUMENT");
  Mask custom{.type = MaskType::kCustom};
  custom.custom[SqlDialect::kTrino] = "upper({col})";
  CHECK(reason(custom) == "OK");
  custom.type = MaskType::kEmail;
  CHECK(reason(custom) == "MASK_ARGUMENT");
  CHECK(reason({.type = MaskType::kHash, .salt = std::string(kMaxMaskSaltBytes, 's')}) == "OK");
  CHECK(reason({.type = MaskType::kHash, .salt = std::string(kMaxMaskSaltBytes + 1, 's')}) ==
        "TEXT_TOO_LONG");
  Mask constant{.type = MaskType::kConstant};
  constant.constant = std::string(kMaxMaskConstantBytes, 'c');
  CHECK(reason(constant) == "OK");
  constant.constant.push_back('c');
  CHECK(reason(constant) == "TEXT_TOO_LONG");
  CHECK(ReasonOf(ParseMaskType("shuffle", "mask").status()) == "MASK_UNKNOWN");
  for (int i = 0; i < kMaskTypeCount; ++i) {
    const auto type = static_cast<MaskType>(i);
    CHECK(ParseMaskType(MaskTypeName(type), "mask").value() == type);
  }
  CHECK(DescribeMask({.type = MaskType::kHash, .salt = "pepper"}) == "hash(salt)");
}

}  // namespace
}  // namespace whence::access
