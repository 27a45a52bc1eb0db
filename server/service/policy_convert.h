// Policies between the access room's plain structs and messages of the contract.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "access/mask.h"
#include "access/policy.h"
#include "access/row_filter.h"
#include "access/sql_dialect.h"
#include "service/access_convert.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Without the salt: no answer has it.
v1::Mask Convert(const access::Mask& mask);
v1::RowFilter Convert(const access::RowFilter& filter);
// `names`: those of principals and securables as of the position that the policy was read as of.
absl::StatusOr<v1::Policy> Convert(AccessNames& names, const access::Policy& policy);

// MASK_UNKNOWN, DIALECT_UNKNOWN, ENUM_VALUE_UNKNOWN, ROW_FILTER_MALFORMED and others; what is
// parsed is not validated yet.
absl::StatusOr<access::Mask> ParseMask(const v1::Mask& mask, std::string_view field);
absl::StatusOr<access::RowFilter> ParseFilter(const v1::RowFilter& filter, std::string_view field);
absl::StatusOr<access::TagCondition> ParseCondition(const v1::TagCondition& condition,
                                                    std::string_view field);
absl::StatusOr<access::PolicyKind> ParseKind(v1::PolicyKind kind, std::string_view field);
absl::StatusOr<access::PolicyState> ParseState(v1::PolicyState state, std::string_view field);
// DIALECT_MISSING for the one that says nothing.
absl::StatusOr<access::SqlDialect> ParseDialect(v1::SqlDialect dialect, std::string_view field);

}  // namespace whence::service
