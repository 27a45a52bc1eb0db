#pragma once

// Numbers, times and identifiers as people read them.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "whence/v1/common.pb.h"
#include "whence/v1/lineage.pb.h"

namespace whence::cli {

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// "2026-03-03 10:14:07Z", UTC, whole seconds; empty for the zero timestamp (not set).
std::string HumanTime(const google::protobuf::Timestamp& timestamp);
// "10:14:07Z" where it is on the same UTC day as `day`, else HumanTime.
std::string HumanTimeOn(const google::protobuf::Timestamp& timestamp,
                        const google::protobuf::Timestamp& day);
// RFC 3339 as protobuf's JSON has it; empty for the zero timestamp.
std::string MachineTime(const google::protobuf::Timestamp& timestamp);

// "0.8 ms", "12 ms", "1.4 s", "3 min 20 s"; empty for 0.
std::string HumanMicros(int64_t micros);
// "18,204".
std::string HumanCount(int64_t count);
// "512 B", "1.4 MiB".
std::string HumanBytes(int64_t bytes);
// "1 node", "18,204 nodes".
std::string CountOf(int64_t count, std::string_view singular, std::string_view plural = {});
// Up to six significant digits, without trailing zeros: "0.91", "1e-09".
std::string HumanNumber(double value);
// A score with two decimals.
std::string HumanScore(double value);

// "sha256:9f2c51d0" for "sha256:9f2c51d0...": eight digits say which; opaque ones up to 24 columns.
std::string ShortDigest(std::string_view digest);
// Eight digits of a UUID that tell it from its neighbours: the first, or for a version 7 UUID,
// whose first digits are the time, the last.
std::string ShortUuid(std::string_view uuid);

// "TABLE" for KIND_TABLE and so on, by the enum's prefix; empty for unspecified.
std::string KindName(v1::Kind kind);
std::string RunStateName(v1::RunState state);
std::string PredictionStatusName(v1::PredictionStatus status);
std::string TransformationName(v1::TransformationType type);
// "TABLE" for "KIND_TABLE" with prefix "KIND_"; empty for "KIND_UNSPECIFIED".
std::string WithoutPrefix(std::string_view name, std::string_view prefix);
// Lower-case ASCII.
std::string Lower(std::string_view text);

// "key", or "key:value" where there is a value.
std::string TagText(const v1::Tag& tag);

// The last part of a full name, unquoted where it can be: "scores" of "prod.fraud.scores".
std::string LastPart(std::string_view full_name);

}  // namespace whence::cli
