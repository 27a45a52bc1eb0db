#include "cli/text/human.h"

#include <array>
#include <cstdio>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "base/name.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "cli/text/display_width.h"
#include "google/protobuf/util/time_util.h"

namespace whence::cli {
namespace {

constexpr size_t kShortDigits = 8;

bool IsZero(const google::protobuf::Timestamp& timestamp) {
  return timestamp.seconds() == 0 && timestamp.nanos() == 0;
}

}  // namespace

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const absl::Duration since = time - absl::UnixEpoch();
  int64_t seconds = absl::ToInt64Seconds(absl::Floor(since, absl::Seconds(1)));
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(since - absl::Seconds(seconds))));
  return timestamp;
}

std::string HumanTime(const google::protobuf::Timestamp& timestamp) {
  if (IsZero(timestamp)) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", ToTime(timestamp), absl::UTCTimeZone());
}

std::string HumanTimeOn(const google::protobuf::Timestamp& timestamp,
                        const google::protobuf::Timestamp& day) {
  std::string text = HumanTime(timestamp);
  constexpr size_t kDateLength = 11;  // with the space after it
  if (text.size() > kDateLength &&
      HumanTime(day).compare(0, kDateLength, text, 0, kDateLength) == 0) {
    return text.substr(kDateLength);
  }
  return text;
}

std::string MachineTime(const google::protobuf::Timestamp& timestamp) {
  if (IsZero(timestamp)) return "";
  return google::protobuf::util::TimeUtil::ToString(timestamp);
}

std::string HumanMicros(int64_t micros) {
  if (micros <= 0) return "";
  const double value = static_cast<double>(micros);
  if (micros < 10) return absl::StrFormat("%d µs", micros);
  if (micros < 9'950) return absl::StrFormat("%.1f ms", value / 1e3);
  if (micros < 999'500) return absl::StrFormat("%.0f ms", value / 1e3);
  if (micros < 59'950'000) return absl::StrFormat("%.1f s", value / 1e6);
  const int64_t seconds = micros / 1'000'000;
  if (seconds < 3600) return absl::StrFormat("%d min %d s", seconds / 60, seconds % 60);
  const int64_t hours = seconds / 3600;
  if (hours < 48) return absl::StrFormat("%d h %d min", hours, seconds % 3600 / 60);
  return absl::StrFormat("%s d %d h", HumanCount(hours / 24), hours % 24);
}

std::string HumanCount(int64_t count) {
  std::string digits = absl::StrCat(count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string HumanBytes(int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return absl::StrFormat("%d B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string CountOf(int64_t count, std::string_view singular, std::string_view plural) {
  if (count == 1) return StrCat("1 ", singular);
  return plural.empty() ? StrCat(HumanCount(count), " ", singular, "s")
                        : StrCat(HumanCount(count), " ", plural);
}

std::string HumanNumber(double value) { return absl::StrFormat("%g", value); }

std::string HumanScore(double value) { return absl::StrFormat("%.2f", value); }

std::string ShortDigest(std::string_view digest) {
  const size_t colon = digest.find(':');
  if (colon == std::string_view::npos) return FitWidth(OneLine(digest), 24);
  if (digest.substr(0, colon) == "opaque") return FitWidth(OneLine(digest), 24);
  return std::string(digest.substr(0, colon + 1 + kShortDigits));
}

std::string ShortUuid(std::string_view uuid) {
  if (!IsUuid(uuid)) return FitWidth(OneLine(uuid), kShortDigits);
  constexpr size_t kVersionDigit = 14;
  if (uuid[kVersionDigit] == '7') return std::string(uuid.substr(uuid.size() - kShortDigits));
  return std::string(uuid.substr(0, kShortDigits));
}

std::string WithoutPrefix(std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return name == "UNSPECIFIED" ? "" : std::string(name);
}

std::string KindName(v1::Kind kind) { return WithoutPrefix(v1::Kind_Name(kind), "KIND_"); }

std::string RunStateName(v1::RunState state) {
  return WithoutPrefix(v1::RunState_Name(state), "RUN_STATE_");
}

std::string PredictionStatusName(v1::PredictionStatus status) {
  return WithoutPrefix(v1::PredictionStatus_Name(status), "PREDICTION_STATUS_");
}

std::string TransformationName(v1::TransformationType type) {
  return WithoutPrefix(v1::TransformationType_Name(type), "TRANSFORMATION_TYPE_");
}

std::string Lower(std::string_view text) { return absl::AsciiStrToLower(ToAbsl(text)); }

std::string TagText(const v1::Tag& tag) {
  return tag.value().empty() ? tag.key() : StrCat(tag.key(), ":", tag.value());
}

std::string LastPart(std::string_view full_name) {
  absl::StatusOr<std::vector<std::string>> parts = ParseName(full_name, "name");
  if (!parts.ok()) return std::string(full_name);
  return QuoteNamePart(parts->back());
}

}  // namespace whence::cli
