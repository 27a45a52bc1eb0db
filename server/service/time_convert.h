// Times on the wire and in the house.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace whence::service {

// TIME_OUT_OF_RANGE (InvalidArgument) on `field` outside the years 1 to 9999 or with nanoseconds
// outside 0 to 999,999,999. Times are kept in whole microseconds; the rest is cut.
absl::StatusOr<absl::Time> TimeFromProto(const google::protobuf::Timestamp& timestamp,
                                         std::string_view field);

google::protobuf::Timestamp TimeToProto(absl::Time time);

}  // namespace whence::service
