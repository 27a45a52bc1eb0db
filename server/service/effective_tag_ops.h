// The tags that hold for something: its own, inherited and derived ones.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/tag.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::StatusOr<v1::GetEffectiveTagsResponse> GetEffectiveTags(
    Call& call, const v1::GetEffectiveTagsRequest& request);

}  // namespace whence::service
