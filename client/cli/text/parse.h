#pragma once

// Values of flags. Each fails with InvalidArgument whose message says what was given and what would
// have been right; callers make a usage error of it.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/audit.pb.h"
#include "whence/v1/common.pb.h"
#include "whence/v1/lineage.pb.h"
#include "whence/v1/policy.pb.h"
#include "whence/v1/prediction.pb.h"

namespace whence::cli {

// "2026-02-01" (its first moment), "2026-02-01 10:14", "2026-02-01T10:14:05Z", with fraction and
// offset as RFC 3339 has them; UTC where no offset is given.
absl::StatusOr<absl::Time> ParseTime(std::string_view text);
// A time, or a ledger position: digits only, with or without thousands commas.
absl::StatusOr<v1::AsOf> ParseAsOf(std::string_view text);
// "250ms", "30s", "2m", or seconds as a bare number; more than zero.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

// Enum values by their names without prefix, in any case: "table", "COMPLETE". The message lists
// the names and suggests the nearest.
absl::StatusOr<v1::Kind> ParseKind(std::string_view text);
absl::StatusOr<v1::RunState> ParseRunState(std::string_view text);
absl::StatusOr<v1::PredictionStatus> ParsePredictionStatus(std::string_view text);
absl::StatusOr<v1::TransformationType> ParseTransformation(std::string_view text);
absl::StatusOr<v1::DistanceMetric> ParseDistance(std::string_view text);
absl::StatusOr<v1::Grain> ParseGrain(std::string_view text);
absl::StatusOr<v1::PrincipalKind> ParsePrincipalKind(std::string_view text);
absl::StatusOr<v1::PolicyKind> ParsePolicyKind(std::string_view text);
absl::StatusOr<v1::PolicyState> ParsePolicyState(std::string_view text);
absl::StatusOr<v1::SqlDialect> ParseSqlDialect(std::string_view text);
absl::StatusOr<v1::EntryKind> ParseEntryKind(std::string_view text);

// The names those take, in lower case: for help and completion.
std::vector<std::string> KindNames();
std::vector<std::string> RunStateNames();
std::vector<std::string> PredictionStatusNames();
std::vector<std::string> TransformationNames();
std::vector<std::string> DistanceNames();
std::vector<std::string> GrainNames();
std::vector<std::string> PrincipalKindNames();
std::vector<std::string> PolicyKindNames();
std::vector<std::string> PolicyStateNames();
std::vector<std::string> SqlDialectNames();
std::vector<std::string> EntryKindNames();

struct KeyValue {
  std::string key;
  std::string value;
};
// "key=value"; the value may be empty and may hold further "=".
absl::StatusOr<KeyValue> ParseKeyValue(std::string_view text);
// "name", "name:type", and "!" at the end for a column that is never null.
absl::StatusOr<v1::Column> ParseColumn(std::string_view text);
// "7" or "@7".
absl::StatusOr<int64_t> ParseVersionNumber(std::string_view text);

}  // namespace whence::cli
