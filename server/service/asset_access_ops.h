// Who may do what with each asset, as a list.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::StatusOr<v1::ListAssetAccessResponse> ListAssetAccess(
    Call& call, const v1::ListAssetAccessRequest& request);

}  // namespace whence::service
