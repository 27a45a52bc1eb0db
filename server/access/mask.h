// Column masks: what is shown in place of a value. docs/masks.md is the same for admins, with the
// SQL that each becomes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/sql_dialect.h"

namespace whence::access {

// Where a mask has no meaning for the class of a column (show the last 4 of a boolean), the masked
// value is NULL: a mask never shows more than it was asked to, and never changes a column's type.
// NULL stays NULL, but for kDefault and kConstant, which hide that as well. Texts are taken by code
// point. "Source" is whose meaning it has: Ranger's Trino service definition, BigQuery's predefined
// masking rules, or both.
enum class MaskType : int {
  // NULL. Every class. Source: Ranger MASK_NULL, BigQuery ALWAYS_NULL.
  kNullify = 0,
  // Strings: A-Z become X, a-z become x, 0-9 become 0, other printable ASCII stays, and everything
  // else (letters beyond ASCII, control characters) becomes X. Length and shape show. Source:
  // Ranger
  // MASK, which leaves what is not ASCII readable.
  kRedact = 1,
  // Strings: SHA-256 of the salt followed by the value, both UTF-8, as 64 lower-case hexadecimal
  // digits. Equal values stay equal. Source: Ranger MASK_HASH, BigQuery SHA256; the salt is ours.
  kHash = 2,
  // Strings: the first 4 code points and XXXXX; with 4 or fewer, as kHash. Source: BigQuery
  // FIRST_FOUR_CHARACTERS.
  kFirst4 = 3,
  // Strings: XXXXX and the last 4 code points; with 4 or fewer, as kHash. Source: BigQuery
  // LAST_FOUR_CHARACTERS.
  kLast4 = 4,
  // Strings: XXXXX@ and the domain of an e-mail address; what is none, as kHash. An address is: one
  // code point or more that is no @, an @, and two or more labels of A-Z a-z 0-9 and - with single
  // dots between. Source: BigQuery EMAIL_MASK.
  kEmail = 5,
  // Dates, timestamps and instants: the first moment of their year, in UTC. Source: Ranger
  // MASK_DATE_SHOW_YEAR, BigQuery DATE_YEAR_MASK.
  kYear = 6,
  // A fixed value of the class: '' 0 0.0 0 false 1970-01-01 1970-01-01 00:00:00 00:00:00 and no
  // bytes; other classes NULL. NULL becomes it too. Source: BigQuery DEFAULT_MASKING_VALUE.
  kDefault = 7,
  // A value that the policy names; NULL where it is none of the column's class. NULL becomes it
  // too.
  kConstant = 8,
  // An SQL expression for each dialect, with {col} for the column and {type} for its type; NULL in
  // dialects that have none, and where Whence itself masks. Source: Ranger CUSTOM.
  kCustom = 9,
};
inline constexpr int kMaskTypeCount = 10;

struct Mask {
  MaskType type = MaskType::kNullify;
  std::string salt{};      // kHash, kFirst4, kLast4, kEmail; may be empty
  std::string constant{};  // kConstant
  std::map<SqlDialect, std::string> custom{};

  friend bool operator==(const Mask&, const Mask&) = default;
};

// "nullify", "redact", "hash", "first4", "last4", "email", "year", "default", "constant", "custom".
std::string_view MaskTypeName(MaskType type);
// By that name. InvalidArgument MASK_UNKNOWN.
absl::StatusOr<MaskType> ParseMaskType(std::string_view text, std::string_view field);

// "hash(salt)", "constant 'hidden'", "custom(trino, duckdb)": for people. Never shows the salt.
std::string DescribeMask(const Mask& mask);

// True for the types that hash, always or for some values: those that a salt is good for.
bool TakesSalt(MaskType type);

// OK for a mask that can be stored: only arguments of its type, at most kMaxMaskSaltBytes of salt
// and kMaxMaskConstantBytes of constant, expressions that pass CheckSqlExpression. InvalidArgument
// MASK_ARGUMENT for an argument that is missing or too much; TEXT_* and SQL_EXPRESSION_MALFORMED.
absl::Status ValidateMask(const Mask& mask, std::string_view field);

}  // namespace whence::access
