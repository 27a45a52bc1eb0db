#include "cli/text/parse.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/edit_distance.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/text/human.h"
#include "google/protobuf/descriptor.h"

namespace whence::cli {
namespace {

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Names of an enum's values without prefix, lower-case, without the unspecified one.
std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor* type,
                                   std::string_view prefix) {
  std::vector<std::string> names;
  for (int i = 0; i < type->value_count(); ++i) {
    const std::string name = WithoutPrefix(type->value(i)->name(), prefix);
    if (!name.empty()) names.push_back(Lower(name));
  }
  return names;
}

template <typename Enum>
absl::StatusOr<Enum> ParseEnum(std::string_view text, std::string_view what,
                               std::string_view prefix) {
  const google::protobuf::EnumDescriptor* type = google::protobuf::GetEnumDescriptor<Enum>();
  std::string name = Lower(text);
  std::replace(name.begin(), name.end(), '-', '_');
  if (name.starts_with(Lower(prefix))) name.erase(0, prefix.size());
  for (int i = 0; i < type->value_count(); ++i) {
    const std::string candidate = WithoutPrefix(type->value(i)->name(), prefix);
    if (!candidate.empty() && Lower(candidate) == name) {
      return static_cast<Enum>(type->value(i)->number());
    }
  }
  const std::vector<std::string> names = EnumNames(type, prefix);
  const std::optional<std::string> closest = ClosestMatch(name, names);
  return absl::InvalidArgumentError(
      StrCat("unknown ", what, " ", QuoteForMessage(text), ", use one of ",
             absl::StrJoin(names, ", "), closest ? StrCat(" (did you mean ", *closest, "?)") : ""));
}

}  // namespace

absl::StatusOr<absl::Time> ParseTime(std::string_view text) {
  const std::string given(text);
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%E*S",
                             "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*S%Ez",
                             "%Y-%m-%d %H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M%Ez"}) {
    if (absl::ParseTime(format, given, &time, &error)) return time;
  }
  return absl::InvalidArgumentError(
      StrCat("not a time: ", QuoteForMessage(text),
             "; write 2026-02-01, 2026-02-01T10:14:05Z or with an offset (UTC without one)"));
}

absl::StatusOr<v1::AsOf> ParseAsOf(std::string_view text) {
  v1::AsOf as_of;
  const std::string digits = absl::StrReplaceAll(ToAbsl(text), {{",", ""}});
  if (AllDigits(digits)) {
    int64_t position = 0;
    if (!absl::SimpleAtoi(digits, &position)) {
      return absl::InvalidArgumentError(StrCat("position out of range: ", digits));
    }
    as_of.set_position(position);
    return as_of;
  }
  const absl::StatusOr<absl::Time> time = ParseTime(text);
  if (!time.ok()) {
    return absl::InvalidArgumentError(
        StrCat("neither a time nor a position: ", QuoteForMessage(text),
               "; write 2026-02-01, 2026-02-01T10:14:05Z, or a ledger position such as 62"));
  }
  *as_of.mutable_time() = ToTimestamp(*time);
  return as_of;
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  absl::Duration duration;
  double seconds = 0;
  const bool bare = absl::SimpleAtod(ToAbsl(text), &seconds);
  if (bare) duration = absl::Seconds(seconds);
  if ((!bare && !absl::ParseDuration(ToAbsl(text), &duration)) ||
      duration <= absl::ZeroDuration() || duration > absl::Hours(24 * 365)) {
    return absl::InvalidArgumentError(
        StrCat("not a duration: ", QuoteForMessage(text), "; write 30s, 500ms or 2m"));
  }
  return duration;
}

