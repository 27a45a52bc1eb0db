#include "access/mask.h"

#include <array>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

constexpr std::array<std::string_view, kMaskTypeCount> kNames = {
    "nullify", "redact", "hash",    "first4",   "last4",
    "email",   "year",   "default", "constant", "custom"};

constexpr std::array<std::string_view, 2> kBraces = {"col", "type"};

}  // namespace

std::string_view MaskTypeName(MaskType type) { return kNames.at(static_cast<size_t>(type)); }

absl::StatusOr<MaskType> ParseMaskType(std::string_view text, std::string_view field) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == text) return static_cast<MaskType>(i);
  }
  return InvalidArgument("MASK_UNKNOWN", field, StrCat("no mask ", QuoteForMessage(text)),
                         "there are nullify, redact, hash, first4, last4, email, year, default, "
                         "constant, custom");
}

std::string DescribeMask(const Mask& mask) {
  std::string text(MaskTypeName(mask.type));
  if (!mask.salt.empty()) text += "(salt)";
  if (mask.type == MaskType::kConstant) StrAppend(&text, " ", QuoteForMessage(mask.constant));
  if (mask.type == MaskType::kCustom) {
    std::string_view separator = "(";
    for (const auto& [dialect, sql] : mask.custom) {
      StrAppend(&text, separator, DialectName(dialect));
      separator = ", ";
    }
    text += ")";
  }
  return text;
}

bool TakesSalt(MaskType type) {
  return type == MaskType::kHash || type == MaskType::kFirst4 || type == MaskType::kLast4 ||
         type == MaskType::kEmail;
}

absl::Status ValidateMask(const Mask& mask, std::string_view field) {
  const auto argument = [&](std::string_view what) {
    return InvalidArgument("MASK_ARGUMENT", field,
                           StrCat("the mask ", MaskTypeName(mask.type), " ", what),
                           "hash, first4, last4 and email take a salt, constant a value, custom "
                           "an expression for one dialect or more");
  };
  if (!mask.salt.empty() && !TakesSalt(mask.type)) return argument("takes no salt");
  if (!mask.constant.empty() && mask.type != MaskType::kConstant) {
    return argument("takes no constant");
  }
  if (mask.custom.empty() != (mask.type != MaskType::kCustom)) {
    return argument(mask.custom.empty() ? "has no expression" : "takes no expression");
  }
  WHENCE_RETURN_IF_ERROR(ValidateText(mask.salt, StrCat(field, ".salt"), kMaxMaskSaltBytes, false));
  WHENCE_RETURN_IF_ERROR(
      ValidateText(mask.constant, StrCat(field, ".constant"), kMaxMaskConstantBytes, false));
  for (const auto& [dialect, sql] : mask.custom) {
    WHENCE_RETURN_IF_ERROR(
        CheckSqlExpression(sql, StrCat(field, ".sql.", DialectName(dialect)), kBraces));
  }
  return absl::OkStatus();
}

}  // namespace whence::access
