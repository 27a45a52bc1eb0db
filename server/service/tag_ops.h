// Operations on tags.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// On a catalog, schema, asset, column or version.
absl::Status ValidateSetTags(const v1::SetTagsRequest& request);
absl::StatusOr<v1::SetTagsResponse> SetTags(Call& call, const v1::SetTagsRequest& request);

}  // namespace whence::service