absl::StatusOr<v1::Kind> ParseKind(std::string_view text) {
  return ParseEnum<v1::Kind>(text, "kind", "KIND_");
}
absl::StatusOr<v1::RunState> ParseRunState(std::string_view text) {
  return ParseEnum<v1::RunState>(text, "state", "RUN_STATE_");
}
absl::StatusOr<v1::PredictionStatus> ParsePredictionStatus(std::string_view text) {
  return ParseEnum<v1::PredictionStatus>(text, "status", "PREDICTION_STATUS_");
}
absl::StatusOr<v1::TransformationType> ParseTransformation(std::string_view text) {
  return ParseEnum<v1::TransformationType>(text, "transformation", "TRANSFORMATION_TYPE_");
}
absl::StatusOr<v1::DistanceMetric> ParseDistance(std::string_view text) {
  return ParseEnum<v1::DistanceMetric>(text, "distance", "DISTANCE_METRIC_");
}
absl::StatusOr<v1::Grain> ParseGrain(std::string_view text) {
  return ParseEnum<v1::Grain>(text, "grain", "GRAIN_");
}
absl::StatusOr<v1::PolicyKind> ParsePolicyKind(std::string_view text) {
  return ParseEnum<v1::PolicyKind>(text, "kind", "POLICY_KIND_");
}

absl::StatusOr<v1::PolicyState> ParsePolicyState(std::string_view text) {
  return ParseEnum<v1::PolicyState>(text, "state", "POLICY_STATE_");
}

absl::StatusOr<v1::SqlDialect> ParseSqlDialect(std::string_view text) {
  return ParseEnum<v1::SqlDialect>(text, "dialect", "SQL_DIALECT_");
}

absl::StatusOr<v1::EntryKind> ParseEntryKind(std::string_view text) {
  return ParseEnum<v1::EntryKind>(text, "kind of entry", "ENTRY_KIND_");
}

absl::StatusOr<v1::PrincipalKind> ParsePrincipalKind(std::string_view text) {
  return ParseEnum<v1::PrincipalKind>(text, "kind", "PRINCIPAL_KIND_");
}

std::vector<std::string> KindNames() { return EnumNames(v1::Kind_descriptor(), "KIND_"); }
std::vector<std::string> RunStateNames() {
  return EnumNames(v1::RunState_descriptor(), "RUN_STATE_");
}
std::vector<std::string> PredictionStatusNames() {
  return EnumNames(v1::PredictionStatus_descriptor(), "PREDICTION_STATUS_");
}
std::vector<std::string> TransformationNames() {
  return EnumNames(v1::TransformationType_descriptor(), "TRANSFORMATION_TYPE_");
}
std::vector<std::string> DistanceNames() {
  return EnumNames(v1::DistanceMetric_descriptor(), "DISTANCE_METRIC_");
}
std::vector<std::string> PolicyKindNames() {
  return EnumNames(v1::PolicyKind_descriptor(), "POLICY_KIND_");
}

std::vector<std::string> PolicyStateNames() {
  return EnumNames(v1::PolicyState_descriptor(), "POLICY_STATE_");
}

std::vector<std::string> SqlDialectNames() {
  return EnumNames(v1::SqlDialect_descriptor(), "SQL_DIALECT_");
}

std::vector<std::string> EntryKindNames() {
  return EnumNames(v1::EntryKind_descriptor(), "ENTRY_KIND_");
}

std::vector<std::string> PrincipalKindNames() {
  return EnumNames(v1::PrincipalKind_descriptor(), "PRINCIPAL_KIND_");
}
std::vector<std::string> GrainNames() { return EnumNames(v1::Grain_descriptor(), "GRAIN_"); }

absl::StatusOr<KeyValue> ParseKeyValue(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(StrCat("not key=value: ", QuoteForMessage(text)));
  }
  return KeyValue{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

absl::StatusOr<v1::Column> ParseColumn(std::string_view text) {
  v1::Column column;
  const std::string_view given = text;
  column.set_nullable(!text.ends_with('!'));
  if (text.ends_with('!')) text.remove_suffix(1);
  const size_t colon = text.find(':');
  column.set_name(std::string(text.substr(0, colon)));
  if (colon != std::string_view::npos) column.set_type(std::string(text.substr(colon + 1)));
  if (column.name().empty()) {
    return absl::InvalidArgumentError(
        StrCat("not a column: ", QuoteForMessage(given),
               "; write name:type, or name:type! where it is never null"));
  }
  return column;
}

absl::StatusOr<int64_t> ParseVersionNumber(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('@')) digits.remove_prefix(1);
  int64_t number = 0;
  if (!AllDigits(digits) || !absl::SimpleAtoi(ToAbsl(digits), &number) || number < 1) {
    return absl::InvalidArgumentError(
        StrCat("not a version number: ", QuoteForMessage(text), "; write 7 or @7"));
  }
  return number;
}

}  // namespace whence::cli
